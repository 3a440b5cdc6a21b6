package rbac_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac/rbactest"
)

// risky puts rules with the words of the catalog into what was drawn.
func risky(d rbactest.Dice, p rbactest.Policy) {
	verbs, groups, resources := rbac.Words()
	names := list("", "a", "b", "red", "blue", "system:masters", "kubernetes.io/*", "aws-auth", "*", "system:serviceaccount:red:app")
	some := func(most int, words []string) []string {
		if d.IntN(8) == 0 {
			return list("*")
		}
		var some []string
		for range 1 + d.IntN(most) {
			some = append(some, words[d.IntN(len(words))])
		}
		return some
	}
	rules := func() []rbacv1.PolicyRule {
		var rules []rbacv1.PolicyRule
		for range d.IntN(4) {
			r := rule(some(4, verbs), some(3, groups), some(5, resources), nil)
			if d.IntN(2) == 0 {
				r.APIGroups = list("", "rbac.authorization.k8s.io", "certificates.k8s.io", "authentication.k8s.io")
			}
			if d.IntN(3) == 0 {
				r.ResourceNames = some(3, names)
			}
			rules = append(rules, r)
		}
		return rules
	}
	for i := range p.Roles {
		p.Roles[i].Rules = append(p.Roles[i].Rules, rules()...)
	}
	for i := range p.ClusterRoles {
		p.ClusterRoles[i].Rules = append(p.ClusterRoles[i].Rules, rules()...)
	}
}

// sameAsNaive compares the fast way to find powers with one request at a time.
func sameAsNaive(t *testing.T, dice rbactest.Dice, maker rbactest.Maker) (found int) {
	t.Helper()
	drawn := maker.Policy()
	risky(dice, drawn)
	policy := rbac.New(objectsOf(drawn))
	server := rbac.Server{Minor: []int{0, 32, 34, 35, 36}[dice.IntN(5)]}
	for range 3 {
		id, _ := rbac.FromReview(maker.Review(drawn))
		got, want := policy.Powers(id, server), rbac.NaivePowers(policy, id, server)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%v, 1.%d: (- naive, + Powers)\n%s", id, server.Minor, diff)
		}
		found += len(got)
	}
	return found
}

// FuzzPowers: no policy makes Powers panic, or differ from what Allows says.
func FuzzPowers(f *testing.F) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 30 {
		data := make([]byte, 400)
		for i := range data {
			data[i] = byte(random.UintN(256))
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		dice := &bytesDice{data}
		sameAsNaive(t, dice, rbactest.Maker{Dice: dice, Most: 3, Broken: true})
	})
}

// TestPowersAgreeWithAllows is the property of FuzzPowers on another sample in each run.
func TestPowersAgreeWithAllows(t *testing.T) {
	random := newRandom(t)
	found := 0
	for range 400 {
		found += sameAsNaive(t, random, rbactest.Maker{Dice: random, Broken: random.IntN(2) == 0, Most: 1 + random.IntN(6)})
	}
	if found < 1_000 {
		t.Errorf("%d powers: the drawn policies do not test much", found)
	}
}
