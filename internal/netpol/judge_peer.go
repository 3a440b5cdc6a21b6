package netpol

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// judgedPeer is the other end of something observed.
type judgedPeer struct {
	// fitPeer is nil where no rule names the end, and hosts then gives what may stand for it, as
	// the policies of a group see it: no policy holds for these.
	*fitPeer
	hosts func(n *Network, own *endpoint, d int) []endpoint
	// why says why no rule can name it for sure, empty where one can.
	why string
	// either tells that it is one of several, and not known which.
	either bool
	// hidden is the namespace of pods whose labels are not known.
	hidden string
}

// judgedPeer is the peer that an end is. Unlike that of a fit it is asked about as it is, also
// where no selector could be written for it.
func (j *judge) judgedPeer(s *fitSubject, d int, e *api.Edge) judgedPeer {
	end, _ := ends(e, d)
	_, why := j.peerOf(s, d, end, e.Port)
	p := judgedPeer{why: why}
	switch {
	case end.Kind == api.EndWorkload && end.Workload != nil:
		j.judgedWorkload(s, end, &p)
	case end.Kind == api.EndAddress && why == "":
		p.fitPeer, _ = j.addressPeer(s, end)
		p.either = end.AnyAddress
	case end.Kind == api.EndAPIServer && why == "":
		p.fitPeer, _ = j.serverPeer(d, end, e.Port)
	case end.Kind == api.EndAPIServer && j.in.Plugin.NoNodeBlocks:
		p.hosts = func(*Network, *endpoint, int) []endpoint { return []endpoint{nowhere()} }
	case end.Kind == api.EndNode:
		p.hosts, p.either = nodeEnds, true
	default:
		p.hosts, p.either = unknownEnds(end)
	}
	return p
}

func (j *judge) judgedWorkload(s *fitSubject, end *api.EdgeEnd, p *judgedPeer) {
	w := j.workloads[*end.Workload]
	if w == nil {
		if p.fitPeer, p.why = gonePeer(s, *end.Workload, end.Labels); p.fitPeer == nil {
			p.hidden = end.Workload.Namespace
			p.hosts = func(*Network, *endpoint, int) []endpoint { return []endpoint{nowhere()} }
		}
		return
	}
	p.fitPeer = podsPeer(s.ref.Namespace, w.Ref, cmp.Or(w.Selector, &metav1.LabelSelector{}))
	p.workload = w
}

// nowhere is an end that a rule names by naming anybody alone.
func nowhere() endpoint { return endpoint{node: true, addresses: addresses{{}}} }

// unknownEnds are those of an address of which it is not known whose it is, or of any one.
func unknownEnds(end *api.EdgeEnd) (hosts func(*Network, *endpoint, int) []endpoint, either bool) {
	a, err := netip.ParseAddr(end.Address)
	if err != nil {
		return anywhere, true
	}
	one := endpoint{node: true, addresses: addresses{rangeOf(single(a))}}
	return func(*Network, *endpoint, int) []endpoint { return []endpoint{one} }, false
}

// anywhere are all addresses, apart where rules tell them apart.
func anywhere(_ *Network, own *endpoint, d int) []endpoint {
	all := endpoint{addresses: prefixRanges("0.0.0.0/0", "::/0")}
	parts, fits := split(&all, own, d)
	if !fits {
		return []endpoint{nowhere()}
	}
	for i := range parts {
		parts[i].node = true
	}
	return parts
}

// nodeEnds are the nodes, or one where rules have no blocks that tell them apart.
func nodeEnds(n *Network, own *endpoint, d int) []endpoint {
	if len(n.nodes) == 0 {
		return anywhere(n, own, d)
	}
	blocks := slices.ContainsFunc(slices.Concat(own.group.selected[d], own.group.refused[d]), func(p *policy) bool {
		return slices.ContainsFunc(p.rules[d], func(r rule) bool {
			return slices.ContainsFunc(r.peers, func(peer *rulePeer) bool { return peer.block != nil || peer.refused })
		})
	})
	var all []endpoint
	for _, a := range slices.SortedFunc(maps.Keys(n.nodes), netip.Addr.Compare) {
		all = append(all, endpoint{node: true, nodeName: n.nodes[a], addresses: addresses{rangeOf(single(a))}})
		if !blocks {
			break
		}
	}
	return all
}

// asked is the answer about a use: of its parts, whether any is let through, and whether any is
// not at all.
type asked struct {
	Answer
	through, cut bool
}

func (a *asked) all() bool { return a.Allowed == Yes }

// ask asks about all parts of a subject and of a peer.
func (j *judge) ask(n *Network, s *fitSubject, d int, p *judgedPeer, ports Ports) asked {
	var sum tally
	var out asked
	add := func(part Part) {
		out.through = out.through || part.Allowed != No
		out.cut = out.cut || part.Allowed == No
		sum.add(part)
	}
	for _, own := range j.endsOf(n, s.workload) {
		if p.fitPeer == nil {
			for _, host := range p.hosts(n, &own, d) {
				add(hostPart(&own, &host, d, ports))
			}
			continue
		}
		for _, peer := range j.peerEnds(n, s, p.fitPeer) {
			from, to := own, peer
			if d == ingress {
				from, to = peer, own
			}
			for part := range n.pair(&from, &to, ports) {
				add(part)
			}
		}
	}
	out.Answer = sum.answer()
	return out
}

// hostPart is the answer for an end that no policy holds for.
func hostPart(own, host *endpoint, d int, ports Ports) Part {
	var destination *group
	if d == ingress {
		destination = own.group
	}
	q := newSide(d, own.group, destination, ports)
	o := q.decide(own, host)
	part := Part{Ports: o.sure, Allowed: verdict(o.sure.Covers(ports), !o.sure.Empty(), !o.maybe.And(ports).Empty())}
	if d == ingress {
		part.Ingress = o.decisions
	} else {
		part.Egress = o.decisions
	}
	return part
}

// ends are the decisions at the subject's end, and at the other one.
func (a *asked) ends(d int) (own, other []Decision) {
	if d == ingress {
		return a.Ingress, a.Egress
	}
	return a.Egress, a.Ingress
}
