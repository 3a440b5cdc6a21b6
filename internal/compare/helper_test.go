package compare_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/assess"
	"github.com/kubectl-harden/kubectl-harden/internal/check"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/compare"
	"github.com/kubectl-harden/kubectl-harden/internal/render"
)

// clock is when acceptances are judged.
var clock = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

func docs() []api.CheckDoc {
	var out []api.CheckDoc
	for _, c := range check.All() {
		out = append(out, c.Describe())
	}
	return out
}

// judged is the report of manifests.
func judged(t testing.TB, manifests string) *api.Report {
	t.Helper()
	objects, problems, err := cluster.Load(t.Context(), cluster.LoadOptions{Filenames: []string{"-"}, Stdin: strings.NewReader(manifests)})
	if err != nil || len(problems) > 0 {
		t.Fatalf("%v %v\n%s", err, problems, manifests)
	}
	inv := cluster.NewInventory()
	inv.DefaultNamespace = "shop"
	if problems := inv.AddAll(objects); len(problems) > 0 {
		t.Fatalf("%v\n%s", problems, manifests)
	}
	report := assess.Report(inv, assess.Options{Now: clock})
	report.Scope.Files = []string{"-"}
	return report
}

func posture(t testing.TB, name, manifests string) *compare.Posture {
	t.Helper()
	p := compare.OfReport(judged(t, manifests))
	p.Name = name
	return p
}

// written is a posture after its way through a file.
func written(t testing.TB, p *compare.Posture) *compare.Posture {
	t.Helper()
	text := yamlOf(t, p, nil)
	out, err := compare.Read(p.Name, []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return out
}

func yamlOf(t testing.TB, p, was *compare.Posture) string {
	t.Helper()
	b, _ := compare.Baseline(p, was)
	var out bytes.Buffer
	if err := render.Baseline(&out, b, render.Options{Format: "yaml"}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func changesOf(t testing.TB, was, now *compare.Posture) *api.Changes {
	t.Helper()
	return changesWith(t, was, now, compare.Options{Now: clock})
}

func changesWith(t testing.TB, was, now *compare.Posture, opts compare.Options) *api.Changes {
	t.Helper()
	opts.Checks = docs()
	c, err := compare.Changes(was, now, opts)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// told are changes in a line each: state, severity, what and container.
func told(c *api.Changes) []string {
	out := []string{}
	for _, change := range c.Changes {
		what := change.Fact
		if what == "" {
			what = strings.Join(strings.Fields(change.Check+" "+change.Container+" "+change.Subject), " ")
		}
		out = append(out, fmt.Sprintf("%s %s %s %s", change.State, change.Severity, change.Ref.Short(), what))
	}
	slices.Sort(out)
	return out
}

func expect(t testing.TB, c *api.Changes, want ...string) {
	t.Helper()
	slices.Sort(want)
	if want == nil {
		want = []string{}
	}
	if diff := cmp.Diff(want, told(c)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func encoded(t testing.TB, v any) string {
	t.Helper()
	out, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
