package audit_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/audit"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
)

const authn = "authentication.k8s.io"

// TestImpersonation: the request is a use of the impersonated user, and the impersonation one
// of the real user, with what the server added left out.
func TestImpersonation(t *testing.T) {
	verb := func(verb string, actions ...api.Action) []api.Action {
		for i := range actions {
			actions[i].Verb = verb
		}
		return actions
	}
	legacy := func(actions ...api.Action) []api.Action { return verb("impersonate", actions...) }
	constrained := func(mode string, actions ...api.Action) []api.Action {
		on := api.Action{Verb: "impersonate-on:" + mode + ":get", Resource: "configmaps", Namespace: "a", Name: "c"}
		return append([]api.Action{on}, verb("impersonate:"+mode, actions...)...)
	}
	for _, c := range []struct {
		name       string
		as         audit.User
		constraint string
		want       []api.Action
	}{
		{"user", audit.User{Name: "jane", Groups: []string{"system:authenticated"}}, "",
			legacy(api.Action{Resource: "users", Name: "jane"})},
		{"anonymous", audit.User{Name: "system:anonymous", Groups: []string{"system:unauthenticated"}}, "",
			legacy(api.Action{Resource: "users", Name: "system:anonymous"})},
		{"user and groups", audit.User{Name: "jane", Groups: []string{"dev", "aud", "dev", "system:authenticated"}}, "",
			legacy(api.Action{Resource: "users", Name: "jane"}, api.Action{Resource: "groups", Name: "aud"}, api.Action{Resource: "groups", Name: "dev"})},
		{"groups that the server would have added", audit.User{Name: "jane", Groups: []string{"system:authenticated", "dev"}}, "",
			legacy(api.Action{Resource: "users", Name: "jane"}, api.Action{Resource: "groups", Name: "dev"}, api.Action{Resource: "groups", Name: "system:authenticated"})},
		{"user as if not authenticated", audit.User{Name: "jane", Groups: []string{"system:unauthenticated", "system:authenticated"}}, "",
			legacy(api.Action{Resource: "users", Name: "jane"}, api.Action{Resource: "groups", Name: "system:authenticated"}, api.Action{Resource: "groups", Name: "system:unauthenticated"})},
		{"account", audit.User{Name: "system:serviceaccount:n:s", Groups: []string{"system:serviceaccounts", "system:serviceaccounts:n", "system:authenticated"}}, "",
			legacy(api.Action{Resource: "serviceaccounts", Namespace: "n", Name: "s"})},
		{"account with other groups", audit.User{Name: "system:serviceaccount:n:s", Groups: []string{"system:serviceaccounts", "system:authenticated"}}, "",
			legacy(api.Action{Resource: "serviceaccounts", Namespace: "n", Name: "s"}, api.Action{Resource: "groups", Name: "system:serviceaccounts"})},
		{"no account", audit.User{Name: "system:serviceaccount:n:S_", Groups: []string{"system:authenticated"}}, "",
			legacy(api.Action{Resource: "users", Name: "system:serviceaccount:n:S_"})},
		{"uid and extra", audit.User{Name: "jane", UID: "42", Extra: map[string][]string{"scopes": {"view", "edit"}, "a/b": {"c"}}}, "",
			legacy(api.Action{Resource: "users", Name: "jane"}, api.Action{Group: authn, Resource: "uids", Name: "42"},
				api.Action{Group: authn, Resource: "userextras/a/b", Name: "c"},
				api.Action{Group: authn, Resource: "userextras/scopes", Name: "view"}, api.Action{Group: authn, Resource: "userextras/scopes", Name: "edit"})},
		{"node, legacy", audit.User{Name: "system:node:n", Groups: []string{"system:nodes", "system:authenticated"}}, "",
			legacy(api.Action{Resource: "users", Name: "system:node:n"}, api.Action{Resource: "groups", Name: "system:nodes"})},
		{"user, constrained", audit.User{Name: "jane", UID: "42", Groups: []string{"dev", "system:authenticated"}, Extra: map[string][]string{"k": {"v"}}}, "impersonate:user-info",
			constrained("user-info", api.Action{Group: authn, Resource: "users", Name: "jane"}, api.Action{Group: authn, Resource: "uids", Name: "42"},
				api.Action{Group: authn, Resource: "groups", Name: "dev"}, api.Action{Group: authn, Resource: "userextras/k", Name: "v"})},
		{"account, constrained", audit.User{Name: "system:serviceaccount:n:s", Groups: []string{"system:serviceaccounts", "system:serviceaccounts:n", "system:authenticated"}}, "impersonate:serviceaccount",
			constrained("serviceaccount", api.Action{Group: authn, Resource: "serviceaccounts", Namespace: "n", Name: "s"})},
		{"any node", audit.User{Name: "system:node:n", Groups: []string{"system:nodes", "system:authenticated"}}, "impersonate:arbitrary-node",
			constrained("arbitrary-node", api.Action{Group: authn, Resource: "nodes", Name: "n"})},
		{"own node", audit.User{Name: "system:node:n", Groups: []string{"system:nodes", "system:authenticated"}}, "impersonate:associated-node",
			constrained("associated-node", api.Action{Group: authn, Resource: "nodes", Name: "*"})},
	} {
		e := got()
		e.Code, e.Decision, e.Impersonated, e.Constraint = 200, "allow", &c.as, c.constraint
		want := []observation.Check{{User: c.as.Name, Groups: c.as.Groups, Action: api.Action{Verb: "get", Resource: "configmaps", Namespace: "a", Name: "c"}}}
		for _, a := range c.want {
			want = append(want, observation.Check{User: "u", Groups: e.User.Groups, Action: a})
		}
		checks, _ := audit.Checks(&e)
		if diff := cmp.Diff(want, checks); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
		e.Code, e.Decision = 403, "forbid"
		want[0].Denied = true
		checks, _ = audit.Checks(&e)
		if diff := cmp.Diff(want, checks); diff != "" {
			t.Errorf("%s, denied as that user:\n%s", c.name, diff)
		}
	}
}

// TestImpersonationOfPath: a constrained impersonation is checked for a path too.
func TestImpersonationOfPath(t *testing.T) {
	e := got()
	e.URI, e.Object, e.Code, e.Decision = "/metrics?x", nil, 200, "allow"
	e.Impersonated, e.Constraint = &audit.User{Name: "jane"}, "impersonate:user-info"
	checks, _ := audit.Checks(&e)
	want := api.Action{Verb: "impersonate-on:user-info:get", Path: "/metrics"}
	if len(checks) != 3 || checks[1].Action != want || checks[1].User != "u" {
		t.Errorf("%+v", checks)
	}
}
