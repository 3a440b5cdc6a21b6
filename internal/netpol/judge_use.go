package netpol

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// judgedUse is what was observed of a subject in one direction.
type judgedUse struct {
	direction int
	words     string
	count     int64
	peer      judgedPeer
	protocol  int
	span      span
	ports     Ports
	// tried is why it was not let through when it was seen, portless why no rule is about it.
	tried, portless string
	// either tells that it was some of the ports alone.
	either bool
	edges  []*api.Edge
}

// judgedSubject is the work on one subject.
type judgedSubject struct {
	*fitSubject
	uses    map[string]*judgedUse
	refused []api.CountedUse
	likely  []api.ReasonedUse
	// others are the uses that other policies alone let through, by policy.
	others map[string][]string
	// doubted are the rules that may let through what cannot be judged: their blocks are no excess,
	// and where the ports are in doubt nothing of them is.
	doubted map[Rule]ruleDoubt
}

type ruleDoubt struct{ peers, ports bool }

func (j *judge) subject(of *fitSubject) Judged {
	s := &judgedSubject{fitSubject: of, uses: map[string]*judgedUse{}, others: map[string][]string{}, doubted: map[Rule]ruleDoubt{}}
	for _, e := range j.servers[s.ref] {
		j.observe(s, ingress, e)
	}
	for _, e := range j.clients[s.ref] {
		j.observe(s, egress, e)
	}
	for at, scan := range s.scans {
		s.note("%s %s, of %s: it is not judged", scan.by, at, s.ref.Short())
	}
	for _, hint := range j.in.HintsOf(&s.ref) {
		s.note("%s", hint)
	}
	for _, key := range slices.Sorted(maps.Keys(s.uses)) {
		j.decide(s, s.uses[key])
	}
	j.findLikely(s)
	j.countTuples(s.fitSubject)
	j.findExcess(s)
	return s.judged()
}

func (s *judgedSubject) judged() Judged {
	out := Judged{Workload: s.ref, Proof: s.proof(), Likely: s.likely, Notes: s.notes}
	p := &out.Proof
	slices.SortStableFunc(s.refused, func(a, b api.CountedUse) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Use, b.Use))
	})
	p.Refused = append(p.Refused, s.refused...)
	p.Granted = p.Covered + len(p.Added) + len(p.Excess)
	for _, name := range slices.Sorted(maps.Keys(s.others)) {
		out.StillAllowed = append(out.StillAllowed, name+" ("+some(s.others[name], ", ")+")")
	}
	slices.Sort(out.Notes)
	return out
}

// observe sorts one edge of a direction; equal uses add up.
func (j *judge) observe(s *judgedSubject, d int, e *api.Edge) {
	peerEnd, _ := ends(e, d)
	if scan := j.scanned(e); scan != nil {
		s.scans[[...]string{"from", "of"}[d]+" "+endWords(peerEnd, s.ref.Namespace)] = fitCount{by: scan.reason()}
		return
	}
	if peerEnd.Kind == api.EndOwnNode {
		return // no policy keeps that out
	}
	u := j.use(s.fitSubject, d, e)
	key := fmt.Sprintf("%d %s\x00%s\x00%s %s %v %s", d, endKey(peerEnd), peerEnd.LabelText(), u.words, e.Protocol, u.span, u.tried)
	if known := s.uses[key]; known != nil {
		known.count += u.count
		known.edges = append(known.edges, e)
		return
	}
	s.uses[key] = u
}

func (j *judge) use(s *fitSubject, d int, e *api.Edge) *judgedUse {
	peerEnd, _ := ends(e, d)
	u := &judgedUse{
		direction: d, words: useWords(s, d, e, peerEnd), count: e.Count, protocol: protocolIndex(corev1.Protocol(e.Protocol)),
		span: span{e.Port, e.Port}, tried: refused(e), edges: []*api.Edge{e}, peer: j.judgedPeer(s, d, e), either: e.AnyPort,
	}
	if e.AnyPort {
		u.span = span{1, maxPort}
	}
	switch {
	case u.protocol < 0:
		u.portless, u.ports = "NetworkPolicies know TCP, UDP and SCTP alone", AllPorts()
	case !e.AnyPort && !validPort(e.Port):
		u.portless, u.ports = fmt.Sprintf("%d is not a port from 1 to %d", e.Port, maxPort), AllPorts()
	default:
		u.ports = spanOf(u.protocol, u.span)
		if near := j.nodeServer(d, peerEnd, fitStuck{protocol: u.protocol, span: u.span}); near != nil {
			u.peer = judgedPeer{fitPeer: near}
		}
	}
	return u
}

// decide finds whether a use is let through.
func (j *judge) decide(s *judgedSubject, u *judgedUse) {
	answer := j.ask(j.after, s.fitSubject, u.direction, &u.peer, u.ports)
	switch {
	case u.tried != "":
		j.decideTried(s, u, &answer)
	case answer.all(), u.portless != "" && !j.concerned(s, u):
		s.observed++
		s.covered++
		j.allow(s, u, "")
		j.noteOthers(s, u, &answer)
	case u.portless != "":
		add(s.leftOut, u.words, u.count, u.portless) // no rule could make a difference
	default:
		if why := j.unsure(u, &answer); why != "" {
			s.inexpressible[u.words] = why
			s.doubt(u, &answer)
			return
		}
		j.refuse(s, u, &answer)
	}
}

func (s *judgedSubject) doubt(u *judgedUse, answer *asked) {
	own, _ := answer.ends(u.direction)
	for _, d := range own {
		known := s.doubted[d.Rule]
		s.doubted[d.Rule] = ruleDoubt{peers: true, ports: known.ports || u.either}
	}
}

// concerned tells whether written policies have a say in a use, at either end.
func (j *judge) concerned(s *judgedSubject, u *judgedUse) bool {
	peer := u.peer.fitPeer
	return j.closes(s.workload, u.direction) || peer != nil && peer.workload != nil && j.closes(peer.workload, 1-u.direction)
}

// unsure is why it cannot be told whether a use is let through, empty where it is refused.
func (j *judge) unsure(u *judgedUse, answer *asked) string {
	switch {
	case answer.Parts == 0:
		return "no pod of it is known"
	case u.either && answer.through:
		return "the ports were too many to keep, and the rules let some through"
	case u.peer.either && answer.through && answer.cut:
		return "which address it was is not known, and the rules let some through"
	case u.peer.hidden != "" && j.mayName(u, answer):
		return u.peer.why + ", and rules may name them"
	case !answer.cut:
		return "it depends: " + answerWords(answer.Answer)
	}
	return ""
}

// mayName tells whether rules of the policies that refuse may be about pods of which the
// namespace alone is known.
func (j *judge) mayName(u *judgedUse, answer *asked) bool {
	own, _ := answer.ends(u.direction)
	ns := j.after.namespace(u.peer.hidden)
	for _, ref := range refusers(own) {
		for _, p := range j.after.namespace(ref.Namespace).policies {
			if p.ref != ref {
				continue
			}
			for _, r := range p.rules[u.direction] {
				if (len(r.names) > 0 || !r.ports.And(u.ports).Empty()) && slices.ContainsFunc(r.peers, func(peer *rulePeer) bool {
					return peer.block == nil && peer.matchNamespace(p, ns) != never
				}) {
					return true
				}
			}
		}
	}
	return false
}

// decideTried looks at what was refused when it was seen: it is no loss, and no excess either
// where a written policy lets it through now.
func (j *judge) decideTried(s *judgedSubject, u *judgedUse, answer *asked) {
	own, _ := answer.ends(u.direction)
	if u.portless != "" || !answer.all() || !slices.ContainsFunc(own, func(d Decision) bool { return j.written[nameOf(d.Rule.Policy)] }) {
		add(s.denied, u.words, u.count, "")
		return
	}
	j.addAllowed(s, u, u.tried+" when it was tried")
}

// addAllowed counts a use that a policy lets through, and that did not work, as added.
func (j *judge) addAllowed(s *judgedSubject, u *judgedUse, reason string) {
	j.allow(s, u, reason)
	s.sides[u.direction].added = append(s.sides[u.direction].added, api.ReasonedUse{Use: u.words, Reason: reason})
}

// allow keeps a use, so that a rule for it is no excess.
func (j *judge) allow(s *judgedSubject, u *judgedUse, reason string) {
	if u.peer.fitPeer == nil || u.portless != "" {
		return
	}
	side := &s.sides[u.direction]
	side.need(u.peer.fitPeer, u.protocol, u.span, reason, u.edges[0])
	side.grant(u.peer.workload, u.ports)
}

// noteOthers notes the policies that let a use through which the written ones that close its
// direction do not.
func (j *judge) noteOthers(s *judgedSubject, u *judgedUse, answer *asked) {
	own, _ := answer.ends(u.direction)
	names := map[string]bool{}
	for _, d := range own {
		if d.Reason != ReasonRule || j.written[nameOf(d.Rule.Policy)] {
			return
		}
		names["NetworkPolicy "+d.Rule.Policy.Namespace+"/"+d.Rule.Policy.Name] = true
	}
	if !j.closes(s.workload, u.direction) {
		return
	}
	for name := range names {
		s.others[name] = append(s.others[name], u.words)
	}
}

// closes tells whether a written policy closes a direction of some pod of a workload.
func (j *judge) closes(w *fitWorkload, d int) bool {
	return slices.ContainsFunc(j.endsOf(j.after, w), func(own endpoint) bool {
		return slices.ContainsFunc(own.group.selected[d], j.isWritten)
	})
}
