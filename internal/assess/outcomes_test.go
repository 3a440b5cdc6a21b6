package assess

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

// podWith is a live pod of account app that holds its token.
func podWith(container, pod string) string {
	return fmt.Sprintf(`
apiVersion: v1
kind: Pod
metadata: {name: app, namespace: shop, uid: "1"}
spec:
  nodeName: node-1
  serviceAccountName: app
  %s
  containers:
  - name: app
    image: app:1
    volumeMounts: [{name: kube-api-access, mountPath: /var/run/secrets/kubernetes.io/serviceaccount}]
    %s
`, pod, container)
}

const tokenVolume = `volumes: [{name: kube-api-access, projected: {sources: [{serviceAccountToken: {path: token}}]}}]`

// forApp gives the account app rules.
func forApp(cluster bool, rules string) []string {
	objects := bound(cluster, rules)
	objects[1] = strings.Replace(objects[1], "{kind: User, apiGroup: rbac.authorization.k8s.io, name: ann}", "{kind: ServiceAccount, name: app, namespace: shop}", 1)
	return objects
}

// outcomesText is "ID SEVERITY TEXT" for what is possible, "ID ?" for what is not known and
// "ID no" for the rest.
func outcomesText(item api.Item) []string {
	var out []string
	for _, o := range item.Outcomes {
		switch {
		case o.Possible:
			out = append(out, fmt.Sprintf("%s %s %s", o.ID, o.Severity, o.Text))
		case o.Unknown:
			out = append(out, o.ID+" ?")
		default:
			out = append(out, o.ID+" no")
		}
	}
	return out
}

func TestOutcomes(t *testing.T) {
	everything := `{verbs: ["*"], apiGroups: ["*"], resources: ["*"]}`
	const privileged, admits = `securityContext: {privileged: true}`, "\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
	tests := map[string]struct {
		objects []string
		want    []string
		not     string
	}{
		"nothing": {[]string{podWith("", tokenVolume)}, []string{"node-root no", "rights ?"}, "cluster"},
		"privileged": {
			[]string{podWith(privileged, tokenVolume)}, []string{"node-root critical root on the node", "cluster ?"}, "",
		},
		"privileged in a user namespace that is not known to be supported": {
			[]string{podWith(privileged, tokenVolume+"\n  hostUsers: false")}, []string{"node-root critical root on the node"}, "",
		},
		"cluster-admin": {
			append(forApp(true, everything), podWith("", tokenVolume)),
			[]string{"cluster critical the cluster", "secrets critical every Secret of the cluster"}, "",
		},
		"cluster-admin without a token": {
			append(forApp(true, everything), podWith("", "automountServiceAccountToken: false")),
			[]string{"cluster no", "namespace no", "other-namespaces no", "secrets no"}, "",
		},
		"read Secrets": {
			append(forApp(false, `{verbs: [list], apiGroups: [""], resources: [secrets]}`), podWith("", tokenVolume)),
			[]string{"secrets high every Secret of shop", "cluster ?"}, "",
		},
		"read one Secret": {
			append(forApp(false, `{verbs: [get], apiGroups: [""], resources: [secrets], resourceNames: [db]}`), podWith("", tokenVolume)),
			[]string{"secrets medium Secret db of shop", "cluster ?"}, "",
		},
		"read one Secret that is no token": {
			append(forApp(false, `{verbs: [get], apiGroups: [""], resources: [secrets], resourceNames: [db]}`), podWith("", tokenVolume),
				"apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\n"),
			[]string{"secrets medium Secret db of shop"}, "cluster",
		},
		"read Secrets as another account": {
			append(append(forApp(false, `{verbs: [create], apiGroups: [""], resources: [serviceaccounts/token], resourceNames: [second]}`), podWith("", tokenVolume)),
				"apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: second, namespace: shop}\n"+
					"rules: [{verbs: [get], apiGroups: [\"\"], resources: [secrets]}]\n",
				"apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: second, namespace: shop}\n"+
					"roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: second}\nsubjects: [{kind: ServiceAccount, name: second}]\n"),
			[]string{"secrets high every Secret of shop", "cluster ?"}, "",
		},
		"create pods where privileged ones are let in": {
			append(forApp(false, `{verbs: [create], apiGroups: [""], resources: [pods]}`), podWith("", tokenVolume), admits[5:]),
			[]string{"node-root critical root on a node", "namespace high the workloads of shop"}, "cluster",
		},
		"create pods in a namespace that was not read": {
			append(forApp(false, `{verbs: [create], apiGroups: [""], resources: [pods]}`), podWith("", tokenVolume)),
			[]string{"node-root ?", "namespace high the workloads of shop"}, "cluster",
		},
		"create pods in a restricted namespace": {
			append(forApp(false, `{verbs: [create], apiGroups: [""], resources: [pods]}`), podWith("", tokenVolume),
				"apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: restricted}}\n"),
			[]string{"node-root no", "namespace high the workloads of shop"}, "cluster",
		},
		"a CronJob that goes on": {
			append(forApp(false, `{verbs: [create], apiGroups: [batch], resources: [cronjobs]}`), podWith("", tokenVolume)),
			[]string{"persistence medium what goes on without it", "namespace high the workloads of shop"}, "cluster",
		},
		"elsewhere": {
			append(forApp(true, `{verbs: [get], apiGroups: [""], resources: [pods]}`), podWith("", tokenVolume)),
			[]string{"other-namespaces info some of other namespaces"}, "cluster",
		},
		"root beside a strong account": {
			append(adminAgent(), podWith(privileged, tokenVolume)),
			[]string{"node-root critical root on the node", "cluster critical the cluster", "node-read high what else runs on its nodes"}, "",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			report := assessed(t, Options{}, test.objects...)
			at := slices.IndexFunc(report.Items, func(i api.Item) bool { return i.Ref.Name == "app" })
			got := outcomesText(report.Items[at])
			for _, want := range test.want {
				if !slices.Contains(got, want) {
					t.Errorf("%q is missing in %q", want, got)
				}
			}
			for _, line := range got {
				if test.not != "" && strings.HasPrefix(line, test.not+" ") {
					t.Errorf("%q is there", line)
				}
			}
		})
	}
}

// adminAgent is a pod of a cluster-admin on node-1.
func adminAgent() []string {
	objects := forApp(true, `{verbs: ["*"], apiGroups: ["*"], resources: ["*"]}`)
	objects[1] = strings.Replace(objects[1], "name: app, namespace: shop", "name: agent, namespace: system", 1)
	agent := strings.NewReplacer("name: app, namespace: shop", "name: agent, namespace: system", "serviceAccountName: app", "serviceAccountName: agent").
		Replace(podWith("", tokenVolume))
	return append(objects, agent)
}

func TestHopsNameTheirGrants(t *testing.T) {
	report := assessed(t, Options{}, append(adminAgent(), podWith(`securityContext: {privileged: true}`, tokenVolume))...)
	at := slices.IndexFunc(report.Items, func(i api.Item) bool { return i.Ref.Name == "app" })
	o := report.Items[at].Outcomes[slices.IndexFunc(report.Items[at].Outcomes, func(o api.Outcome) bool { return o.ID == "cluster" })]
	want := []api.Hop{
		{Subject: "root on node-1", Does: "take the tokens of its pods", Becomes: "ServiceAccount system/agent", Via: api.Via{Rules: []int{}}},
		{Subject: "ServiceAccount system/agent", Does: "do everything", Becomes: "cluster-admin", Via: api.Via{
			Binding: "ClusterRoleBinding b", Role: "ClusterRole r", Rules: []int{1}, Subject: "ServiceAccount system/agent",
		}},
	}
	if diff := cmp.Diff(want, o.Hops); diff != "" {
		t.Error(diff)
	}
	if o.Fix != "privileged: false" && !strings.Contains(o.Fix, "privileged") {
		t.Errorf("fix %q", o.Fix)
	}
}

// TestSelectionHidesNoOutcome: what is not reported is possible all the same.
func TestSelectionHidesNoOutcome(t *testing.T) {
	objects := append(forApp(true, `{verbs: ["*"], apiGroups: ["*"], resources: ["*"]}`), podWith(`securityContext: {privileged: true}`, tokenVolume))
	whole := assessed(t, Options{}, objects...).Items[0].Outcomes
	for name, selection := range map[string]Selection{
		"skip":      {Skip: []string{"privileged", "sa-cluster-admin"}},
		"check":     {Checks: []string{"image-mutable"}},
		"container": {Container: "app"},
	} {
		if diff := cmp.Diff(whole, assessed(t, Options{Selection: selection}, objects...).Items[0].Outcomes); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestWhatLeadsOnIsRaised: exec in a namespace whose pods are root on their nodes.
func TestWhatLeadsOnIsRaised(t *testing.T) {
	agent := strings.NewReplacer("namespace: system", "namespace: shop").Replace(privilegedOnNode)
	objects := append(forApp(false, `{verbs: [create], apiGroups: [""], resources: [pods/exec]}`), podWith("", tokenVolume), agent)
	for _, override := range []map[string]api.Severity{nil, {"sa-exec": api.SeverityLow}} {
		report := assessed(t, Options{Severities: override}, objects...)
		at := slices.IndexFunc(report.Items, func(i api.Item) bool { return i.Ref.Name == "app" })
		f := report.Items[at].Findings[slices.IndexFunc(report.Items[at].Findings, func(f api.Finding) bool { return f.Check == "sa-exec" })]
		want := "critical +1: leads to root on node-1"
		if override != nil {
			want = "low "
		}
		if got := string(f.Severity) + " " + f.Modifier; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestServiceAccountPage(t *testing.T) {
	account := "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: app, namespace: shop, annotations: {accept.kubectl-harden.dev/sa-secrets: known}}\n"
	objects := append(forApp(false, `{verbs: [list], apiGroups: [""], resources: [secrets]}`), podWith("", tokenVolume), account)
	inv := inventory(t, decode(t, objects...))
	ref := api.Ref{APIVersion: "v1", Kind: "ServiceAccount", Namespace: "shop", Name: "app"}
	report := Report(inv, Options{Accounts: []api.Ref{ref}, Selection: Selection{Workloads: []api.Ref{}}})
	if len(report.Items) != 1 || report.Items[0].Ref != ref {
		t.Fatalf("items: %v", report.Items)
	}
	item := report.Items[0]
	if diff := cmp.Diff([]string{"sa-secrets  high"}, checksOf(item)); diff != "" {
		t.Error(diff)
	}
	if item.Findings[0].Status != api.StatusAccepted {
		t.Errorf("the annotation of the account is not honoured: %v", item.Findings[0])
	}
	if len(item.Identity.UsedBy) != 1 || item.Identity.UsedBy[0].Name != "app" {
		t.Errorf("used by %v", item.Identity.UsedBy)
	}
	if got := outcomesText(item); got[0] != "secrets high every Secret of shop" {
		t.Errorf("outcomes: %q", got)
	}
}

// TestGoatHasOutcomes: who holds a dangerous power gets something, or it is not known what; who
// holds none gets nothing that matters.
func TestGoatHasOutcomes(t *testing.T) {
	files, err := filepath.Glob("../rbac/testdata/goat/*.yaml")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d scenarios: %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, found := strings.Cut(string(text), "# account ")
		account, _, _ := strings.Cut(rest, "\n")
		namespace, name, _ := strings.Cut(strings.TrimSpace(account), "/")
		if !found {
			continue
		}
		objects, problems, err := cluster.Load(t.Context(), cluster.LoadOptions{Filenames: []string{file}})
		if err != nil || len(problems) > 0 {
			t.Fatalf("%s: %v %v", file, err, problems)
		}
		inv := cluster.NewInventory()
		inv.AddAll(objects)
		if _, minor, versioned := strings.Cut(string(text), "# minor "); versioned {
			inv.Server = "v1." + strings.Fields(minor)[0] + ".0"
		}
		ref := api.Ref{APIVersion: "v1", Kind: kindServiceAccount, Namespace: namespace, Name: name}
		item := Report(inv, Options{Accounts: []api.Ref{ref}, Selection: Selection{Workloads: []api.Ref{}}}).Items[0]
		gets := slices.ContainsFunc(item.Outcomes, func(o api.Outcome) bool {
			return (o.Possible || o.Unknown) && o.Severity.AtLeast(api.SeverityMedium)
		})
		// What is bound or impersonated has no rights to speak of.
		nothingGained := slices.Contains([]string{"bind-harmless-role.yaml", "impersonate-extra.yaml", "impersonate-node-without-pods.yaml"}, filepath.Base(file))
		harmless := nothingGained || onlyLesser(string(text))
		// What a role grants that no file holds is not known.
		notKnown := strings.Contains(file, "absent-role")
		if gets == harmless && !notKnown {
			t.Errorf("%s: %q", filepath.Base(file), outcomesText(item))
		}
	}
}

// onlyLesser tells a scenario that wants no power that is a danger by itself.
func onlyLesser(text string) bool {
	for line := range strings.SplitSeq(text, "\n") {
		if kind, is := strings.CutPrefix(line, "# want "); is && !rbac.PowerKind(strings.Fields(kind)[0]).Lesser() {
			return false
		}
	}
	return true
}
