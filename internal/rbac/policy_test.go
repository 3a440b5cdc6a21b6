package rbac_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

func meta(namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name}
}

func account(namespace, name string) rbacv1.Subject {
	return rbacv1.Subject{Kind: "ServiceAccount", Namespace: namespace, Name: name}
}

func user(name string) rbacv1.Subject {
	return rbacv1.Subject{Kind: "User", APIGroup: rbacv1.GroupName, Name: name}
}

func group(name string) rbacv1.Subject {
	return rbacv1.Subject{Kind: "Group", APIGroup: rbacv1.GroupName, Name: name}
}

func roleRef(kind, name string) rbacv1.RoleRef {
	return rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: kind, Name: name}
}

// shop has a Role and a ClusterRole, each bound in its ways.
func shop() rbac.Objects {
	secrets := rule(list("get"), list(""), list("secrets"), list("db"))
	pods := rule(list("get", "list"), list(""), list("pods"), nil)
	metrics := rbacv1.PolicyRule{Verbs: list("get"), NonResourceURLs: list("/metrics")}
	return rbac.Objects{
		Roles: []rbacv1.Role{{ObjectMeta: meta("shop", "db"), Rules: []rbacv1.PolicyRule{pods, secrets}}},
		ClusterRoles: []rbacv1.ClusterRole{
			{ObjectMeta: meta("", "reader"), Rules: []rbacv1.PolicyRule{metrics, pods}},
			{ObjectMeta: meta("", "db"), Rules: []rbacv1.PolicyRule{rule(list("*"), list("*"), list("*"), nil)}},
		},
		RoleBindings: []rbacv1.RoleBinding{
			{ObjectMeta: meta("shop", "db"), RoleRef: roleRef("Role", "db"), Subjects: []rbacv1.Subject{account("", "app"), user("ann")}},
			{ObjectMeta: meta("shop", "cross"), RoleRef: roleRef("ClusterRole", "reader"), Subjects: []rbacv1.Subject{account("other", "app")}},
			{ObjectMeta: meta("other", "spelled"), RoleRef: roleRef("ClusterRole", "reader"), Subjects: []rbacv1.Subject{
				group("dev"), user("system:serviceaccount:shop:app"), account("shop", "app"),
			}},
		},
		ClusterRoleBindings: []rbacv1.ClusterRoleBinding{
			{ObjectMeta: meta("", "ops"), RoleRef: roleRef("ClusterRole", "reader"), Subjects: []rbacv1.Subject{group("ops"), group("ops")}},
			{ObjectMeta: meta("", "accounts"), RoleRef: roleRef("ClusterRole", "reader"), Subjects: []rbacv1.Subject{group("system:serviceaccounts:other")}},
		},
	}
}

func TestAllows(t *testing.T) {
	policy := rbac.New(shop())
	if notes := policy.Notes(); len(notes) > 0 {
		t.Error(notes)
	}
	getPod := func(namespace string) rbac.Request {
		return rbac.Request{Verb: "get", Resource: "pods", Namespace: namespace, Name: "p"}
	}
	const (
		viaRole    = `RoleBinding "db/shop" of Role "db" to ServiceAccount "app/shop"`
		viaAccount = `RoleBinding "cross/shop" of ClusterRole "reader" to ServiceAccount "app/other"`
		viaSpelled = `RoleBinding "spelled/other" of ClusterRole "reader" to User "system:serviceaccount:shop:app"`
		viaOps     = `ClusterRoleBinding "ops" of ClusterRole "reader" to Group "ops"`
		viaOthers  = `ClusterRoleBinding "accounts" of ClusterRole "reader" to Group "system:serviceaccounts:other"`
	)
	app, other := rbac.ServiceAccount("shop", "app"), rbac.ServiceAccount("other", "app")
	for _, tc := range []struct {
		name    string
		id      rbac.Identity
		request rbac.Request
		want    string
		rule    int
	}{
		{"account of the binding's namespace", app, getPod("shop"), viaRole, 1},
		{"second rule", app, rbac.Request{Verb: "get", Resource: "secrets", Namespace: "shop", Name: "db"}, viaRole, 2},
		{"another name", app, rbac.Request{Verb: "get", Resource: "secrets", Namespace: "shop", Name: "x"}, "", 0},
		{"another namespace, as a user", app, getPod("other"), viaSpelled, 2},
		{"a namespace without bindings", app, getPod("third"), "", 0},
		{"all namespaces", app, rbac.Request{Verb: "list", Resource: "pods"}, "", 0},
		{"account of another namespace", rbac.User(app.User), getPod("shop"), viaRole, 1},
		{"cluster first", other, getPod("shop"), viaOthers, 2},
		{"the account alone", rbac.Identity{User: other.User}, getPod("shop"), viaAccount, 2},
		{"a user", rbac.User("ann"), getPod("shop"), `RoleBinding "db/shop" of Role "db" to User "ann"`, 1},
		{"users have a case", rbac.User("Ann"), getPod("shop"), "", 0},
		{"a group", rbac.User("bob", "x", "ops"), getPod("any"), viaOps, 2},
		{"a group in all namespaces", rbac.User("bob", "ops"), rbac.Request{Verb: "list", Resource: "pods"}, viaOps, 2},
		{"a path", rbac.Group("ops"), rbac.Request{Verb: "get", Path: "/metrics"}, viaOps, 1},
		{"no path through a namespace", rbac.Group("dev"), rbac.Request{Verb: "get", Path: "/metrics", Namespace: "other"}, "", 0},
		{"nobody", rbac.Identity{}, getPod("shop"), "", 0},
	} {
		grant, ok := policy.Allows(tc.id, tc.request)
		got := ""
		if ok {
			got = grant.String()
		}
		if got != tc.want || grant.Rule != tc.rule {
			t.Errorf("%s: rule %d of %q", tc.name, grant.Rule, got)
		}
		agree(t, policy, tc.id, tc.request)
	}
	if _, ok := new(rbac.Policy).Allows(app, getPod("shop")); ok {
		t.Error("the zero policy allows")
	}
}

func TestRightsInOrder(t *testing.T) {
	objects := shop()
	type line struct {
		Namespace, Binding string
		Rule               int
	}
	want := []line{{"", "accounts", 1}, {"", "accounts", 2}, {"", "ops", 1}, {"", "ops", 2}, {"other", "spelled", 2}}
	for range 2 {
		var got []line
		for right := range rbac.New(objects).Rights(rbac.Identity{Groups: list("ops", "dev", "ops", "system:serviceaccounts:other")}) {
			got = append(got, line{right.Namespace, right.Grant.Binding.Name, right.Grant.Rule})
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		slices.Reverse(objects.RoleBindings)
		slices.Reverse(objects.ClusterRoleBindings)
		slices.Reverse(objects.ClusterRoles)
	}
}

func TestSubjects(t *testing.T) {
	policy := rbac.New(shop())
	show := func(request rbac.Request) (got []string) {
		for _, holder := range policy.Subjects(request) {
			for _, grant := range holder.Grants {
				got = append(got, holder.Subject.String()+" by "+grant.Binding.Name+" to "+grant.Subject.Kind)
			}
		}
		return got
	}
	inOther := list(
		`Group "dev" by spelled to Group`, `Group "ops" by ops to Group`,
		`Group "system:serviceaccounts:other" by accounts to Group`,
		`ServiceAccount "app/shop" by spelled to User`, `ServiceAccount "app/shop" by spelled to ServiceAccount`,
	)
	if diff := cmp.Diff(inOther, show(rbac.Request{Verb: "get", Resource: "pods", Namespace: "other"})); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(inOther[1:3], show(rbac.Request{Verb: "get", Path: "/metrics", Namespace: "other"})); diff != "" {
		t.Error(diff)
	}
	if got := show(rbac.Request{Verb: "delete", Resource: "pods", Namespace: "other"}); got != nil {
		t.Error(got)
	}
}

func TestRulesFor(t *testing.T) {
	policy := rbac.New(shop())
	id := rbac.User("ann", "ops")
	if rules := policy.RulesFor(id, "shop"); len(rules) != 4 {
		t.Errorf("in the namespace %v", rules)
	}
	if rules := policy.RulesFor(id, ""); len(rules) != 2 {
		t.Errorf("in the cluster %v", rules)
	}
	if rules := policy.RulesFor(rbac.ServiceAccount("shop", "app"), "other"); len(rules) != 2 {
		t.Errorf("named twice by one binding: %v", rules)
	}
}

func TestIdentities(t *testing.T) {
	accountGroups := list("system:serviceaccounts", "system:serviceaccounts:n", "system:authenticated")
	for _, tc := range []struct {
		name      string
		got, want rbac.Identity
	}{
		{"account", rbac.ServiceAccount("n", "a"), rbac.Identity{User: "system:serviceaccount:n:a", Groups: accountGroups}},
		{"account as user", rbac.User("system:serviceaccount:n:a"), rbac.Identity{User: "system:serviceaccount:n:a", Groups: accountGroups}},
		{"account with groups", rbac.User("system:serviceaccount:n:a", "g"), rbac.Identity{User: "system:serviceaccount:n:a", Groups: list("g", "system:authenticated")}},
		{"no account", rbac.User("system:serviceaccount:n:a:b"), rbac.Identity{User: "system:serviceaccount:n:a:b", Groups: list("system:authenticated")}},
		{"user", rbac.User("u", "g"), rbac.Identity{User: "u", Groups: list("g", "system:authenticated")}},
		{"authenticated user", rbac.User("u", "system:authenticated"), rbac.Identity{User: "u", Groups: list("system:authenticated")}},
		{"anonymous", rbac.User("system:anonymous"), rbac.Identity{User: "system:anonymous", Groups: list("system:unauthenticated")}},
		{"unauthenticated", rbac.User("u", "system:unauthenticated"), rbac.Identity{User: "u", Groups: list("system:unauthenticated")}},
		{"group", rbac.Group("g"), rbac.Identity{Groups: list("g")}},
	} {
		if diff := cmp.Diff(tc.want, tc.got); diff != "" {
			t.Errorf("%s: %s", tc.name, diff)
		}
	}
}
