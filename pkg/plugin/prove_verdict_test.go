package plugin

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

// roleFile is a Role and its binding in shop, with subjects and rules as they are in YAML.
func roleFile(name, subjects string, rules ...string) string {
	role := ""
	if len(rules) > 0 {
		role = "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: " + name + ", namespace: shop}\nrules:\n- " + strings.Join(rules, "\n- ") + "\n"
	}
	return role + bindingFile(name, "Role", name, subjects)
}

func bindingFile(name, kind, role, subjects string) string {
	return "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: " + name + ", namespace: shop}\n" +
		"roleRef: {apiGroup: rbac.authorization.k8s.io, kind: " + kind + ", name: " + role + "}\nsubjects: [" + subjects + "]\n"
}

const (
	toCheckout = "{kind: ServiceAccount, name: checkout}"
	toGhost    = "{kind: ServiceAccount, name: ghost}"
	toDevs     = "{kind: Group, name: devs}"
	toJane     = "{kind: User, name: jane}"
)

func TestProveVerdict(t *testing.T) {
	const pods = "/api/v1/namespaces/shop/pods/web"
	get := event{user: checkoutUser, verb: "get", uri: pods, at: "2026-11-20T08:00:00Z"}
	exec := event{user: checkoutUser, verb: "get", uri: pods + "/exec?command=sh", at: "2026-11-20T08:00:00Z", code: 101}
	secrets := event{user: "jane", verb: "get", uri: "/api/v1/namespaces/shop/secrets/a", at: "2026-11-20T08:00:00Z"}
	janes := get
	janes.user = "jane"
	inDir(t, map[string]string{
		"get.log": auditLog(t, []event{get}), "exec.log": auditLog(t, []event{get, exec}), "version.log": auditLog(t, []event{{user: checkoutUser, verb: "get", uri: "/version", at: "2026-11-20T08:00:00Z"}}),
		"jane.log": strings.ReplaceAll(auditLog(t, []event{janes, secrets}), `"system:serviceaccounts"`, `"devs"`),
	})
	const allowsGet = `{apiGroups: [""], resources: [pods, pods/exec], resourceNames: [web], verbs: [get]}`
	const alone = "judged    - alone\n"
	const noServer = "          what is in force besides is unknown: no server was asked (--local)\n"
	for _, c := range []struct {
		name, from, files, stdout, stderr string
		code                              int
	}{
		{"one", "get.log", roleFile("a", toCheckout, `{apiGroups: [""], resources: [pods], resourceNames: [web], verbs: [get]}`),
			"yes   the observed use of ServiceAccount shop/checkout is allowed\n" + alone, "", 0},
		{"one refused", "get.log", roleFile("a", toCheckout, `{apiGroups: [""], resources: [pods], resourceNames: [web], verbs: [list]}`),
			"no    the observed use of ServiceAccount shop/checkout would be refused\n× get pods/web in shop  1x  -:6 grants list alone\nexcess    list pods/web in shop: never seen\n" + alone + noServer, "", 1},
		{"nothing needed", "version.log", roleFile("a", toCheckout, `{apiGroups: [""], resources: [pods], resourceNames: [web], verbs: [get]}`),
			"yes   nothing that ServiceAccount shop/checkout was seen to do needs a role\nexcess    get pods/web in shop: never seen\n" + alone, "", 0},
		{"a WebSocket", "exec.log", roleFile("a", toCheckout, allowsGet),
			"no    all 2 observed uses of ServiceAccount shop/checkout are allowed, but 1 that the server checks beside would be refused\n" +
				"× create pods/exec of web in shop  1x  WebSocket: asked for too since Kubernetes 1.35; -:6 grants get alone\n" + alone + noServer, "", 1},
		{"a WebSocket, and more", "exec.log", roleFile("a", toCheckout, `{apiGroups: [""], resources: [pods/exec], resourceNames: [web], verbs: [get]}`),
			"no    1 of 2 observed uses of ServiceAccount shop/checkout would be refused, and 1 that the server checks beside\n" +
				"× get pods/web in shop             1x  no rule is about it\n" +
				"× create pods/exec of web in shop  1x  WebSocket: asked for too since Kubernetes 1.35; -:6 grants get alone\n" + alone + noServer, "", 1},
		{"a ghost", "get.log", roleFile("a", toCheckout+", "+toGhost, `{apiGroups: [""], resources: [pods], resourceNames: [web], verbs: [get]}`),
			"yes   the observed use of ServiceAccount shop/checkout is allowed; of 1 other subject nothing was seen\n" + alone + "not seen  ServiceAccount shop/ghost\n", "", 0},
		{"user and group", "jane.log", roleFile("a", toDevs, `{apiGroups: [""], resources: [pods], resourceNames: [web], verbs: [get]}`) +
			roleFile("b", toJane, `{apiGroups: [""], resources: [secrets], resourceNames: [a], verbs: [get]}`),
			"yes   all 2 observed uses of Group devs are allowed\n" + alone + "yes   all 2 observed uses of User jane are allowed\n" + alone, "", 0},
		{"bindings alone", "get.log", bindingFile("a", "ClusterRole", "edit", toCheckout), "judged    - alone, with ClusterRole edit as Kubernetes makes it, which a cluster may add to\n", "", 0},
		{"a role that nobody knows", "get.log", bindingFile("a", "ClusterRole", "tools", toCheckout), "",
			"error: RoleBinding shop/a binds ClusterRole tools, which the files do not hold; what it grants is unknown: no server was asked (--local)\n", 2},
		{"a Role that nobody knows", "get.log", roleFile("view", toCheckout), "",
			"error: RoleBinding shop/view binds Role shop/view, which the files do not hold; what it grants is unknown: no server was asked (--local)\n", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := run(t, c.files, "prove", "-f", "-", "--from", c.from, "--local")
			if c.name == "bindings alone" { // its excess is long
				_, got.stdout, _ = strings.Cut(got.stdout, "\njudged")
				got.stdout = "judged" + got.stdout
			}
			if c.stdout != "" {
				c.stdout += "blind     level Metadata: no bodies, so no bind, escalate, signers, SubjectAccessReviews\n"
			}
			if c.name == "nothing needed" { // /version is no resource
				c.stdout += "          no get, list or watch by anybody: reads are not in this log\n"
			}
			if c.stdout != "" {
				c.stdout += "          no request for Event objects by anybody: they may not be in this log\n"
			}
			if diff := cmp.Diff(result{c.stdout, c.stderr, c.code}, got, cmp.AllowUnexported(result{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestProveUnjudged: what cannot be judged is neither a yes nor a no, unless something else is.
func TestProveUnjudged(t *testing.T) {
	doc := api.Observations{APIVersion: api.Version, Kind: api.KindObservations, Sources: []api.ObservedSource{{Name: "audit.log", Parsed: 4800}}, Access: []api.Access{{
		User: "jane", Groups: []string{"devs"}, Requests: 4800, Pods: []string{}, Denied: []api.Use{},
		Uses: []api.Use{
			{Action: api.Action{Verb: "get"}, AnyName: true, Count: 3000},
			{Action: api.Action{Verb: "get", Resource: "pods", Namespace: "shop", Name: "web"}, Count: 1800},
		},
	}}}
	raw, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	inDir(t, map[string]string{"seen.json": string(raw)})
	const unjudged = "unjudged  get any path: more than 1,024 paths were seen, too many to keep, and no rule allows every path\n"
	for verb, want := range map[string]result{
		"get": {
			"unknown  1 observed use of User jane cannot be judged; the other 1 would be allowed\n" + unjudged + "judged    - alone\n",
			"error: cannot judge all that User jane did: get any path: more than 1,024 paths were seen, too many to keep, and no rule allows every path\n", 2,
		},
		"list": {
			"no    the observed use of User jane would be refused\n× get pods/web in shop  1,800x  -:6 grants list alone\n" + unjudged +
				"excess    list pods/web in shop: never seen\njudged    - alone\n          what is in force besides is unknown: no server was asked (--local)\n", "", 1,
		},
	} {
		role := roleFile("a", toJane, `{apiGroups: [""], resources: [pods], resourceNames: [web], verbs: [`+verb+`]}`)
		if diff := cmp.Diff(want, run(t, role, "prove", "-f", "-", "--from", "seen.json", "--local"), cmp.AllowUnexported(result{})); diff != "" {
			t.Error(diff)
		}
	}
}

// TestProveLarge: a short role that stands for millions of actions is judged all the same.
func TestProveLarge(t *testing.T) {
	inDir(t, map[string]string{"audit.log": auditLog(t, checkoutEvents())})
	list := "a" + strings.Repeat(", b", 249)
	got := run(t, roleFile("a", toCheckout, "{apiGroups: ["+list+"], resources: ["+list+"], verbs: ["+list+"]}"), "prove", "-f", "-", "--from", "audit.log", "--local")
	if got.code != 1 || !strings.Contains(got.stdout, "excess    rule 1 of Role shop/a: 15,625,000 combinations, not compared one by one\n") {
		t.Errorf("%+v", got)
	}
}

// TestProveBorrowed: a role that the files bind and do not hold is the cluster's.
func TestProveBorrowed(t *testing.T) {
	meta := metav1.ObjectMeta{Name: "view"}
	rules := []rbacv1.PolicyRule{{Verbs: []string{"get"}, APIGroups: []string{""}, Resources: []string{"pods"}}}
	role := rbacv1.ClusterRole{ObjectMeta: meta, Rules: rules}
	subjects := []rbacv1.Subject{{Kind: "User", Name: "jane"}}
	binding := rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "a"}, Subjects: subjects, RoleRef: rbacv1.RoleRef{Kind: "ClusterRole", Name: "view"}}
	cluster := rbac.New(rbac.Objects{ClusterRoles: []rbacv1.ClusterRole{role}})
	for _, c := range []struct {
		live *liveAccess
		want string
	}{
		{&liveAccess{policy: cluster}, "ClusterRole view as the cluster has it"},
		{&liveAccess{policy: cluster, unread: "roles are not readable"}, "ClusterRole view as the cluster has it"},
		{&liveAccess{unread: "no server"}, "ClusterRole view as Kubernetes makes it, which a cluster may add to"},
		{&liveAccess{policy: rbac.New(rbac.Objects{})}, "RoleBinding shop/a binds ClusterRole view, which neither the files nor the cluster hold"},
	} {
		files := newRoleFiles("shop")
		files.objects.RoleBindings = []rbacv1.RoleBinding{binding, binding}
		err := files.complete(c.live)
		if got := strings.Join(files.borrowed, ", "); err == nil && got != c.want || err != nil && err.Error() != c.want {
			t.Errorf("%q %v: want %q", got, err, c.want)
		}
		if err == nil && (len(files.objects.ClusterRoles) != 1 || len(files.objects.ClusterRoles[0].Rules) == 0) {
			t.Errorf("%+v", files.objects.ClusterRoles)
		}
	}
}

// TestProveStillAllowed: bindings of the cluster count, but for what the files replace; and what
// the cluster does not grant to everybody is refused.
func TestProveStillAllowed(t *testing.T) {
	objects := func(names ...string) rbac.Objects {
		var out rbac.Objects
		for _, name := range names {
			meta := metav1.ObjectMeta{Namespace: "shop", Name: name}
			out.Roles = append(out.Roles, rbacv1.Role{ObjectMeta: meta, Rules: []rbacv1.PolicyRule{{Verbs: []string{"get"}, APIGroups: []string{""}, Resources: []string{"pods"}}}})
			out.RoleBindings = append(out.RoleBindings, rbacv1.RoleBinding{
				ObjectMeta: meta, Subjects: []rbacv1.Subject{{Kind: "User", Name: "jane"}}, RoleRef: rbacv1.RoleRef{Kind: "Role", Name: name},
			})
		}
		return out
	}
	files := newRoleFiles("shop")
	files.objects = objects("edited")
	files.objects.Roles[0].Rules = nil
	files.sources[rbac.RefOf("Role", "shop", "edited")] = files.sources[api.Ref{}]
	doc := &api.Observations{Access: []api.Access{{User: "jane", Groups: []string{rbac.Authenticated}, Uses: []api.Use{
		{Action: api.Action{Verb: "get", Resource: "pods", Namespace: "shop", Name: "web"}, Count: 1}, {Action: api.Action{Verb: "get", Path: "/apis"}, Count: 1},
	}}}}
	f := &proveFlags{filenames: []string{"edited.yaml"}}
	j, err := f.judge(files, &liveAccess{policy: rbac.New(objects("edited", "other"))}, doc)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]string{{"RoleBinding shop/other"}}, j.StillAllowed); diff != "" {
		t.Error(diff)
	}
	if got := j.Proof.Subjects[0]; len(got.Refused) != 2 || len(got.LeftOut) != 0 || got.Observed != 2 {
		t.Errorf("%+v", got)
	}
}
