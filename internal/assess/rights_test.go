package assess

import (
	"os"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac/rbactest"
)

// TestRightsAreMergedWithoutLoss compares what merged rights allow with what the rules do.
func TestRightsAreMergedWithoutLoss(t *testing.T) {
	random, seed, err := rbactest.NewRandom(os.Getenv("RBAC_SEED"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("RBAC_SEED=%s", seed)
	maker := rbactest.Maker{Dice: random}
	for range 300 {
		drawn := maker.Policy()
		policy := rbac.New(rbac.Objects{
			Roles: drawn.Roles, ClusterRoles: drawn.ClusterRoles,
			RoleBindings: drawn.RoleBindings, ClusterRoleBindings: drawn.ClusterRoleBindings,
		})
		for range 40 {
			id, request := rbac.FromReview(maker.Review(drawn))
			known := &account{accountKey: accountKey{"red", "a"}}
			for right := range policy.Rights(id) {
				known.rights = append(known.rights, right)
			}
			_, want := policy.Allows(id, request)
			if got := allowed(rightsOf(known, stands{}, nil), request); got != want {
				t.Fatalf("%v %v: merged rights say %v, the policy %v", id, request, got, want)
			}
		}
	}
}

func allowed(rights []api.Right, request rbac.Request) bool {
	for _, r := range rights {
		rule := &rbacv1.PolicyRule{
			Verbs: r.Verbs, APIGroups: r.Groups, Resources: r.Resources, ResourceNames: r.ResourceNames, NonResourceURLs: r.NonResourceURLs,
		}
		if (rbac.Right{Namespace: r.Namespace, Rule: rule}).Allows(request) {
			return true
		}
	}
	return false
}
