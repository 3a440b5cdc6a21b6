package assess

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
)

// may gives an account of shop one rule in a namespace, or in the whole cluster.
func may(account, namespace, rule string) []string {
	kind, where := "ClusterRole", ""
	if namespace != "" {
		kind, where = "Role", ", namespace: "+namespace
	}
	const group = "apiVersion: rbac.authorization.k8s.io/v1\n"
	return []string{
		fmt.Sprintf("%skind: %s\nmetadata: {name: of-%s%s}\nrules: [%s]\n", group, kind, account, where, rule),
		fmt.Sprintf("%skind: %sBinding\nmetadata: {name: of-%s%s}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: %s, name: of-%s}\n"+
			"subjects: [{kind: ServiceAccount, name: %s, namespace: shop}]\n", group, kind, account, where, kind, account, account),
	}
}

const guardedShop = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: baseline}}\n"

// TestReach: of an account asked for by itself.
func TestReach(t *testing.T) {
	const exec, pods = `{verbs: [create], apiGroups: [""], resources: [pods/exec]}`, `{verbs: [create], apiGroups: [""], resources: [pods]}`
	mint := may("app", "shop", `{verbs: [create], apiGroups: [""], resources: [serviceaccounts/token], resourceNames: [second]}`)
	open := strings.Replace(guardedShop, "baseline", "privileged", 1)
	tests := map[string]struct {
		objects []string
		want    cluster.Reach
	}{
		"nothing":                     {may("app", "shop", `{verbs: [get], apiGroups: [""], resources: [pods]}`), nil},
		"exec elsewhere":              {may("app", "stock", exec), cluster.Reach{"stock"}},
		"mint then exec":              {append(mint, may("second", "stock", exec)...), cluster.Reach{"shop", "stock"}},
		"pods under guard":            {append(may("app", "shop", pods), guardedShop), cluster.Reach{"shop"}},
		"privileged pods":             {append(may("app", "shop", pods), open), cluster.Reach{""}},
		"certificates of nodes":       {may("app", "", `{verbs: ["*"], apiGroups: [certificates.k8s.io], resources: ["*"]}`), cluster.Reach{""}},
		"a node's name":               {may("app", "", `{verbs: [impersonate], apiGroups: [""], resources: [users], resourceNames: ["system:node:n1"]}`), cluster.Reach{""}},
		"the rights of another user":  {append(may("app", "", `{verbs: [impersonate], apiGroups: [""], resources: [users], resourceNames: [ann]}`), bound(false, exec)...), cluster.Reach{"shop"}},
		"everything leads no further": {may("app", "", `{verbs: ["*"], apiGroups: ["*"], resources: ["*"]}`), nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inv := inventory(t, decode(t, test.objects...))
			got := Reach(inv, api.Ref{APIVersion: "v1", Kind: kindServiceAccount, Namespace: "shop", Name: "app"})
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestNamedPodsAreFollowed: also where pods of one workload are alike.
func TestNamedPodsAreFollowed(t *testing.T) {
	pod := func(name, account string) string {
		return strings.NewReplacer("name: app, namespace", "name: "+name+", namespace", "serviceAccountName: app", "serviceAccountName: "+account,
			`uid: "1"}`, `uid: "`+name+`", ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: web, uid: u, controller: true}]}`).
			Replace(podWith("", tokenVolume))
	}
	admin := may("admin", "", `{verbs: ["*"], apiGroups: ["*"], resources: ["*"]}`)
	for name, want := range map[string]string{"web-0": "cluster critical the cluster", "web-1": "cluster critical the cluster", "web-2": "cluster ?"} {
		rule := `{verbs: [create], apiGroups: [""], resources: [pods/exec], resourceNames: [` + name + `]}`
		objects := slices.Concat(may("app", "shop", rule), admin, []string{podWith("", tokenVolume), pod("web-0", "admin"), pod("web-1", "admin")})
		report := assessed(t, Options{}, objects...)
		at := slices.IndexFunc(report.Items, func(i api.Item) bool { return i.Ref.Name == "app" })
		if got := outcomesText(report.Items[at]); !slices.Contains(got, want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}
