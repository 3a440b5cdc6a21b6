package resolve

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/flow"
)

// index is what an inventory says of addresses and names. It does not change once it is made.
type index struct {
	inv *cluster.Inventory
	// sites are the addresses of which something is known.
	sites map[netip.Addr]*site
	// services are the ports of Services by the address that is dialled; nodePorts those that
	// all nodes have.
	services  map[socket]*servicePort
	nodePorts map[nodePort]*servicePort
	// behind are the Services that lead to a port of a workload.
	behind map[target][]*servicePort
	// declared are ports that pods and Services say they serve on.
	declared map[socket]bool
	// api are the addresses with ports of the API server, and apiPorts the ports.
	api      map[netip.AddrPort]bool
	apiPorts map[uint16]bool
	// podRanges hold pods for sure, nearPods perhaps; serviceRanges are those of Services.
	podRanges, nearPods, serviceRanges ranges
	// taken are the answers of others.
	taken map[netip.Prefix]bool
	// noPod and noService are the reasons for addresses of their ranges that none has.
	noPod, noService string
	// noServices tells that not one Service was read: every cluster has some.
	noServices bool
	// missing is what could not be read.
	missing missing
	// kin are what the one who gave the pods and nodes their public addresses of IPv6 likely has
	// more of.
	kin       ranges
	pods      map[podName]*holder
	workloads map[api.Ref]*api.EdgeEnd
	names     map[workloadName]api.Ref
	selecting map[string][]selecting
	// hosts are the workloads whose pods are on the network of their nodes.
	hosts map[api.Ref]bool
	// nodeNames are the names of the nodes, and of the host endpoints that Calico makes of them.
	nodeNames map[string]bool
	// prefixes are the ends of pods by their namespace and the prefix that their names are made of.
	prefixes map[podName][]*api.EdgeEnd
	// fronts are the ports of Services by namespace, dialable the Services by name, serves the
	// ports that pods declare.
	fronts   map[string][]front
	dialable map[podName]*dialable
	serves   map[serving]bool

	node, ownNode, apiServer *api.EdgeEnd
}

// socket is an address with a port.
type socket struct {
	addr     netip.Addr
	port     uint16
	protocol flow.Protocol
}

func (s socket) hash() uint64 {
	return mixAddrPort(uint64(s.protocol), netip.AddrPortFrom(s.addr, s.port))
}

type nodePort struct {
	port     uint16
	protocol flow.Protocol
}

type podName struct{ namespace, name string }

// site is what is known of an address before it is known whether it calls or answers.
type site struct {
	// drop is why nothing at it is a peer; else empty.
	drop string
	// holders are the live pods that have the address, by their age; past are pods that had it
	// and have ended.
	holders []*holder
	past    []past
	// node is the name of the node, isNode tells that it is one's: its name may not be known.
	node   string
	isNode bool
	// api tells an address of the API server.
	api bool
	// service is the Service that has it, as namespace/name.
	service string
	// rest is what it is where none of these fit. byNearness tells that a source that says that
	// it is outside of the cluster knows better; open that it may be a Service's.
	rest       *api.EdgeEnd
	byNearness bool
	open       bool
	// perhaps tells that it is open for want of any Service.
	perhaps bool
	// near is why it may be of the cluster for want of nodes or pods; empty where it is not.
	near string
}

// holder is a pod that has an address, or why it is not known which.
type holder struct {
	end    *api.EdgeEnd
	reason string
	// since is when the pod was made, in seconds since 1970; 0 for not known.
	since     int64
	node      string
	namespace string
	labels    map[string]string
	// mesh tells a pod with a sidecar of Istio.
	mesh bool
}

// at is who has the address at a time, 0 for one that is not known; nil where no pod has it.
func (s *site) at(time int64) *holder {
	var found *holder
	for _, h := range s.holders {
		switch {
		case time != 0 && h.since > time:
		case found == nil || found.end == h.end:
			found = h
		default:
			return unsure[1]
		}
	}
	switch {
	case found == nil && len(s.holders) > 0:
		return unsure[0]
	case found == nil && time != 0:
		return s.before(time)
	}
	return found
}

// unsure are the holders of addresses of which it is not known whose they were.
var unsure = [...]*holder{{reason: changedHands}, {reason: severalPods}}

// newIndex reads an inventory.
func newIndex(inv *cluster.Inventory) *index {
	x := &index{
		inv: inv, sites: map[netip.Addr]*site{},
		services: map[socket]*servicePort{}, nodePorts: map[nodePort]*servicePort{}, behind: map[target][]*servicePort{},
		declared: map[socket]bool{}, api: map[netip.AddrPort]bool{}, apiPorts: map[uint16]bool{},
		taken: map[netip.Prefix]bool{}, pods: map[podName]*holder{}, workloads: map[api.Ref]*api.EdgeEnd{},
		names: map[workloadName]api.Ref{}, noServices: true, selecting: map[string][]selecting{}, hosts: map[api.Ref]bool{},
		nodeNames: map[string]bool{}, prefixes: map[podName][]*api.EdgeEnd{},
		fronts: map[string][]front{}, dialable: map[podName]*dialable{}, serves: map[serving]bool{},
		node: &api.EdgeEnd{Kind: api.EndNode}, ownNode: &api.EdgeEnd{Kind: api.EndOwnNode}, apiServer: &api.EdgeEnd{Kind: api.EndAPIServer},
	}
	x.readNodes()
	byNamespace := map[string][]*corev1.Pod{}
	for _, pod := range inv.LivePods() {
		x.readPod(pod)
		byNamespace[pod.Namespace] = append(byNamespace[pod.Namespace], pod)
	}
	for _, pod := range inv.EndedPods() {
		x.readEnded(pod)
	}
	x.bridges()
	x.readWorkloads()
	x.readAPIServer()
	x.readMissing()
	x.readServices(byNamespace)
	x.readServiceRanges()
	return x
}

// place is the site of an address, made where it is new.
func (x *index) place(a netip.Addr) *site {
	s := x.sites[a]
	if s == nil {
		s = &site{}
		x.sites[a] = s
	}
	return s
}

func (x *index) markNode(a netip.Addr, name string) {
	s := x.place(a)
	s.isNode = true
	if s.node == "" {
		s.node = name
	}
}

func (x *index) readNodes() {
	for _, node := range x.inv.Nodes() {
		// Automatic host endpoints (docs.tigera.io, Host endpoints).
		x.nodeNames[node.Name], x.nodeNames[node.Name+"-auto-hep"] = true, true
		var texts []string
		for _, a := range node.Status.Addresses {
			texts = append(texts, a.Address)
		}
		for _, a := range addresses(append(texts, cluster.TunnelAddresses(node)...)...) {
			x.markNode(a, node.Name)
		}
		for _, p := range cluster.PodRanges(node) {
			x.podRanges.add(p)
		}
	}
}

// bridges are the addresses of a range of pods that the node has itself: the first one is that of
// its bridge, and the one before it that of flannel's tunnel.
func (x *index) bridges() {
	for _, node := range x.inv.Nodes() {
		for _, p := range cluster.PodRanges(node) {
			if p.IsSingleIP() {
				continue
			}
			network := p.Masked().Addr().Unmap()
			for _, a := range []netip.Addr{network, network.Next()} {
				if s := x.sites[a]; s == nil || len(s.holders) == 0 {
					x.markNode(a, node.Name)
				}
			}
		}
	}
}

// addresses leaves out what is none.
func addresses(texts ...string) []netip.Addr {
	var out []netip.Addr
	for _, text := range texts {
		if a, err := netip.ParseAddr(text); err == nil && !a.IsUnspecified() && !a.IsLoopback() {
			out = append(out, clean(a))
		}
	}
	return out
}

// clean is an address as all are compared.
func clean(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

func podAddresses(pod *corev1.Pod) []netip.Addr {
	texts := []string{pod.Status.PodIP}
	for _, ip := range pod.Status.PodIPs {
		texts = append(texts, ip.IP)
	}
	return distinct(addresses(texts...))
}

func distinct(all []netip.Addr) []netip.Addr {
	slices.SortFunc(all, netip.Addr.Compare)
	return slices.Compact(all)
}
