package rbac_test

import (
	"slices"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

// fitOf fits the uses of an account and returns what was added, as words.
func fitOf(t *testing.T, uses ...api.Use) (*rbac.Fitted, []string) {
	t.Helper()
	id := rbac.ServiceAccount("shop", "checkout")
	fitted, err := rbac.Fit(id, []api.Access{{User: id.User, Uses: uses}}, rbac.FitOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var added []string
	for _, u := range fitted.Proof.Added {
		added = append(added, u.Use)
	}
	return fitted, added
}

// TestFitServerMadeNames: where creates have no names in the log, names that the server may
// have made are not kept.
func TestFitServerMadeNames(t *testing.T) {
	use := func(verb, name string, count int64, created ...string) api.Use {
		a := api.Action{Verb: verb, Resource: "pods", Namespace: "shop", Name: name}
		return api.Use{Action: a, Count: count, Created: created}
	}
	tests := []struct {
		name string
		uses []api.Use
		want bool
	}{
		{"of generateName", []api.Use{use("create", "", 2), use("delete", "job-bcdfg", 1), use("delete", "job-x2k4p", 1)}, true},
		{"one of generateName", []api.Use{use("create", "", 1), use("delete", "job-bcdfg", 1)}, true},
		{"beside one that has a name", []api.Use{use("create", "", 2, "main"), use("delete", "job-bcdfg", 1), use("delete", "main", 1)}, true},
		{"of somebody else", []api.Use{use("create", "", 1), use("delete", "job-bcdfg", 1), use("delete", "web", 1)}, false},
		{"that nobody generates", []api.Use{use("create", "", 1), use("delete", "job-apple", 1)}, false},
		{"without a prefix", []api.Use{use("create", "", 1), use("delete", "bcdfg", 1)}, false},
		{"of creates that have names", []api.Use{use("create", "", 1, "main"), use("delete", "job-bcdfg", 1)}, false},
		{"without a create", []api.Use{use("delete", "job-bcdfg", 1)}, false},
	}
	for _, test := range tests {
		if _, added := fitOf(t, test.uses...); slices.Contains(added, "delete pods in shop, any name") != test.want {
			t.Errorf("%s: added %q", test.name, added)
		}
	}
}

// TestFitMadeNamespace: no role can be in a namespace that the subject itself makes.
func TestFitMadeNamespace(t *testing.T) {
	use := func(verb, resource, namespace, name string, created ...string) api.Use {
		a := api.Action{Verb: verb, Resource: resource, Namespace: namespace, Name: name}
		return api.Use{Action: a, Count: 1, Created: created}
	}
	uses := []api.Use{
		use("create", "namespaces", "", "", "tenant"), use("delete", "namespaces", "tenant", "tenant"),
		use("create", "limitranges", "tenant", ""), use("get", "secrets", "tenant", "key"), use("get", "secrets", "shop", "key"),
	}
	fitted, added := fitOf(t, uses...)
	if want := []string{"get secrets/key", "create limitranges", "delete namespaces/tenant"}; len(added) != len(want) ||
		slices.ContainsFunc(want, func(u string) bool { return !slices.Contains(added, u) }) {
		t.Errorf("added %q", added)
	}
	for _, role := range fitted.Roles {
		if role.Namespace != "" {
			t.Errorf("there is a role in %s", role.Namespace)
		}
	}
	if fitted, _ := fitOf(t, uses[1:]...); !slices.ContainsFunc(fitted.Roles, func(r api.RoleDraft) bool { return r.Namespace == "tenant" }) {
		t.Error("there is no role in a namespace that was there before")
	}
}
