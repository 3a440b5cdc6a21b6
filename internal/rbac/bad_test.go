package rbac_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

// TestNotes: what cannot grant is said, and grants nothing.
func TestNotes(t *testing.T) {
	everything := []rbacv1.PolicyRule{rule(list("*"), list("*"), list("*"), nil)}
	inNamespace := func(ref rbacv1.RoleRef, subjects ...rbacv1.Subject) rbac.Objects {
		return rbac.Objects{RoleBindings: []rbacv1.RoleBinding{{ObjectMeta: meta("n", "b"), RoleRef: ref, Subjects: subjects}}}
	}
	inCluster := func(ref rbacv1.RoleRef, subjects ...rbacv1.Subject) rbac.Objects {
		return rbac.Objects{ClusterRoleBindings: []rbacv1.ClusterRoleBinding{{ObjectMeta: meta("", "b"), RoleRef: ref, Subjects: subjects}}}
	}
	role, clusterRole := roleRef("Role", "r"), roleRef("ClusterRole", "r")
	spoilt := user("u")
	spoilt.APIGroup = "example.com"
	groupedAccount := account("n", "u")
	groupedAccount.APIGroup = rbacv1.GroupName
	for _, tc := range []struct {
		name    string
		objects rbac.Objects
		want    string
	}{
		{"absent Role", inNamespace(roleRef("Role", "x"), user("u")), `refers to Role "x", which is not there`},
		{"absent ClusterRole", inCluster(roleRef("ClusterRole", "x"), user("u")), `refers to ClusterRole "x", which is not there`},
		{"unknown kind of role", inNamespace(roleRef("clusterrole", "r"), user("u")), `refers to a role of the unknown kind "clusterrole"`},
		{"no kind of role", inNamespace(roleRef("", "r"), user("u")), `refers to a role of the unknown kind ""`},
		{"unknown group of the role", inNamespace(rbacv1.RoleRef{APIGroup: "apps", Kind: "Role", Name: "r"}, user("u")), `refers to a role of the unknown API group "apps"`},
		{"Role for the cluster", inCluster(role, user("u")), `refers to Role "r", but binds ClusterRoles only`},
		{"account without namespace", inCluster(clusterRole, account("", "u")), `names a subject that cannot apply: ServiceAccount "u" has no namespace`},
		{"unknown kind of subject", inNamespace(role, rbacv1.Subject{Kind: "user", Name: "u"}), `names a subject that cannot apply: its kind "user" is unknown`},
		{"unknown group of a user", inNamespace(role, spoilt), `names a subject that cannot apply: User "u" has the API group "example.com"`},
		{"group of an account", inNamespace(role, groupedAccount), `names a subject that cannot apply: ServiceAccount "u" has the API group "rbac.authorization.k8s.io"`},
		{"subject without name", inNamespace(role, user("")), `names a subject that cannot apply: User has no name`},
		{"binding without namespace", rbac.Objects{RoleBindings: []rbacv1.RoleBinding{{
			ObjectMeta: meta("", "b"), RoleRef: clusterRole, Subjects: []rbacv1.Subject{user("u")},
		}}}, "has no namespace"},
		{"a hostile name", inNamespace(roleRef("Role", "\x1b[2J\n"), user("u")), `refers to Role "\x1b[2J\n", which is not there`},
		{"nothing", rbac.Objects{RoleBindings: make([]rbacv1.RoleBinding, 1)}, "has no namespace"},
	} {
		tc.objects.Roles = []rbacv1.Role{{ObjectMeta: meta("n", "r"), Rules: everything}}
		tc.objects.ClusterRoles = []rbacv1.ClusterRole{{ObjectMeta: meta("", "r"), Rules: everything}}
		policy := rbac.New(tc.objects)
		notes := policy.Notes()
		if len(notes) != 1 || notes[0].Message != tc.want {
			t.Errorf("%s: %v", tc.name, notes)
		}
		for _, id := range []rbac.Identity{{}, {Groups: list("", "u")}, rbac.User("u"), rbac.ServiceAccount("n", "u"), rbac.ServiceAccount("", "u")} {
			for _, namespace := range list("n", "") {
				if grant, ok := policy.Allows(id, rbac.Request{Verb: "get", Resource: "pods", Namespace: namespace}); ok {
					t.Errorf("%s: allowed by %s", tc.name, grant)
				}
			}
		}
	}
}

func TestSomeSubjectsCannotApply(t *testing.T) {
	objects := shop()
	b := &objects.RoleBindings[0]
	b.Subjects = append([]rbacv1.Subject{{Kind: "Robot", Name: "r"}}, b.Subjects...)
	policy := rbac.New(objects)
	if _, ok := policy.Allows(rbac.User("ann"), rbac.Request{Verb: "get", Resource: "pods", Namespace: "shop"}); !ok || len(policy.Notes()) != 1 {
		t.Errorf("allowed %t, notes %v", ok, policy.Notes())
	}
}

func TestLastOfOneNameCounts(t *testing.T) {
	objects := shop()
	objects.Roles = append(objects.Roles, rbacv1.Role{ObjectMeta: meta("shop", "db")})
	objects.RoleBindings = append(objects.RoleBindings, rbacv1.RoleBinding{ObjectMeta: meta("shop", "cross"), RoleRef: roleRef("Role", "db")})
	policy := rbac.New(objects)
	for _, id := range []rbac.Identity{rbac.User("ann"), {User: "system:serviceaccount:other:app"}} {
		if grant, ok := policy.Allows(id, rbac.Request{Verb: "get", Resource: "pods", Namespace: "shop"}); ok {
			t.Errorf("%v is allowed by %s", id, grant)
		}
	}
	if notes := policy.Notes(); len(notes) != 2 {
		t.Error(notes)
	}
}

// TestLargeInput would not end in time, or in memory, if work grew with combinations.
func TestLargeInput(t *testing.T) {
	many := make([]string, 30_000)
	for i := range many {
		many[i] = fmt.Sprint("n", i)
	}
	long := strings.Repeat("x", 5<<20)
	big := rule(many, many, many, many)
	big.NonResourceURLs = many
	rules := []rbacv1.PolicyRule{big, rule(list(long), list(long), list(long), list(long))}
	for i := range 10_000 {
		rules = append(rules, rule(list("get"), list(""), list(fmt.Sprint("r", i)), nil))
	}
	objects := rbac.Objects{
		Aggregate: true,
		ClusterRoles: []rbacv1.ClusterRole{
			{ObjectMeta: meta("", "big"), Rules: rules},
			{ObjectMeta: meta("", "sum"), AggregationRule: &rbacv1.AggregationRule{ClusterRoleSelectors: []metav1.LabelSelector{{}}}},
		},
	}
	for i := range 100 {
		b := rbacv1.RoleBinding{ObjectMeta: meta("n", fmt.Sprint("b", i)), RoleRef: roleRef("ClusterRole", "sum")}
		for _, name := range many[:100] {
			b.Subjects = append(b.Subjects, user(name))
		}
		objects.RoleBindings = append(objects.RoleBindings, b)
	}
	policy := rbac.New(objects)
	request := rbac.Request{Verb: "get", Resource: "r9999", Namespace: "n"}
	if grants := policy.Grants(rbac.User("n99"), request); len(grants) != 100 || grants[0].Rule != 10_002 {
		t.Errorf("%d grants, first %v", len(grants), grants)
	}
	if holders := policy.Subjects(request); len(holders) != 100 || len(holders[0].Grants) != 100 {
		t.Errorf("%d holders", len(holders))
	}
	held := big
	held.Verbs, held.NonResourceURLs = many[1:], nil
	if _, err := rbac.Covers([]*rbacv1.PolicyRule{&held}, []*rbacv1.PolicyRule{&big}); !errors.Is(err, rbac.ErrTooLarge) {
		t.Errorf("covers: %v", err)
	}
	all := rule(list("*"), list("*"), list("*"), nil)
	all.NonResourceURLs = list("*")
	if ok, err := rbac.Covers([]*rbacv1.PolicyRule{&all}, []*rbacv1.PolicyRule{&big}); !ok || err != nil {
		t.Errorf("covers: %t %v", ok, err)
	}
}

func labelled(name string, labels map[string]string, rules ...rbacv1.PolicyRule) rbacv1.ClusterRole {
	return rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}, Rules: rules}
}

func aggregating(r rbacv1.ClusterRole, selectors ...metav1.LabelSelector) rbacv1.ClusterRole {
	r.AggregationRule = &rbacv1.AggregationRule{ClusterRoleSelectors: selectors}
	return r
}

func labelsOf(entries ...string) map[string]string {
	m := map[string]string{}
	for _, entry := range entries {
		m[entry] = "true"
	}
	return m
}

func TestAggregation(t *testing.T) {
	rule := func(verb string) rbacv1.PolicyRule { return rule(list(verb), list(""), list("pods"), nil) }
	withLabel := func(key string) metav1.LabelSelector { return metav1.LabelSelector{MatchLabels: labelsOf(key)} }
	expression := func(key string, operator metav1.LabelSelectorOperator, values ...string) metav1.LabelSelector {
		return metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: key, Operator: operator, Values: values}}}
	}
	for _, tc := range []struct {
		name  string
		roles []rbacv1.ClusterRole
		want  string // the verbs of role "sum", in the order of its rules
		notes int
	}{
		{"by labels, in the order of names", []rbacv1.ClusterRole{
			aggregating(labelled("sum", nil, rule("old")), withLabel("a")),
			labelled("y", labelsOf("a"), rule("y")), labelled("x", labelsOf("a"), rule("x1"), rule("x2")), labelled("z", labelsOf("b"), rule("z")),
		}, "x1 x2 y", 0},
		{"selectors in their order, each rule once", []rbacv1.ClusterRole{
			aggregating(labelled("sum", nil), withLabel("b"), withLabel("a")),
			labelled("x", labelsOf("a", "b"), rule("x")), labelled("w", labelsOf("a"), rule("w"), rule("x")),
		}, "x w", 0},
		{"by expressions", []rbacv1.ClusterRole{
			aggregating(labelled("sum", nil), expression("a", "In", "true"), expression("b", "DoesNotExist")),
			labelled("x", labelsOf("a", "b"), rule("x")), labelled("y", labelsOf("b"), rule("y")), labelled("z", nil, rule("z")),
		}, "x z", 0},
		{"everything but itself", []rbacv1.ClusterRole{
			aggregating(labelled("sum", nil, rule("old")), metav1.LabelSelector{}), labelled("x", nil, rule("x")),
		}, "x", 0},
		{"through another", []rbacv1.ClusterRole{
			aggregating(labelled("sum", nil), withLabel("a")), aggregating(labelled("m", labelsOf("a")), withLabel("b")), labelled("x", labelsOf("b"), rule("x")),
		}, "x", 0},
		{"nothing selected: what is written stays", []rbacv1.ClusterRole{
			aggregating(labelled("sum", nil, rule("old")), withLabel("a")), labelled("x", nil, rule("x")),
		}, "old", 0},
		{"no selector", []rbacv1.ClusterRole{aggregating(labelled("sum", nil, rule("old"))), labelled("x", nil, rule("x"))}, "old", 0},
		{"a wrong selector", []rbacv1.ClusterRole{
			aggregating(labelled("sum", nil, rule("old")), withLabel("a"), expression("a", "Near")), labelled("x", labelsOf("a"), rule("x")),
		}, "old", 1},
		{"a circle", []rbacv1.ClusterRole{
			aggregating(labelled("sum", labelsOf("a"), rule("s")), withLabel("b"), withLabel("c")),
			aggregating(labelled("two", labelsOf("b"), rule("t")), withLabel("a")), labelled("x", labelsOf("c"), rule("x")),
		}, "x s t", 2},
		{"below a circle", []rbacv1.ClusterRole{
			aggregating(labelled("sum", nil), withLabel("b")),
			aggregating(labelled("two", labelsOf("b", "d")), withLabel("c")), aggregating(labelled("three", labelsOf("c")), withLabel("d")),
			labelled("x", labelsOf("c", "d"), rule("x")),
		}, "x", 2},
	} {
		sum := rbacv1.ClusterRoleBinding{ObjectMeta: meta("", "b"), RoleRef: roleRef("ClusterRole", "sum"), Subjects: []rbacv1.Subject{user("u")}}
		objects := rbac.Objects{ClusterRoles: tc.roles, ClusterRoleBindings: []rbacv1.ClusterRoleBinding{sum}, Aggregate: true}
		policy := rbac.New(objects)
		var got []string
		for right := range policy.Rights(rbac.User("u")) {
			got = append(got, right.Rule.Verbs...)
		}
		if diff := cmp.Diff(tc.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s: %s", tc.name, diff)
		}
		if notes := policy.Notes(); len(notes) != tc.notes {
			t.Errorf("%s: %v", tc.name, notes)
		}
		objects.Aggregate = false
		for right := range rbac.New(objects).Rights(rbac.User("u")) {
			if len(tc.roles[0].Rules) == 0 || right.Rule.Verbs[0] != tc.roles[0].Rules[0].Verbs[0] {
				t.Errorf("%s: as from a server: %v", tc.name, right.Rule)
			}
		}
	}
}

// TestAggregationOfMany: a circle of all, and a chain through all.
func TestAggregationOfMany(t *testing.T) {
	const n = 2_000
	var circle, chain []rbacv1.ClusterRole
	for i := range n {
		leaf := rule(list(fmt.Sprint(i)), list(""), list("pods"), nil)
		circle = append(circle, aggregating(labelled(fmt.Sprint(i), nil, leaf), metav1.LabelSelector{}))
		next := metav1.LabelSelector{MatchLabels: labelsOf(fmt.Sprint(i + 1))}
		chain = append(chain, aggregating(labelled(fmt.Sprint(i), labelsOf(fmt.Sprint(i)), leaf), next))
	}
	for name, roles := range map[string][]rbacv1.ClusterRole{"circle": circle, "chain": chain} {
		b := rbacv1.ClusterRoleBinding{ObjectMeta: meta("", "b"), RoleRef: roleRef("ClusterRole", "0"), Subjects: []rbacv1.Subject{user("u")}}
		policy := rbac.New(rbac.Objects{Aggregate: true, ClusterRoles: roles, ClusterRoleBindings: []rbacv1.ClusterRoleBinding{b}})
		rights := 0
		for range policy.Rights(rbac.User("u")) {
			rights++
		}
		if want := map[string]int{"circle": n, "chain": 1}[name]; rights != want {
			t.Errorf("%s: %d rights, want %d", name, rights, want)
		}
		if notes := policy.Notes(); len(notes) != map[string]int{"circle": n, "chain": 0}[name] {
			t.Errorf("%s: %d notes", name, len(notes))
		}
	}
}
