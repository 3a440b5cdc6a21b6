package assess

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

const webWithAccount = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    spec: {serviceAccountName: web, containers: [{name: app, image: app:1}]}
`

// bound gives User ann rules in shop, or in the whole cluster.
func bound(cluster bool, rules string) []string {
	role, binding, namespace := "Role", "RoleBinding", ", namespace: shop"
	if cluster {
		role, binding, namespace = "ClusterRole", "ClusterRoleBinding", ""
	}
	const group = "apiVersion: rbac.authorization.k8s.io/v1\n"
	return []string{
		fmt.Sprintf("%skind: %s\nmetadata: {name: r%s}\nrules: [%s]\n", group, role, namespace, rules),
		fmt.Sprintf("%skind: %s\nmetadata: {name: b%s}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: %s, name: r}\n"+
			"subjects: [{kind: User, apiGroup: rbac.authorization.k8s.io, name: ann}]\n", group, binding, namespace, role),
	}
}

// TestWaysToBecomeAWorkload gives one rule to somebody who then can become web, or cannot.
func TestWaysToBecomeAWorkload(t *testing.T) {
	tests := map[string]struct {
		rule    string
		cluster bool
		want    string
	}{
		"everything":           {`{verbs: ["*"], apiGroups: ["*"], resources: ["*"]}`, true, "everything"},
		"everything here":      {`{verbs: ["*"], apiGroups: ["*"], resources: ["*"]}`, false, "everything"},
		"exec":                 {`{verbs: [create], apiGroups: [""], resources: [pods/exec]}`, false, "exec"},
		"exec everywhere":      {`{verbs: [create], apiGroups: [""], resources: [pods/exec]}`, true, "exec"},
		"exec by get":          {`{verbs: [get], apiGroups: [""], resources: [pods/exec]}`, false, ""},
		"exec by a star":       {`{verbs: ["*"], apiGroups: [""], resources: ["*/exec"]}`, false, "exec"},
		"no pods/*":            {`{verbs: ["*"], apiGroups: [""], resources: ["pods/*"]}`, false, ""},
		"attach":               {`{verbs: [create], apiGroups: [""], resources: [pods/attach]}`, false, "attach"},
		"debug":                {`{verbs: [patch], apiGroups: [""], resources: [pods/ephemeralcontainers]}`, false, "debug"},
		"patch pods":           {`{verbs: [patch], apiGroups: [""], resources: [pods]}`, false, "patch pods"},
		"patch":                {`{verbs: [patch], apiGroups: [apps], resources: [deployments]}`, false, "patch deployments"},
		"update this one":      {`{verbs: [update], apiGroups: [apps], resources: [deployments], resourceNames: [web]}`, false, "patch deployments"},
		"patch another":        {`{verbs: [patch], apiGroups: [apps], resources: [deployments], resourceNames: [api]}`, false, ""},
		"another group":        {`{verbs: [patch], apiGroups: [extensions], resources: [deployments]}`, false, ""},
		"scale":                {`{verbs: [patch], apiGroups: [apps], resources: [deployments/scale]}`, false, ""},
		"token":                {`{verbs: [create], apiGroups: [""], resources: [serviceaccounts/token]}`, false, "token"},
		"token of this one":    {`{verbs: [create], apiGroups: [""], resources: [serviceaccounts/token], resourceNames: [web]}`, false, "token"},
		"token of another":     {`{verbs: [create], apiGroups: [""], resources: [serviceaccounts/token], resourceNames: [api]}`, false, ""},
		"impersonate":          {`{verbs: [impersonate], apiGroups: [""], resources: [serviceaccounts]}`, false, "impersonate"},
		"impersonate the user": {`{verbs: [impersonate], apiGroups: [""], resources: [users], resourceNames: ["system:serviceaccount:shop:web"]}`, true, "impersonate"},
		"impersonate another":  {`{verbs: [impersonate], apiGroups: [""], resources: [users], resourceNames: [bob]}`, true, ""},
		"impersonate, constrained": {
			`{verbs: ["impersonate:serviceaccount"], apiGroups: [authentication.k8s.io], resources: [serviceaccounts]}`, false, "impersonate, constrained",
		},
		"create pods":       {`{verbs: [create], apiGroups: [""], resources: [pods]}`, false, "create pods"},
		"create jobs":       {`{verbs: [create], apiGroups: [batch], resources: [jobs]}`, false, "create pods"},
		"create named pods": {`{verbs: [create], apiGroups: [""], resources: [pods], resourceNames: [web]}`, false, ""},
		"nodes/proxy":       {`{verbs: [get], apiGroups: [""], resources: [nodes/proxy]}`, true, "nodes/proxy"},
		"nodes/proxy in a Role": {
			`{verbs: [get], apiGroups: [""], resources: [nodes/proxy]}`, false, "",
		},
		"read": {`{verbs: [get, list, watch], apiGroups: ["", apps], resources: [pods, deployments, serviceaccounts]}`, true, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			item := assessed(t, Options{}, append(bound(test.cluster, test.rule), webWithAccount)...).Items[0]
			if got := becomersText(item); test.want == "" && got != "" || test.want != "" && got != "User ann: "+test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func becomersText(item api.Item) string {
	var lines []string
	for _, b := range item.Becomers {
		var how []string
		for _, way := range b.Ways {
			how = append(how, way.How)
		}
		lines = append(lines, b.Subject+": "+strings.Join(how, ", "))
	}
	return strings.Join(lines, "\n")
}

// TestExecByGet is enough before Kubernetes 1.35.
func TestExecByGet(t *testing.T) {
	for version, want := range map[string]string{"v1.34.2": "User ann: exec", "v1.35.0": "", "": ""} {
		inv := inventory(t, decode(t, append(bound(false, `{verbs: [get], apiGroups: [""], resources: [pods/exec]}`), webWithAccount)...))
		inv.Server = version
		if got := becomersText(Report(inv, Options{}).Items[0]); got != want {
			t.Errorf("%s: got %q, want %q", version, got, want)
		}
	}
}

func TestAnAccountDoesNotBecomeItself(t *testing.T) {
	objects := bound(false, `{verbs: [create], apiGroups: [""], resources: [pods/exec]}`)
	objects[1] = strings.Replace(objects[1], "{kind: User, apiGroup: rbac.authorization.k8s.io, name: ann}", "{kind: ServiceAccount, name: web}, {kind: ServiceAccount, name: api}", 1)
	item := assessed(t, Options{}, append(objects, webWithAccount)...).Items[0]
	if got := becomersText(item); got != "ServiceAccount shop/api: exec" {
		t.Errorf("got %q", got)
	}
}

const privilegedOnNode = `
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: system, uid: "1"}
spec:
  nodeName: node-1
  serviceAccountName: agent
  containers:
  - {name: app, image: app:1, securityContext: {privileged: true}}
`

const quietOnNode = `
apiVersion: v1
kind: Pod
metadata: {name: quiet, namespace: shop, uid: "2"}
spec:
  nodeName: NODE
  serviceAccountName: quiet
  containers:
  - {name: app, image: app:1}
`

func TestRootOnTheNode(t *testing.T) {
	for node, want := range map[string]string{"node-1": "root on node-1: root", "node-2": ""} {
		report := assessed(t, Options{}, privilegedOnNode, strings.Replace(quietOnNode, "NODE", node, 1))
		at := slices.IndexFunc(report.Items, func(i api.Item) bool { return i.Ref.Name == "quiet" })
		if got := becomersText(report.Items[at]); got != want {
			t.Errorf("%s: got %q", node, got)
		}
	}
	report := assessed(t, Options{}, privilegedOnNode, strings.Replace(quietOnNode, "NODE", "node-1", 1))
	for _, item := range report.Items {
		if item.Ref.Name != "quiet" {
			continue
		}
		want := []api.Way{{How: "root", Workloads: []api.Ref{{APIVersion: "v1", Kind: "Pod", Namespace: "system", Name: "agent"}}}}
		if diff := cmp.Diff(want, item.Becomers[0].Ways); diff != "" {
			t.Error(diff)
		}
	}
}
