package netpol

import (
	"fmt"
	"math"
	"math/big"
	"net/netip"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// outside writes addresses as blocks that hold them and nothing else, and with MaxExternal as
// fewer ones that hold more.
func (f *fitter) outside(s *fitSubject, side *fitSide, elements []*fitElement) []networkingv1.NetworkPolicyPeer {
	var seen []netip.Prefix
	for _, e := range elements {
		seen = append(seen, e.peer.blocks...)
	}
	blocks := aggregate(seen)
	if most := f.opts.MaxExternal; most > 0 && !f.opts.Exact && len(blocks) > most {
		blocks = widen(blocks, most, f.inCluster)
		if len(blocks) > most {
			s.note("%d blocks of outside addresses in a rule, not %d: wider ones would hold addresses of the cluster, or of two families", len(blocks), most)
		}
		f.addGrowth(side, elements, blocks, seen)
	}
	return blockPeers(blocks)
}

// addGrowth counts the addresses that wider blocks add.
func (f *fitter) addGrowth(side *fitSide, elements []*fitElement, blocks, seen []netip.Prefix) {
	for _, b := range blocks {
		count := 0
		for _, a := range seen {
			if b.Contains(a.Addr()) {
				count++
			}
		}
		if size(b).Cmp(big.NewInt(int64(count))) == 0 {
			continue
		}
		reason := fmt.Sprintf("%s for %s seen", addressCount(size(b)), thousands(count))
		use := elements[0].ports.String() + [...]string{" from ", " of "}[side.direction] + b.String()
		side.added = append(side.added, api.ReasonedUse{Use: use, Reason: reason})
		elements[0].notes = append(elements[0].notes, "added "+b.String()+": "+reason)
	}
}

// inCluster tells a block with an address of a pod or a node in it.
func (f *fitter) inCluster(b netip.Prefix) bool {
	if b.IsSingleIP() {
		return false
	}
	for a := range f.others.pods {
		if b.Contains(a) {
			return true
		}
	}
	for a := range f.others.nodes {
		if b.Contains(a) {
			return true
		}
	}
	return false
}

// size is how many addresses a block has.
func size(b netip.Prefix) *big.Int {
	return new(big.Int).Lsh(big.NewInt(1), uint(b.Addr().BitLen()-b.Bits()))
}

func roughly(b netip.Prefix) float64 { return math.Ldexp(1, b.Addr().BitLen()-b.Bits()) }

func addressCount(n *big.Int) string {
	if n.IsInt64() && n.BitLen() < 40 {
		return thousands(int(n.Int64())) + verb(int(n.Int64()), " address", " addresses")
	}
	return fmt.Sprintf("2^%d addresses", n.BitLen()-1)
}

// aggregate joins blocks into the fewest that hold the same addresses.
func aggregate(blocks []netip.Prefix) []netip.Prefix {
	sorted := slices.Clone(blocks)
	slices.SortFunc(sorted, comparePrefixes)
	var out []netip.Prefix
	for _, b := range sorted {
		if n := len(out); n > 0 && out[n-1].Bits() <= b.Bits() && out[n-1].Contains(b.Addr()) {
			continue
		}
		out = append(out, b)
		for len(out) > 1 {
			a, b := out[len(out)-2], out[len(out)-1]
			if a.Bits() != b.Bits() || a.Bits() == 0 || a.Addr().Is4() != b.Addr().Is4() || wider(a) != wider(b) {
				break
			}
			out = append(out[:len(out)-2], wider(a))
		}
	}
	return out
}

// wider is the block of twice the size that holds a block.
func wider(b netip.Prefix) netip.Prefix { return netip.PrefixFrom(b.Addr(), b.Bits()-1).Masked() }

// together is the smallest block that holds two; it is not valid for two families.
func together(a, b netip.Prefix) netip.Prefix {
	if a.Addr().Is4() != b.Addr().Is4() {
		return netip.Prefix{}
	}
	for a.Bits() > 0 && (a.Bits() > b.Bits() || !a.Contains(b.Addr())) {
		a = wider(a)
	}
	return a
}

// widen joins neighbours until there are few enough, each time those that add the fewest
// addresses, and never to what is forbidden.
func widen(blocks []netip.Prefix, most int, forbidden func(netip.Prefix) bool) []netip.Prefix {
	blocks = slices.Clone(blocks)
	bad := map[netip.Prefix]bool{}
	for len(blocks) > most {
		best, growth := -1, 0.0
		for i := 0; i+1 < len(blocks); i++ {
			joined := together(blocks[i], blocks[i+1])
			if !joined.IsValid() {
				continue
			}
			if _, known := bad[joined]; !known {
				bad[joined] = forbidden(joined)
			}
			if bad[joined] {
				continue
			}
			if grown := roughly(joined) - roughly(blocks[i]) - roughly(blocks[i+1]); best < 0 || grown < growth {
				best, growth = i, grown
			}
		}
		if best < 0 {
			break
		}
		blocks[best] = together(blocks[best], blocks[best+1])
		blocks = aggregate(slices.Delete(blocks, best+1, best+2))
	}
	return blocks
}
