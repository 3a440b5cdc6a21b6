package assess

import (
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/check"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// TestNamespaceChecksAreNotRepeated: what is wrong with a namespace is no finding of each of
// its workloads; that the namespace would refuse one is.
func TestNamespaceChecksAreNotRepeated(t *testing.T) {
	pod := "{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: shop, uid: u}, spec: {hostPID: true, containers: [{name: a}]}}"
	for level, stale := range map[string]bool{"privileged": false, "baseline": true} {
		namespace := "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: " + level + "}}}"
		report := assessed(t, Options{}, namespace, pod)
		checks := checksOf(report.Items[0])
		if got := len(report.Namespaces[0].Findings); (got == 1) != (level == "privileged") {
			t.Errorf("enforce=%s: %d findings of the namespace", level, got)
		}
		found := func(id string) bool {
			return slices.ContainsFunc(checks, func(c string) bool { return strings.HasPrefix(c, id+" ") })
		}
		if found("psa-label") || found("psa-stale") != stale {
			t.Errorf("enforce=%s: %v", level, checks)
		}
	}
}

// TestKnownWinsOverUnknown: what live pods show settles what their template leaves open.
func TestKnownWinsOverUnknown(t *testing.T) {
	open := check.Violation{Severity: api.SeverityHigh, Message: "may have", Unknown: true}
	known := check.Violation{Severity: api.SeverityMedium, Message: "has"}
	for _, pair := range [][2]check.Violation{{open, known}, {known, open}} {
		v := violation{Violation: pair[0], check: &check.Check{}, shape: &workload.Shape{}}
		v.merge(violation{Violation: pair[1], check: &check.Check{}, shape: &workload.Shape{}})
		if v.Unknown || v.Message != "has" || v.Severity != api.SeverityMedium {
			t.Errorf("merged into %+v", v.Violation)
		}
	}
}
