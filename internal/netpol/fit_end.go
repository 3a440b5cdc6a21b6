package netpol

import (
	"fmt"
	"maps"
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// peerOf is the peer that an end of an edge is, or why no rule can name it.
func (f *fitter) peerOf(s *fitSubject, d int, end *api.EdgeEnd, port int32) (peer *fitPeer, reason string) {
	switch end.Kind {
	case api.EndWorkload:
		return f.workloadPeer(s, d, end)
	case api.EndAddress:
		return f.addressPeer(s, end)
	case api.EndAPIServer:
		return f.serverPeer(d, end, port)
	case api.EndNode:
		return f.nodesPeer("addresses of nodes change")
	case api.EndName:
		return f.namePeer(s, d, end.Name)
	case api.EndUnknown:
		if end.Reason == "" {
			return nil, "it is not known whose address this is"
		}
		return nil, end.Reason
	}
	return nil, fmt.Sprintf("%q is no kind of an end that is known", end.Kind)
}

func (f *fitter) workloadPeer(s *fitSubject, d int, end *api.EdgeEnd) (*fitPeer, string) {
	if end.Workload == nil {
		return nil, "the workload is not named"
	}
	w := f.workloads[*end.Workload]
	if w == nil && f.cilium() && lostOnCilium(&metav1.LabelSelector{MatchLabels: end.Labels}) {
		return nil, "its labels are none that a policy can name"
	}
	if w == nil {
		return gonePeer(s, *end.Workload, end.Labels)
	}
	key := nameKey{s.ref.Namespace, w, d}
	if !f.nameServers[w.Ref] {
		key.direction = ingress // it is the same in both
	}
	named := f.named.Of(key, func() namedPeer {
		peer, why := f.namedPeer(s, d, w)
		return namedPeer{peer, why}
	})
	return named.peer, named.why
}

// nameKey is a workload, seen from a namespace in a direction.
type nameKey struct {
	from      string
	workload  *fitWorkload
	direction int
}

type namedPeer struct {
	peer *fitPeer
	why  string
}

// namedPeer is the same for all subjects of a namespace.
func (f *fitter) namedPeer(s *fitSubject, d int, w *fitWorkload) (*fitPeer, string) {
	ref, selector := w.Ref, w.Selector
	for i := range f.in.DNS {
		if named := f.serverOf(&f.in.DNS[i]); d == egress && named != nil && *named == ref {
			selector = f.in.DNS[i].Selector // one rule for the names and all else
			break
		}
	}
	switch {
	case w.HostNetwork:
		return f.nodesPeer("it is on the network of its nodes, whose addresses change")
	case !selects(selector) && w.Unselectable != "":
		return nil, w.Unselectable
	case !selects(selector):
		return nil, "nothing selects its pods and no others"
	}
	if f.opts.Exact {
		if also := f.alsoSelected(ref, selector); len(also) > 0 {
			return nil, fmt.Sprintf("its selector %s also selects %s", selectorWords(selector), someWorkloads(also, s.ref.Namespace))
		}
	}
	peer := podsPeer(s.ref.Namespace, ref, selector)
	peer.workload, peer.shared, peer.entries = w, true, f.entriesOf(s.ref.Namespace, ref.Namespace, selector)
	return peer, ""
}

// gonePeer is a workload that is not there any more, by its stable labels: see api.EdgeEnd.
func gonePeer(s *fitSubject, ref api.Ref, labels map[string]string) (*fitPeer, string) {
	labels = maps.Clone(labels)
	if len(labels) == 0 {
		return nil, "it is not there any more, and the labels of its pods are not known"
	}
	selector := &metav1.LabelSelector{MatchLabels: labels}
	if !canName(ref.Namespace, selector) {
		return nil, "its labels are none that a policy can name"
	}
	peer := podsPeer(s.ref.Namespace, ref, selector)
	peer.pod = podOf(ref, labels)
	return peer, ""
}

func (f *fitter) addressPeer(s *fitSubject, end *api.EdgeEnd) (*fitPeer, string) {
	if end.AnyAddress {
		return anyAddress(s.pods()), ""
	}
	a, err := netip.ParseAddr(end.Address)
	if err != nil {
		return nil, "it is not an address"
	}
	a = a.Unmap().WithZone("")
	if pods := f.others.pods[a]; len(pods) > 0 {
		return nil, "it is the address of pod " + pods[0].Namespace + "/" + pods[0].Name + " now"
	}
	if _, node := f.others.nodes[a]; node {
		return f.nodesPeer("it is the address of a node, and these change")
	}
	return blocksPeer(outsideBlocks, []netip.Prefix{single(a)}, a.String()), ""
}

// anyAddress are all addresses of the families that pods have; of both where they have none.
func anyAddress(pods []*corev1.Pod) *fitPeer {
	var four, six bool
	for _, pod := range pods {
		for _, a := range podAddresses(pod) {
			four, six = four || a.Is4(), six || a.Is6()
		}
	}
	var blocks []netip.Prefix
	if four || !six {
		blocks = append(blocks, netip.MustParsePrefix("0.0.0.0/0"))
	}
	if six || !four {
		blocks = append(blocks, netip.MustParsePrefix("::/0"))
	}
	return blocksPeer(anyBlocks, blocks, "any address")
}

// serverPeer is the API server: its endpoints on the port, or the address that it was seen at where
// that is none of them. Where it calls, it may be any of them.
func (f *fitter) serverPeer(d int, end *api.EdgeEnd, port int32) (*fitPeer, string) {
	a, err := netip.ParseAddr(end.Address)
	switch {
	case f.cilium():
		return entitiesPeer("kube-apiserver", api.CiliumAPIServer), ""
	case f.in.Plugin.NoNodeBlocks:
		return nil, "no ipBlock holds for it with this network plugin: a CiliumNetworkPolicy with toEntities: kube-apiserver is what lets it through"
	case err == nil && d == egress:
		return blocksPeer(serverBlocks, []netip.Prefix{single(a)}, endWords(end, "")), ""
	case err != nil && len(f.in.APIServer) == 0:
		return nil, "its addresses are not known"
	}
	var on []netip.Prefix
	for _, at := range f.in.APIServer {
		if int32(at.Port()) == port || d == ingress || port == 0 {
			on = append(on, single(at.Addr()))
		}
	}
	if err == nil {
		on = append(on, single(a))
	}
	if len(on) == 0 {
		return nil, fmt.Sprintf("it was reached on port %d, where no endpoint of %s is", port, apiService)
	}
	return blocksPeer(serverBlocks, on, endWords(end, "")), ""
}
