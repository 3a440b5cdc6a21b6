package resolve_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/flow"
)

func ofFormat(name string) func(*flow.Flow) { return func(f *flow.Flow) { f.Point.Format = name } }

// doubt are the edges of a use of which nobody knows who began it, as far as they are a workload's.
func doubt(workload, at, own, peer string) []string {
	const why = " (who began is not known)"
	return []string{
		workload + " > " + at + why + " TCP " + peer + " guessed",
		at + why + " > " + workload + " TCP " + own + " guessed",
	}
}

// TestWhoBeganIsNotKnown: what was used is an edge in formats that show packets, be it one that keeps
// both directions open.
func TestWhoBeganIsNotKnown(t *testing.T) {
	inv := shop(t)
	const outside, shopWeb, shopCart = "198.51.100.9", "Deployment shop/web", "Deployment shop/cart"
	answer := []string{shopWeb + " > " + outside + " TCP 8443 guessed"}
	webAddr, cartAddr := web, cart
	for name, c := range map[string]struct {
		flows []*flow.Flow
		want  []string
	}{
		"both high":           {[]*flow.Flow{tcp(web+":45000 > "+outside+":50051", guessed)}, doubt(shopWeb, outside, "45000", "50051")},
		"both low":            {[]*flow.Flow{tcp(web+":20002 > "+outside+":9999", undirected)}, doubt(shopWeb, outside, "20002", "9999")},
		"both low, guessed":   {[]*flow.Flow{tcp(outside+":8443 > "+web+":30003", guessed)}, doubt(shopWeb, outside, "30003", "8443")},
		"two pods":            {[]*flow.Flow{tcp(web+":20002 > "+cart+":9998", undirected)}, slices.Concat(doubt(shopWeb, cartAddr, "20002", "9998"), doubt(shopCart, webAddr, "9998", "20002"))},
		"both declared":       {[]*flow.Flow{tcp(cart+":8080 > "+canary+":9090", undirected)}, nil},
		"an answer":           {[]*flow.Flow{tcp(outside+":8443 > "+web+":40000", undirected)}, answer},
		"a question":          {[]*flow.Flow{tcp(web+":40000 > "+outside+":8443", undirected)}, answer},
		"a privileged port":   {[]*flow.Flow{tcp(outside+":443 > "+web+":30003", guessed)}, []string{shopWeb + " > " + outside + " TCP 443 guessed"}},
		"to a privileged one": {[]*flow.Flow{tcp(web+":30003 > "+outside+":443", undirected)}, []string{shopWeb + " > " + outside + " TCP 443 guessed"}},
		"declared":            {[]*flow.Flow{tcp(outside+":20002 > "+cart+":8080", guessed)}, []string{outside + " > " + shopCart + " TCP 8080 guessed"}},
		"an answer to a question that is known": {
			[]*flow.Flow{tcp(outside+":9999 > "+web+":20002", undirected), tcp(web+":20003 > "+outside+":9999", final)},
			[]string{shopWeb + " > " + outside + " TCP 9999 x2"},
		},
		"disputed":   {[]*flow.Flow{tcp(outside+":2020 > "+web+":40000", undirected, func(f *flow.Flow) { f.Disputed = true })}, doubt(shopWeb, outside, "40000", "2020")},
		"refused":    {[]*flow.Flow{tcp(web+":45000 > "+outside+":50051", guessed, denied)}, []string{"none: " + api.UnclearDirection + " x1"}},
		"unanswered": {[]*flow.Flow{tcp(web+":45000 > "+outside+":50051", guessed, unanswered)}, []string{"none: " + api.UnclearDirection + " x1"}},
		"no pod":     {[]*flow.Flow{tcp("198.51.100.8:45000 > "+outside+":50051", guessed)}, []string{"none: " + api.UnclearDirection + " x1"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, format := range []string{api.FormatAWS, api.FormatNetObserv, api.FormatTrace, api.FormatProc, api.FormatSS} {
				for _, f := range c.flows {
					f.Point.Format = format
				}
				got := run(inv, c.flows)
				slices.Reverse(c.flows)
				if again := run(inv, c.flows); !slices.Equal(got.lines(), again.lines()) {
					t.Errorf("in another order\n%s\nafter\n%s", strings.Join(again.lines(), "\n"), strings.Join(got.lines(), "\n"))
				}
				if c.want == nil {
					if len(got.lines()) != 4 || got.resolved != 1 {
						t.Errorf("%d resolved:\n%s", got.resolved, strings.Join(got.lines(), "\n"))
					}
					continue
				}
				checkSet(t, got, c.want...)
			}
		})
	}
	checkSet(t, run(inv, []*flow.Flow{tcp(web+":45000 > "+outside+":50051", undirected, ofFormat(api.FormatHubble))}), "none: "+api.UnclearDirection+" x1")
}
