package api

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSeverities(t *testing.T) {
	if !SeverityCritical.AtLeast(SeverityHigh) || SeverityLow.AtLeast(SeverityMedium) || !SeverityInfo.AtLeast(SeverityInfo) {
		t.Error("severities are not ordered")
	}
	steps := map[Severity]Severity{
		SeverityMedium.Step(1): SeverityHigh, SeverityMedium.Step(-1): SeverityLow,
		SeverityCritical.Step(1): SeverityCritical, SeverityInfo.Step(-1): SeverityInfo,
	}
	for got, want := range steps {
		if got != want {
			t.Errorf("a step leads to %s, want %s", got, want)
		}
	}
	if s, err := ParseSeverity("HIGH"); err != nil || s != SeverityHigh {
		t.Errorf("HIGH is %q, %v", s, err)
	}
	if _, err := ParseSeverity("worst"); err == nil {
		t.Error("worst is taken for a severity")
	}
}

func TestCountLeavesPassesOut(t *testing.T) {
	got := Count([]Finding{
		{Severity: SeverityHigh, Status: StatusFail}, {Severity: SeverityHigh, Status: StatusPass},
		{Severity: SeverityHigh, Status: StatusUnknown}, {Severity: SeverityCritical, Status: StatusAccepted},
	})
	if diff := cmp.Diff(Counts{High: 1, Unknown: 1, Accepted: 1}, got); diff != "" {
		t.Error(diff)
	}
}

// TestFingerprint holds the value itself: it is compared with what was written long ago.
func TestFingerprint(t *testing.T) {
	ref := Ref{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "checkout"}
	const want = "9ad514be9316e823a239eade88dc8fc15d98947b2bec05de50b0a8617a0c9db0"
	if got := Fingerprint("caps-not-dropped", ref, "main:app", ""); got != want {
		t.Errorf("got %s", got)
	}
	newer := ref
	newer.APIVersion = "apps/v2"
	if Fingerprint("caps-not-dropped", newer, "main:app", "") != want {
		t.Error("the version of the API changes a fingerprint")
	}
	if Fingerprint("c", ref, "a|b", "") == Fingerprint("c", ref, "a", "b|") {
		t.Error("a separator in a name makes two findings one")
	}
	slashed := Ref{APIVersion: "apps/v1", Kind: "Deployment/shop", Namespace: "checkout"}
	if Fingerprint("caps-not-dropped", slashed, "main:app", "") == want {
		t.Error("a slash in a name makes two objects one")
	}
}

func TestSortFindings(t *testing.T) {
	findings := []Finding{
		{Check: "b", Severity: SeverityLow, Status: StatusFail}, {Check: "a", Severity: SeverityCritical, Status: StatusAccepted},
		{Check: "c", Severity: SeverityHigh, Status: StatusUnknown}, {Check: "a", Severity: SeverityLow, Status: StatusFail, Container: "x"},
		{Check: "d", Severity: SeverityHigh, Status: StatusFail},
	}
	SortFindings(findings)
	var order []string
	for _, f := range findings {
		order = append(order, string(f.Status)+" "+f.Check)
	}
	if want := []string{"fail d", "fail a", "fail b", "unknown c", "accepted a"}; !slices.Equal(order, want) {
		t.Errorf("%v", order)
	}
}

func TestEmptyListsAreWritten(t *testing.T) {
	data, err := json.Marshal(NewReport())
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"items", "namespaces", "unknown"} {
		if string(fields[name]) != "[]" {
			t.Errorf("%s is %s", name, fields[name])
		}
	}
}
