package audit_test

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/audit"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// attempts is how many impersonations a run compares with the API server's own.
const attempts = 5_000

type attempt struct {
	sent
	User    audit.User          `json:"user"`
	Legacy  bool                `json:"legacy"`
	Headers map[string][]string `json:"headers"`
}

// TestImpersonationAgreesWithUpstream lets the API server's filter ask for all that it wants,
// and finds the same in the event of the request.
func TestImpersonationAgreesWithUpstream(t *testing.T) {
	upstream := testkit.StartEngine(t, "rbac")
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	var question struct {
		Attempts []attempt `json:"attempts"`
	}
	for range attempts {
		question.Attempts = append(question.Attempts, drawAttempt(random))
	}
	var answer struct {
		Became []struct {
			User       audit.User   `json:"user"`
			Constraint string       `json:"constraint"`
			Asked      []api.Action `json:"asked"`
		} `json:"became"`
	}
	upstream.Ask(t, question, &answer)
	modes := map[string]int{}
	for i, a := range question.Attempts {
		want := answer.Became[i]
		modes[want.Constraint]++
		e := audit.Event{
			Verb: a.Method, URI: a.URI, Code: 200, Decision: "allow",
			User: a.User, Impersonated: &want.User, Constraint: want.Constraint,
		}
		checks, _ := audit.Checks(&e)
		var got []api.Action
		for _, c := range checks[1:] {
			got = append(got, c.Action)
		}
		if diff := cmp.Diff(distinct(want.Asked), distinct(got)); diff != "" {
			t.Fatalf("%+v became %+v %s:\n%s", a, want.User, want.Constraint, diff)
		}
	}
	t.Logf("%v", modes)
	for _, mode := range []string{"", "impersonate:user-info", "impersonate:serviceaccount", "impersonate:arbitrary-node", "impersonate:associated-node"} {
		if 50*modes[mode] < attempts {
			t.Errorf("%d of %d are in the mode %q", modes[mode], attempts, mode)
		}
	}
}

// distinct sorts actions and keeps one of each.
func distinct(actions []api.Action) []api.Action {
	slices.SortFunc(actions, api.Action.Compare)
	return slices.Compact(actions)
}

// drawAttempt leaves out to ask for groups that the server would add: an event does not tell
// them apart.
func drawAttempt(random *rand.Rand) attempt {
	a := attempt{
		sent:   sent{oneOf(random, "GET", "POST", "PUT", "PATCH", "DELETE"), oneOf(random, "/api/v1/namespaces/a/pods/p/log", "/api/v1/nodes?watch=1", "/metrics", "/apis/apps/v1/namespaces/a/deployments")},
		User:   audit.User{Name: oneOf(random, "jane", "system:serviceaccount:kube-system:agent"), Groups: []string{"g"}, Extra: map[string][]string{"authentication.kubernetes.io/node-name": {oneOf(random, "n", "m")}}},
		Legacy: random.IntN(3) == 0,
	}
	a.Headers = map[string][]string{"Impersonate-User": {oneOf(random, "bob", "system:anonymous", "system:serviceaccount:b:s", "system:serviceaccount:b:s:t", "system:serviceaccount:B:s", "system:node:n", "system:node:m", "system:node:N_", "a b")}}
	// Constrained impersonation of accounts and nodes is by their name alone.
	name := a.Headers["Impersonate-User"][0]
	alone := strings.HasPrefix(name, "system:node:") || strings.HasPrefix(name, "system:serviceaccount:")
	if alone && !a.Legacy || random.IntN(2) == 0 {
		return a
	}
	for range random.IntN(4) {
		a.Headers["Impersonate-Group"] = append(a.Headers["Impersonate-Group"], oneOf(random, "dev", "ops", "system:nodes", "system:unauthenticated", "system:serviceaccounts"))
	}
	if random.IntN(2) == 0 {
		a.Headers["Impersonate-Uid"] = []string{"42"}
	}
	for range random.IntN(3) {
		key := oneOf(random, "x.y%2fscopes", "a.b%2fc")
		if a.Legacy { // else it must have a domain
			key = oneOf(random, key, "scopes", "%zz")
		}
		key = http.CanonicalHeaderKey("Impersonate-Extra-" + key)
		a.Headers[key] = append(a.Headers[key], oneOf(random, "view", "edit", "a b"))
	}
	return withoutAdded(a)
}

// withoutAdded drops system:unauthenticated at the end of what is asked for as the anonymous
// user, where the server would add it.
func withoutAdded(a attempt) attempt {
	groups := a.Headers["Impersonate-Group"]
	if end := len(groups) - 1; end >= 0 && groups[end] == "system:unauthenticated" && a.Headers["Impersonate-User"][0] == "system:anonymous" {
		a.Headers["Impersonate-Group"] = append(groups, "dev")
	}
	return a
}
