package netpol

import (
	"cmp"
	"iter"
	"net/netip"
	"slices"
)

// place is a peer of a rule of a policy, both counted from 0; a rule for anybody has one whose
// peer is -1.
type place struct{ rule, peer int32 }

func comparePlaces(a, b place) int {
	return cmp.Or(cmp.Compare(a.rule, b.rule), cmp.Compare(a.peer, b.peer))
}

// ruleIndex finds the peers of the rules of a policy that may match somebody, each in one list.
type ruleIndex struct {
	// always are those that may match anybody.
	always []place
	// labelled ask pods for a label, and are sorted by it; pods are the other selectors.
	labelled []labelledPlace
	pods     []place
	// blocks are all of them, single those of one address, and wide the others.
	blocks, wide []place
	single       map[netip.Addr][]place
}

// labelledPlace has a labelHash: two labels of one hash are told apart by the selector.
type labelledPlace struct {
	label uint64
	place
}

// labelHash is FNV-1a.
func labelHash(key, value string) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	h := uint64(offset)
	for i := range len(key) {
		h = (h ^ uint64(key[i])) * prime
	}
	h *= prime // a byte 0 between them
	for i := range len(value) {
		h = (h ^ uint64(value[i])) * prime
	}
	return h
}

// indexFrom is from how many peers on the rules of a policy have an index.
const indexFrom = 16

// newRuleIndex is nil for few peers, which are as soon looked at one by one.
func newRuleIndex(rules []rule) *ruleIndex {
	peers := 0
	asked := map[[2]string]int{}
	for i := range rules {
		peers += len(rules[i].peers)
	}
	if peers < indexFrom {
		return nil
	}
	for i := range rules {
		for _, peer := range rules[i].peers {
			if peer.pods != nil {
				for _, label := range peer.pods.pairs {
					asked[label]++
				}
			}
		}
	}
	x := &ruleIndex{single: map[netip.Addr][]place{}}
	for i := range rules {
		if len(rules[i].peers) == 0 {
			x.always = append(x.always, place{int32(i), -1})
		}
		for j, peer := range rules[i].peers {
			x.add(place{int32(i), int32(j)}, peer, asked)
		}
	}
	slices.SortFunc(x.labelled, func(a, b labelledPlace) int {
		return cmp.Or(cmp.Compare(a.label, b.label), comparePlaces(a.place, b.place))
	})
	x.labelled = slices.Clip(x.labelled)
	return x
}

// add puts a selector below the label that the fewest others ask for.
func (x *ruleIndex) add(at place, peer *rulePeer, asked map[[2]string]int) {
	switch {
	case peer.refused || peer.cilium != nil && peer.block == nil:
		x.always = append(x.always, at)
	case peer.block != nil:
		x.addBlock(at, peer.block)
	case len(peer.pods.pairs) == 0:
		x.pods = append(x.pods, at)
	default:
		label := slices.MinFunc(peer.pods.pairs, func(a, b [2]string) int { return cmp.Compare(asked[a], asked[b]) })
		x.labelled = append(x.labelled, labelledPlace{labelHash(label[0], label[1]), at})
	}
}

func (x *ruleIndex) addBlock(at place, b *block) {
	x.blocks = append(x.blocks, at)
	if len(b.addresses) == 1 && b.addresses[0].First == b.addresses[0].Last {
		x.single[b.addresses[0].First] = append(x.single[b.addresses[0].First], at)
	} else {
		x.wide = append(x.wide, at)
	}
}

// find adds the places that may match somebody, in their order. Blocks match no pods for sure.
func (x *ruleIndex) find(found []place, e *endpoint, sure bool) []place {
	found = append(found, x.always...)
	switch {
	case e.group == nil && len(e.addresses) == 0:
		found = append(found, x.blocks...)
	case e.group == nil:
		found = append(append(found, x.wide...), x.single[e.addresses[0].First]...)
	default:
		found = append(found, x.pods...)
		for _, label := range e.group.hashes {
			i, _ := slices.BinarySearchFunc(x.labelled, label, func(p labelledPlace, label uint64) int { return cmp.Compare(p.label, label) })
			for ; i < len(x.labelled) && x.labelled[i].label == label; i++ {
				found = append(found, x.labelled[i].place)
			}
		}
		if !sure {
			found = append(found, x.blocks...)
		}
	}
	if len(found) > 1 {
		slices.SortFunc(found, comparePlaces)
	}
	return found
}

// about are the rules of a direction that may match somebody, in their order, with those of their
// peers that may. With sure, peers are left out that would not match for sure.
func (p *policy) about(d int, e *endpoint, sure bool) iter.Seq2[*rule, []*rulePeer] {
	return func(yield func(*rule, []*rulePeer) bool) {
		rules := p.rules[d]
		if p.index[d] == nil {
			for i := range rules {
				if !yield(&rules[i], rules[i].peers) {
					return
				}
			}
			return
		}
		var places [16]place
		var peers [16]*rulePeer
		found, few := p.index[d].find(places[:0], e, sure), peers[:0]
		for i, at := range found {
			r := &rules[at.rule]
			if at.peer >= 0 {
				few = append(few, r.peers[at.peer])
			}
			if i+1 < len(found) && found[i+1].rule == at.rule {
				continue
			}
			if !yield(r, few) {
				return
			}
			few = few[:0]
		}
	}
}
