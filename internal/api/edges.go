package api

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Edge is what was seen of one client that reaches one server on one port.
type Edge struct {
	Client EdgeEnd `json:"client"`
	Server EdgeEnd `json:"server"`
	// Protocol is TCP, UDP, SCTP, ICMP, ICMPv6 or a number of the IANA registry.
	Protocol string `json:"protocol"`
	// Port is that of the server itself, behind any Service; 0 for protocols without ports.
	Port int32 `json:"port,omitempty"`
	// AnyPort is set where the ports were too many to keep, as a port scan makes them: Port is
	// then 0.
	AnyPort bool `json:"anyPort,omitempty"`
	// Denied is set where it was refused or dropped; what was both allowed and denied is two.
	Denied bool `json:"denied,omitempty"`
	// Count is that of observations, which are neither connections nor packets.
	Count int64 `json:"count"`
	// First and Last are times as in Window; Days counts the observations of each day of UTC.
	First string           `json:"first,omitempty"`
	Last  string           `json:"last,omitempty"`
	Days  map[string]int64 `json:"days,omitempty"`
	// Services are those dialled, as namespace/name:port, at most three, the smallest.
	Services []string `json:"services,omitempty"`
	// Names are those that Observations have of its outside address.
	Names []string `json:"names,omitempty"`
	// Seen says from where: client, server, between; sorted.
	Seen []string `json:"seen,omitempty"`
	// Formats are those of the sources that hold it, sorted.
	Formats []string `json:"formats,omitempty"`
	// Certain is set where some observation shows who began; else the ports alone tell.
	Certain bool `json:"certain,omitempty"`
	// Answered is set where some observation shows an answer, or cannot show whether there
	// was one.
	Answered bool `json:"answered,omitempty"`
	// Configured says where the client is configured to call the server, such as
	// "env REDIS_ADDR of container app", at most three, the smallest: never a value. With no Count
	// the edge is configured alone, and nothing of it was observed.
	Configured []string `json:"configured,omitempty"`
}

// Compare orders by client, server, protocol and port; any port comes behind the others, and what
// was denied behind what was not. No two edges of a document are equal.
func (e *Edge) Compare(o *Edge) int {
	if c := e.Client.Compare(&o.Client); c != 0 {
		return c
	}
	if c := e.Server.Compare(&o.Server); c != 0 {
		return c
	}
	return cmp.Or(
		strings.Compare(e.Protocol, o.Protocol), compareBool(e.AnyPort, o.AnyPort), cmp.Compare(e.Port, o.Port), compareBool(e.Denied, o.Denied),
	)
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// The places an Edge is seen from.
const (
	SeenFromClient  = "client"
	SeenFromServer  = "server"
	SeenFromBetween = "between"
)

// EdgeEnd is one end of an Edge.
type EdgeEnd struct {
	Kind EndKind `json:"kind"`
	// Workload is set for EndWorkload alone.
	Workload *Ref `json:"workload,omitempty"`
	// Labels are those of the pods of a workload that was not among what was read: its stable
	// ones, by which a policy can name it, as StableLabels has them. They are without
	// those that differ between the pods of one workload, or between its versions.
	Labels map[string]string `json:"labels,omitempty"`
	// Address is set for EndAddress and EndUnknown, but where AnyAddress is: the addresses were
	// then too many to keep, or, of EndUnknown with a reason, the source told none. EndAPIServer has either where a source alone says that it is at an
	// address; with neither it is where the cluster's own objects say.
	Address    string `json:"address,omitempty"`
	AnyAddress bool   `json:"anyAddress,omitempty"`
	// Name is set for EndName alone: of DNS, in lower case and without the last dot.
	Name string `json:"name,omitempty"`
	// Reason says in a few words why EndUnknown is not known.
	Reason string `json:"reason,omitempty"`
}

// EndKind tells what an end is.
type EndKind string

// The kinds of ends.
const (
	// EndWorkload is a pod, by its workload.
	EndWorkload EndKind = "workload"
	// EndAddress is an address outside the cluster.
	EndAddress EndKind = "address"
	// EndAPIServer is the API server of the cluster.
	EndAPIServer EndKind = "apiserver"
	// EndNode is a node, or a pod on the network of one: which cannot be told.
	EndNode EndKind = "node"
	// EndOwnNode is the node that the pod at the other end runs on, such as its kubelet with
	// its probes, which no policy keeps out.
	EndOwnNode EndKind = "own-node"
	// EndName is a name outside the cluster that somebody is configured to call: its addresses are
	// not known.
	EndName EndKind = "name"
	// EndUnknown is an address that is or was the cluster's, and it is not known whose; or any
	// address of a use of which it is not known who began it: such a use is two edges.
	EndUnknown EndKind = "unknown"
)

// Words name the end for a reader, such as "Deployment shop/cart", "198.51.100.7", "a node".
func (e *EdgeEnd) Words() string {
	switch e.Kind {
	case EndWorkload:
		if e.Workload != nil {
			return e.Workload.From("")
		}
	case EndAPIServer:
		return "the API server"
	case EndNode:
		return "a node"
	case EndOwnNode:
		return "its own node"
	case EndName:
		return e.Name
	}
	if e.AnyAddress {
		return "any address"
	}
	return e.Address
}

// Compare orders by kind, workload, labels, address, name and reason.
func (e *EdgeEnd) Compare(o *EdgeEnd) int {
	if c := strings.Compare(string(e.Kind), string(o.Kind)); c != 0 {
		return c
	}
	var a, b Ref
	if e.Workload != nil {
		a = *e.Workload
	}
	if o.Workload != nil {
		b = *o.Workload
	}
	if c := a.Compare(b); c != 0 {
		return c
	}
	return cmp.Or(strings.Compare(e.LabelText(), o.LabelText()), strings.Compare(e.Address, o.Address), strings.Compare(e.Name, o.Name), strings.Compare(e.Reason, o.Reason), compareBool(e.AnyAddress, o.AnyAddress))
}

// LabelText is the labels as one string, sorted, and another one for other labels.
func (e *EdgeEnd) LabelText() string {
	if len(e.Labels) == 0 {
		return ""
	}
	pairs := make([]string, 0, len(e.Labels))
	for key, value := range e.Labels {
		pairs = append(pairs, strconv.Quote(key)+"="+strconv.Quote(value))
	}
	slices.Sort(pairs)
	return strings.Join(pairs, ",")
}
