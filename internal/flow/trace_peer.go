package flow

import (
	"encoding/json"
	"strings"
)

// traceEndpoint is an end with a port. What is known of it is in "k8s", and was beside
// the address before.
type traceEndpoint struct {
	Addr     string        `json:"addr"`
	Port     int64         `json:"port"`
	Proto    traceProtocol `json:"proto"`
	ProtoRaw traceProtocol `json:"proto_raw"`
	K8s      traceObject   `json:"k8s"`

	Kind      string      `json:"kind"`
	Namespace string      `json:"namespace"`
	PodName   string      `json:"podname"`
	Name      string      `json:"name"`
	PodLabels traceLabels `json:"podlabels"`
}

// traceObject is a pod or a Service at an address.
type traceObject struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// Labels are those of the object itself: those of a Service are not its selector.
	Labels traceLabels `json:"labels"`
}

// traceK8s is the container that an event is of.
type traceK8s struct {
	Node        string      `json:"node"`
	Namespace   string      `json:"namespace"`
	PodName     string      `json:"podName"`
	Pod         string      `json:"pod"`
	HostNetwork bool        `json:"hostnetwork"`
	PodLabels   traceLabels `json:"podLabels"`
	Owner       struct {
		Kind string `json:"kind"`
		Name string `json:"name"`
	} `json:"owner"`
}

// endpoint reads an end.
func (e *traceEndpoint) endpoint() (out Endpoint, fault string) {
	addr, known := address(e.Addr)
	switch {
	case !known:
		return out, faultAddress
	case !isPort(e.Port):
		return out, faultPort
	}
	return Endpoint{Addr: addr, Port: uint16(e.Port), Peer: e.object().peer()}, ""
}

func (e *traceEndpoint) protocol() traceProtocol {
	if e.Proto != 0 {
		return e.Proto
	}
	return e.ProtoRaw
}

func (e *traceEndpoint) object() traceObject {
	if e.K8s.Kind != "" {
		return e.K8s
	}
	name := e.PodName
	if name == "" {
		name = e.Name
	}
	return traceObject{e.Kind, e.Namespace, name, e.PodLabels}
}

// peer is nil for what is neither a pod nor a Service.
func (o traceObject) peer() *Peer {
	switch {
	case o.Name == "" || o.Namespace == "":
	case o.Kind == "pod":
		return &Peer{Namespace: o.Namespace, Pod: o.Name, Labels: o.Labels}
	case o.Kind == "svc":
		return &Peer{Service: Workload{Kind: "Service", Namespace: o.Namespace, Name: o.Name}}
	}
	return nil
}

// local is what is known of the pod that an event is of, by it or by its address. One on
// the network of its node is not told from that.
func (r *traceRecord) local(known *Peer) *Peer {
	p := &Peer{Namespace: r.K8s.Namespace, Pod: r.K8s.PodName, Labels: r.K8s.PodLabels}
	if p.Pod == "" {
		p.Pod = r.K8s.Pod
	}
	if p.Pod == "" {
		p.Namespace, p.Pod = r.Namespace, r.Pod
	}
	if p.Labels == nil {
		p.Labels = r.PodLabels
	}
	switch {
	case r.K8s.HostNetwork:
		return &Peer{Reserved: []string{reservedHost}}
	case p.Pod == "" || p.Namespace == "":
		return known
	}
	if p.Labels == nil && known != nil && known.Pod == p.Pod && known.Namespace == p.Namespace {
		p.Labels = known.Labels
	}
	if owner := r.K8s.Owner; owner.Kind != "" && owner.Name != "" {
		p.Workloads = []Workload{{Kind: owner.Kind, Namespace: p.Namespace, Name: owner.Name}}
	}
	return p
}

// traceProtocol is a protocol by its number or its name; 0 for one that is not known.
type traceProtocol Protocol

// UnmarshalJSON takes a number or a name in any case.
func (p *traceProtocol) UnmarshalJSON(data []byte) error {
	known, _ := protocolNumber(strings.ToLower(strings.Trim(string(data), `"`)))
	*p = traceProtocol(known)
	return nil
}

// traceLabels are labels as an object, or as text such as app=web,tier=front.
type traceLabels map[string]string

// UnmarshalJSON takes either; of anything else it makes none.
func (l *traceLabels) UnmarshalJSON(data []byte) error {
	var labels map[string]string
	var text string
	*l = nil
	switch {
	case json.Unmarshal(data, &labels) == nil:
	case json.Unmarshal(data, &text) == nil:
		labels = map[string]string{}
		for pair := range strings.SplitSeq(text, ",") {
			if key, value, ok := strings.Cut(pair, "="); ok && key != "" {
				labels[key] = value
			}
		}
	}
	if len(labels) > 0 {
		*l = labels
	}
	return nil
}
