package render

import (
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// mostBecomers is how many of those who can become a workload are told unasked.
const mostBecomers = 8

// become says who can act as the workload, or run code in it.
func (p page) become() {
	if p.item.Identity == nil && len(p.item.Becomers) == 0 {
		return
	}
	var shown []api.Becomer
	for _, b := range p.item.Becomers {
		if !b.System || p.wide {
			shown = append(shown, b)
		}
	}
	p.heading("Can become it", p.becomeWords(shown, len(p.item.Becomers)-len(shown)))
	var entries []entry
	for i, b := range shown {
		if i == mostBecomers && !p.shows("become") {
			break
		}
		entries = append(entries, p.becomer(b)...)
	}
	p.entries(labelAt, entries)
	if more := len(shown) - mostBecomers; more > 0 && !p.shows("become") {
		p.indented(labelAt, p.said(number(more)+" more (--show become)"))
	}
}

// becomeWords count them, and those left out.
func (p page) becomeWords(shown []api.Becomer, hidden int) string {
	roots, minting, running := 0, 0, 0
	for _, b := range shown {
		if isRoot(b) {
			roots++
			continue
		}
		hows := howsOf(b.Ways)
		minting += count(mints(hows))
		running += count(len(hows) > count(mints(hows)) || slices.Contains(hows, "everything"))
	}
	words := "nobody"
	if n := len(shown) - roots; n > 0 {
		words = counted(n, "subject")
	}
	if isAccount(p.item.Ref) && minting+running > 0 {
		words += ": " + someNumber(minting) + " can mint its token or impersonate it, " + someNumber(running) + " can run a pod as it or code in one"
	}
	if roots > 0 {
		words += ", and root on its nodes"
	}
	if id := p.item.Identity; id != nil && len(id.Unknown) > 0 {
		words += ", as far as known"
	}
	if hidden > 0 {
		words += "; " + number(hidden) + " system:* left out (-o wide)"
	}
	return words
}

// someNumber is a number, none where there is none.
func someNumber(n int) string {
	if n == 0 {
		return "none"
	}
	return number(n)
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

// mints tells whether a way leads to a token of the account, or to its name.
func mints(hows []string) bool {
	return slices.ContainsFunc(hows, func(how string) bool {
		return how == "everything" || how == "impersonate" || strings.HasPrefix(how, "token")
	})
}

// isRoot tells root on a node from a subject of RBAC.
func isRoot(b api.Becomer) bool {
	return len(b.Ways) > 0 && !slices.ContainsFunc(b.Ways, func(w api.Way) bool { return w.Via != nil })
}

func howsOf(ways []api.Way) []string {
	var hows []string
	for _, w := range ways {
		hows = append(hows, w.How)
	}
	return distinct(hows)
}

// becomer is one line; when the list is asked for, one for each grant.
func (p page) becomer(b api.Becomer) []entry {
	if !p.shows("become") {
		return []entry{{name: p.said(b.Subject), what: p.wayWords(b.Ways), by: p.origin(list(grantsOf(b.Ways, false)))}}
	}
	var out []entry
	for len(b.Ways) > 0 {
		first := grantsOf(b.Ways[:1], true)
		same := func(w api.Way) bool { return slices.Equal(grantsOf([]api.Way{w}, true), first) }
		var ways, rest []api.Way
		for _, w := range b.Ways {
			if same(w) {
				ways = append(ways, w)
			} else {
				rest = append(rest, w)
			}
		}
		out = append(out, entry{name: p.said(b.Subject), what: p.wayWords(ways), by: p.origin(list(first))})
		b.Subject, b.Ways = "", rest
	}
	return out
}

// wayWords are the ways, and the workloads through which somebody is root.
func (p page) wayWords(ways []api.Way) line {
	var refs []api.Ref
	for _, w := range ways {
		refs = append(refs, w.Workloads...)
	}
	hows := howsOf(ways)
	if len(refs) == 0 {
		return p.said(strings.Join(hows, ", "))
	}
	hows = slices.DeleteFunc(hows, func(how string) bool { return how == "root" })
	return p.said(strings.Join(append(hows, p.refs("become", refs)), ", "))
}

// grantsOf names the roles of ways; at length with their rules and bindings.
func grantsOf(ways []api.Way, full bool) []string {
	var out []string
	for _, w := range ways {
		switch {
		case w.Via == nil:
		case full:
			out = append(out, viaWords(api.Via{Role: w.Via.Role, Binding: w.Via.Binding}, w.Via.Rules, true))
		default:
			out = append(out, w.Via.Role)
		}
	}
	return distinct(out)
}
