package plugin

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

const editedRole = `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: checkout, namespace: shop}
rules:
- apiGroups: [""]
  resources: [configmaps]
  resourceNames: [checkout-conf]
  verbs: [list, watch]
- {apiGroups: [""], resources: [events], verbs: [create, patch]}
- {apiGroups: [""], resources: [secrets], verbs: [get]}
- {apiGroups: [coordination.k8s.io], resources: [leases], verbs: [create]}
- {apiGroups: [coordination.k8s.io], resources: [leases], resourceNames: [checkout-leader], verbs: [get]}
`

const editedBinding = `---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: checkout, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: checkout}
subjects:
- {kind: ServiceAccount, name: checkout}
`

func TestProve(t *testing.T) {
	workload, _, _ := strings.Cut(shopManifests, "---")
	inDir(t, map[string]string{
		"audit.log": auditLog(t, checkoutEvents()), "edited.yaml": editedRole + editedBinding, "role.yaml": editedRole,
		"empty.yaml": workload, "broken.yaml": "kind: [",
	})
	const want = `no    2 of 15 observed uses of ServiceAccount shop/checkout would be refused
× watch configmaps/checkout-config in shop  1x  edited.yaml:5 names checkout-conf
× update leases/checkout-leader in shop     1x  edited.yaml:12 grants get alone
excess    list configmaps/checkout-conf in shop: never seen
          watch configmaps/checkout-conf in shop: never seen
          get secrets in shop, any name: seen for payment-keys alone
likely    list configmaps/checkout-config in shop: informers start with one watch and fall back to list
judged    edited.yaml alone
          what is in force besides is unknown: no server was asked (--local)
blind     level Metadata: no bodies, so no bind, escalate, signers, SubjectAccessReviews
`
	got := run(t, "", "prove", "-f", "edited.yaml", "--from", "audit.log", "--local")
	if got != (result{want, "", 1}) {
		t.Errorf("exit %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	got = run(t, "", "prove", "-f", "role.yaml", "--serviceaccount", "shop:checkout", "--from", "audit.log", "--local", "-o", "json")
	var proof api.Proof
	if err := json.Unmarshal([]byte(got.stdout), &proof); err != nil || got.code != 1 {
		t.Fatal(err, got)
	}
	if p := proof.Subjects[0]; len(p.Refused) != 2 || p.Observed != 15 || p.Covered != 13 || len(p.Excess) != 3 || p.Granted != 7 {
		t.Errorf("%+v", p)
	}
	for args, want := range map[string]string{
		"-f edited.yaml":                           "--from SOURCE is missing",
		"--from audit.log":                         "-f FILE is missing",
		"-f role.yaml --from audit.log":            "binds its roles to nobody",
		"-f empty.yaml --from audit.log":           "holds no Role",
		"-f broken.yaml --from audit.log":          "broken.yaml:1",
		"-f absent.yaml --from audit.log":          "absent.yaml",
		"-f edited.yaml --from audit.log --user x": "leave out",
		"-f role.yaml --user x --from audit.log":   "nothing by x",
		"-f edited.yaml --from audit.log x":        "prove takes no arguments",
		"-f edited.yaml --from audit.log -o x":     "output format",
	} {
		if got := run(t, "", append([]string{"prove", "--local"}, strings.Fields(args)...)...); got.code != 2 || got.stdout != "" || !strings.Contains(got.stderr, want) {
			t.Errorf("%s: %+v", args, got)
		}
	}
}

// TestProveGenerated: what gen role writes is what prove accepts.
func TestProveGenerated(t *testing.T) {
	inDir(t, map[string]string{"audit.log": auditLog(t, checkoutEvents())})
	role := run(t, "", "gen", "role", "--serviceaccount", "shop:checkout", "--from", "audit.log", "--local")
	got := run(t, role.stdout, "prove", "-f", "-", "--from", "audit.log", "--local")
	if got.code != 0 || got.stdout != "yes   all 15 observed uses of ServiceAccount shop/checkout are allowed\njudged    - alone\nblind     level Metadata: no bodies, so no bind, escalate, signers, SubjectAccessReviews\n" {
		t.Errorf("%+v", got)
	}
}

// TestObserve: Observations take the place of the log.
func TestObserve(t *testing.T) {
	events := checkoutEvents()
	inDir(t, map[string]string{"all.log": auditLog(t, events), "a.log": auditLog(t, events[:9]), "b.log": auditLog(t, events[9:]), "empty.log": ""})
	for from, to := range map[string]string{"a.log": "a.json", "b.log": "b.json"} {
		if got := run(t, "", "observe", "--from", from, "--output-file", to); got.code != 0 || got.stdout != "" || !strings.Contains(got.stderr, "events") {
			t.Fatalf("%+v", got)
		}
	}
	whole := run(t, "", "observe", "--from", "all.log")
	parts := run(t, "", "observe", "--from", "b.json", "--from", "a.json")
	access := func(r result) string { _, after, _ := strings.Cut(r.stdout, `"access"`); return after }
	if access(whole) == "" || access(whole) != access(parts) {
		t.Errorf("%+v\n%+v", whole, parts)
	}
	role := func(from ...string) string {
		args := []string{"gen", "role", "--serviceaccount", "shop:checkout", "--local"}
		for _, f := range from {
			args = append(args, "--from", f)
		}
		_, after, _ := strings.Cut(run(t, "", args...).stdout, "apiVersion")
		return after
	}
	if role("all.log") == "" || role("all.log") != role("a.json", "b.json") || role("all.log") != role("a.log", "b.json") {
		t.Errorf("%s\n%s", role("all.log"), role("a.json", "b.json"))
	}
	for args, want := range map[string]string{
		"observe": "no kubeconfig context is set", "observe --from empty.log": "hold no event", "observe --from x": "no such file", "observe --from a.log x": "no arguments",
	} {
		if got := run(t, "", strings.Fields(args)...); got.code != 2 || got.stdout != "" || !strings.Contains(got.stderr, want) {
			t.Errorf("%s: %+v", args, got)
		}
	}
}
