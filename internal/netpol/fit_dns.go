package netpol

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// dnsPort is where a name server is asked (RFC 1035), where nothing else is known.
const dnsPort = 53

// serverOf is the workload of a name server: the one that it is said to be, or the only one that
// its selector selects.
func (f *fitter) serverOf(server *NameServer) *api.Ref {
	if !selects(server.Selector) {
		return nil
	}
	if server.Workload != nil {
		return server.Workload
	}
	if all := f.selected(server.Namespace, server.Selector); len(all) == 1 {
		return &all[0].Ref
	}
	return nil
}

// dnsNeeds are what a subject needs to ask for names, as resolv.conf says by its dnsPolicy.
func (f *fitter) dnsNeeds(s *fitSubject) []fitNeed {
	var needs []fitNeed
	told := map[corev1.DNSPolicy]bool{}
	for _, pod := range s.pods() {
		policy := pod.Spec.DNSPolicy
		if policy == corev1.DNSClusterFirstWithHostNet || policy == "" {
			policy = corev1.DNSClusterFirst
		}
		switch own := ownServers(pod); {
		case len(own) > 0:
			needs = append(needs, dnsAt(blocksPeer(dnsBlocks, own, ""), "DNS, the servers of its dnsConfig", nil)...)
		case policy == corev1.DNSNone && !told[policy]:
			needs = append(needs, dnsAt(anybodyPeer(), "DNS of dnsPolicy None, whose servers are not known", nil)...)
		}
		switch {
		case told[policy]:
		case policy == corev1.DNSDefault:
			needs = append(needs, dnsAt(anybodyPeer(), "DNS of dnsPolicy Default: the servers of its node, which are not known", nil)...)
		case policy == corev1.DNSClusterFirst:
			needs = append(needs, f.clusterDNS(s)...)
		}
		told[policy] = true
	}
	return needs
}

// ownServers are those that the pod itself names.
func ownServers(pod *corev1.Pod) []netip.Prefix {
	var all []netip.Prefix
	if pod.Spec.DNSConfig == nil {
		return nil
	}
	for _, a := range parseAddresses(pod.Spec.DNSConfig.Nameservers) {
		all = append(all, single(a))
	}
	return all
}

func (f *fitter) clusterDNS(s *fitSubject) []fitNeed {
	if len(f.in.DNS) == 0 {
		reason := "DNS, whose servers are not known"
		if f.in.NoDNS != "" {
			reason += ": " + f.in.NoDNS
		}
		return dnsAt(anybodyPeer(), reason, nil)
	}
	var needs []fitNeed
	for i := range f.in.DNS {
		needs = append(needs, f.serverNeeds(s, &f.in.DNS[i])...)
	}
	return needs
}

// serverNeeds are those for one name server; none for itself.
func (f *fitter) serverNeeds(s *fitSubject, server *NameServer) []fitNeed {
	if ref := f.serverOf(server); ref != nil {
		if *ref == s.ref {
			return nil
		}
		if peer, _ := f.workloadPeer(s, egress, &api.EdgeEnd{Kind: api.EndWorkload, Workload: ref}); peer != nil {
			return f.podsNeeds(peer, server)
		}
	}
	if server.Workload != nil && *server.Workload == s.ref {
		return nil
	}
	if selects(server.Selector) {
		ref := api.Ref{Kind: "pods of", Namespace: server.Namespace, Name: server.Service}
		peer := podsPeer(s.ref.Namespace, ref, server.Selector)
		peer.words, peer.pod, peer.all = "the pods of "+server.Service, podOf(ref, server.Selector.MatchLabels), true
		return f.podsNeeds(peer, server)
	}
	if len(server.Addresses) > 0 {
		needs := dnsAt(serverBlock(server), "DNS, the addresses of "+server.Service, server.Ports)
		for _, n := range needs {
			if f.cilium() {
				needs = append(needs, f.hostNeed(n.use.protocol, n.use.span, server.Service))
			}
		}
		return needs
	}
	return dnsAt(anybodyPeer(), "DNS, and no policy can name the pods of "+server.Service, server.Ports)
}

// podsNeeds are those for the pods of a name server, which is dialled at the port of its Service.
func (f *fitter) podsNeeds(peer *fitPeer, server *NameServer) []fitNeed {
	needs := dnsAt(peer, "DNS, the pods of "+server.Service, server.Ports)
	if !f.in.Plugin.ServicePorts || rangePorts(server.Ports).Covers(rangePorts(dnsRanges())) || len(server.Ports) == 0 {
		return needs
	}
	reason := servicePortReason(server.Service, server.Ports[0].First)
	for _, n := range needsAt(peer, reason, dnsRanges()) {
		n.dialled = true
		needs = append(needs, n)
	}
	return needs
}

// dnsRanges are where a name server is asked.
func dnsRanges() []PortRange {
	return []PortRange{{corev1.ProtocolUDP, dnsPort, dnsPort}, {corev1.ProtocolTCP, dnsPort, dnsPort}}
}

func serverBlock(server *NameServer) *fitPeer {
	var blocks []netip.Prefix
	for _, a := range server.Addresses {
		blocks = append(blocks, single(a))
	}
	return blocksPeer(dnsBlocks, blocks, server.Service)
}

// dnsAt are the needs for UDP and TCP at a peer.
func dnsAt(peer *fitPeer, reason string, ports []PortRange) []fitNeed {
	if len(ports) == 0 {
		ports = dnsRanges()
	}
	return needsAt(peer, reason, ports)
}

func needsAt(peer *fitPeer, reason string, ports []PortRange) []fitNeed {
	var needs []fitNeed
	for _, r := range rangePorts(ports).Ranges() {
		needs = append(needs, fitNeed{use: fitUse{peer, protocolIndex(r.Protocol), span{r.First, r.Last}}, reason: reason})
	}
	return needs
}

// nodeServer is the name server on every node that an edge to one of its addresses is about.
func (f *fitter) nodeServer(d int, end *api.EdgeEnd, use fitStuck) *fitPeer {
	if d != egress || end.Kind != api.EndAddress && end.Kind != api.EndNode {
		return nil
	}
	a, err := netip.ParseAddr(end.Address)
	if err != nil {
		return nil
	}
	for i := range f.in.DNS {
		server := &f.in.DNS[i]
		if !selects(server.Selector) && rangePorts(server.Ports).Covers(spanOf(use.protocol, use.span)) && slices.Contains(server.Addresses, a.Unmap()) {
			return serverBlock(server)
		}
	}
	return nil
}

// nodeLocalAddress is where NodeLocal DNSCache listens unless it is told otherwise.
// https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/
const nodeLocalAddress = "169.254.20.10"

// wantBothDNS adds the other protocol where a name server on the node is asked that nothing else
// tells of: answers that are too long for UDP come over TCP.
func (f *fitter) wantBothDNS(s *fitSubject, d int, e *api.Edge, peer *fitPeer) {
	if d != egress || f.opts.Exact || peer.sort == dnsBlocks || e.Server.Kind != api.EndAddress || e.Port != dnsPort || plainAddress(e.Server.Address) != nodeLocalAddress {
		return
	}
	for _, n := range dnsAt(peer, "DNS at "+nodeLocalAddress+", where NodeLocal DNSCache is asked over both", nil) {
		s.sides[d].needAsked(n)
	}
}

// callerNeeds are those of who calls the subject by configuration, and callers that no rule can
// let in.
func (f *fitter) callerNeeds(s *fitSubject) (needs []fitNeed, stuck []fitStuck) {
	for _, c := range f.callers[s.ref] {
		more, without := f.callNeeds(s, c)
		needs, stuck = append(needs, more...), append(stuck, without...)
	}
	return needs, stuck
}

// callNeeds are those of one caller.
func (f *fitter) callNeeds(s *fitSubject, c *Caller) ([]fitNeed, []fitStuck) {
	peer := anybodyPeer()
	switch {
	case c.From != nil:
		var why string
		end := &api.EdgeEnd{Kind: api.EndWorkload, Workload: c.From}
		if peer, why = f.workloadPeer(s, ingress, end); why != "" {
			return nil, stuckCall(c, " from "+endWords(end, s.ref.Namespace), why)
		}
	case len(c.Sources) > 0:
		peer = blocksPeer(callerBlocks, maskedBlocks(c.Sources), "")
	}
	return append(needsAt(peer, c.Reason, c.Ports), f.passedOn(c)...), nil
}

// calleeNeeds are those of whom the subject calls by configuration.
func (f *fitter) calleeNeeds(s *fitSubject) (needs []fitNeed, stuck []fitStuck) {
	for _, c := range f.callees[s.ref] {
		if f.workloads[c.To] == nil {
			continue
		}
		end := &api.EdgeEnd{Kind: api.EndWorkload, Workload: &c.To}
		if peer, why := f.workloadPeer(s, egress, end); why != "" {
			stuck = append(stuck, stuckCall(c, " of "+endWords(end, s.ref.Namespace), why)...)
		} else {
			needs = append(needs, needsAt(peer, c.Reason, c.Ports)...)
		}
	}
	return needs, stuck
}

// stuckCall is a call whose other end no rule can name.
func stuckCall(c *Caller, whom, why string) []fitStuck {
	var stuck []fitStuck
	for _, r := range rangePorts(c.Ports).Ranges() {
		protocol, ports := protocolIndex(r.Protocol), span{r.First, r.Last}
		stuck = append(stuck, fitStuck{use: portWords(protocol, ports) + whom, reason: c.Reason + ", and " + why, protocol: protocol, span: ports, added: true})
	}
	return stuck
}

func maskedBlocks(blocks []netip.Prefix) []netip.Prefix {
	var out []netip.Prefix
	for _, b := range blocks {
		if b.IsValid() {
			out = append(out, plain(b).Masked())
		}
	}
	return out
}
