package render

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// onGrant is a finding about a grant.
func onGrant(severity api.Severity, check, path, got, place string) api.Finding {
	return at(finding(severity, check, got+" "+place+": does harm"), path, got, "none", "narrow it")
}

// byGroup is a right that an account has as one of a group.
func byGroup(r api.Right, group string) api.Right {
	r.Via.Subject = "Group " + group
	return r
}

// TestFindingsStandOnTheirGrants pairs by the grant, not by names that hold each other.
func TestFindingsStandOnTheirGrants(t *testing.T) {
	const h, m = api.SeverityHigh, api.SeverityMedium
	named := right("get", "secrets", "f", "app", 1, "sa-secrets")
	named.ResourceNames = []string{"own"}
	other := right("list", "secrets", "f", "b", 1, "sa-secrets")
	other.Via.Binding, other.Via.Role = "RoleBinding ci/b", "Role ci/b"
	merged := right("create", "pods/attach pods/exec", "f", "zed", 2, "sa-exec")
	merged.Via.Rules = []int{2, 5}
	for name, c := range map[string]struct {
		rights   []api.Right
		findings []api.Finding
		want     []string
	}{
		"a name in a name": {
			[]api.Right{named, right("list", "secrets", "f", "app-admin", 1, "sa-secrets")},
			[]api.Finding{
				onGrant(h, "sa-secrets", "RoleBinding app-admin → Role app-admin rule 1", "list secrets", "in f"),
				onGrant(m, "sa-secrets", "RoleBinding app → Role app rule 1 and 1 more", "get, list secrets own", "in f"),
			},
			[]string{"high Role app-admin 1", "medium Role app 1"},
		},
		"two rules of a role": {
			[]api.Right{right("create", "pods/exec", "f", "zed", 1, "sa-exec"), merged},
			[]api.Finding{
				onGrant(h, "sa-exec", "RoleBinding zed → Role zed rule 5", "create pods/attach", "in f"),
				onGrant(m, "sa-exec", "RoleBinding zed → Role zed rule 1", "create pods/exec own", "in f"),
			},
			[]string{"high Role zed 2 5", "medium Role zed 1"},
		},
		"rules 1 and 12": {
			[]api.Right{right("get", "secrets", "f", "r", 1, "sa-secrets"), right("list", "secrets", "f", "r", 12, "sa-secrets")},
			[]api.Finding{
				onGrant(h, "sa-secrets", "RoleBinding r → Role r rule 12", "list secrets", "in f"),
				onGrant(m, "sa-secrets", "RoleBinding r → Role r rule 1", "get secrets", "in f"),
			},
			[]string{"high Role r 12", "medium Role r 1"},
		},
		"two resources of a rule": {
			[]api.Right{
				right("create", "secrets", "f", "r", 1, "sa-token-create"),
				right("create", "serviceaccounts/token", "f", "r", 1, "sa-token-create"),
			},
			[]api.Finding{
				onGrant(h, "sa-token-create", "RoleBinding r → Role r rule 1", "create serviceaccounts/token", "in f"),
				onGrant(m, "sa-token-create", "RoleBinding r → Role r rule 1", "create secrets", "in f"),
			},
			[]string{"high Role r 1 serviceaccounts/token", "medium Role r 1 secrets"},
		},
		"another namespace": {
			[]api.Right{right("list", "secrets", "f", "b", 1, "sa-secrets"), other},
			[]api.Finding{
				onGrant(h, "sa-secrets", "RoleBinding ci/b → Role ci/b rule 1", "list secrets", "in ci"),
				onGrant(m, "sa-secrets", "RoleBinding b → Role b rule 1", "list secrets", "in f"),
			},
			[]string{"high Role ci/b 1", "medium Role b 1"},
		},
		"by a group": {
			[]api.Right{right("list", "secrets", "f", "b", 1, "sa-secrets"), byGroup(right("list", "secrets", "f", "b", 1, "group-grants", "sa-secrets"), "all")},
			[]api.Finding{
				onGrant(h, "sa-secrets", "RoleBinding b → Role b rule 1 and 1 more", "list secrets", "in f"),
				onGrant(m, "group-grants", "RoleBinding b → Role b rule 1 by Group all", "list secrets", "in f"),
			},
			[]string{"high Role b 1", "high Role b 1 by Group all, medium"},
		},
		"one of N more": {
			[]api.Right{
				right("list", "secrets", "f", "a", 1, "sa-secrets"), right("list", "secrets", "f", "b", 1, "sa-secrets"),
				right("list", "secrets", "g", "c", 1, "sa-secrets"),
			},
			[]api.Finding{
				onGrant(h, "sa-secrets", "RoleBinding a → Role a rule 1 and 1 more", "list secrets", "in f"),
				onGrant(m, "sa-secrets", "RoleBinding c → Role c rule 1", "list secrets", "in g"),
			},
			[]string{"high Role a 1", "high Role b 1", "medium Role c 1"},
		},
		"of no right": {
			[]api.Right{right("list", "secrets", "f", "a", 1, "sa-secrets")},
			[]api.Finding{onGrant(h, "sa-secrets", "RoleBinding x → Role x rule 1", "list secrets", "in f")},
			[]string{"rest sa-secrets", "right Role a"},
		},
	} {
		if got := paired(c.rights, c.findings); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// paired are the rights with the severities of what stands on them; the resources of those
// that share a rule, too.
func paired(rights []api.Right, findings []api.Finding) []string {
	item := itemOf("apps/v1", "Deployment", "f", "x", 1)
	item.Rights = rights
	rows, others, rest := newScreen(Options{}).newPage(&item).standings(findings)
	var out []string
	for _, r := range rows {
		words := fmt.Sprint(r.findings[0].Severity, " ", r.right.Via.Role)
		for _, n := range r.right.Via.Rules {
			words += fmt.Sprint(" ", n)
		}
		if slices.Contains(r.right.Checks, "sa-token-create") {
			words += " " + strings.Join(r.right.Resources, " ")
		}
		if strings.HasPrefix(r.right.Via.Subject, "Group ") {
			words += " by " + r.right.Via.Subject
		}
		for _, f := range r.findings[1:] {
			words += ", " + string(f.Severity)
		}
		out = append(out, words)
	}
	for _, f := range rest {
		out = append(out, "rest "+f.Check)
	}
	for _, r := range others {
		out = append(out, "right "+r.Via.Role)
	}
	return out
}

// powerful has n grants, each with a finding on it and a fix of its own.
func powerful(n int) api.Item {
	item := itemOf("apps/v1", "Deployment", "f", "x", 1)
	item.Identity = &api.Identity{Account: "x"}
	for i := range n {
		space, role := fmt.Sprint("n", i), fmt.Sprintf("n%d/r%d", i, i)
		item.Rights = append(item.Rights, right("list", "secrets", space, role, 1, "sa-secrets"))
		item = add(item, at(finding(api.SeverityHigh, "sa-secrets", "list secrets in "+space+": reads"),
			"RoleBinding "+role+" → Role "+role+" rule 1", "list secrets", "none", "narrow rule 1 of Role "+role))
		item.Outcomes = append(item.Outcomes, possible(api.SeverityHigh, "secrets", "every Secret of "+space, "token", "narrow rule 1 of Role "+role, "sa-secrets"))
	}
	return item
}

// TestWorkGrowsWithTheRights measures memory in place of time: what compares each right with
// each finding makes words of both.
func TestWorkGrowsWithTheRights(t *testing.T) {
	work := func(n int) float64 {
		item := powerful(n)
		p := newScreen(Options{}).newPage(&item)
		return testing.AllocsPerRun(1, func() { p.standings(p.open) })
	}
	if once, eightfold := work(50), work(400); eightfold > 10*once {
		t.Errorf("%.0f allocations for 50 rights, %.0f for 400", once, eightfold)
	}
}

// BenchmarkRights prints the page of an account with 1,000 grants.
func BenchmarkRights(b *testing.B) {
	report := page1(powerful(1000), "")
	for _, opts := range []Options{{}, {Format: "wide"}, {Format: "markdown"}, {Width: 80}} {
		b.Run(fmt.Sprint(opts.Format, opts.Width), func(b *testing.B) {
			for b.Loop() {
				if err := Report(io.Discard, io.Discard, report, opts); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
