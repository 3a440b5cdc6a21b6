package render

import (
	"bytes"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// admitting is a report with namespaces of which all but one say the same.
func admitting() *api.Report {
	report := api.NewReport()
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		f := api.Finding{Check: "psa-label", Severity: api.SeverityMedium, Status: api.StatusFail, Message: "enforce=privileged admits pods of any level"}
		if name == "e" {
			f.Message = "no enforce label"
		}
		report.Namespaces = append(report.Namespaces, api.Namespace{Name: name, Findings: []api.Finding{f}})
		report.Items = append(report.Items, api.Item{Ref: api.Ref{APIVersion: "v1", Kind: "Pod", Namespace: name, Name: "p"}})
	}
	return report
}

func TestFindingsOfNamespaces(t *testing.T) {
	for _, format := range []string{"", "wide", "markdown"} {
		var out, errOut bytes.Buffer
		if err := Report(&out, &errOut, admitting(), Options{Format: format}); err != nil {
			t.Fatal(err)
		}
		all := out.String() + errOut.String()
		if strings.Count(all, "psa-label") != 2 || !strings.Contains(all, "admits pods of any level") || !strings.Contains(all, "no enforce label") {
			t.Errorf("%q:\n%s", format, all)
		}
	}
}

func TestFindingsOfNamespacesOnATerminal(t *testing.T) {
	var out, errOut bytes.Buffer
	if err := Report(&out, &errOut, admitting(), Options{Width: 100}); err != nil {
		t.Fatal(err)
	}
	want := "! MEDIUM 4 namespaces: a, b, c and 1 more: enforce=privileged admits pods of any level   psa-label"
	if !strings.Contains(out.String(), want) {
		t.Errorf("no line %q in\n%s", want, out.String())
	}
}
