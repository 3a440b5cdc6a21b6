package netpol

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// findLikely looks at what was not observed and may be needed: names, calls by configuration, and
// the ports of Services. What is let through counts as added.
func (j *judge) findLikely(s *judgedSubject) {
	var asks []fitNeed
	if j.closes(s.workload, egress) {
		j.likelyNames(s)
		asks, _ = j.calleeNeeds(s.fitSubject)
		j.takeNeeds(s, egress, append(asks, j.dialledNeeds(s)...))
	}
	if j.closes(s.workload, ingress) {
		asks, _ = j.callerNeeds(s.fitSubject)
		j.takeNeeds(s, ingress, append(asks, j.serveNeeds(s.fitSubject)...))
	}
}

func (j *judge) takeNeeds(s *judgedSubject, d int, needs []fitNeed) {
	for i := range needs {
		if !j.takeNeed(s, d, &needs[i]) {
			s.addLikely(s.words(d, needs[i].use), needs[i].reason)
		}
	}
}

func (s *judgedSubject) addLikely(use, reason string) {
	if likely := (api.ReasonedUse{Use: use, Reason: reason}); !slices.Contains(s.likely, likely) {
		s.likely = append(s.likely, likely)
	}
}

// takeNeed tells whether the policies of a subject let a need through, or it was observed and is
// judged as such. Where others refuse it at the other end it is likely to be missed all the same.
func (j *judge) takeNeed(s *judgedSubject, d int, n *fitNeed) bool {
	words := s.words(d, n.use)
	for _, u := range s.uses {
		if u.direction == d && u.words == words && u.tried == "" {
			return true
		}
	}
	p := judgedPeer{fitPeer: n.use.peer}
	answer := j.ask(j.after, s.fitSubject, d, &p, n.use.ports())
	own, other := answer.ends(d)
	if slices.ContainsFunc(own, func(d Decision) bool { return d.Verdict != Yes }) {
		return false
	}
	side := &s.sides[d]
	if side.needs[n.use] == nil {
		side.added = append(side.added, api.ReasonedUse{Use: words, Reason: n.reason})
	}
	side.need(n.use.peer, n.use.protocol, n.use.span, n.reason, nil)
	side.grant(n.use.peer.workload, n.use.ports())
	if n.use.peer.all {
		for _, w := range j.selected(n.use.peer.namespace, n.use.peer.selector) {
			side.grant(w, n.use.ports())
		}
	}
	if by := refusers(other); len(by) > 0 && !n.dialled {
		s.addLikely(words, n.reason+", and "+policyNames(by)+" "+verb(len(by), "refuses", "refuse")+" it at the other end")
	}
	return true
}

// likelyNames says which servers a subject could not ask for names. Where they are not known a
// rule for the port is enough, whoever it names.
func (j *judge) likelyNames(s *judgedSubject) {
	var peers []*fitPeer
	missing := map[string]Ports{}
	needs := j.dnsNeeds(s.fitSubject)
	for i := range needs {
		use := needs[i].use
		if j.takeNeed(s, egress, &needs[i]) || use.peer.anybody && j.someRule(s, use.ports()) {
			continue
		}
		if missing[use.peer.key].Empty() {
			peers = append(peers, use.peer)
		}
		missing[use.peer.key] = missing[use.peer.key].Or(use.ports())
	}
	for _, p := range peers {
		s.likely = append(s.likely, api.ReasonedUse{Use: "asks for names", Reason: fmt.Sprintf("no rule lets %s to %s", strings.ReplaceAll(missing[p.key].String(), "; ", " and "), p.words)})
	}
}

// someRule tells whether the policies of a subject let anybody be asked on ports.
func (j *judge) someRule(s *judgedSubject, ports Ports) bool {
	for _, own := range j.endsOf(j.after, s.workload) {
		if !slices.ContainsFunc(own.group.selected[egress], func(p *policy) bool {
			return slices.ContainsFunc(p.rules[egress], func(r rule) bool { return r.ports.Covers(ports) })
		}) {
			return false
		}
	}
	return true
}

// dialledNeeds are for the Services that were dialled, where the network plugin sees these in
// place of what is behind them.
func (j *judge) dialledNeeds(s *judgedSubject) []fitNeed {
	scratch := &fitSubject{ref: s.ref, workload: s.workload}
	side := &scratch.sides[egress]
	side.peers, side.needs = map[string]*fitPeer{}, map[fitUse]*fitNeed{}
	for _, key := range slices.Sorted(maps.Keys(s.uses)) {
		if u := s.uses[key]; u.direction == egress && u.peer.fitPeer != nil && u.portless == "" && u.tried == "" {
			for _, e := range u.edges {
				j.wantServicePorts(scratch, egress, e, u.peer.fitPeer, u.protocol)
			}
		}
	}
	for _, note := range scratch.notes {
		s.note("%s", note)
	}
	var needs []fitNeed
	for _, use := range side.uses(func(*fitNeed) bool { return true }) {
		needs = append(needs, *side.needs[use])
	}
	return needs
}

// mostExcess is how many rules and peers are listed that let through what was never seen.
const mostExcess = 256

// findExcess lists what rules of written policies let through that nobody was seen to use.
func (j *judge) findExcess(s *judgedSubject) {
	told := map[string]bool{}
	for _, own := range j.endsOf(j.after, s.workload) {
		for d := range own.group.selected {
			for _, p := range own.group.selected[d] {
				for i := range p.rules[d] {
					if name := fmt.Sprintf("%s %d %d", p.ref.Name, d, i); j.isWritten(p) && !told[name] {
						told[name] = true
						j.excessOf(s, p, d, &p.rules[d][i])
					}
				}
			}
		}
	}
	if more := len(s.excess) - mostExcess; more > 0 {
		s.excess = append(s.excess[:mostExcess:mostExcess], api.ReasonedUse{Use: thousands(more) + " more", Reason: "never seen"})
	}
}

func (j *judge) excessOf(s *judgedSubject, p *policy, d int, r *rule) {
	side := &s.sides[d]
	place, doubt := j.where(p.rule(d, r.number)), s.doubted[p.rule(d, r.number)]
	if doubt.ports {
		return
	}
	if len(r.peers) == 0 && !doubt.peers {
		if ports := j.portsFor(s, d, r, nil).minus(side.anybody()); !ports.Empty() {
			s.beyond(d, ports.String(), "anybody", side.seenOn(ports), place)
		}
	}
	for _, peer := range r.peers {
		switch {
		case peer.block == nil:
			j.excessPods(s, p, d, r, peer, place)
		case !doubt.peers && !side.needsBlock(peer.block, r.ports):
			s.beyond(d, r.ports.String(), peer.who.text, side.seenIn(peer.block, r.ports), place)
		}
	}
}

// beyond adds an excess; seen are those that it was seen for.
func (s *judgedSubject) beyond(d int, ports, whom string, seen []string, place string) {
	reason := "never seen"
	if len(seen) > 0 {
		reason = "seen for " + some(seen, ", ") + " alone"
	}
	use := api.ReasonedUse{Use: ports + [...]string{" from ", " of "}[d] + whom, Reason: reason + "; " + place}
	if !slices.Contains(s.excess, use) {
		s.excess = append(s.excess, use)
	}
}

// portsFor are those that a rule lets through, on the pods of a workload where it is the one that
// serves.
func (j *judge) portsFor(s *judgedSubject, d int, r *rule, w *fitWorkload) Ports {
	if d == ingress {
		w = s.workload
	}
	ports := r.ports
	if w == nil || len(r.names) == 0 {
		return ports
	}
	for _, e := range j.endsOf(j.after, w) {
		sure, _, _ := r.on(e.group)
		ports = ports.Or(sure)
	}
	return ports
}

// excessPods looks at the workloads that a selector names: on the ports of the rule, or where it
// is for all on those that they are known to serve.
func (j *judge) excessPods(s *judgedSubject, p *policy, d int, r *rule, peer *rulePeer, place string) {
	whom := map[string][]string{}
	var order []string
	named := false
	for _, w := range j.all {
		if w.HostNetwork || !slices.ContainsFunc(j.endsOf(j.after, w), func(e endpoint) bool {
			m, _ := peer.matches(p, &e)
			return m == surely
		}) {
			continue
		}
		named = true
		ports := j.portsFor(s, d, r, w)
		if ports.All() {
			ports = [...]Ports{s.workload.known, w.known}[d]
		}
		if ports = ports.minus(s.sides[d].granted[w].Or(s.sides[d].anybody())); ports.Empty() {
			continue
		}
		words := ports.String()
		if whom[words] == nil {
			order = append(order, words)
		}
		whom[words] = append(whom[words], w.Ref.ShortFrom(s.ref.Namespace))
	}
	for _, words := range order {
		slices.Sort(whom[words])
		s.beyond(d, words, some(whom[words], ", "), nil, place)
	}
	if !named && !s.seenGone(d, p, peer) {
		s.beyond(d, portsText(r), peer.who.text+", of which there are none", nil, place)
	}
}

// seenGone tells whether a selector names a workload that was seen and is not there any more.
func (s *judgedSubject) seenGone(d int, p *policy, peer *rulePeer) bool {
	for use := range s.sides[d].needs {
		if pod := use.peer.pod; pod != nil && peer.pods.matchPod(pod.Labels) == surely && (peer.namespaces != nil || pod.Namespace == p.ref.Namespace) {
			return true
		}
	}
	return false
}

// seenOn are the peers that were seen on ports.
func (side *fitSide) seenOn(ports Ports) []string {
	return side.seenBy(ports, func(*fitPeer) bool { return true })
}

// seenIn are the peers in a block that were seen on ports.
func (side *fitSide) seenIn(b *block, ports Ports) []string {
	return side.seenBy(ports, func(p *fitPeer) bool {
		return len(p.blocks) > 0 && b.addresses.contains(p.blocks[0].Addr())
	})
}

func (side *fitSide) seenBy(ports Ports, in func(*fitPeer) bool) []string {
	var seen []string
	for use, n := range side.needs {
		if n.reason == "" && in(use.peer) && !use.ports().And(ports).Empty() && !slices.Contains(seen, use.peer.words) {
			seen = append(seen, use.peer.words)
		}
	}
	slices.Sort(seen)
	return seen
}
