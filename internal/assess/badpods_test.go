package assess

import (
	"os"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// TestBadPods holds the worst finding of eight well-known shapes of pods: each alone gives
// what it asks for, and none hides behind another.
func TestBadPods(t *testing.T) {
	data, err := os.ReadFile("testdata/badpods.yaml")
	if err != nil {
		t.Fatal(err)
	}
	report := assessed(t, Options{}, strings.Split(string(data), "\n---\n")...)
	want := map[string]struct {
		worst api.Severity
		// checks are all those that have a finding as bad.
		checks string
	}{
		"everything-allowed": {api.SeverityCritical, "hostpath-escape privileged"},
		"priv-and-hostpid":   {api.SeverityCritical, "privileged"},
		"priv":               {api.SeverityCritical, "privileged"},
		"hostpath":           {api.SeverityCritical, "hostpath-escape"},
		"hostpid":            {api.SeverityHigh, "host-pid run-as-root-declared"},
		"hostnetwork":        {api.SeverityHigh, "host-network hostnetwork-bypass run-as-root-declared"},
		"hostipc":            {api.SeverityHigh, "host-ipc run-as-root-declared"},
		"nothing-allowed":    {api.SeverityHigh, "run-as-root-declared"},
	}
	if len(report.Items) != len(want) {
		t.Errorf("%d pods, want %d", len(report.Items), len(want))
	}
	for _, item := range report.Items {
		w := want[item.Ref.Name]
		var checks []string
		for _, f := range item.Findings {
			if f.Status == api.StatusFail && f.Severity == w.worst {
				checks = append(checks, f.Check)
			}
		}
		if got := strings.Join(checks, " "); got != w.checks || item.Findings[0].Severity != w.worst {
			t.Errorf("%s: %s by %s, first %s %s; want %s by %s", item.Ref.Name, w.worst, got,
				item.Findings[0].Severity, item.Findings[0].Check, w.worst, w.checks)
		}
	}
}
