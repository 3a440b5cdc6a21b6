package netpol

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// refuse lists a use that would not be let through: as refused, or as denied where policies that
// stay as they are refuse it today, and a written one could not help.
func (j *judge) refuse(s *judgedSubject, u *judgedUse, answer *asked) {
	own, other := answer.ends(u.direction)
	here, there := refusers(own), refusers(other)
	before := j.ask(j.before, s.fitSubject, u.direction, &u.peer, u.ports)
	ownBefore, otherBefore := before.ends(u.direction)
	hereBefore, thereBefore := refusers(ownBefore), refusers(otherBefore)
	unproved := j.neverAccepted(s, u)
	switch {
	case len(there) > 0 && !j.anyWritten(there) && len(thereBefore) > 0:
		if s.refusedBy(u, there); len(here) == 0 {
			j.addAllowed(s, u, policyNames(there)+" "+verb(len(there), "refuses", "refuse")+" it at the other end")
		}
	case len(here) > 0 && !j.anyWritten(here) && !j.anyWritten(there) && len(hereBefore) > 0:
		s.refusedBy(u, here)
	case len(unproved) > 0:
		if s.refusedBy(u, unproved); len(here) == 0 {
			j.addAllowed(s, u, "refused at the other end")
		}
	case len(here) > 0 && u.peer.why != "" && len(hereBefore) > 0 && len(j.refusedByOthers(s, u)) > 0:
		s.refusedBy(u, j.refusedByOthers(s, u))
	default:
		s.observed++
		if len(here) == 0 {
			j.allow(s, u, "refused at the other end") // a rule for it here is no excess
		}
		s.refused = append(s.refused, api.CountedUse{Use: u.words, Count: u.count, By: j.why(s, u, here)})
	}
}

// neverAccepted are the policies that refuse a use at the server's end today, as a fit sees it.
func (j *judge) neverAccepted(s *judgedSubject, u *judgedUse) []api.Ref {
	if u.peer.fitPeer == nil || u.portless != "" || s.workload == nil || s.workload.HostNetwork {
		return nil
	}
	return j.refusedServer(s.fitSubject, u.direction, fitUse{u.peer.fitPeer, u.protocol, u.span}, &fitNeed{edges: u.edges})
}

func (j *judge) anyWritten(refs []api.Ref) bool {
	return slices.ContainsFunc(refs, func(r api.Ref) bool { return j.written[nameOf(r)] })
}

// refusedByOthers are the policies that would refuse a use without any written one.
func (j *judge) refusedByOthers(s *judgedSubject, u *judgedUse) []api.Ref {
	answer := j.ask(j.others, s.fitSubject, u.direction, &u.peer, u.ports)
	own, _ := answer.ends(u.direction)
	return refusers(own)
}

func (s *judgedSubject) refusedBy(u *judgedUse, by []api.Ref) {
	add(s.denied, u.words, u.count, policyNames(by)+" "+verb(len(by), "refuses", "refuse")+" it today")
}

// why says which policies refuse a use, and which of their rules comes nearest.
func (j *judge) why(s *judgedSubject, u *judgedUse, here []api.Ref) string {
	d, text := u.direction, ""
	own := j.endsOf(j.after, s.workload)
	if len(here) == 0 {
		peer, _ := ends(u.edges[0], d)
		d, text = 1-d, "at "+endWords(peer, s.ref.Namespace)+": "
	}
	for i := range own {
		for _, peer := range j.peersOf(s, u, &own[i]) {
			subject, other := &own[i], &peer
			if d != u.direction {
				subject, other = other, subject
			}
			if found := j.nearest(d, subject, other, u.ports); found != "" {
				text += found
				if u.peer.why != "" && u.peer.fitPeer == nil {
					text += " (" + u.peer.why + ")"
				}
				return text
			}
		}
	}
	return text + policyNames(here)
}

// peersOf are the parts of a peer, as the policies of a pod tell them apart.
func (j *judge) peersOf(s *judgedSubject, u *judgedUse, own *endpoint) []endpoint {
	if u.peer.fitPeer == nil {
		return u.peer.hosts(j.after, own, u.direction)
	}
	var all []endpoint
	for _, peer := range j.peerEnds(j.after, s.fitSubject, u.peer.fitPeer) {
		if parts, fits := split(&peer, own, u.direction); fits {
			all = append(all, parts...)
		}
	}
	return all
}

// How near a rule is: one for anything else, for the port, for the port and almost the peer, and
// for the peer.
const (
	nearNothing = iota
	nearPort
	nearAlmost
	nearPeer
)

// nearest says which rule comes nearest to letting a peer through, and which policies refuse;
// empty where they do not. Those of written policies come first.
func (j *judge) nearest(d int, subject, peer *endpoint, ports Ports) string {
	if subject.group == nil || subject.group.host || len(subject.group.selected[d]) == 0 {
		return ""
	}
	destination := peer.group
	if d == ingress {
		destination = subject.group
	}
	q := newSide(d, subject.group, destination, ports)
	if o := q.decide(subject, peer); !o.maybe.Empty() {
		return ""
	}
	closing := slices.Clone(subject.group.selected[d])
	slices.SortStableFunc(closing, func(a, b *policy) int { return number(j.isWritten(b)) - number(j.isWritten(a)) })
	best, text := -1, ""
	for _, p := range closing {
		for i := range p.rules[d] {
			if near, words := j.nearRule(p, d, &p.rules[d][i], peer, destination, ports); near > best {
				best, text = near, words
			}
		}
	}
	if best <= nearNothing {
		text = fmt.Sprintf("%s closes %s and has no rule for it", j.where(Rule{Policy: closing[0].ref}), strings.ToLower(string(directionTypes()[d])))
	}
	if len(closing) > 1 {
		text += "; closed by " + closingNames(closing)
	}
	return text
}

func number(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func closingNames(closing []*policy) string {
	names := map[string]bool{}
	for _, p := range closing {
		names[p.ref.Name] = true
	}
	return andList(names)
}

// nearRule says how near a rule is, and what it is for.
func (j *judge) nearRule(p *policy, d int, r *rule, peer *endpoint, destination *group, ports Ports) (near int, words string) {
	place := j.where(p.rule(d, r.number))
	m, _ := r.matches(p, peer)
	if m != never {
		return nearPeer, place + " allows " + portsText(r) + " alone"
	}
	sure, maybe, _ := r.on(destination)
	if sure.Or(maybe).And(ports).Empty() {
		return nearNothing, ""
	}
	var almost, all []string
	for _, other := range r.peers {
		all = append(all, other.who.text)
		if other.almost(p, peer) {
			almost = append(almost, other.who.text)
		}
	}
	if len(almost) > 0 {
		return nearAlmost, place + " names " + some(almost, "; ")
	}
	return nearPort, place + " names " + some(all, "; ")
}

// portsText are the ports of a rule, such as "TCP 80; TCP http".
func portsText(r *rule) string {
	if r.ports.Empty() {
		return strings.Join(r.namesText, "; ")
	}
	return strings.Join(append([]string{r.ports.String()}, r.namesText...), "; ")
}

// almost tells whether a peer of a rule misses an end by its namespace, by the value of a label,
// or by an exception.
func (peer *rulePeer) almost(p *policy, e *endpoint) bool {
	switch {
	case peer.refused:
		return false
	case peer.block != nil:
		whole, _, err := parseBlock(peer.who.Block.CIDR)
		return err == nil && e.group == nil && len(e.addresses) > 0 && rangeOf(whole).contains(e.addresses[0].First)
	case e.group == nil:
		return false
	case peer.pods.matchPod(e.group.labels) == surely:
		return true
	case peer.matchNamespace(p, e.group.namespace) == never:
		return false
	}
	for i := range peer.pods.requirements {
		if _, has := e.group.labels[peer.pods.requirements[i].Key()]; !has {
			return false
		}
	}
	return true
}
