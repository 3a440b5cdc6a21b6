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
		return api.Use{Action: a, Count: count, Created: created, Unnamed: verb == "create" && count > int64(len(created))}
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

// TestFitMadeNamespace: no role can be beforehand in a namespace of a generated name that the
// subject itself makes.
func TestFitMadeNamespace(t *testing.T) {
	use := func(verb, resource, namespace, name string, created ...string) api.Use {
		a := api.Action{Verb: verb, Resource: resource, Namespace: namespace, Name: name}
		return api.Use{Action: a, Count: 1, Created: created}
	}
	const ci = "ci-x7k2p"
	uses := []api.Use{
		use("create", "namespaces", "", "", ci), use("delete", "namespaces", ci, ci),
		use("create", "limitranges", ci, ""), use("get", "secrets", ci, "key"), use("get", "secrets", "shop", "key"),
	}
	want := []string{"create limitranges", "delete namespaces, any name", "get secrets/key"}
	fitted, added := fitOf(t, uses...)
	slices.Sort(added)
	if !slices.Equal(added, want) || len(fitted.Made) > 0 {
		t.Errorf("added %q, made %q", added, fitted.Made)
	}
	if len(fitted.Roles) != 1 || fitted.Roles[0].Namespace != "" {
		t.Errorf("%+v", fitted.Roles)
	}
	inside := func(f *rbac.Fitted, namespace string) bool {
		return slices.ContainsFunc(f.Roles, func(r api.RoleDraft) bool { return r.Namespace == namespace })
	}
	if fitted, _ := fitOf(t, uses[1:]...); !inside(fitted, ci) || len(fitted.Made) > 0 {
		t.Error("there is no role in a namespace that was there before")
	}
	uses = []api.Use{use("create", "namespaces", "", "", "tenant"), use("get", "secrets", "tenant", "key")}
	if fitted, added := fitOf(t, uses...); !inside(fitted, "tenant") || len(added) > 0 || !slices.Equal(fitted.Made, []string{"tenant"}) {
		t.Errorf("of a name that stays: added %q, made %q", added, fitted.Made)
	}
}
