package render

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// flowRow is a link that was observed or is configured, or several that differ in the address
// outside alone.
type flowRow struct {
	from, to flowEnd
	link     api.FlowLink
	state    api.FlowState
	// refusedThen tells what the policies of the run would refuse.
	refusedThen bool
}

// flowEnd is a place, or several addresses as a block that holds no others.
type flowEnd struct {
	place int
	// block is valid for addresses alone.
	block netip.Prefix
	words string
}

// flowRows are the rows of a map, by what their ends are called, and how many links are allowed
// alone.
func flowRows(m *api.FlowMap) (rows []flowRow, unused int) {
	outside := map[outsideKey][]flowRow{}
	var keys []outsideKey
	for i := range m.Links {
		l := &m.Links[i]
		row := flowRow{from: flowEndOf(m, l.From), to: flowEndOf(m, l.To), link: *l}
		row.state, row.refusedThen = flowState(l)
		if row.state == api.FlowUnused || row.state == api.FlowRefused {
			if l.Now.Verdict == api.FlowAllowed {
				unused++
			}
			continue
		}
		key, joins := row.outsideKey()
		if !joins {
			rows = append(rows, row)
			continue
		}
		if outside[key] == nil {
			keys = append(keys, key)
		}
		outside[key] = append(outside[key], row)
	}
	for _, key := range keys {
		rows = append(rows, joinOutside(outside[key], key.client)...)
	}
	slices.SortStableFunc(rows, compareFlowRows)
	return rows, unused
}

func compareFlowRows(a, b flowRow) int {
	return cmp.Or(
		a.from.compare(b.from), a.to.compare(b.to), strings.Compare(a.link.Protocol, b.link.Protocol), cmp.Compare(a.link.Port, b.link.Port),
		strings.Compare(string(a.state), string(b.state)),
	)
}

// compare has addresses first, by their number.
func (e flowEnd) compare(o flowEnd) int {
	switch {
	case e.block.IsValid() && o.block.IsValid():
		return e.block.Compare(o.block)
	case e.block.IsValid():
		return -1
	case o.block.IsValid():
		return 1
	}
	return cmp.Or(strings.Compare(e.words, o.words), cmp.Compare(e.place, o.place))
}

func flowEndOf(m *api.FlowMap, i int) flowEnd {
	p := &m.Places[i]
	end := flowEnd{place: i, words: p.Name}
	switch p.Kind {
	case api.EndWorkload:
		end.words = flowShort(p)
	case api.EndAPIServer:
		end.words = "kube-apiserver"
	case api.EndAddress:
		if a, err := netip.ParseAddr(p.Name); err == nil && a.Zone() == "" {
			end.block = netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen())
		}
	case api.EndUnknown:
		end.words = "unknown " + p.Name
	}
	return end
}

// flowShort is a workload as kubectl names it, with its namespace where its place has it.
func flowShort(p *api.FlowPlace) string {
	if p.Ref == nil {
		return p.Name
	}
	return p.Ref.ShortFrom(flowNamespace(p))
}

// flowNamespace is that of a place whose name does not say it.
func flowNamespace(p *api.FlowPlace) string {
	if p.Ref != nil && p.Name == p.Ref.From(p.Ref.Namespace) {
		return p.Ref.Namespace
	}
	return ""
}

// outsideKey is what rows of addresses outside have in common to be one.
type outsideKey struct {
	// client tells that the addresses are clients; other is the other end.
	client              bool
	other               int
	protocol            string
	port, end           int32
	any, denied, wanted bool
	now, after          string
	services            string
}

func (r *flowRow) outsideKey() (outsideKey, bool) {
	l := &r.link
	client := r.from.block.IsValid()
	key := outsideKey{
		client: client, other: l.From, protocol: l.Protocol, port: l.Port, end: l.EndPort, any: l.AnyPort, denied: l.Denied, wanted: l.Count == 0,
		now: l.Now.Verdict, after: l.After.Verdict, services: servicePorts(l),
	}
	if client {
		key.other = l.To
	}
	return key, client != r.to.block.IsValid()
}

// joinOutside makes a row of each block that the addresses fill.
func joinOutside(rows []flowRow, client bool) []flowRow {
	end := func(r *flowRow) *flowEnd {
		if client {
			return &r.from
		}
		return &r.to
	}
	var seen []netip.Prefix
	for i := range rows {
		seen = append(seen, end(&rows[i]).block)
	}
	blocks := filledBlocks(seen)
	out := make([]flowRow, len(blocks))
	for i := range rows {
		n, _ := slices.BinarySearchFunc(blocks, end(&rows[i]).block.Addr(), compareToBlock)
		joined := end(&out[n])
		if joined.block.IsValid() {
			addFlowLink(&out[n].link, &rows[i].link)
			continue
		}
		out[n] = rows[i]
		joined.block, joined.words = blocks[n], blockWords(blocks[n])
	}
	return out
}

// compareToBlock tells on which side of a block an address is, 0 for one in it.
func compareToBlock(b netip.Prefix, a netip.Addr) int {
	if b.Contains(a) {
		return 0
	}
	return b.Addr().Compare(a)
}

func blockWords(b netip.Prefix) string {
	if b.IsSingleIP() {
		return b.Addr().String()
	}
	return b.String()
}

// addFlowLink adds what is known of one link to another one.
func addFlowLink(sum, l *api.FlowLink) {
	sum.Count += l.Count
	if sum.First == "" || l.First != "" && l.First < sum.First {
		sum.First = l.First
	}
	sum.Last = max(sum.Last, l.Last)
	sum.Guessed = sum.Guessed || l.Guessed
	for _, both := range [...]struct{ sum, more *[]string }{
		{&sum.Services, &l.Services}, {&sum.Names, &l.Names}, {&sum.Seen, &l.Seen}, {&sum.Configured, &l.Configured},
	} {
		all := slices.Sorted(slices.Values(slices.Concat(*both.sum, *both.more)))
		*both.sum = slices.Compact(all)
	}
	for _, both := range [...]struct{ sum, more *api.FlowDecision }{{&sum.Now, &l.Now}, {&sum.After, &l.After}} {
		all := slices.Sorted(slices.Values(slices.Concat(both.sum.Rules, both.more.Rules)))
		both.sum.Rules = slices.Compact(all)
	}
}

// filledBlocks are the fewest blocks that hold single addresses and no others.
func filledBlocks(addresses []netip.Prefix) []netip.Prefix {
	sorted := slices.Clone(addresses)
	slices.SortFunc(sorted, netip.Prefix.Compare)
	var out []netip.Prefix
	for _, b := range slices.Compact(sorted) {
		out = append(out, b)
		for len(out) > 1 {
			a, b := out[len(out)-2], out[len(out)-1]
			if a.Bits() != b.Bits() || a.Bits() == 0 || a.Addr().Is4() != b.Addr().Is4() || half(a) != half(b) {
				break
			}
			out = append(out[:len(out)-2], half(a))
		}
	}
	return out
}

// half is the block that a block is one half of.
func half(b netip.Prefix) netip.Prefix { return netip.PrefixFrom(b.Addr(), b.Bits()-1).Masked() }
