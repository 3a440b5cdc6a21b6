package rbac_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac/rbactest"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// The pairs that a run compares with Kubernetes' own authorizer.
const (
	policies          = 2_000
	requestsPerPolicy = 50
	coversPerPolicy   = 10
)

type question struct {
	rbactest.Policy
	Reviews []authorizationv1.SubjectAccessReviewSpec `json:"reviews"`
	Covers  []covering                                `json:"covers"`
}

type covering struct{ Held, Wanted []rbacv1.PolicyRule }

type answer struct {
	Reasons []string `json:"reasons"`
	Covered []bool   `json:"covered"`
}

// authorizer is the program of test/rbac.
type authorizer struct{ *testkit.Engine }

func startAuthorizer(t *testing.T) authorizer {
	t.Helper()
	return authorizer{testkit.StartEngine(t, "rbac")}
}

func (a authorizer) ask(t *testing.T, q question) answer {
	t.Helper()
	var answer answer
	a.Ask(t, q, &answer)
	if len(answer.Reasons) != len(q.Reviews) || len(answer.Covered) != len(q.Covers) {
		t.Fatalf("%d questions have %d answers, %d others %d", len(q.Reviews), len(answer.Reasons), len(q.Covers), len(answer.Covered))
	}
	return answer
}

// TestAgreesWithUpstream compares decisions, and of what is allowed the binding, role and
// subject that are named for it.
func TestAgreesWithUpstream(t *testing.T) {
	upstream := startAuthorizer(t)
	random := newRandom(t)
	var pairs, allowed, covers, covered int
	ways := map[string]int{}
	for range policies {
		q := draw(random)
		answer := upstream.ask(t, q)
		policy := rbac.New(objectsOf(q.Policy))
		for i, spec := range q.Reviews {
			id, request := rbac.FromReview(spec)
			grant, ok := policy.Allows(id, request)
			got := ""
			if ok {
				got = "RBAC: allowed by " + grant.String()
				allowed++
				count(ways, q.Policy, request, grant)
			}
			if got != answer.Reasons[i] {
				failing, err := json.MarshalIndent(question{Policy: q.Policy, Reviews: q.Reviews[i : i+1]}, "", " ")
				t.Fatalf("upstream %q, here %q\n%s %v", answer.Reasons[i], got, failing, err)
			}
			pairs++
		}
		for i, c := range q.Covers {
			got, err := rbac.Covers(pointers(c.Held), pointers(c.Wanted))
			if err != nil || got != answer.Covered[i] {
				t.Fatalf("%+v: upstream %t, here %t %v", c, answer.Covered[i], got, err)
			}
			covers++
			if got {
				covered++
			}
		}
	}
	t.Logf("%d decisions, %d%% allowed; %d coverings, %d%% covered", pairs, 100*allowed/pairs, covers, 100*covered/covers)
	if pairs < 100_000 || 5*allowed < pairs || 5*allowed > 4*pairs || 5*covered < covers || 5*covered > 4*covers {
		t.Error("the drawn policies and requests do not test much")
	}
	t.Logf("of what is allowed: %v", ways)
	for _, way := range []string{"User", "Group", "ServiceAccount", "in a namespace", "path", "subresource", "all namespaces", "named", "another rule"} {
		if 100*ways[way] < allowed {
			t.Errorf("%d of %d decisions are of the sort %q", ways[way], allowed, way)
		}
	}
}

// count says what an allowed decision has tested.
func count(ways map[string]int, p rbactest.Policy, r rbac.Request, grant rbac.Grant) {
	ways[grant.Subject.Kind]++
	if grant.Binding.Namespace != "" {
		ways["in a namespace"]++
	}
	switch {
	case r.Path != "":
		ways["path"]++
	case r.Namespace == "":
		ways["all namespaces"]++
	}
	if r.Subresource != "" {
		ways["subresource"]++
	}
	if grant.Rule > 1 {
		ways["another rule"]++
	}
	for _, role := range p.ClusterRoles {
		if grant.Role.Kind == "ClusterRole" && role.Name == grant.Role.Name && len(role.Rules[grant.Rule-1].ResourceNames) > 0 {
			ways["named"]++
		}
	}
}

func draw(random *rand.Rand) question {
	maker := rbactest.Maker{Dice: random}
	q := question{Policy: maker.Policy()}
	for range requestsPerPolicy {
		q.Reviews = append(q.Reviews, maker.Review(q.Policy))
	}
	var all []rbacv1.PolicyRule
	for _, r := range q.ClusterRoles {
		all = append(all, r.Rules...)
	}
	for range coversPerPolicy {
		c := covering{Held: all[random.IntN(1+len(all)):]}
		if len(all) > 0 {
			wanted, other := all[random.IntN(len(all))], all[random.IntN(len(all))]
			switch random.IntN(4) {
			case 0: // partly covered by each of two rules, perhaps
				wanted.Verbs = slices.Concat(wanted.Verbs, other.Verbs)
			case 1:
				wanted.Resources = slices.Concat(wanted.Resources, other.Resources)
			case 2:
				wanted.ResourceNames = slices.Concat(wanted.ResourceNames, other.ResourceNames)
			}
			c.Wanted = []rbacv1.PolicyRule{wanted}
		}
		q.Covers = append(q.Covers, c)
	}
	return q
}
