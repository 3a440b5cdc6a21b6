package rbac

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
)

func TestDraft(t *testing.T) {
	needs := []cluster.Need{
		{Verb: "list", Resource: "pods", Namespace: "shop", Why: "the workloads"},
		{Verb: "list", Resource: "pods", Why: "those on the same nodes"},
		{Verb: "get", Group: "apps", Resource: "deployments", Namespace: "shop", Name: "web", Why: "asked for"},
		{Verb: "get", Group: "apps", Resource: "deployments", Namespace: "shop", Name: "cart", Why: "asked for"},
		{Verb: "get", Group: "apps", Resource: "replicasets", Namespace: "shop", Name: "a", Why: "one"},
		{Verb: "get", Group: "apps", Resource: "replicasets", Namespace: "shop", Why: "all"},
		{Verb: "list", Group: "apps", Resource: "replicasets", Namespace: "shop", Why: "between"},
		{Verb: "list", Group: "apps", Resource: "replicasets", Namespace: "shop", Why: "between"},
	}
	rule := func(group, resource, reason string, names []string, verbs ...string) api.RuleDraft {
		return api.RuleDraft{PolicyRule: rbacv1.PolicyRule{APIGroups: []string{group}, Resources: []string{resource}, ResourceNames: names, Verbs: verbs}, Reason: reason}
	}
	want := []api.RoleDraft{
		{Rules: []api.RuleDraft{rule("", "pods", "the workloads; those on the same nodes", nil, "list")}},
		{Namespace: "shop", Rules: []api.RuleDraft{
			rule("apps", "deployments", "asked for", []string{"cart", "web"}, "get"),
			rule("apps", "replicasets", "get: one; all | list: between", nil, "get", "list"),
		}},
	}
	got, err := Draft(needs)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

// TestRuleOf: the rule of an action grants just that action.
func TestRuleOf(t *testing.T) {
	for _, a := range []api.Action{
		{Verb: "get", Resource: "pods"},
		{Verb: "create", Group: "apps", Resource: "deployments/scale", Namespace: "shop", Name: "web"},
		{Verb: "*", Group: "*", Resource: "*"},
		{Verb: "get", Path: "/metrics"},
	} {
		rule := ruleOf(a)
		if diff := cmp.Diff([]api.Action{a}, actionsOf(&rule, a.Namespace)); diff != "" {
			t.Error(diff)
		}
	}
	// A path has no name: a document of somebody else may give it one.
	if rule := ruleOf(api.Action{Verb: "get", Path: "/metrics", Name: "n"}); rule.ResourceNames != nil {
		t.Error(rule)
	}
}

// TestDraftAnyNeeds draws needs: Draft itself finds out whether its roles grant just those.
func TestDraftAnyNeeds(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(words ...string) string { return words[random.IntN(len(words))] }
	for range 2000 {
		var needs []cluster.Need
		for range random.IntN(12) {
			needs = append(needs, cluster.Need{
				Verb: pick("get", "list"), Group: pick("", "apps"), Resource: pick("a", "b"),
				Namespace: pick("", "x", "y"), Name: pick("", "n", "m"), Why: pick("1", "2"),
			})
		}
		if _, err := Draft(needs); err != nil {
			t.Fatalf("%v: %+v", err, needs)
		}
	}
}
