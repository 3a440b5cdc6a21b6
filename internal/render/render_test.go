package render

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// golden compares with testdata/NAME, or writes it with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	testkit.Golden(t, filepath.Join("testdata", name+".golden"), []byte(got))
}

const hint = "kubectl harden explain cj/nightly"

// printed is what goes to both streams, each under its name.
func printed(t *testing.T, report *api.Report, opts Options) string {
	t.Helper()
	out, errOut := streams(t, report, opts)
	return fmt.Sprintf("--- stdout\n%s--- stderr\n%s", out, errOut)
}

func streams(t *testing.T, report *api.Report, opts Options) (out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	if err := Report(&o, &e, report, opts); err != nil {
		t.Fatal(err)
	}
	return o.String(), e.String()
}

// variants are the streams that a text is shown for.
func variants() []Options {
	return []Options{{Width: 80}, {Width: 100}, {Width: 120}, {}, {Width: 100, ASCII: true}, {Width: 100, Color: true}}
}

func (o Options) title() string {
	return fmt.Sprintf("=== width %d, colour %t, ASCII %t\n", o.Width, o.Color, o.ASCII)
}

func TestReportText(t *testing.T) {
	for name, report := range reports() {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			for _, opts := range variants() {
				b.WriteString(opts.title())
				opts.Hint = hint
				b.WriteString(printed(t, report, opts))
			}
			golden(t, name, b.String())
		})
	}
}

func TestColourChangesNothingElse(t *testing.T) {
	for name, report := range reports() {
		for _, opts := range variants() {
			opts.Color = false
			want := printed(t, report, opts)
			opts.Color = true
			got := printed(t, report, opts)
			if got == want && len(report.Items) > 0 {
				t.Errorf("%s at %d columns has no colour", name, opts.Width)
			}
			if diff := cmp.Diff(want, ours.ReplaceAllString(got, "")); diff != "" {
				t.Errorf("%s with colour at %d columns (-without +with):\n%s", name, opts.Width, diff)
			}
		}
	}
}

func TestReportDocuments(t *testing.T) {
	for _, format := range []string{"json", "yaml", "kyaml", "name"} {
		golden(t, "targets-"+format, printed(t, reports()["targets"], Options{Format: format, Hint: hint}))
	}
}

func TestChecksText(t *testing.T) {
	var b strings.Builder
	for _, opts := range variants() {
		b.WriteString(opts.title())
		b.WriteString(printedChecks(t, opts))
	}
	golden(t, "checks", b.String())
}

func TestChecksDocuments(t *testing.T) {
	for _, format := range []string{"json", "yaml", "kyaml", "name"} {
		golden(t, "checks-"+format, printedChecks(t, Options{Format: format}))
	}
}

// printedChecks is the list and then one of its checks.
func printedChecks(t *testing.T, opts Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Checks(&b, checkDocs(), opts); err != nil {
		t.Fatal(err)
	}
	b.WriteString("---\n")
	if err := Check(&b, checkDocs()[1], opts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
