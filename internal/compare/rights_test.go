package compare_test

import (
	"slices"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/compare"
)

// TestPowers: a finding about rights that becomes wider is worsened, not gone and new.
func TestPowers(t *testing.T) {
	mounted := edit(t, strict, "automountServiceAccountToken: false", "automountServiceAccountToken: true")
	less := mounted + rights(`{apiGroups: [""], resources: [secrets], verbs: [get]}`)
	more := mounted + rights(`{apiGroups: [""], resources: [secrets], verbs: [get, list]}`)
	c := changesOf(t, posture(t, "was", less), posture(t, "now", more))
	expect(t, c, "worsened high deploy/web sa-secrets get,list/secrets")
	if len(c.Changes) == 1 && c.Changes[0].Text != "was get/secrets" {
		t.Errorf("%q", c.Changes[0].Text)
	}
	expect(t, changesOf(t, posture(t, "now", more), posture(t, "was", less)), "improved high deploy/web sa-secrets get/secrets")
}

// TestNewFindingSaysWhatWas: where a right becomes dangerous, what it was is told with the finding.
func TestNewFindingSaysWhatWas(t *testing.T) {
	mounted := edit(t, strict, "automountServiceAccountToken: false", "automountServiceAccountToken: true")
	was := mounted + rights(`{apiGroups: [""], resources: [pods], verbs: [get]}`)
	now := mounted + rights(`{apiGroups: [""], resources: [pods], verbs: [get, create]}`)
	for _, change := range changesOf(t, posture(t, "was", was), posture(t, "now", now)).Changes {
		if change.Check == "sa-create-pods" && (change.State != api.ChangeNew || change.Text != "was get pods in shop") {
			t.Errorf("%s %q", change.State, change.Text)
		}
		if change.Fact != "" {
			t.Errorf("told twice: %s", change.Fact)
		}
	}
}

// TestProtections: a protection that goes is worsened, and one that comes improved.
func TestProtections(t *testing.T) {
	with := edit(t, strict, "      serviceAccountName: web\n", "      serviceAccountName: web\n      hostUsers: false\n      runtimeClassName: gvisor\n")
	expect(t, changesOf(t, posture(t, "was", with), posture(t, "now", strict)),
		"worsened low deploy/web runtime-class gvisor", "worsened low deploy/web user-namespace")
	expect(t, changesOf(t, posture(t, "was", strict), posture(t, "now", with)),
		"improved low deploy/web runtime-class gvisor", "improved low deploy/web user-namespace")
}

// TestAccount: another account is a fact and no more.
func TestAccount(t *testing.T) {
	expect(t, changesOf(t, posture(t, "was", strict), posture(t, "now", edit(t, strict, "serviceAccountName: web", "serviceAccountName: other"))),
		"new info deploy/web account other", "resolved info deploy/web account web")
}

// TestAccountOfFiles: files do not hold what a cluster grants, which is the same for one account alone.
func TestAccountOfFiles(t *testing.T) {
	web := edit(t, strict, "automountServiceAccountToken: false", "automountServiceAccountToken: true")
	other := edit(t, web, "serviceAccountName: web", "serviceAccountName: other")
	for _, granted := range []string{"", rights(`{apiGroups: [""], resources: [pods], verbs: [get]}`)} {
		was, now := posture(t, "was", web+granted), posture(t, "now", other+granted)
		for _, c := range []*api.Changes{changesOf(t, was, now), changesOf(t, now, was), changesOf(t, written(t, was), written(t, now))} {
			if lines := told(c); !slices.Contains(lines, "incomparable low deploy/web unknown right") || !compare.Fails(c, api.SeverityLow, true) {
				t.Errorf("%q", lines)
			}
		}
	}
}

// TestSELinux: a stricter option is no wider one.
func TestSELinux(t *testing.T) {
	at := "        securityContext: {allow"
	expect(t, changesOf(t, posture(t, "was", strict), posture(t, "now", edit(t, strict, at, "        securityContext: {seLinuxOptions: {level: \"s0:c1\", type: container_t}, allow"))))
	expect(t, changesOf(t, posture(t, "was", strict), posture(t, "now", edit(t, strict, at, "        securityContext: {seLinuxOptions: {type: spc_t}, allow"))),
		"new high deploy/web selinux-options app type")
}
