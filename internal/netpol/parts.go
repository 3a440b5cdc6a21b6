package netpol

import (
	"iter"
	"net/netip"
	"slices"
	"strconv"
)

// Parts goes through the question in parts within which all are alike.
func (n *Network) Parts(from, to Peer, ports Ports) iter.Seq[Part] {
	return func(yield func(Part) bool) {
		sources, destinations := n.endpoints(from), n.endpoints(to)
		for i := range sources {
			for j := range destinations {
				for part := range n.pair(&sources[i], &destinations[j], ports) {
					if !yield(part) {
						return
					}
				}
			}
		}
	}
}

// pair splits two endpoints so that each part is all on one node or none, and each address
// range in the same blocks.
func (n *Network) pair(from, to *endpoint, ports Ports) iter.Seq[Part] {
	return func(yield func(Part) bool) {
		q := sides{newSide(egress, from.group, to.group, ports), newSide(ingress, to.group, to.group, ports)}
		for _, part := range apart(from, to) {
			froms, fits := split(part.from, part.to, ingress)
			tos, alsoFits := split(part.to, part.from, egress)
			if !fits || !alsoFits {
				if !yield(Part{
					From: part.from.side(), To: part.to.side(), Allowed: Depends,
					Egress: tooLarge(ports), Ingress: tooLarge(ports),
				}) {
					return
				}
				continue
			}
			var parts []Part
			for i := range froms {
				for j := range tos {
					parts = append(parts, q.evaluate(&froms[i], &tos[j], part.near))
				}
			}
			for _, p := range alike(parts) {
				if !yield(p) {
					return
				}
			}
		}
	}
}

func tooLarge(ports Ports) []Decision {
	return []Decision{{Verdict: Depends, Reason: ReasonNoRule, Ports: ports, Doubt: DoubtSize}}
}

// near says whether a host and pods are on one node.
type nearPair struct {
	from, to *endpoint
	near     match
}

// apart splits the pods that meet a host into those of its node and others.
func apart(from, to *endpoint) []nearPair {
	host, pods := from, to
	if !from.host() {
		host, pods = to, from
	}
	if !host.host() || pods.group == nil || pods.host() {
		return []nearPair{{from, to, never}}
	}
	var parts [3]endpoint
	for _, pod := range pods.pods {
		m := host.sharesNode(pod)
		parts[m].group = pods.group
		parts[m].pods = append(parts[m].pods, pod)
	}
	var all []nearPair
	for m := range parts {
		switch {
		case len(parts[m].pods) == 0:
		case host == from:
			all = append(all, nearPair{from, &parts[m], match(m)})
		default:
			all = append(all, nearPair{&parts[m], to, match(m)})
		}
	}
	return all
}

// maxComparisons bounds the rules times address ranges of one pair.
const maxComparisons = 20_000_000

// split cuts the addresses of a peer where blocks begin and end of the policies that select
// the subject. It is false where there are too many to compare.
func split(peer, subject *endpoint, direction int) ([]endpoint, bool) {
	if peer.one() || subject.group == nil {
		return []endpoint{*peer}, true
	}
	var starts []netip.Addr
	peers := 0
	for _, p := range slices.Concat(subject.group.selected[direction], subject.group.refused[direction]) {
		for i := range p.rules[direction] {
			peers += 1 + len(p.rules[direction][i].peers)
			for _, rulePeer := range p.rules[direction][i].peers {
				if rulePeer.block == nil {
					continue
				}
				for _, r := range rulePeer.block.addresses {
					starts = append(starts, r.First, r.Last.Next())
				}
			}
		}
	}
	starts = slices.DeleteFunc(starts, func(a netip.Addr) bool { return !a.IsValid() })
	slices.SortFunc(starts, netip.Addr.Compare)
	ranges := peer.addresses.splitAt(slices.Compact(starts))
	if len(ranges)*peers > maxComparisons {
		return nil, false
	}
	parts := make([]endpoint, len(ranges))
	for i, r := range ranges {
		parts[i].addresses = addresses{r}
	}
	return parts, true
}

// alike joins parts that differ in their addresses alone.
func alike(parts []Part) []Part {
	if len(parts) == 1 {
		return parts
	}
	byAnswer := map[string]int{}
	var out []Part
	for _, p := range parts {
		key := p.key()
		i, found := byAnswer[key]
		if !found {
			byAnswer[key] = len(out)
			out = append(out, p)
			continue
		}
		out[i].From.Addresses = append(out[i].From.Addresses, p.From.Addresses...)
		out[i].To.Addresses = append(out[i].To.Addresses, p.To.Addresses...)
	}
	for i := range out {
		out[i].From.Addresses = newAddresses(out[i].From.Addresses)
		out[i].To.Addresses = newAddresses(out[i].To.Addresses)
	}
	return out
}

// key is equal for equal answers.
func (p *Part) key() string {
	key := append([]byte(p.Allowed), '|')
	for _, list := range [][]Decision{p.Egress, p.Ingress} {
		for _, d := range list {
			for _, text := range []string{string(d.Verdict), string(d.Reason), d.Rule.Policy.Namespace, d.Rule.Policy.Name, string(d.Doubt)} {
				key = append(append(key, text...), '|')
			}
			key = strconv.AppendInt(key, int64(d.Rule.Number), 10)
			for _, r := range d.Ports.Ranges() {
				key = strconv.AppendInt(append(append(key, '|'), r.Protocol...), int64(r.First), 10)
				key = strconv.AppendInt(append(key, '-'), int64(r.Last), 10)
			}
			key = append(key, ';')
		}
		key = append(key, '|')
	}
	return string(key)
}
