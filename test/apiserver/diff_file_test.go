package apiserver_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

func manifestFile(t *testing.T, content string) string { return written(t, "new.yaml", content) }

// diffShop is a workload with what surrounds it.
const diffShop = `apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: NS}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: NS}
spec: {type: LoadBalancer, selector: {app: front}, ports: [{port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: NS}
spec: {podSelector: {matchLabels: {app: front}}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: web, namespace: NS}
rules: [{apiGroups: [""], resources: [configmaps], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: web, namespace: NS}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: web}
subjects: [{kind: ServiceAccount, name: web, namespace: NS}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: front, namespace: NS}
spec:
  selector: {matchLabels: {app: front}}
  template:
    metadata: {labels: {app: front}}
    spec:
      serviceAccountName: web
      containers: [{name: app, image: "registry.example/front:1", ports: [{containerPort: 80}]}]
`

func setUpShop(t *testing.T, namespace string) (*testkit.ControlPlane, string) {
	t.Helper()
	control := setUp(t, namespace)
	manifest := strings.ReplaceAll(diffShop, "NS", namespace)
	control.Kubectl(t, manifest, "apply", "-f", "-")
	testkit.WaitFor(t, "the pod of front", func() error {
		if control.Kubectl(t, "", "get", "pods", "-n", namespace, "-l", "app=front", "-o", "name") == "" {
			return fmt.Errorf("there is none")
		}
		return nil
	})
	return control, manifest
}

func TestDiffFile(t *testing.T) {
	control, manifest := setUpShop(t, "diff-file")
	opts := asAdmin(control)
	// What is live, written again, changes nothing.
	same := manifestFile(t, manifest+"---\n"+workloads("diff-file"))
	got := changesOf(t, opts, 0, "-f", same)
	wantChanges(t, got)
	if got.Summary.Workloads != 9 || got.Summary.Unchanged == 0 || got.Posture != same || got.Baseline != "live" {
		t.Errorf("%+v of %s and %s", got.Summary, got.Baseline, got.Posture)
	}
	if text := diff(t, opts, "-f", same); text.Code != 0 || text.Stdout != "" || !strings.HasPrefix(text.Stderr, "nothing changed, ") {
		t.Errorf("%+v", text)
	}
	tests := map[string]struct {
		old, new string
		code     int
		want     []string
	}{
		"a setting": {"image: \"registry.example/front:1\"", "image: \"registry.example/front:1\", securityContext: {privileged: true}", 1, []string{"new privileged of front"}},
		"a right": {"resources: [configmaps], verbs: [get]", "resources: [secrets], verbs: [get, list]", 1,
			[]string{"new sa-secrets of front", "worsened token-mounted of front"}},
		"a policy":      {"podSelector: {matchLabels: {app: front}}, ingress: [", "podSelector: {matchLabels: {app: front}}, ingress: [{}, ", 1, nil},
		"an account":    {"serviceAccountName: web", "serviceAccountName: none", 1, []string{"new secret-optional-missing of front"}},
		"a new one":     {"metadata: {name: front,", "metadata: {name: fresh,", 1, nil},
		"an exposition": {"type: LoadBalancer", "type: ClusterIP", 0, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(manifest, test.old, test.new, 1)
			if changed == manifest {
				t.Fatal("nothing was replaced")
			}
			got := changesOf(t, opts, test.code, "-f", manifestFile(t, changed))
			if len(got.Changes) == 0 {
				t.Errorf("nothing changed: %+v", got.Summary)
			}
			for _, want := range test.want {
				if !strings.Contains(strings.Join(said(got), "\n"), want) {
					t.Errorf("%q is not in %q", want, said(got))
				}
			}
			for _, c := range got.Changes {
				if c.State == api.ChangeIncomparable {
					t.Errorf("%s %s %s: %s", c.State, c.Check, c.Fact, c.Text)
				}
			}
		})
	}
}

// TestDiffFileOfSurroundings changes what is around a workload that the file does not hold.
func TestDiffFileOfSurroundings(t *testing.T) {
	control, _ := setUpShop(t, "diff-around")
	opts := asAdmin(control)
	file := manifestFile(t, `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: diff-around}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: web, namespace: diff-around}]
`)
	got := changesOf(t, opts, 1, "-f", file)
	if got.Changes[0].Ref.Name != "front" || got.Summary.Workloads != 1 || got.Changes[0].Severity != api.SeverityCritical {
		t.Errorf("%+v: %q", got.Summary, said(got))
	}
	if s := said(got); strings.Contains(strings.Join(s, " "), "incomparable") {
		t.Errorf("%q", s)
	}
}

// TestDiffFileOfAggregatedRole: a ClusterRole whose label has view take its rules reaches whoever is
// bound to view. It is in no namespace: that of the context, of -n or all are looked at.
func TestDiffFileOfAggregatedRole(t *testing.T) {
	control, _ := setUpShop(t, "diff-aggregated")
	opts := asAdmin(control)
	control.Kubectl(t, "", "create", "rolebinding", "viewer", "-n", "diff-aggregated", "--clusterrole=view", "--serviceaccount=diff-aggregated:web")
	role := func(name, label string) string {
		return manifestFile(t, "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: "+name+", labels: {"+label+": 'true'}}\n"+
			"rules: [{apiGroups: [''], resources: [secrets], verbs: [get, list]}]\n")
	}
	to := role("diff-aggregated", "rbac.authorization.k8s.io/aggregate-to-view")
	for _, where := range [][]string{{"-n", "diff-aggregated"}, {"-A"}} {
		got := changesOf(t, opts, 1, append(where, "-f", to)...)
		if text := strings.Join(said(got), "\n"); !strings.Contains(text, "new sa-secrets of front") || got.Summary.Incomparable > 0 {
			t.Errorf("%v: %s", where, text)
		}
	}
	wantChanges(t, changesOf(t, opts, 0, "-n", "diff-aggregated", "-f", role("diff-aggregated", "to-nothing")))
	// What it does elsewhere is not looked at without -A, and said so.
	const elsewhereNote = "note: ClusterRole diff-aggregated may be about any namespace, and was looked at in default alone: -A looks at all\n"
	if elsewhere := diff(t, opts, "-f", to); elsewhere.Code != 0 || !strings.HasPrefix(elsewhere.Stderr, "nothing changed, ") || !strings.HasSuffix(elsewhere.Stderr, elsewhereNote) {
		t.Errorf("%+v", elsewhere)
	}
	account := manifestFile(t, "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: other, namespace: default}\n")
	if both := diff(t, opts, "-f", to, "-f", account); both.Code != 0 || !strings.HasSuffix(both.Stderr, elsewhereNote) {
		t.Errorf("%+v", both)
	}
	got := changesOf(t, opts, 1, "-A", "-f", to, "-f", account)
	if text := strings.Join(said(got), "\n"); !strings.Contains(text, "new sa-secrets of front") || len(got.Notes) > 0 {
		t.Errorf("%s, notes %q", text, got.Notes)
	}
}

// TestDiffFileOfNewNamespaceAccount: the account default of a namespace that the file brings is made by
// a controller.
func TestDiffFileOfNewNamespaceAccount(t *testing.T) {
	control := shared.Get(t)
	file := manifestFile(t, "apiVersion: v1\nkind: Namespace\nmetadata: {name: diff-brought}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: diff-brought}\nspec: {containers: [{name: a, image: a}]}\n")
	if text := strings.Join(said(changesOf(t, asAdmin(control), 1, "-f", file)), "\n"); strings.Contains(text, "secret-optional-missing") {
		t.Error(text)
	}
}

func TestDiffFileOfNewNamespace(t *testing.T) {
	control := shared.Get(t)
	file := manifestFile(t, strings.ReplaceAll(diffShop, "NS", "diff-nowhere"))
	got := changesOf(t, asAdmin(control), 1, "-f", file)
	if got.Summary.New == 0 || got.Summary.Incomparable+got.Summary.Resolved > 0 {
		t.Errorf("%+v", got.Summary)
	}
}

// TestDiffFileWithBaseline judges a file where it will be, and compares that with what was agreed on.
func TestDiffFileWithBaseline(t *testing.T) {
	control, manifest := setUpShop(t, "diff-agreed")
	opts := asAdmin(control)
	base := manifestFile(t, explain(t, opts, "-n", "diff-agreed", "-o", "json").Stdout)
	got := changesOf(t, opts, 0, "-f", manifestFile(t, manifest), "--baseline", base)
	if s := got.Summary; s.New+s.Worsened+s.Resolved+s.Incomparable > 0 || s.Workloads != 1 || s.Unchanged == 0 {
		t.Errorf("%+v: %q, %q", s, said(got), got.Notes)
	}
	wider := strings.Replace(manifest, "resources: [configmaps]", "resources: [secrets]", 1)
	if text := strings.Join(said(changesOf(t, opts, 1, "-f", manifestFile(t, wider), "--baseline", base)), "\n"); !strings.Contains(text, "new sa-secrets of front") {
		t.Error(text)
	}
	live := changesOf(t, opts, 0, "-n", "diff-agreed", "--baseline", base)
	wantChanges(t, live)
	control.Kubectl(t, "", "patch", "deploy/front", "-n", "diff-agreed", "-p", addCapability)
	if got := diff(t, opts, "-n", "diff-agreed", "--baseline", base); got.Code != 1 || !strings.Contains(got.Stdout, "caps-added-escape") {
		t.Errorf("%+v", got)
	}
}

// TestDiffFileOfCustomKind compares a custom object without pods with the one that is there.
func TestDiffFileOfCustomKind(t *testing.T) {
	control := setUp(t, "diff-custom")
	control.Kubectl(t, rolloutDefinition, "apply", "-f", "-")
	control.Kubectl(t, "", "wait", "--for=condition=Established", "crd/rollouts.example.com")
	rollout := `{"apiVersion": "example.com/v1alpha1", "kind": "Rollout", "metadata": {"name": "shop", "namespace": "diff-custom"},
"spec": {"replicas": 0, "template": {"spec": {"containers": [{"name": "app", "image": "app"}]}}}}`
	control.Kubectl(t, rollout, "apply", "-f", "-")
	opts := asAdmin(control)
	same := changesOf(t, opts, 0, "-f", manifestFile(t, rollout))
	wantChanges(t, same)
	if same.Summary.Workloads != 1 || same.Summary.Unchanged == 0 {
		t.Errorf("%+v", same.Summary)
	}
	unknown := changesOf(t, opts, 1, "-f", manifestFile(t, strings.ReplaceAll(rollout, "example.com", "never.installed.example")))
	if unknown.Summary.New == 0 || unknown.Summary.Incomparable > 0 {
		t.Errorf("%+v: %q", unknown.Summary, said(unknown))
	}
	worse := changesOf(t, opts, 1, "-f", manifestFile(t, strings.Replace(rollout, `"image": "app"`, `"image": "app", "securityContext": {"privileged": true}`, 1)))
	if text := strings.Join(said(worse), "\n"); !strings.Contains(text, "new privileged of shop") || worse.Summary.Incomparable > 0 {
		t.Error(text)
	}
}
