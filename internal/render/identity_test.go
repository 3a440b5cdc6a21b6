package render

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// TestIdentityOutputs shows the parts of identity in every form but the page of a terminal.
func TestIdentityOutputs(t *testing.T) {
	for name, opts := range map[string]Options{
		"wide":     {Format: "wide", Width: 80},
		"markdown": {Format: "markdown"},
		"quiet":    {Quiet: true, Width: 80},
		"shown":    {Sections: []string{"identity", "become", "mounts", "outcomes"}, Width: 100},
		"yaml":     {Format: "yaml"},
		"name":     {Format: "name"},
		"columns":  {Format: "custom-columns=NAME:.ref.name,TITLES:.rows[*].title,RIGHTS:.rights[*].resources[*],OUTCOMES:.outcomes[*].text"},
		"jsonpath": {Format: "jsonpath={.items[*].becomers[*].subject}{.pages[*].rows[*].title}"},
		"template": {Format: "go-template={{range .items}}{{.identity}}{{end}}{{len .pages}}"},
	} {
		var b strings.Builder
		for _, of := range []string{"id-checkout", "id-nightly", "id-account", "id-several", "id-table"} {
			if name == "yaml" && of != "id-several" {
				continue
			}
			fmt.Fprintf(&b, "=== %s\n", of)
			b.WriteString(printed(t, identities()[of], opts))
		}
		golden(t, "identity-"+name, b.String())
	}
}

// TestCrowd keeps a page short whatever there is of it, and shows all where it is asked to.
func TestCrowd(t *testing.T) {
	report := page1(crowd(), "v1.36.3")
	var b strings.Builder
	for _, opts := range []Options{{Width: 80}, {Width: 120}, {}} {
		out := printed(t, report, opts)
		if lines := strings.Count(out, "\n"); lines > 120 {
			t.Errorf("%d lines at width %d", lines, opts.Width)
		}
		b.WriteString(opts.title() + out)
	}
	golden(t, "id-crowd", b.String())
	for _, opts := range []Options{{Sections: []string{"identity", "become", "mounts"}, Width: 80}, {Format: "wide", Width: 80}, {Format: "json"}} {
		out, _ := streams(t, report, opts)
		for _, want := range []string{"resource-499", "team-199/", "Group team-59", "worker-59"} {
			if !strings.Contains(out, want) {
				t.Errorf("%s is not in %v", want, opts)
			}
		}
		if opts.Format == "" {
			tooWide(t, out, 80)
		}
	}
	if out, _ := streams(t, report, Options{Format: "markdown"}); len(out) > 30000 {
		t.Errorf("%d bytes of Markdown", len(out))
	}
}

// TestFindingsAreTold once, wherever they are told.
func TestFindingsAreTold(t *testing.T) {
	all := identities()
	maps.Copy(all, networks())
	for name, report := range all {
		for i := range report.Items {
			out, _ := streams(t, page1(report.Items[i], ""), Options{Sections: Sections()[:6]})
			told := map[string]int{}
			for l := range strings.Lines(out) {
				for _, word := range strings.FieldsFunc(l, func(r rune) bool { return r == ' ' || r == ',' || r == '\n' }) {
					told[word]++
				}
			}
			for _, f := range open(report.Items[i].Findings) {
				if told[f.Check] != 1 && strings.Contains(f.Check, "-") {
					t.Errorf("%s item %d tells %s %d times:\n%s", name, i, f.Check, told[f.Check], out)
				}
			}
		}
	}
}

// TestFixesEndOutcomes says behind which fix an outcome is no more.
func TestFixesEndOutcomes(t *testing.T) {
	const h, m = api.SeverityHigh, api.SeverityMedium
	item := itemOf("apps/v1", "Deployment", "shop", "x", 1,
		at(finding(h, "a", "m"), "p", "", "", "do a"), at(finding(m, "b", "m"), "p", "", "", "do b"))
	item.Outcomes = []api.Outcome{
		possible(h, "secrets", "one", "", "do b; and do a"), possible(h, "cluster", "two", "", "do c; and do a"),
		possible(api.SeverityLow, "persistence", "three", "", "do d"), possible(api.SeverityInfo, "secrets", "four", "", "do e"),
		notPossible("cloud", "five", ""),
	}
	var got []string
	for _, f := range fixesOf(&item) {
		got = append(got, f.words+" "+strings.Join(f.ends, ","))
	}
	want := []string{"do c; and do a two", "do a ", "do b one", "do d three"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestRuleWords(t *testing.T) {
	for want, rules := range map[string][]int{
		"": nil, "rule 3": {3, 3}, "rules 1 and 2": {2, 1}, "rules 2 to 4": {4, 2, 3}, "rules 1, 3 to 5 and 9": {9, 1, 3, 4, 5},
	} {
		if got := ruleWords(rules); got != want {
			t.Errorf("%v is %q, want %q", rules, got, want)
		}
	}
}

func TestResourceWords(t *testing.T) {
	for want, r := range map[string]api.Right{
		"everything":                    {Groups: []string{"*"}, Resources: []string{"*"}},
		"all of apps":                   {Groups: []string{"apps"}, Resources: []string{"*"}},
		"all of the core group":         {Groups: []string{""}, Resources: []string{"*"}},
		"leases":                        {Groups: []string{"coordination.k8s.io"}, Resources: []string{"leases"}},
		"applications.argoproj.io":      {Groups: []string{"argoproj.io"}, Resources: []string{"applications"}},
		"deployments deployments/scale": {Groups: []string{"apps"}, Resources: []string{"deployments", "deployments/scale"}},
		"/metrics":                      {NonResourceURLs: []string{"/metrics"}},
		"pods /metrics any path":        {Groups: []string{""}, Resources: []string{"pods"}, NonResourceURLs: []string{"/metrics", "*"}},
		"":                              {},
	} {
		if got := resourceWords(r); got != want {
			t.Errorf("%+v is %q, want %q", r, got, want)
		}
	}
}

func TestVerbWords(t *testing.T) {
	for want, r := range map[string]api.Right{
		"get list":            {Verbs: []string{"get", "list"}},
		"any verb":            {Verbs: []string{"get", "*"}},
		`get (only "")`:       {Verbs: []string{"get"}, ResourceNames: []string{""}},
		`get (only "" and a)`: {Verbs: []string{"get"}, ResourceNames: []string{"", "a"}},
		"get (only a and b)":  {Verbs: []string{"get"}, ResourceNames: []string{"a", "b"}},
	} {
		if got := (page{screen: &screen{}}).verbWords(r); got != want {
			t.Errorf("%+v is %q, want %q", r, got, want)
		}
	}
}

func TestRightsCell(t *testing.T) {
	id := &api.Identity{}
	for want, item := range map[string]*api.Item{
		"-":   {},
		"0":   {Identity: id},
		"11":  {Identity: id, Rights: checkoutRights()},
		"11+": {Identity: &api.Identity{Unknown: []string{"x"}}, Rights: checkoutRights()},
		"?":   {Identity: &api.Identity{Unknown: []string{"x"}}},
		"*":   {Identity: id, Rights: append(checkoutRights(), right("*", "pods", "shop", "r", 1))},
	} {
		if got := rightsCell(item); got != want {
			t.Errorf("%+v has %q rights, want %q", item, got, want)
		}
	}
	wild := []api.Right{right("get", "*/scale", "shop", "r", 1)}
	if got := rightsCount(wild); got != "*" {
		t.Errorf("*/scale counts %q", got)
	}
}

func TestTokenCell(t *testing.T) {
	unknown := []api.Finding{with(finding(api.SeverityMedium, "token-mounted", "m"), api.StatusUnknown)}
	for want, item := range map[string]api.Item{
		"-": {}, "yes": {Identity: &api.Identity{Tokens: []string{"app"}}}, "no": {Identity: &api.Identity{}},
		"?": {Identity: &api.Identity{}, Findings: unknown},
	} {
		if got := tokenCell(&item); got != want {
			t.Errorf("%+v is %q, want %q", item, got, want)
		}
	}
}

// TestVerdictByOutcome takes the worse of the outcomes and the findings.
func TestVerdictByOutcome(t *testing.T) {
	node := possible(api.SeverityCritical, "node-root", "root on the node", "", "", "privileged")
	reach := possible(api.SeverityCritical, "network", "any address", "", "")
	low := possible(api.SeverityLow, "persistence", "its files", "", "")
	info := possible(api.SeverityInfo, "persistence", "its files", "", "")
	critical := finding(api.SeverityCritical, "privileged", "is privileged")
	for name, c := range map[string]struct {
		findings []api.Finding
		outcomes []api.Outcome
		want     string
	}{
		"as bad":        {[]api.Finding{critical}, []api.Outcome{node}, "× CRITICAL: code in it gets root on the node (privileged)"},
		"both":          {[]api.Finding{critical}, []api.Outcome{low, reach, node}, "× CRITICAL: code in it gets root on the node, and reaches any address (privileged)"},
		"not reported":  {nil, []api.Outcome{low, node}, "· LOW: code in it gets its files"},
		"finding worse": {[]api.Finding{critical}, []api.Outcome{low}, "× CRITICAL privileged: is privileged (container app)"},
		"accepted":      {[]api.Finding{with(critical, api.StatusAccepted)}, []api.Outcome{node, low}, "· LOW: code in it gets its files"},
		"unknown":       {[]api.Finding{with(critical, api.StatusUnknown)}, []api.Outcome{node}, "× CRITICAL: code in it gets root on the node (privileged)"},
		"not possible":  {nil, []api.Outcome{notPossible("cluster", "the cluster", "")}, "✓ no findings"},
		"information":   {nil, []api.Outcome{info}, "✓ no findings"},
	} {
		item := api.Item{Findings: c.findings, Outcomes: c.outcomes}
		if got := joined(newScreen(Options{}).newPage(&item).verdictLine("")); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
