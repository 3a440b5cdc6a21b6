package observation

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"net/netip"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// answers are the names of addresses, by what DNS servers answered. An answer and the flow that
// follows from it may come in any order, and in documents of their own. When the addresses are
// too many, those of the smallest hashes are kept: of the parts of a whole that are the same.
type answers struct {
	of map[netip.Addr]*samples
	// more tells that some were given up, limit the first of these; the zero address for none.
	more  bool
	limit netip.Addr
}

// maxNameBytes is that of a name (RFC 1035, 2.3.4: 255 octets with the length of each label).
const maxNameBytes = 253

func newAnswers() answers { return answers{of: map[netip.Addr]*samples{}} }

// Named notes a name of an address outside the cluster. What cannot be either is left out.
func (s *Set) Named(addr netip.Addr, name string) {
	addr = addr.Unmap()
	if name = s.nameOf(name); name == "" || !addr.IsValid() || addr.Zone() != "" {
		return
	}
	of := s.named.of[addr]
	if of == nil {
		if of = s.named.put(addr); of == nil {
			return
		}
	}
	s.sample(of, name)
}

// nameOf is a name as documents have it, empty for none.
func (s *Set) nameOf(name string) string {
	if len(name) > 4*maxNameBytes {
		return "" // without a copy of it
	}
	name = strings.TrimRight(strings.ToLower(strings.ToValidUTF8(name, "\uFFFD")), ".")
	if len(name) > maxNameBytes {
		return ""
	}
	return name
}

// put makes room for an address; nil where there is none.
func (n *answers) put(addr netip.Addr) *samples {
	if n.limit.IsValid() && byHash(addr, n.limit) >= 0 {
		n.more = true
		return nil
	}
	of := &samples{}
	n.of[addr] = of
	if len(n.of) >= maxNamed+maxNamed/8 {
		n.cut()
	}
	return n.of[addr]
}

// cut keeps as many as there may be.
func (n *answers) cut() {
	if len(n.of) <= maxNamed {
		return
	}
	all := make([]netip.Addr, 0, len(n.of))
	for addr := range n.of {
		all = append(all, addr)
	}
	slices.SortFunc(all, byHash)
	for _, addr := range all[maxNamed:] {
		delete(n.of, addr)
	}
	n.more, n.limit = true, all[maxNamed]
}

// byHash compares addresses by a hash that is the same in every process.
func byHash(a, b netip.Addr) int {
	return cmp.Or(cmp.Compare(hashOf(a), hashOf(b)), a.Compare(b))
}

func hashOf(a netip.Addr) uint64 {
	b := a.As16()
	hi, lo := bits.Mul64(binary.BigEndian.Uint64(b[:8])^0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9)
	hi, lo = bits.Mul64(hi^lo^binary.BigEndian.Uint64(b[8:]), 0x94d049bb133111eb)
	return hi ^ lo
}

// document is all that were not cut, nil for none.
func (n *answers) document() []api.AddressNames {
	var all []netip.Addr
	for addr := range n.of {
		all = append(all, addr)
	}
	slices.SortFunc(all, netip.Addr.Compare)
	var out []api.AddressNames
	for _, addr := range all {
		out = append(out, api.AddressNames{Address: addr.String(), Names: slices.Clone(*n.of[addr])})
	}
	return out
}

// ofEnds are the names of that end of an edge which is outside the cluster: there is one at most.
func (n *answers) ofEnds(k squareKey, c cell) []string {
	addr := c.server
	if k.server.Kind != api.EndAddress {
		addr = c.client
	}
	of := n.of[addr]
	if of == nil || c.anyAddress || k.server.Kind != api.EndAddress && k.client.Kind != api.EndAddress {
		return nil
	}
	return slices.Clone(*of)
}

// mergeNames adds those of an address of a document that was checked.
func (s *Set) mergeNames(of *api.AddressNames) {
	addr, err := netip.ParseAddr(of.Address)
	if err != nil {
		return
	}
	for _, name := range of.Names {
		s.Named(addr, name)
	}
}

// nameEdge takes the names of an edge for those of its outside address: they are where somebody
// wrote the edge.
func (s *Set) nameEdge(e *api.Edge) {
	for _, end := range []*api.EdgeEnd{&e.Client, &e.Server} {
		if end.Kind == api.EndAddress {
			s.mergeNames(&api.AddressNames{Address: end.Address, Names: e.Names})
		}
	}
}

// checkNames finds what does not make sense in the names of an address.
func checkNames(of *api.AddressNames) error {
	if addr, err := netip.ParseAddr(of.Address); err != nil || addr.Zone() != "" {
		return fmt.Errorf("has names of %q, which is no address", of.Address)
	}
	if len(of.Names) == 0 {
		return fmt.Errorf("has no name of the address %s, where there should be one", of.Address)
	}
	for _, name := range of.Names {
		if strings.Trim(name, ".") == "" || len(name) > maxNameBytes+1 {
			return errors.New("has a name of an address that is empty, or longer than one can be")
		}
	}
	return nil
}
