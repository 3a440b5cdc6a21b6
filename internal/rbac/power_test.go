package rbac_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

// heldBy is the policy of one ClusterRole that user u has in the cluster.
func heldBy(rules ...rbacv1.PolicyRule) *rbac.Policy {
	return rbac.New(rbac.Objects{
		ClusterRoles:        []rbacv1.ClusterRole{{ObjectMeta: meta("", "r"), Rules: rules}},
		ClusterRoleBindings: []rbacv1.ClusterRoleBinding{{ObjectMeta: meta("", "b"), RoleRef: roleRef("ClusterRole", "r"), Subjects: []rbacv1.Subject{user("u")}}},
	})
}

func TestPowerStandsOnGrants(t *testing.T) {
	policy := heldBy(
		rule(list("get"), list(""), list("secrets"), nil),
		rule(list("bind"), list("*"), list("clusterroles"), list("admin")),
		rule(list("update"), list("rbac.authorization.k8s.io"), list("*"), list("b1")),
		rule(list("list"), list(""), list("pods"), nil),
		rule(list("get", "list"), list("*"), list("secrets"), list("s", "s")),
	)
	got := map[string][]int{}
	for _, x := range policy.Powers(rbac.User("u"), rbac.Server{}) {
		for _, grant := range x.Grants {
			got[showPower(x)] = append(got[showPower(x)], grant.Rule)
		}
	}
	const group = ".rbac.authorization.k8s.io"
	want := map[string][]int{
		"read-secrets get secrets":                                        {1},
		"read-secrets get,list secrets names s":                           {1, 5},
		"bind-cluster bind clusterroles" + group + " names admin":         {2, 3},
		"bind-namespace bind clusterroles" + group + " names admin":       {2, 3},
		"write-bindings update clusterrolebindings" + group + " names b1": {3},
		"write-bindings update rolebindings" + group + " names b1":        {3},
		"write-roles update clusterroles" + group + " names b1":           {3},
		"write-roles update roles" + group + " names b1":                  {3},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPowersOfNobody(t *testing.T) {
	for name, policy := range map[string]*rbac.Policy{"zero": new(rbac.Policy), "harmless": rbac.New(shop())} {
		for _, id := range []rbac.Identity{{}, rbac.User("nobody")} {
			if powers := policy.Powers(id, rbac.Server{}); powers != nil {
				t.Errorf("%s: %v", name, powers)
			}
			if paths := policy.Paths(id, nil, rbac.Server{}); paths != nil {
				t.Errorf("%s: %v", name, paths)
			}
		}
	}
}

// TestPowersOfBadInput: what no sane cluster has ends, and says what is true of it.
func TestPowersOfBadInput(t *testing.T) {
	long := strings.Repeat("x", 5<<20)
	many := make([]string, 300_000)
	for i := range many {
		many[i] = fmt.Sprint("name-", i)
	}
	var rules, named []rbacv1.PolicyRule
	for i := range 10_000 {
		rules = append(rules, rule(list("*"), list("*"), list("*"), list(fmt.Sprint("n", i))))
		named = append(named, rule(list("get"), list(""), list("secrets", fmt.Sprint("r", i)), list(fmt.Sprint("n", i), "all")))
	}
	for _, tc := range []struct {
		name  string
		rules []rbacv1.PolicyRule
		want  string // some power
		least int    // how many there are
	}{
		{"nothing", nil, "", 0},
		{"rules of nothing", []rbacv1.PolicyRule{{}, rule(list("*"), nil, list("*"), nil), rule(nil, list("*"), list("*"), nil), rule(list("*"), list("*"), nil, nil)}, "", 0},
		{"unknown verbs", []rbacv1.PolicyRule{rule(list("GET", "", "impersonate-on:", "impersonate:", "getx", "\x00"), list(""), list("secrets"), nil)}, "", 0},
		{"unknown resources", []rbacv1.PolicyRule{rule(list("*"), list(""), list("", "/", "*/", "*/*", "/exec", "pods/", "secrets/", "Secrets"), nil)}, "", 0},
		{"10,000 rules with a name each", rules, "", 100},
		{"10,000 rules of one resource", named, "", 1},
		{"5 MiB of names", []rbacv1.PolicyRule{rule(list("*"), list("*"), list("*"), many)}, "", 100},
		{"a name of 5 MiB", []rbacv1.PolicyRule{rule(list("get"), list(""), list("secrets"), list(long))}, "", 1},
		{"a resource of 5 MiB", []rbacv1.PolicyRule{rule(list("get"), list(""), list(long, "secrets", "userextras/"+long), nil)}, "read-secrets get secrets", 1},
		{"a verb of 5 MiB", []rbacv1.PolicyRule{rule(list(long, "impersonate-on:user-info:"+long, "get"), list(""), list("secrets"), nil)}, "read-secrets get secrets", 1},
		{"the same 1,000 times", slices.Repeat([]rbacv1.PolicyRule{rule(list("get"), list(""), list("secrets"), nil)}, 1_000), "read-secrets get secrets", 1},
	} {
		powers := heldBy(tc.rules...).Powers(rbac.User("u"), rbac.Server{})
		if len(powers) < tc.least || tc.least == 0 && len(powers) > 0 {
			t.Errorf("%s: %d powers", tc.name, len(powers))
		}
		if tc.want != "" && !slices.ContainsFunc(powers, func(x rbac.Power) bool { return showPower(x) == tc.want }) {
			t.Errorf("%s: no %s", tc.name, tc.want)
		}
		for _, x := range powers {
			if len(x.Grants) == 0 || len(x.Grants) > 1024 || len(x.Does()) > 6<<20 {
				t.Errorf("%s: %s has %d grants", tc.name, x.Kind, len(x.Grants))
			}
		}
	}
}

// TestPowersOfManyBindings: a large role bound often, to one account and by its group.
func TestPowersOfManyBindings(t *testing.T) {
	var rules []rbacv1.PolicyRule
	for i := range 1_000 {
		rules = append(rules, rule(list("*"), list("*"), list("*"), list(fmt.Sprint("n", i))))
	}
	objects := rbac.Objects{ClusterRoles: []rbacv1.ClusterRole{{ObjectMeta: meta("", "r"), Rules: rules}}}
	for i := range 100 {
		objects.RoleBindings = append(objects.RoleBindings,
			rbacv1.RoleBinding{ObjectMeta: meta(fmt.Sprint("ns", i%5), fmt.Sprint("b", i)), RoleRef: roleRef("ClusterRole", "r"), Subjects: []rbacv1.Subject{account("ns1", "a"), group("system:authenticated")}},
			rbacv1.RoleBinding{ObjectMeta: meta("ns1", fmt.Sprint("absent", i)), RoleRef: roleRef("ClusterRole", "absent"), Subjects: []rbacv1.Subject{account("ns1", "a")}})
	}
	policy := rbac.New(objects)
	for _, x := range policy.Powers(rbac.ServiceAccount("ns1", "a"), rbac.Server{}) {
		if len(x.Grants) != 1024 || len(x.Names) != 1_000 && x.Resource != "namespaces" {
			t.Fatalf("%s: %d grants, %d names", x.Does(), len(x.Grants), len(x.Names))
		}
	}
}

// TestPowersOfCircle: roles that aggregate each other.
func TestPowersOfCircle(t *testing.T) {
	objects := rbac.Objects{Aggregate: true, ClusterRoles: []rbacv1.ClusterRole{
		aggregating(labelled("r", nil, rule(list("get"), list(""), list("secrets"), nil)), metav1.LabelSelector{}),
		aggregating(labelled("s", nil, rule(list("create"), list(""), list("pods"), nil)), metav1.LabelSelector{}),
	}}
	objects.ClusterRoleBindings = []rbacv1.ClusterRoleBinding{{ObjectMeta: meta("", "b"), RoleRef: roleRef("ClusterRole", "r"), Subjects: []rbacv1.Subject{user("u")}}}
	if powers := rbac.New(objects).Powers(rbac.User("u"), rbac.Server{}); len(powers) != 2 {
		t.Error(powers)
	}
}

// TestPowersAtTheSameTime is for the race detector: roles are appraised when first asked for.
func TestPowersAtTheSameTime(t *testing.T) {
	objects, _ := withPowers()
	policy, ids := rbac.New(objects), manyIdentities()[:20]
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for _, id := range ids {
				if len(policy.Powers(id, rbac.Server{})) == 0 {
					t.Errorf("%v has no power", id)
				}
			}
		})
	}
	group.Wait()
}

func TestPowerDoes(t *testing.T) {
	for want, x := range map[string]rbac.Power{
		"do everything in n":            {Kind: rbac.MayDoEverything, Namespace: "n", Verbs: list("*"), Resource: "*"},
		"get,list secrets a,b,c,… in n": {Kind: rbac.MayReadSecrets, Namespace: "n", Names: list("a", "b", "c", "d"), Verbs: list("get", "list"), Resource: "secrets"},
		"create pods/exec":              {Kind: rbac.MayExec, Verbs: list("create"), Resource: "pods/exec"},
	} {
		if got := x.Does(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
