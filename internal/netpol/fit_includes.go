package netpol

import (
	"net/netip"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// width orders entries that may include others before those.
func width(p *fitPeer) int {
	switch {
	case p.anybody:
		return 0
	case p.named != nil || p.names != nil:
		return 500 - len(p.names)
	case p.selector != nil:
		return 1000 + len(p.selector.MatchLabels) + len(p.selector.MatchExpressions)
	}
	least := 128
	for _, b := range p.blocks {
		least = min(least, b.Bits()+128-b.Addr().BitLen())
	}
	return 1 + least
}

// includes tells whether an entry holds for all that another one holds for, now and later.
func (p *fitPeer) includes(o *fitPeer) bool {
	switch {
	case p.anybody:
		return true
	case p.names != nil || o.names != nil:
		return o.names != nil && !slices.ContainsFunc(o.names, func(name string) bool { return !slices.Contains(p.names, name) })
	case p.selector != nil && o.selector != nil:
		return p.namespace == o.namespace && selectorIncludes(p.selector, o.selector)
	case len(p.blocks) == 0 || len(o.blocks) == 0:
		return false
	}
	return !slices.ContainsFunc(o.blocks, func(b netip.Prefix) bool {
		return !slices.ContainsFunc(p.blocks, func(a netip.Prefix) bool { return a.Bits() <= b.Bits() && a.Contains(b.Addr()) })
	})
}

// selectorIncludes: one that asks for less, and for nothing else.
func selectorIncludes(wide, narrow *metav1.LabelSelector) bool {
	if len(wide.MatchLabels)+len(wide.MatchExpressions) >= len(narrow.MatchLabels)+len(narrow.MatchExpressions) {
		return false
	}
	for k, v := range wide.MatchLabels {
		if got, found := narrow.MatchLabels[k]; !found || got != v {
			return false
		}
	}
	return !slices.ContainsFunc(wide.MatchExpressions, func(r metav1.LabelSelectorRequirement) bool {
		return !slices.ContainsFunc(narrow.MatchExpressions, func(o metav1.LabelSelectorRequirement) bool {
			return r.Key == o.Key && r.Operator == o.Operator && slices.Equal(r.Values, o.Values)
		})
	})
}
