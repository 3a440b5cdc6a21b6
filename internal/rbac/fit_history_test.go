package rbac_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac/rbactest"
)

const histories = 10_000

// drawAction is a request of few kinds, so that one often includes another.
func drawAction(random *rand.Rand) api.Action {
	pick := func(words ...string) string { return words[random.IntN(len(words))] }
	if random.IntN(8) == 0 {
		return api.Action{Verb: pick("get", "post"), Path: pick("/metrics", "/version", "/apis/apps", "/logs/a")}
	}
	a := api.Action{
		Verb:  pick("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"),
		Group: pick("", "apps"), Resource: pick("pods", "pods/exec", "leases", "namespaces"),
		Namespace: pick("", "x", "y"), Name: pick("", "a", "b", "c"),
	}
	if a.Group == "" && a.Resource == "namespaces" && a.Name != "" {
		a.Namespace = a.Name
	}
	return a
}

func drawHistory(random *rand.Rand, user string) (*api.Observations, []api.Action) {
	set := observation.NewSet()
	var allowed []api.Action
	for range random.IntN(25) {
		c := observation.Check{User: user, Action: drawAction(random), Denied: random.IntN(6) == 0}
		if c.Verb == "create" && c.Name == "" && c.Path == "" {
			c.Created = []string{"a", "b", "c", ""}[random.IntN(4)]
		}
		if c.Verb == "patch" && random.IntN(9) == 0 && c.Path == "" {
			c.Hidden = "because"
		}
		set.Add(set.Entry(&c), observation.Evidence{At: 1, Ended: true})
		if !c.Denied && c.Hidden == "" {
			allowed = append(allowed, c.Action)
		}
	}
	return set.Document(), allowed
}

// bound is the policy that binds an account to roles.
func bound(roles []api.RoleDraft, namespace, name string) rbactest.Policy {
	var p rbactest.Policy
	subjects := []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: name}}
	for _, draft := range roles {
		var rules []rbacv1.PolicyRule
		for _, r := range draft.Rules {
			rules = append(rules, r.PolicyRule)
		}
		meta := metav1.ObjectMeta{Name: name, Namespace: draft.Namespace}
		ref := rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: name}
		if draft.Namespace == "" {
			ref.Kind = "ClusterRole"
			p.ClusterRoles = append(p.ClusterRoles, rbacv1.ClusterRole{ObjectMeta: meta, Rules: rules})
			p.ClusterRoleBindings = append(p.ClusterRoleBindings, rbacv1.ClusterRoleBinding{ObjectMeta: meta, RoleRef: ref, Subjects: subjects})
		} else {
			p.Roles = append(p.Roles, rbacv1.Role{ObjectMeta: meta, Rules: rules})
			p.RoleBindings = append(p.RoleBindings, rbacv1.RoleBinding{ObjectMeta: meta, RoleRef: ref, Subjects: subjects})
		}
	}
	return p
}

// includes tells whether whoever may do one action may do the other.
func includes(wide, narrow api.Action) bool {
	return wide.Verb == narrow.Verb && wide.Group == narrow.Group && wide.Resource == narrow.Resource && wide.Path == narrow.Path &&
		(wide.Namespace == "" || wide.Namespace == narrow.Namespace) && (wide.Name == "" || wide.Name == narrow.Name)
}

func request(a api.Action) rbac.Request {
	resource, subresource, _ := strings.Cut(a.Resource, "/")
	return rbac.Request{Verb: a.Verb, Group: a.Group, Resource: resource, Subresource: subresource, Namespace: a.Namespace, Name: a.Name, Path: a.Path}
}

// TestHistories fits roles to what was drawn, and asks Kubernetes' own authorizer: all that
// was observed is allowed, exact roles allow nothing else, and without any one rule something
// is missing.
func TestHistories(t *testing.T) {
	upstream := startAuthorizer(t)
	random := newRandom(t)
	const user = "system:serviceaccount:x:app"
	id := rbac.ServiceAccount("x", "app")
	var rules, observed, others int
	for range histories {
		doc, allowed := drawHistory(random, user)
		exact := random.IntN(2) == 0
		fitted, err := rbac.Fit(id, doc.Access, rbac.FitOptions{Exact: exact})
		if err != nil {
			t.Fatal(err)
		}
		if p := fitted.Proof; p.Coverage != 1 || p.Covered != p.Observed || len(p.Excess) > 0 || exact && len(p.Added) > 0 {
			t.Fatalf("%+v", p)
		}
		var needed []api.Action
		for _, a := range allowed {
			if a.Path != "/version" && a.Path != "/apis/apps" || a.Verb != "get" {
				needed = append(needed, a)
			}
		}
		others += compareHistory(t, upstream, random, id, needed, fitted, exact)
		observed += len(needed)
		rules += dropEach(t, fitted, needed, exact)
	}
	t.Logf("%d observed, %d rules, %d other requests allowed", observed, rules, others)
	if observed < 5*histories || rules < 3*histories {
		t.Error("the drawn histories do not test much")
	}
}

// compareHistory returns how many drawn requests were allowed.
func compareHistory(t *testing.T, upstream authorizer, random *rand.Rand, id rbac.Identity, needed []api.Action, fitted *rbac.Fitted, exact bool) int {
	t.Helper()
	asked := slices.Clone(needed)
	for range 20 {
		asked = append(asked, drawAction(random))
	}
	q := question{Policy: bound(fitted.Roles, "x", "app"), Reviews: []authorizationv1.SubjectAccessReviewSpec{}}
	for _, a := range asked {
		q.Reviews = append(q.Reviews, id.Review(request(a)))
	}
	answer := upstream.ask(t, q)
	allowed := 0
	for i, a := range asked {
		got := answer.Reasons[i] != ""
		want := slices.ContainsFunc(needed, func(n api.Action) bool { return includes(n, a) })
		if want && !got || exact && got != want {
			t.Fatalf("%+v: allowed is %t with %q for %+v", a, got, written(fitted.Roles), needed)
		}
		if got && i >= len(needed) {
			allowed++
		}
	}
	return allowed
}

// dropEach leaves out one rule after the other and returns how many there are.
func dropEach(t *testing.T, fitted *rbac.Fitted, needed []api.Action, exact bool) int {
	t.Helper()
	rules := 0
	for i := range fitted.Roles {
		whole := fitted.Roles[i].Rules
		rules += len(whole)
		for j := range whole {
			fitted.Roles[i].Rules = slices.Delete(slices.Clone(whole), j, j+1)
			policy := rbac.New(objectsOf(bound(fitted.Roles, "x", "app")))
			missing := slices.ContainsFunc(needed, func(a api.Action) bool {
				_, ok := policy.Allows(rbac.ServiceAccount("x", "app"), request(a))
				return !ok
			})
			if !missing && (exact || len(fitted.Proof.Added) == 0) {
				t.Fatalf("rule %+v is not needed for %+v", whole[j], needed)
			}
		}
		fitted.Roles[i].Rules = whole
	}
	return rules
}
