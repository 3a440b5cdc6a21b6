package netpol

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// configures tells whether what is configured is let through although it was not observed.
func (o *FitOptions) configures() bool { return o.Configured && !o.Exact }

// fitConfigured is what is configured and was not observed: uses that a policy may let through, or
// none where no rule can.
type fitConfigured struct {
	direction int
	uses      []fitUse
	// counts tells that it is counted for this subject, and not for that at its other end.
	counts bool
}

// sortConfigured puts what is configured below both ends, once each.
func (f *fitter) sortConfigured() {
	f.configured = [2]map[api.Ref][]*api.Edge{{}, {}}
	for _, e := range mergedEdges(f.in.Configured) {
		for d := range f.configured {
			if _, own := ends(e, d); own.Workload != nil {
				f.configured[d][*own.Workload] = append(f.configured[d][*own.Workload], e)
			}
		}
	}
}

// wantConfigured adds what a subject is configured to call, and what calls it by configuration,
// where nothing of it was observed.
func (f *fitter) wantConfigured(s *fitSubject) {
	if !f.opts.configures() {
		return
	}
	for d := range s.sides {
		for _, e := range f.configured[d][s.ref] {
			f.wantEdge(s, d, e)
		}
	}
	f.wantCallers(s)
}

// wantEdge adds one edge. What was denied when it was tried stays denied, and what the user leaves
// out stays out.
func (f *fitter) wantEdge(s *fitSubject, d int, e *api.Edge) {
	end, _ := ends(e, d)
	reason := api.ConfiguredReason + "never observed: " + strings.Join(e.Configured, ", ")
	if by := f.excludes(e); by != "" {
		add(s.leftOut, useWords(s, d, e, end), 0, by)
		return
	}
	switch f.tried(s, d, e) {
	case triedTaken:
		if e.Server.Kind == api.EndName && !f.cilium() {
			s.note("%s is configured, and written as the addresses that it was observed at, which may change", e.Server.Name)
		}
		return
	case triedRefused:
		return
	case triedUnanswered:
		reason = api.ConfiguredReason + "not answered when it was tried: " + strings.Join(e.Configured, ", ")
		delete(s.denied, useWords(s, d, e, end)+"\x00")
	}
	side := &s.sides[d]
	stuck := fitStuck{edge: e, protocol: protocolIndex(corev1.Protocol(e.Protocol)), span: span{e.Port, e.Port}, added: true, asked: reason}
	if e.AnyPort {
		stuck.span = span{1, maxPort}
		reason += "; its port is not known"
	} else if f.behindService(d, e) {
		stuck.span = span{1, maxPort}
		reason += "; " + portBehindService
	}
	known := fitConfigured{direction: d, counts: f.countsFor(d, e)}
	peer, why := f.configuredPeer(s, d, e, stuck)
	if why == "" {
		use := side.configure(peer, stuck.protocol, stuck.span, reason)
		known.uses = append(known.uses, use)
		f.wantServicePorts(s, d, e, peer, stuck.protocol)
		f.wantBothDNS(s, d, e, peer)
		f.wantHost(s, d, peer, use)
	} else {
		if stuck.use = useWords(s, d, e, end); !e.AnyPort && !validPort(e.Port) {
			stuck.use = e.Protocol + [...]string{" from ", " of "}[d] + endWords(end, s.ref.Namespace)
		}
		stuck.reason = why
		if end.Kind == api.EndName && !f.cilium() {
			stuck.name = end.Name
		}
		side.stuck = append(side.stuck, stuck)
	}
	s.configured = append(s.configured, known)
}

// configuredPeer is the peer that is configured, or why no rule can name it.
func (f *fitter) configuredPeer(s *fitSubject, d int, e *api.Edge, stuck fitStuck) (*fitPeer, string) {
	end, _ := ends(e, d)
	switch {
	case stuck.protocol < 0:
		return nil, "NetworkPolicies know TCP, UDP and SCTP alone"
	case !e.AnyPort && !validPort(e.Port):
		return nil, "its port is not known"
	}
	if near := f.nodeServer(d, end, stuck); near != nil {
		return near, ""
	}
	return f.peerOf(s, d, end, e.Port)
}

// configure is the need for what is configured.
func (side *fitSide) configure(peer *fitPeer, protocol int, ports span, reason string) fitUse {
	if known := side.peers[peer.key]; known != nil {
		peer = known
	}
	use := fitUse{peer, protocol, ports}
	known := side.needs[use]
	if known != nil && !known.dialled {
		return use
	}
	side.need(peer, protocol, ports, reason, nil)
	side.needs[use].reason, side.needs[use].configured = reason, true
	return use
}

// wantCallers adds who calls a subject by configuration: here that closes its ingress.
func (f *fitter) wantCallers(s *fitSubject) {
	side := &s.sides[ingress]
	for _, c := range f.callers[s.ref] {
		if c.Beside {
			continue
		}
		needs, stuck := f.callNeeds(s, c)
		known := fitConfigured{direction: ingress, counts: !f.called(s, c)}
		for _, n := range needs {
			known.uses = append(known.uses, side.configure(n.use.peer, n.use.protocol, n.use.span, n.reason))
		}
		if known.counts && len(needs)+len(stuck) > 0 {
			s.configured = append(s.configured, known)
		}
	}
}

// called tells whether a call was observed.
func (f *fitter) called(s *fitSubject, c *Caller) bool {
	ports := rangePorts(c.Ports)
	return slices.ContainsFunc(f.servers[s.ref], func(e *api.Edge) bool {
		protocol := protocolIndex(corev1.Protocol(e.Protocol))
		if protocol < 0 || refused(e) != "" || !e.AnyPort && !ports.Covers(spanOf(protocol, span{e.Port, e.Port})) {
			return false
		}
		return c.From == nil || e.Client.Workload != nil && *e.Client.Workload == *c.From
	})
}

// countsFor tells whether an edge counts at its end of a direction: at its client where that is one
// of the run.
func (f *fitter) countsFor(d int, e *api.Edge) bool {
	return d == egress || e.Client.Workload == nil || f.bySubject[*e.Client.Workload] == nil
}

// What became of something configured that was tried.
const (
	neverTried = iota
	triedUnanswered
	triedRefused
	triedTaken
)

// tried tells what became of an edge that is configured.
func (f *fitter) tried(s *fitSubject, d int, e *api.Edge) int {
	best := neverTried
	for _, seen := range [...]map[api.Ref][]*api.Edge{f.servers, f.clients}[d][s.ref] {
		switch {
		case !explains(e, seen):
		case refused(seen) == "":
			best = triedTaken
		case seen.Denied:
			best = max(best, triedRefused)
		default:
			best = max(best, triedUnanswered)
		}
	}
	if slices.ContainsFunc(f.dropped[s.ref], func(seen droppedEdge) bool { return explains(e, seen.edge) }) {
		best = max(best, triedRefused)
	}
	return best
}

// explains tells whether what was observed is what is configured.
func explains(configured, seen *api.Edge) bool {
	if configured.Client.Workload == nil || seen.Client.Workload == nil || *configured.Client.Workload != *seen.Client.Workload || configured.Protocol != seen.Protocol {
		return false
	}
	to, is := &configured.Server, &seen.Server
	if to.Kind == api.EndAPIServer {
		return is.Kind == api.EndAPIServer // its Service has another port than itself
	}
	if !configured.AnyPort && !seen.AnyPort && configured.Port != seen.Port {
		return false
	}
	switch to.Kind {
	case api.EndWorkload:
		return to.Workload != nil && is.Workload != nil && *to.Workload == *is.Workload
	case api.EndName:
		return is.Kind == api.EndAddress && slices.Contains(seen.Names, to.Name)
	}
	return to.Kind == is.Kind && (is.AnyAddress || plainAddress(to.Address) == plainAddress(is.Address))
}

// plainAddress is equal for equal addresses.
func plainAddress(text string) string {
	if a, err := netip.ParseAddr(text); err == nil {
		return a.Unmap().WithZone("").String()
	}
	return text
}

// countConfigured asks the evaluator about what is configured alone.
func (f *fitter) countConfigured(s *fitSubject) {
	for _, c := range s.configured {
		if !c.counts {
			continue
		}
		through := s.workload != nil
		if len(c.uses) == 0 {
			through = through && !s.sides[c.direction].shut
		}
		for _, use := range c.uses {
			through = through && f.reach(f.after, s, c.direction, use).Allowed == Yes
		}
		if through {
			s.through++
		} else {
			s.notThrough++
		}
	}
}

// proveConfigured is the error for what is configured and written, and that the own end would not
// let through.
func (f *fitter) proveConfigured(s *fitSubject, side *fitSide) error {
	uses := side.uses(func(n *fitNeed) bool { return n.configured && n.kept && s.draft != nil })
	for _, use := range uses {
		owns, peers := f.endsOf(f.after, s.workload), f.peerEnds(f.after, s, use.peer)
		for i := range owns {
			for j := range peers {
				if !sideSure(side.direction, &owns[i], &peers[j], use.ports()).Covers(use.ports()) {
					return fmt.Errorf("%s: %s is configured and would not be allowed", s.ref.Short(), s.words(side.direction, use))
				}
			}
		}
	}
	return nil
}
