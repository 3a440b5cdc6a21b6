package compare_test

import (
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/compare"
)

// accepting is a baseline of a manifest with an acceptance of its own.
func accepting(t *testing.T, manifest, finding, expires string) *compare.Posture {
	t.Helper()
	b, _ := compare.Baseline(posture(t, "b.yaml", manifest), nil)
	b.Accepted = append(b.Accepted, api.BaselineAcceptance{
		Ref: "apps/Deployment/shop/web", Finding: finding, Reason: "SEC-12", Owner: "team-shop", Expires: expires,
	})
	p, err := compare.OfBaseline(b)
	if err != nil {
		t.Fatal(err)
	}
	p.Name = "b.yaml"
	return p
}

func TestAcceptances(t *testing.T) {
	writable := edit(t, strict, "readOnlyRootFilesystem: true, ", "")
	annotated := func(text string) string {
		return edit(t, writable, "{name: web, namespace: shop}", `{name: web, namespace: shop, annotations: {accept.kubectl-harden.dev/rootfs-writable: "`+text+`"}}`)
	}
	const finding = "rootfs-writable main:app"
	for name, tt := range map[string]struct {
		was    *compare.Posture
		now    string
		ignore bool
		want   string
		text   string
		fails  bool
	}{
		"in the baseline":           {accepting(t, strict, finding, ""), writable, false, "accepted low deploy/web rootfs-writable app", "in the baseline", false},
		"on its last day":           {accepting(t, strict, finding, "2026-11-20"), writable, false, "accepted low deploy/web rootfs-writable app", "in the baseline, until 2026-11-20", false},
		"expired":                   {accepting(t, strict, finding, "2026-11-19"), writable, false, "expired low deploy/web rootfs-writable app", "accepted in the baseline until 2026-11-19", true},
		"expired, there before":     {accepting(t, writable, finding, "2026-11-19"), writable, false, "expired low deploy/web rootfs-writable app", "accepted in the baseline until 2026-11-19", true},
		"there before":              {accepting(t, writable, finding, "2027-01-31"), writable, false, "accepted low deploy/web rootfs-writable app", "in the baseline, until 2027-01-31", false},
		"ignored":                   {accepting(t, strict, finding, ""), writable, true, "new low deploy/web rootfs-writable app", "", true},
		"by annotation":             {posture(t, "b.yaml", strict), annotated("SEC-12; until=2027-01-31"), false, "accepted low deploy/web rootfs-writable app", "by annotation, until 2027-01-31", false},
		"by annotation, expired":    {posture(t, "b.yaml", strict), annotated("SEC-12; until=2026-01-31"), false, "expired low deploy/web rootfs-writable app", "accepted by annotation until 2026-01-31", true},
		"by annotation, ignored":    {posture(t, "b.yaml", strict), annotated("SEC-12"), true, "new low deploy/web rootfs-writable app", "", true},
		"of the container, renamed": {accepting(t, writable, finding, ""), edit(t, writable, "- name: app", "- name: main"), false, "accepted low deploy/web rootfs-writable main", "in the baseline", false},
		"of another container":      {accepting(t, strict, "rootfs-writable main:other", ""), writable, false, "new low deploy/web rootfs-writable app", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			c := changesWith(t, tt.was, posture(t, "now", tt.now), compare.Options{Now: clock, IgnoreAcceptances: tt.ignore})
			expect(t, c, tt.want)
			if len(c.Changes) == 1 && c.Changes[0].Text != tt.text {
				t.Errorf("%q, want %q", c.Changes[0].Text, tt.text)
			}
			if got := compare.Fails(c, api.SeverityLow, true); got != tt.fails {
				t.Errorf("fails: %v", got)
			}
		})
	}
}

// TestUnusedAcceptance: one that matches nothing is told, and kept by --update.
func TestUnusedAcceptance(t *testing.T) {
	was := accepting(t, strict, "rootfs-writable main:app", "")
	now := posture(t, "now", strict)
	if c := changesOf(t, was, now); len(c.Notes) != 1 || !strings.Contains(c.Notes[0], "matches nothing") {
		t.Errorf("%q", c.Notes)
	}
	b, notes := compare.Baseline(now, was)
	if len(b.Accepted) != 1 || len(notes) != 1 {
		t.Errorf("%v %q", b.Accepted, notes)
	}
}

// TestWorseThanAccepted: what became worse since it was accepted is told.
func TestWorseThanAccepted(t *testing.T) {
	b, _ := compare.Baseline(posture(t, "b", edit(t, strict, "readOnlyRootFilesystem: true, ", "")), nil)
	b.Accepted = append(b.Accepted, api.BaselineAcceptance{Ref: "apps/Deployment/shop/web", Finding: "rootfs-writable main:app", Reason: "r", Owner: "o"})
	was, err := compare.OfBaseline(b)
	if err != nil {
		t.Fatal(err)
	}
	report := judged(t, edit(t, strict, "readOnlyRootFilesystem: true, ", ""))
	for i := range report.Items[0].Findings {
		if f := &report.Items[0].Findings[i]; f.Check == "rootfs-writable" {
			f.Severity, f.Modifier = api.SeverityMedium, "+1: because"
		}
	}
	c := changesOf(t, was, compare.OfReport(report))
	expect(t, c, "worsened medium deploy/web rootfs-writable app")
	if len(c.Changes) == 1 && c.Changes[0].Text != "was low; +1: because; accepted as it was" {
		t.Errorf("%q", c.Changes[0].Text)
	}
}
