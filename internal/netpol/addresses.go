package netpol

import (
	"fmt"
	"net/netip"
	"slices"
)

// AddressRange is a run of addresses of one family, Last included. Addresses of IPv4 are
// never written as IPv6.
type AddressRange struct{ First, Last netip.Addr }

// String is a single address, or the first and the last one.
func (r AddressRange) String() string {
	if r.First == r.Last {
		return r.First.String()
	}
	return r.First.String() + "-" + r.Last.String()
}

func (r AddressRange) contains(a netip.Addr) bool { return !a.Less(r.First) && !r.Last.Less(a) }

// rangeOf is all addresses of a prefix.
func rangeOf(p netip.Prefix) AddressRange {
	p = p.Masked()
	last := p.Addr().AsSlice()
	for bit := p.Bits(); bit < p.Addr().BitLen(); bit++ {
		last[bit/8] |= 0x80 >> (bit % 8)
	}
	end, _ := netip.AddrFromSlice(last)
	return AddressRange{p.Addr(), end}
}

// plain writes a prefix of IPv4 addresses that is given as one of IPv6 (::ffff:0:0/96) as
// what it is.
func plain(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		return netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p
}

// parseBlock reads a CIDR. One with bits beyond its length set, or of IPv4 written as IPv6, has
// a hint for its writer: it is in force where it was stored before Kubernetes 1.36, which
// refuses new ones (feature StrictIPCIDRValidation), and plugins mask it. Zeros before a number
// are decimal to some and octal to others, and are an error.
func parseBlock(text string) (prefix netip.Prefix, hint string, err error) {
	written, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, "", fmt.Errorf("%q is not a CIDR", text)
	}
	prefix = plain(written)
	switch {
	case prefix != written:
		hint = fmt.Sprintf("%q writes IPv4 addresses as IPv6; it is read as %s, and refused from Kubernetes 1.36 on", text, prefix.Masked())
	case prefix != prefix.Masked():
		hint = fmt.Sprintf("%q is read as %s, and refused from Kubernetes 1.36 on", text, prefix.Masked())
	}
	return prefix.Masked(), hint, nil
}

// addresses are sorted and disjoint ranges.
type addresses []AddressRange

func (s addresses) contains(a netip.Addr) bool {
	i, found := slices.BinarySearchFunc(s, a, func(r AddressRange, a netip.Addr) int { return r.First.Compare(a) })
	return found || i > 0 && s[i-1].contains(a)
}

// newAddresses sorts ranges and joins those that overlap. It uses the slice up.
func newAddresses(ranges []AddressRange) addresses {
	slices.SortFunc(ranges, func(a, b AddressRange) int { return a.First.Compare(b.First) })
	out := ranges[:0]
	for _, r := range ranges {
		n := len(out)
		switch {
		case n > 0 && out[n-1].contains(r.First):
			if out[n-1].Last.Less(r.Last) {
				out[n-1].Last = r.Last
			}
		case n > 0 && out[n-1].Last.Next() == r.First:
			out[n-1].Last = r.Last
		default:
			out = append(out, r)
		}
	}
	return out
}

// without cuts other addresses out of a range.
func (r AddressRange) without(cut addresses) addresses {
	var left addresses
	for _, c := range cut {
		if c.Last.Less(r.First) || r.Last.Less(c.First) {
			continue
		}
		if r.First.Less(c.First) {
			left = append(left, AddressRange{r.First, c.First.Prev()})
		}
		if !c.Last.Less(r.Last) {
			return left
		}
		r.First = c.Last.Next()
	}
	return append(left, r)
}

// splitAt cuts ranges before each of the given addresses, which are sorted.
func (s addresses) splitAt(starts []netip.Addr) addresses {
	var out addresses
	for _, r := range s {
		i, _ := slices.BinarySearchFunc(starts, r.First.Next(), netip.Addr.Compare)
		for ; i < len(starts) && r.First.Less(starts[i]) && !r.Last.Less(starts[i]); i++ {
			out = append(out, AddressRange{r.First, starts[i].Prev()})
			r.First = starts[i]
		}
		out = append(out, r)
	}
	return out
}
