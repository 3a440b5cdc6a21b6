package rbac_test

import (
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac/rbactest"
)

// newRandom is another one in each run; RBAC_SEED repeats a run.
func newRandom(t *testing.T) *rand.Rand {
	t.Helper()
	random, seed, err := rbactest.NewRandom(os.Getenv("RBAC_SEED"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("to repeat: RBAC_SEED=%s", seed)
	return random
}

func objectsOf(p rbactest.Policy) rbac.Objects {
	return rbac.Objects{
		Roles: p.Roles, ClusterRoles: p.ClusterRoles,
		RoleBindings: p.RoleBindings, ClusterRoleBindings: p.ClusterRoleBindings,
	}
}

func pointers(rules []rbacv1.PolicyRule) []*rbacv1.PolicyRule {
	var out []*rbacv1.PolicyRule
	for i := range rules {
		out = append(out, &rules[i])
	}
	return out
}

// agree fails the test where the ways to ask differ for one identity and request.
func agree(t *testing.T, policy *rbac.Policy, id rbac.Identity, request rbac.Request) {
	t.Helper()
	first, allowed := policy.Allows(id, request)
	grants := policy.Grants(id, request)
	if allowed != (len(grants) > 0) || allowed && first != grants[0] {
		t.Fatalf("%+v %+v: Allows says %t %v, Grants %v", id, request, allowed, first, grants)
	}
	var fromRights []rbac.Grant
	for right := range policy.Rights(id) {
		if right.Allows(request) {
			fromRights = append(fromRights, right.Grant)
		}
	}
	if !slices.Equal(grants, fromRights) {
		t.Fatalf("%+v %+v: Grants says %v, Rights %v", id, request, grants, fromRights)
	}
	var fromSubjects []rbac.Grant
	holders := policy.Subjects(request)
	for _, holder := range holders {
		if _, may := policy.Allows(holder.Subject.Identity(), request); !may {
			t.Fatalf("%+v: Subjects has %v, Allows denies", request, holder)
		}
		if names(id, holder.Subject) {
			fromSubjects = append(fromSubjects, holder.Grants...)
		}
	}
	for _, grant := range fromSubjects {
		if !slices.Contains(grants, grant) {
			t.Fatalf("%+v %+v: Subjects has %v, Grants %v", id, request, grant, grants)
		}
	}
	for _, grant := range grants {
		if !slices.ContainsFunc(fromSubjects, func(g rbac.Grant) bool {
			return g.Binding == grant.Binding && g.Subject == grant.Subject && g.Rule <= grant.Rule
		}) {
			t.Fatalf("%+v %+v: Grants has %v, Subjects %v", id, request, grant, holders)
		}
	}
}

func names(id rbac.Identity, s rbac.Subject) bool {
	if s.Kind == rbacv1.GroupKind {
		return slices.Contains(id.Groups, s.Name)
	}
	return id.User != "" && s.Identity().User == id.User
}
