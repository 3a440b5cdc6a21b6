package render

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

func whyDocs() []api.CheckDoc {
	return []api.CheckDoc{
		{ID: "caps-not-dropped", Title: "Capabilities are not dropped", ImpliedBy: []string{"privileged"}},
		{ID: "token-mounted", Title: "A token is mounted"},
	}
}

// whyOptions explain checks, with patches as assess makes them.
func whyOptions(opts Options) Options {
	opts.Why = whyDocs()
	opts.Patch = func(_ api.Ref, f api.Finding) (Patch, bool) {
		if f.Container == "" {
			return Patch{}, false
		}
		fields := map[string]any{"spec": map[string]any{"template": map[string]any{"spec": map[string]any{"containers": []any{
			map[string]any{"name": f.Container, "securityContext": map[string]any{"capabilities": map[string]any{"drop": []any{"ALL"}}}},
		}}}}}
		return Patch{Fields: fields, Body: fields}, true
	}
	return opts
}

// told is the checkout with all that is told of a finding.
func told() api.Item {
	item := checkout()
	f := &item.Findings[0]
	f.Origin = "container; written by helm, 2026-10-02T14:11:08Z"
	f.Effective = "CHOWN DAC_OVERRIDE FOWNER FSETID KILL NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT, " +
		"in the bounding set only: the process is uid 10001"
	f.Standards = []string{"pss:restricted", "cis-1.12:5.2.8", "owasp-2025:K01", "attack:T1611", "nsa", "other:x"}
	f.MayBreak = "programs with file capabilities"
	return item
}

func whyReports() map[string]*api.Report {
	file := told()
	file.Source = &api.Source{File: "examples/shop/checkout.yaml", Line: 55}
	file.Findings[0].Line = 110
	taken := told()
	taken.Findings[0].Status = api.StatusAccepted
	taken.Findings[0].Acceptance = &api.Acceptance{Reason: "legacy", Owner: "team-shop", Expires: "2027-01-31", Origin: "annotation"}
	taken.Findings[5].Status, taken.Findings[5].Confidence = api.StatusUnknown, api.ConfidenceDerived
	pod := told()
	pod.Ref.Kind, pod.Ref.APIVersion = "Pod", "v1"
	job := told()
	job.Ref.Kind, job.Ref.APIVersion = "Job", "batch/v1"
	long := told()
	long.Ref.Name, long.Ref.Namespace = strings.Repeat("long-", 30)+"name", strings.Repeat("space-", 10)+"x"
	long.Findings[0].Container = strings.Repeat("c", 250)
	return map[string]*api.Report{
		"live": page1(told(), "v1.36.3"), "file": fromFile(file), "accepted": page1(taken, ""), "pod": page1(pod, ""),
		"job": page1(job, ""), "long": page1(long, ""), "namespace": shop(), "clean": page1(clean(), ""),
		"covered": fromFile(agent()), "empty": reports()["empty"],
	}
}

func TestWhy(t *testing.T) {
	for name, report := range whyReports() {
		var b strings.Builder
		for _, opts := range variants() {
			b.WriteString(opts.title())
			b.WriteString(printed(t, report, whyOptions(opts)))
		}
		golden(t, "why-"+name, b.String())
	}
}

func TestWhyFitsTheTerminal(t *testing.T) {
	for _, report := range whyReports() {
		for _, width := range []int{80, 100, 120} {
			out, errOut := streams(t, report, whyOptions(Options{Width: width}))
			tooWide(t, out, width)
			tooWide(t, errOut, width)
		}
	}
}

func TestWhyAsDocumentHasThoseChecksAlone(t *testing.T) {
	out, _ := streams(t, page1(told(), ""), whyOptions(Options{Format: "json"}))
	got := idsIn(t, out)
	slices.Sort(got)
	if want := []string{"caps-not-dropped", "token-mounted"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if !strings.Contains(out, `"high": 1`) || !strings.Contains(out, `"medium": 1`) {
		t.Errorf("the summary counts others:\n%s", out[:400])
	}
}

func TestOutputs(t *testing.T) {
	file := filepath.Join(t.TempDir(), "columns")
	if err := os.WriteFile(file, []byte("NAME   LEVEL\n{.ref.name} podSecurity.level\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, opts := range map[string]Options{
		"wide":     {Format: "wide", Width: 80},
		"markdown": {Format: "markdown"},
		"quiet":    {Quiet: true, Hint: hint, Width: 80},
		"columns":  {Format: "custom-columns=NAME:.ref.name,LEVEL:{podSecurity.level},FOUND:findings[*].check,NO:.x,OBJECT:.source", NoHeaders: false},
		"bare":     {Format: "custom-columns-file=" + file, NoHeaders: true},
		"headless": {NoHeaders: true, Width: 80},
		"template": {Format: `go-template={{range .items}}{{.ref.name}} {{.absent}}{{"\n"}}{{end}}`},
		"fixes":    {Sections: []string{"accepted", "fix"}, Width: 80},
		"sections": {Sections: []string{"gaps"}, Width: 80},
	} {
		var b strings.Builder
		for _, of := range []string{"namespace", "targets", "privileged", "partial", "spaces"} {
			fmt.Fprintf(&b, "=== %s\n", of)
			b.WriteString(printed(t, reports()[of], opts))
		}
		golden(t, "output-"+name, b.String())
	}
}

// hostileFew are a page of each sort with one string everywhere.
func hostileFew(s string) []*api.Report {
	return withHostile(s, map[string]*api.Report{
		"checkout": page1(checkout(), "v1"), "privileged": fromFile(agent()), "partial": partial(),
		"two":     reportOf("", api.Scope{AllNamespaces: true}, drifted(), clean()),
		"nightly": page1(nightly(), "v1"), "several": identities()["id-several"], "network": networks()["net-exposed"],
	})
}

func TestHostileStringsInOutputs(t *testing.T) {
	for name, s := range hostileStrings() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, report := range hostileFew(s) {
				for _, opts := range []Options{
					{Format: "wide", Width: 80, Color: true}, {Format: "markdown", Width: 100},
					{Format: "custom-columns=A:.ref.name,B:.findings[*].message"}, {Format: "go-template={{.server}}", Width: 100},
					{Quiet: true, Width: 80}, {Sections: Sections(), Width: 80}, hostileWhy(s, 0), hostileWhy(s, 100),
				} {
					out, errOut := streams(t, report, opts)
					if strings.HasPrefix(opts.Format, "go-template") {
						inert(t, strings.ReplaceAll(out, "\t", ""))
						continue
					}
					harmful(t, out)
					harmful(t, errOut)
				}
			}
		})
	}
}

// TestMarkdownHoldsHostileStrings puts every hostile string everywhere.
func TestMarkdownHoldsHostileStrings(t *testing.T) {
	hostile := testkit.HostileStrings()
	for _, s := range []string{"@someone", "#123 GH-12 owner/repo#3", "https://evil.example www.evil.example", "*a* _b_ ~c~ <b>", "a\\|b\\", "`", "&lt;b&gt;"} {
		hostile = append(hostile, testkit.HostileString{Name: s, Value: s})
	}
	for _, h := range hostile {
		for _, report := range hostileFew(h.Value) {
			out, _ := streams(t, report, Options{Format: "markdown"})
			testkit.CheckHarmless(t, "markdown", out)
			checkMarkdown(t, out)
		}
	}
}

// checkMarkdown finds what stands outside code though it could be more than words, and rows
// of tables with cells too many.
func checkMarkdown(t *testing.T, out string) {
	t.Helper()
	cells := 0
	for l := range strings.Lines(out) {
		bare := withoutCode(l)
		for _, sign := range []string{"@", "#", "://", "www.", "[", "~"} {
			if strings.Contains(bare, sign) {
				t.Fatalf("%s outside code in %q", sign, l)
			}
		}
		if !strings.HasPrefix(l, "|") {
			cells = 0
			continue
		}
		if n := strings.Count(l, "|"); cells == 0 {
			cells = n
		} else if n != cells {
			t.Fatalf("%d cells, the heading has %d: %q", n-1, cells-1, l)
		}
	}
}

// withoutCode drops code spans and character references.
func withoutCode(l string) string {
	var b strings.Builder
	for i, part := range strings.Split(l, "`") {
		if i%2 == 0 {
			b.WriteString(part)
		}
	}
	return strings.ReplaceAll(b.String(), "&#", "")
}

// hostileWhy asks for a hostile check, and has a patch of hostile names.
func hostileWhy(s string, width int) Options {
	return Options{
		Width: width, Kubectl: "kubectl",
		Why: []api.CheckDoc{{ID: s, Title: s, ImpliedBy: []string{s}}, {ID: "privileged", Title: s, ImpliedBy: []string{s}}},
		Patch: func(api.Ref, api.Finding) (Patch, bool) {
			fields := map[string]any{s: map[string]any{"name": s, "list": []any{s, map[string]any{s: s}}, "words": []any{s}}}
			return Patch{Fields: fields, Body: fields, Type: "json"}, true
		},
	}
}

func TestYAMLLines(t *testing.T) {
	got := strings.Join(yamlLines(map[string]any{
		"a": map[string]any{"b": []any{"ALL", "no", "1", "x y"}, "name": nil, "empty": map[string]any{}},
		"l": []any{map[string]any{"x": true, "name": "app", "deep": map[string]any{"k": int64(1)}}},
	}), "\n")
	want := "a:\n  name: null\n  b: [ALL, \"no\", \"1\", \"x y\"]\n  empty: {}\nl:\n- name: app\n  deep:\n    k: 1\n  x: true"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestCompactJSON(t *testing.T) {
	if got, want := compactJSON(map[string]any{`a":,"`: []any{1, "x,\\\"y:z<"}}), `{"a\":,\"": [1, "x,\\\"y:z<"]}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestUserCell(t *testing.T) {
	user := func(value, origin string) api.Container {
		return api.Container{Settings: map[string]api.Setting{"runAsUser": {Value: value, Origin: origin}}}
	}
	observed := "image, observed in 2 pods"
	for want, containers := range map[string][]api.Container{
		"-":             nil,
		"0 observed":    {user("10", "container"), user("0", observed), user("unset", "unset")},
		"image's":       {user("10", "container"), user("unset", "unset")},
		"9":             {user("10", "container"), user("9", "pod")},
		"0, 7 observed": {user("10", "container"), user("0, 7", observed)},
	} {
		if got := userCell(&api.Item{Containers: containers}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestSharedInformation folds equal lines of information, and nothing else.
func TestSharedInformation(t *testing.T) {
	info := finding(api.SeverityInfo, "nonroot-unprovable", "fails at start")
	for name, c := range map[string]struct {
		findings []api.Finding
		groups   int
	}{
		"one":                {[]api.Finding{info}, 0},
		"two":                {[]api.Finding{info, in(info, "b")}, 1},
		"the same container": {[]api.Finding{info, info}, 0},
		"other words":        {[]api.Finding{info, in(finding(api.SeverityInfo, "nonroot-unprovable", "other"), "b")}, 0},
		"worse":              {[]api.Finding{finding(api.SeverityLow, "a", "m"), in(finding(api.SeverityLow, "a", "m"), "b")}, 0},
		"unknown":            {[]api.Finding{with(info, api.StatusUnknown), in(with(info, api.StatusUnknown), "b")}, 0},
	} {
		if got := shared(c.findings); len(got) != c.groups {
			t.Errorf("%s: %d groups", name, len(got))
		}
	}
}
