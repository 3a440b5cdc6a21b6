package compare

import (
	"net/netip"
	"slices"
	"strings"
)

// addressRange is from the first to the last address.
type addressRange struct{ first, last netip.Addr }

// blockRanges are the addresses of "CIDR except CIDR, CIDR"; none for other peers.
func blockRanges(who string) []addressRange {
	block, except, _ := strings.Cut(who, " except ")
	prefix, err := netip.ParsePrefix(block)
	if err != nil {
		return nil
	}
	ranges := []addressRange{rangeOf(prefix)}
	for text := range strings.SplitSeq(except, ", ") {
		hole, err := netip.ParsePrefix(text)
		if err != nil {
			continue
		}
		ranges = subtract(ranges, rangeOf(hole))
	}
	return ranges
}

func rangeOf(p netip.Prefix) addressRange {
	first := p.Masked().Addr()
	bytes := first.AsSlice()
	for i := p.Bits(); i < len(bytes)*8; i++ {
		bytes[i/8] |= 1 << (7 - i%8)
	}
	last, _ := netip.AddrFromSlice(bytes)
	return addressRange{first, last}
}

func (r addressRange) meets(o addressRange) bool {
	return r.first.BitLen() == o.first.BitLen() && !r.last.Less(o.first) && !o.last.Less(r.first)
}

func subtract(ranges []addressRange, hole addressRange) []addressRange {
	if !slices.ContainsFunc(ranges, hole.meets) {
		return ranges
	}
	var out []addressRange
	for _, r := range ranges {
		if !hole.meets(r) {
			out = append(out, r)
			continue
		}
		if r.first.Less(hole.first) {
			out = append(out, addressRange{r.first, hole.first.Prev()})
		}
		if hole.last.Less(r.last) {
			out = append(out, addressRange{hole.last.Next(), r.last})
		}
	}
	return out
}
