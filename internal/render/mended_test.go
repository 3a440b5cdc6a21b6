package render

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// TestFixesOfOneGrant are one, however many more grants each of their findings counts.
func TestFixesOfOneGrant(t *testing.T) {
	of := func(fixes ...string) string {
		item := itemOf("apps/v1", "Deployment", "shop", "x", 1)
		for i, words := range fixes {
			item = add(item, at(finding(api.SeverityHigh, fmt.Sprint("sa-", i), "m"), fmt.Sprint(i), "", "", words))
		}
		item.Outcomes = []api.Outcome{possible(api.SeverityHigh, "secrets", "all", "", fixes[0])}
		var got []string
		for _, f := range fixesOf(&item) {
			got = append(got, fmt.Sprint(f.subject(), ": ", f.words, f.grantWords(), " ends ", f.ends))
		}
		return strings.Join(got, " | ")
	}
	for want, fixes := range map[string][]string{
		"sa-0, sa-1: narrow it ends [all]":                                   {"narrow it", "narrow it"},
		"sa-0, sa-1: narrow it; so for 1 more grant ends [all]":              {"narrow it; so for 1 more grants", "narrow it"},
		"sa-0, sa-1: narrow it; so for 1,499 more grants ends [all]":         {"narrow it; so for 1499 more grants", "narrow it; so for 1,499 more grants"},
		"sa-0, sa-1: narrow it; so for at least 3 more grants ends [all]":    {"narrow it; so for 3 more grants", "narrow it; so for 1 more grant"},
		"sa-0: narrow it; so for 2 more grants ends [all] | sa-1: x ends []": {"narrow it; so for 2 more grants", "x"},
	} {
		if got := of(fixes...); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// unreadCluster is an item whose rights could not be read at all.
func unreadCluster(item api.Item) api.Item {
	unknown := []string{"clusterroles of the cluster not readable (forbidden)", "roles in all namespaces not readable (forbidden)"}
	item.Identity = &api.Identity{Account: "checkout", Unknown: unknown}
	item.Rights, item.Becomers, item.Outcomes, item.Findings = nil, nil, nil, nil
	for _, id := range []string{"sa-exec", "sa-secrets", "group-grants"} {
		f := with(finding(api.SeverityHigh, id, "clusterroles could not be read: what they grant is not known"), api.StatusUnknown)
		item = add(item, at(f, "spec.serviceAccountName", "unknown", "none", ""))
	}
	for _, name := range []string{"the cluster", "other namespaces"} {
		item.Outcomes = append(item.Outcomes, api.Outcome{ID: name, Severity: api.SeverityInfo, Unknown: true, Text: name, Detail: strings.Join(unknown, "; ")})
	}
	return item
}

// TestUnreadRightsAreSaidOnce says what could not be read in one line, beside its checks.
func TestUnreadRightsAreSaidOnce(t *testing.T) {
	for _, item := range []api.Item{unreadCluster(shopCheckout()), unreadCluster(account())} {
		for _, opts := range []Options{{}, {Format: "wide"}, {Format: "markdown"}, {Sections: []string{"identity", "outcomes"}}} {
			out, _ := streams(t, page1(item, ""), opts)
			if n := strings.Count(out, "not readable"); n != 1 {
				t.Errorf("%v says it %d times:\n%s", opts, n, out)
			}
		}
		out, _ := streams(t, page1(item, ""), Options{Sections: []string{"outcomes"}})
		if strings.Contains(out, "above") || strings.Count(out, "not readable") != 2 {
			t.Errorf("outcomes alone:\n%s", out)
		}
	}
	out, _ := streams(t, page1(unreadCluster(account()), ""), Options{})
	if n := strings.Count(out, "3 unknown"); n != 1 {
		t.Errorf("the unknown are counted %d times:\n%s", n, out)
	}
}

func TestUsedAlone(t *testing.T) {
	one, two := page1(bare(), ""), reportOf("", api.Scope{}, bare(), bare())
	for words, report := range map[string]*api.Report{"used by no other live pod": one, "used by this workload alone": two} {
		for _, opts := range []Options{{Sections: []string{"identity"}}, {Format: "markdown"}} {
			if out, _ := streams(t, report, opts); !strings.Contains(out, words) {
				t.Errorf("%v: no %q in\n%s", opts, words, out)
			}
		}
	}
}

func TestBecomeWords(t *testing.T) {
	item := account()
	for want, all := range map[string][]api.Becomer{
		"nobody": nil,
		"1 subject: none can mint its token or impersonate it, 1 can run a pod as it or code in one": {becomer("User a", "Role r", "exec")},
		"1 subject: 1 can mint its token or impersonate it, none can run a pod as it or code in one": {becomer("User a", "Role r", "token")},
		"2 subjects: 1 can mint its token or impersonate it, 2 can run a pod as it or code in one":   {becomer("User a", "Role r", "everything"), becomer("User b", "Role r", "exec")},
	} {
		item.Becomers = all
		if got := newScreen(Options{}).newPage(&item).becomeWords(all, 0); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestManyOutcomes shows the first of many, and what is not known.
func TestManyOutcomes(t *testing.T) {
	item := powerful(100)
	item.Outcomes = append(item.Outcomes, api.Outcome{ID: "cluster", Unknown: true, Text: "the cluster"})
	out, _ := streams(t, page1(item, ""), Options{Sections: []string{"fix", "identity"}})
	if strings.Contains(out, "What code") {
		t.Errorf("outcomes unasked:\n%s", out)
	}
	out, _ = streams(t, page1(item, ""), Options{})
	if !strings.Contains(out, "and 84 more (--show outcomes)") || !strings.Contains(out, "UNKNOWN  the cluster") {
		t.Errorf("not the first ones:\n%s", out)
	}
	out, _ = streams(t, page1(item, ""), Options{Sections: []string{"outcomes"}})
	if lines := strings.Split(out, "\n"); !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, "every Secret of n99") }) {
		t.Errorf("not all:\n%s", out)
	}
}
