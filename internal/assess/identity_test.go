package assess

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// itemNamed finds an item.
func itemNamed(t *testing.T, report *api.Report, name string) api.Item {
	t.Helper()
	at := slices.IndexFunc(report.Items, func(i api.Item) bool { return i.Ref.Name == name })
	if at < 0 {
		t.Fatalf("%s is not in the report", name)
	}
	return report.Items[at]
}

func binding(kind, name, role string, subjects string) string {
	roleKind, roleName, _ := strings.Cut(role, " ")
	namespace := ", namespace: shop"
	if kind == "ClusterRoleBinding" {
		namespace = ""
	}
	return "apiVersion: rbac.authorization.k8s.io/v1\nkind: " + kind + "\nmetadata: {name: " + name + namespace + "}\n" +
		"roleRef: {apiGroup: rbac.authorization.k8s.io, kind: " + roleKind + ", name: " + roleName + "}\nsubjects: [" + subjects + "]\n"
}

// TestRolesThatFilesDoNotHold: those that Kubernetes makes are known, of others it is unknown
// what they grant.
func TestRolesThatFilesDoNotHold(t *testing.T) {
	const app, devs = "{kind: ServiceAccount, name: app, namespace: shop}", "{kind: Group, apiGroup: rbac.authorization.k8s.io, name: devs}"
	account := "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: app, namespace: shop}\n"
	builtin := itemNamed(t, assessed(t, Options{}, podWith("", tokenVolume), account,
		binding("ClusterRoleBinding", "all", "ClusterRole cluster-admin", app), binding("RoleBinding", "devs", "ClusterRole edit", devs)), "app")
	if got := outcomesText(builtin); !slices.Contains(got, "cluster critical the cluster") {
		t.Errorf("bound to cluster-admin: %q", got)
	}
	if got := becomersText(builtin); !strings.HasPrefix(got, "Group devs: exec, ") {
		t.Errorf("edit lets nobody in: %q", got)
	}
	absent := itemNamed(t, assessed(t, Options{}, podWith("", tokenVolume), account, binding("RoleBinding", "op", "ClusterRole operator", app)), "app")
	if got := outcomesText(absent); !slices.Contains(got, "cluster ?") {
		t.Errorf("bound to a role that is elsewhere: %q", got)
	}
	want := "what ClusterRole operator grants, which RoleBinding op binds and no file holds"
	if !slices.Contains(absent.Identity.Unknown, want) {
		t.Errorf("unknown: %q", absent.Identity.Unknown)
	}
	for _, f := range absent.Findings {
		if f.Check == "token-needless" || f.Check == "sa-cluster-admin" && f.Status != api.StatusUnknown {
			t.Errorf("%s is %s", f.Check, f.Status)
		}
	}
}

// TestEverybodyIsNotKubernetesItself: a grant to all accounts is one that matters.
func TestEverybodyIsNotKubernetesItself(t *testing.T) {
	for _, group := range []string{"system:authenticated", "system:unauthenticated", "system:serviceaccounts", "system:serviceaccounts:ci"} {
		subject := `{kind: Group, apiGroup: rbac.authorization.k8s.io, name: "` + group + `"}`
		report := assessed(t, Options{Secrets: []api.Ref{{APIVersion: "v1", Kind: "Secret", Namespace: "shop", Name: "db"}}},
			webWithAccount, binding("RoleBinding", "all", "ClusterRole edit", subject))
		if b := report.Items[0].Becomers; len(b) != 1 || b[0].System {
			t.Errorf("%s: becomers %v", group, b)
		}
		if rows := report.Pages[0].Rows; len(rows) == 0 || rows[0].Title != "Group "+group {
			t.Errorf("%s: rows %v", group, rows)
		}
	}
}

// TestLivePodsOfAnotherAccount: a pod keeps the account that it was made with.
func TestLivePodsOfAnotherAccount(t *testing.T) {
	objects := append(forApp(true, `{verbs: ["*"], apiGroups: ["*"], resources: ["*"]}`), strings.ReplaceAll(podWith("", tokenVolume),
		"metadata: {name: app, namespace: shop, uid: \"1\"}",
		"metadata: {name: app, namespace: shop, uid: \"1\", ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web, uid: \"2\", controller: true}]}"),
		"apiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {name: web, namespace: shop}\nspec: {selector: {matchLabels: {a: b}}, template: {spec: {serviceAccountName: weak, automountServiceAccountToken: false, containers: [{name: app, image: app:1}]}}}\n")
	item := itemNamed(t, assessed(t, Options{}, objects...), "web")
	if got := outcomesText(item); !slices.Contains(got, "cluster critical the cluster") {
		t.Errorf("outcomes %q", got)
	}
	if item.Identity.Account != "app" || !slices.Equal(item.Identity.Also, []string{"weak"}) {
		t.Errorf("identity %+v", item.Identity)
	}
}

// TestNeighboursOfOneSpecOnTwoNodes differ by what their nodes support.
func TestNeighboursOfOneSpecOnTwoNodes(t *testing.T) {
	node := func(name, supports string) string {
		return "apiVersion: v1\nkind: Node\nmetadata: {name: " + name + "}\nstatus: {runtimeHandlers: [{name: \"\", features: {userNamespaces: " + supports + "}}]}\n"
	}
	pod := func(name, node, spec string) string {
		return "apiVersion: v1\nkind: Pod\nmetadata: {name: " + name + ", namespace: shop, uid: \"" + name + "\"}\nspec: {nodeName: " + node + ", " + spec + "}\n"
	}
	const root = "hostUsers: false, containers: [{name: c, image: a, securityContext: {privileged: true}}]"
	const quiet = "containers: [{name: c, image: a}]"
	for _, order := range [][]string{{"a", "b"}, {"b", "a"}} {
		report := assessed(t, Options{}, node("one", "true"), node("two", "false"),
			pod(order[0]+"-1", "one", root), pod(order[1]+"-2", "two", root), pod("v1", "one", quiet), pod("v2", "two", quiet))
		if got := becomersText(itemNamed(t, report, "v1")); got != "" {
			t.Errorf("%v: on the node that supports user namespaces: %q", order, got)
		}
		if got := becomersText(itemNamed(t, report, "v2")); got != "root on two: root" {
			t.Errorf("%v: on the other: %q", order, got)
		}
	}
}

func TestReadersBesideGet(t *testing.T) {
	for rule, want := range map[string]string{
		`{verbs: [patch], apiGroups: [""], resources: [secrets]}`:                                        "patch",
		`{verbs: [deletecollection], apiGroups: [""], resources: [secrets]}`:                             "deletecollection",
		`{verbs: [list], apiGroups: [""], resources: [secrets], resourceNames: [""]}`:                    "list",
		`{verbs: [get, patch], apiGroups: [""], resources: [secrets]}`:                                   "get",
		`{verbs: [get], apiGroups: [""], resources: [secrets], resourceNames: [other]}`:                  "",
		`{verbs: [create, update], apiGroups: [""], resources: [secrets]}`:                               "",
		`{verbs: [get, list, watch], apiGroups: [""], resources: [secrets/status]}`:                      "",
		`{verbs: [get, list, watch], apiGroups: [""], resources: [secrets], resourceNames: [db, other]}`: "get list watch",
	} {
		report := assessed(t, Options{Secrets: []api.Ref{{APIVersion: "v1", Kind: "Secret", Namespace: "shop", Name: "db"}}}, append(bound(false, rule), webWithAccount)...)
		got := ""
		for _, r := range report.Pages[0].Rows {
			if r.ID == "reader" {
				got += r.Evidence[0]
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", rule, got, want)
		}
	}
}

func TestOtherTemplatesAndOwners(t *testing.T) {
	for rule, want := range map[string]string{
		`{verbs: [patch], apiGroups: [apps], resources: [deployments], resourceNames: [other]}`: "User ann: patch templates",
		`{verbs: [patch], apiGroups: [apps], resources: [deployments]}`:                         "User ann: patch deployments",
		`{verbs: [patch], apiGroups: [batch], resources: [jobs]}`:                               "",
		`{verbs: [update], apiGroups: [batch], resources: [cronjobs]}`:                          "User ann: patch templates",
		`{verbs: [create], apiGroups: [""], resources: [pods/exec], resourceNames: [none]}`:     "",
	} {
		report := assessed(t, Options{}, append(bound(false, rule), webWithAccount, strings.ReplaceAll(webWithAccount, "name: web, namespace", "name: other, namespace"))...)
		if got := becomersText(itemNamed(t, report, "web")); got != want {
			t.Errorf("%s: %q, want %q", rule, got, want)
		}
	}
}

// TestSeveritiesOfAConfigurationChangeNoOutcome: what is possible stays so.
func TestSeveritiesOfAConfigurationChangeNoOutcome(t *testing.T) {
	pod := podWith(`securityContext: {privileged: true}`, tokenVolume)
	plain := assessed(t, Options{}, pod).Items[0].Outcomes
	changed := assessed(t, Options{Severities: map[string]api.Severity{"privileged": api.SeverityLow}}, pod).Items[0]
	if diff := cmp.Diff(plain, changed.Outcomes); diff != "" {
		t.Error(diff)
	}
	if changed.Findings[slices.IndexFunc(changed.Findings, func(f api.Finding) bool { return f.Check == "privileged" })].Severity != api.SeverityLow {
		t.Error("the severity was not changed")
	}
}

// TestReadersOfTheTokenSecret become the account.
func TestReadersOfTheTokenSecret(t *testing.T) {
	const secret = "apiVersion: v1\nkind: Secret\ntype: kubernetes.io/service-account-token\nmetadata: {name: old, namespace: shop, annotations: {kubernetes.io/service-account.name: web}}\n"
	rule := `{verbs: [get], apiGroups: [""], resources: [secrets], resourceNames: [old]}`
	if got := becomersText(itemNamed(t, assessed(t, Options{}, append(bound(false, rule), webWithAccount, secret)...), "web")); got != "User ann: token secret" {
		t.Errorf("got %q", got)
	}
	other := strings.Replace(secret, "service-account.name: web", "service-account.name: api", 1)
	if got := becomersText(itemNamed(t, assessed(t, Options{}, append(bound(false, rule), webWithAccount, other)...), "web")); got != "" {
		t.Errorf("the token of another: %q", got)
	}
}
