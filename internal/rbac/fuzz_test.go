package rbac_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac/rbactest"
)

// bytesDice makes choices of bytes, the first one once they have run out.
type bytesDice struct{ data []byte }

func (d *bytesDice) IntN(n int) int {
	if len(d.data) == 0 {
		return 0
	}
	b := d.data[0]
	d.data = d.data[1:]
	return int(b) % n
}

// FuzzPolicy: no policy makes a question panic, all ways to ask agree, and the order of the
// objects does not matter.
func FuzzPolicy(f *testing.F) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		data := make([]byte, 250)
		for i := range data {
			data[i] = byte(random.UintN(256))
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		maker := rbactest.Maker{Dice: &bytesDice{data}, Most: 3, Broken: true}
		drawn := maker.Policy()
		maker.Aggregate(drawn)
		circles(maker, drawn)
		holds(t, maker, drawn, 3)
	})
}

// circles lets ClusterRoles aggregate any others.
func circles(maker rbactest.Maker, p rbactest.Policy) {
	for i := range p.ClusterRoles {
		if rule := p.ClusterRoles[i].AggregationRule; rule != nil && maker.Dice.IntN(3) == 0 {
			rule.ClusterRoleSelectors[0].MatchExpressions = nil
		}
	}
}

// TestWaysToAskAgree is the property of FuzzPolicy on another random sample in each run.
func TestWaysToAskAgree(t *testing.T) {
	random := newRandom(t)
	for range 300 {
		maker := rbactest.Maker{Dice: random, Broken: random.IntN(2) == 0}
		holds(t, maker, maker.Policy(), 30)
	}
}

func holds(t *testing.T, maker rbactest.Maker, drawn rbactest.Policy, requests int) {
	t.Helper()
	objects := objectsOf(drawn)
	objects.Aggregate = true
	policy := rbac.New(objects)
	shuffled := rbac.Objects{
		Aggregate: true, Roles: slices.Clone(objects.Roles), ClusterRoles: slices.Clone(objects.ClusterRoles),
		RoleBindings: slices.Clone(objects.RoleBindings), ClusterRoleBindings: slices.Clone(objects.ClusterRoleBindings),
	}
	slices.Reverse(shuffled.Roles)
	slices.Reverse(shuffled.ClusterRoles)
	slices.Reverse(shuffled.RoleBindings)
	slices.Reverse(shuffled.ClusterRoleBindings)
	again := rbac.New(shuffled)
	if diff := cmp.Diff(policy.Notes(), again.Notes()); diff != "" {
		t.Fatal(diff)
	}
	for range requests {
		id, request := rbac.FromReview(maker.Review(drawn))
		agree(t, policy, id, request)
		if diff := cmp.Diff(policy.Grants(id, request), again.Grants(id, request)); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(policy.Subjects(request), again.Subjects(request)); diff != "" {
			t.Fatal(diff)
		}
		// Of a rule with names and URLs, which no server stores, upstream covers nothing.
		held := slices.DeleteFunc(policy.RulesFor(id, request.Namespace), func(rule *rbacv1.PolicyRule) bool {
			return len(rule.ResourceNames) > 0 && len(rule.NonResourceURLs) > 0
		})
		if covered, err := rbac.Covers(held, held); !covered || err != nil {
			t.Fatalf("%v: rules do not cover themselves: %v", id, err)
		}
	}
}
