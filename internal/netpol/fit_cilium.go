package netpol

import (
	"net/netip"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// FlavorNotes are what there is to know of all policies of a flavour, in sentences without an end.
func FlavorNotes(in *Situation, flavor api.PolicyFlavor) []string {
	if flavor != api.FlavorCilium {
		return nil
	}
	notes := []string{"CiliumNetworkPolicies that are there already were not evaluated: what they allow adds up with what these do, and what they deny is refused all the same"}
	if name := in.Plugin.Name; name != "" && name != "cilium" {
		notes = append(notes, "the network plugin is "+name+": only Cilium enforces a CiliumNetworkPolicy")
	}
	return notes
}

func (f *fitter) cilium() bool { return f.opts.Flavor == api.FlavorCilium }

// wrote tells a policy of this run.
func (f *fitter) wrote(ref api.Ref) bool {
	return f.written[nameOf(ref)] && ref.Kind == f.opts.Flavor.Kind()
}

// entitiesPeer is a peer of entities of Cilium. The API server is one also where it calls: what was
// observed of it came from its own address, and not through a tunnel that hides it, as with AKS and
// GKE (cilium/cilium#32464).
func entitiesPeer(words string, list ...string) *fitPeer {
	return &fitPeer{key: keyServer + " " + strings.Join(list, " "), words: words, named: list}
}

// nodesPeer is every node, with what is on their networks.
func (f *fitter) nodesPeer(why string) (*fitPeer, string) {
	switch {
	case !f.cilium():
		return nil, why
	case f.opts.Exact:
		return nil, "entities hold for every node"
	}
	return entitiesPeer("a node", api.CiliumNodes()...), ""
}

// namesPeer is a peer of names outside, with the addresses that they were observed as.
func namesPeer(names []string, blocks ...netip.Prefix) *fitPeer {
	return &fitPeer{key: keyAddress + " names " + strings.Join(names, " "), words: strings.Join(names, ", "), names: names, blocks: blocks}
}

// namePeer is the peer of a name that is configured.
func (f *fitter) namePeer(s *fitSubject, d int, name string) (*fitPeer, string) {
	switch {
	case !f.cilium():
		return nil, "it is a name, and no NetworkPolicy has names"
	case d != egress || !ciliumNameable(name):
		return nil, "it is no name that a rule can have"
	case len(f.dnsNeeds(s)) == 0:
		return nil, "it is a name, and no rule could read the answers of DNS that its pods get"
	}
	return namesPeer([]string{name}), ""
}

// edgePeer is the peer of an edge. An outside address whose names are known is named by these: its
// addresses may change. As many names as are kept may not be all, and the pod may have looked up
// another one: then the address is what is written.
func (f *fitter) edgePeer(s *fitSubject, d int, e *api.Edge) (*fitPeer, string) {
	end, _ := ends(e, d)
	peer, why := f.peerOf(s, d, end, e.Port)
	few := len(e.Names) > 0 && len(e.Names) < mostSamples && e.Port != dnsPort // a name server is there before names
	if !f.cilium() || f.opts.Exact || d != egress || why != "" || end.Kind != api.EndAddress || end.AnyAddress || !few || len(peer.blocks) != 1 {
		return peer, why
	}
	names := slices.Compact(slices.Sorted(slices.Values(e.Names)))
	if slices.ContainsFunc(names, func(name string) bool { return !ciliumNameable(name) }) || len(f.dnsNeeds(s)) == 0 {
		return peer, why
	}
	return namesPeer(names, peer.blocks...), ""
}

// addBlocks keeps the addresses that names were observed as.
func (p *fitPeer) addBlocks(o *fitPeer) {
	if p == o || p.names == nil {
		return
	}
	blocks := slices.Concat(p.blocks, o.blocks)
	slices.SortFunc(blocks, comparePrefixes)
	p.blocks = slices.Compact(blocks)
}

// ciliumEnds are the parts of a peer that Cilium alone can name.
func (p *fitPeer) ciliumEnds() []endpoint {
	if p.named != nil {
		var of entities
		for _, text := range p.named {
			of |= entityOf(text)
		}
		return []endpoint{{entity: of}}
	}
	if len(p.blocks) == 0 {
		return []endpoint{{names: p.names}}
	}
	var all []endpoint
	for _, b := range p.blocks {
		all = append(all, endpoint{addresses: addresses{rangeOf(b)}, names: p.names})
	}
	return all
}

// named tells whether names are needed in a direction.
func (side *fitSide) named() bool {
	for use := range side.needs {
		if use.peer.names != nil {
			return true
		}
	}
	return false
}

// askNames adds that names can be asked for, and that the answers are read, where there are any
// among the needs: whoever else lets look-ups through does not read their answers.
func (f *fitter) askNames(s *fitSubject, side *fitSide) {
	if side.direction != egress || !side.named() {
		return
	}
	side.asks = append(side.asks, f.dnsNeeds(s)...)
	side.lookups = map[useKey]bool{}
	for _, n := range f.dnsNeeds(s) {
		side.lookups[n.use.key()] = true
	}
}

// useKey is the same for equal uses.
type useKey struct {
	peer     string
	protocol int
	span     span
}

func (u fitUse) key() useKey { return useKey{u.peer.key, u.protocol, u.span} }

// lookupPorts are the ports of an entry by which names are asked for.
func (f *fitter) lookupPorts(side *fitSide, e *fitElement) []networkingv1.NetworkPolicyPort {
	var ports Ports
	for _, n := range e.needs {
		if side.lookups[n.use.key()] {
			ports = ports.Or(n.use.ports())
		}
	}
	if ports.Empty() {
		return nil
	}
	return writtenPorts(ports, ports.And(e.ranges))
}

// wantHost adds the own node where a name server is asked at an address of it: Cilium takes that
// for the entity host, for which no block of addresses holds.
func (f *fitter) wantHost(s *fitSubject, d int, peer *fitPeer, use fitUse) {
	local := peer.sort == dnsBlocks || len(peer.blocks) == 1 && peer.blocks[0].Addr().String() == nodeLocalAddress
	if f.cilium() && d == egress && local && !f.opts.Exact {
		s.sides[d].needAsked(f.hostNeed(use.protocol, use.span, peer.words))
	}
}

func (f *fitter) hostNeed(protocol int, ports span, words string) fitNeed {
	reason := "DNS at " + words + ": Cilium takes an address of the own node for the entity host"
	return fitNeed{use: fitUse{entitiesPeer("its own node", api.CiliumHost), protocol, ports}, reason: reason}
}

// addEntities counts what entities let through beyond the workloads on the network of nodes that
// were meant.
func (side *fitSide) addEntities() {
	for _, e := range side.elements {
		if e.peer.named == nil || entityOf(e.peer.named[0]) == entityAPIServer || len(e.peer.named) < 2 {
			continue
		}
		node := false
		for _, n := range e.needs {
			node = node || strings.HasSuffix(n.reason, nodesPassOn) || slices.ContainsFunc(n.edges, func(edge *api.Edge) bool {
				peer, _ := ends(edge, side.direction)
				return peer.Kind != api.EndWorkload
			})
		}
		if node {
			continue
		}
		const reason = "entities hold for all nodes, and what is on their networks"
		for i := range e.ports.spans {
			for _, ports := range e.ports.spans[i] {
				use := portWords(i, ports) + [...]string{" from ", " of "}[side.direction] + "every node"
				side.added = append(side.added, api.ReasonedUse{Use: use, Reason: reason})
			}
		}
		e.notes = append(e.notes, "added every node: "+reason)
	}
}

// noteFlavor says what a policy of a flavour needs to hold.
func (f *fitter) noteFlavor(s *fitSubject) {
	if !f.cilium() {
		return
	}
	if s.sides[egress].lookups != nil {
		s.note("names hold for what its pods look up through the rule for DNS, whose answers Cilium reads: its proxy (enable-l7-proxy) has to be on, as it is by default")
	}
	for d := range s.sides {
		for _, n := range s.sides[d].kept {
			if string(protocols()[n.use.protocol]) == "SCTP" {
				s.note("SCTP is let through where Cilium has enable-sctp on")
			}
		}
	}
}

// lostOnCilium tells a selector that Cilium would take for another one, or for nothing: by a label
// that means a namespace there, and that is left out of what pods have (SanitizePodLabels of
// pkg/k8s/utils), or one that is not kept by default (defaultLabelPrefixCfg of pkg/labelsfilter).
func lostOnCilium(s *metav1.LabelSelector) bool {
	lost := func(key string) bool {
		_, namespace := namespaceLabel(key)
		return namespace || strings.Contains(key, "beta.kubernetes.io") ||
			slices.ContainsFunc(unkeptLabels(), func(prefix string) bool { return strings.HasPrefix(key, prefix) })
	}
	for key := range s.MatchLabels {
		if lost(key) {
			return true
		}
	}
	return slices.ContainsFunc(s.MatchExpressions, func(r metav1.LabelSelectorRequirement) bool { return lost(r.Key) })
}

func unkeptLabels() []string {
	return []string{
		"io.kubernetes", "kubernetes.io", "k8s.io", "pod-template-generation", "pod-template-hash", "controller-revision-hash", "annotation", "etcd_node",
		"statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index", "batch.kubernetes.io/job-completion-index", "batch.kubernetes.io/controller-uid", "controller-uid",
	}
}

// ciliumWorkload has no selector where Cilium would take it for another one.
func (f *fitter) ciliumWorkload(w *Workload) *Workload {
	if !f.cilium() || w.Selector == nil || !lostOnCilium(w.Selector) {
		return w
	}
	out := *w
	out.Selector, out.Unselectable = nil, "its selector has a label that Cilium does not keep, or takes for a namespace"
	return &out
}

// ciliumServers leaves such selectors out of the name servers, which are a copy already.
func (f *fitter) ciliumServers() {
	for i := range f.in.DNS {
		if server := &f.in.DNS[i]; f.cilium() && server.Selector != nil && lostOnCilium(server.Selector) {
			server.Selector = nil
		}
	}
}

// passedOn lets nodes in where blocks of addresses may call: what a node passes on to a pod of
// another one comes from that node to Cilium, and no block holds for it (docs.cilium.io, policy
// caveats, N/S service traffic).
func (f *fitter) passedOn(c *Caller) []fitNeed {
	if !f.cilium() || c.From != nil || len(c.Sources) == 0 {
		return nil
	}
	return needsAt(entitiesPeer("a node", api.CiliumNodes()...), c.Reason+nodesPassOn, c.Ports)
}

const nodesPassOn = ", and any node may pass it on"

// ciliumTerms are what a rule has that no NetworkPolicy can have; nil for nothing.
func (f *fitter) ciliumTerms(side *fitSide, e *fitElement) *api.CiliumTerms {
	if !f.cilium() {
		return nil
	}
	terms := api.CiliumTerms{Entities: e.peer.named, Names: e.peer.names, Lookups: f.lookupPorts(side, e)}
	if len(terms.Entities)+len(terms.Names)+len(terms.Lookups) == 0 {
		return nil
	}
	return &terms
}
