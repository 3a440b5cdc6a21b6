package rbac_test

import (
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

func rule(verbs, groups, resources, names []string) rbacv1.PolicyRule {
	return rbacv1.PolicyRule{Verbs: verbs, APIGroups: groups, Resources: resources, ResourceNames: names}
}

func list(entries ...string) []string { return entries }

func TestMatches(t *testing.T) {
	core := list("")
	podsOnly := rule(list("get"), core, list("pods"), nil)
	named := rule(list("get", "list", "create"), core, list("pods", "pods/log"), list("a", "b"))
	urls := func(urls ...string) rbacv1.PolicyRule {
		return rbacv1.PolicyRule{Verbs: list("get"), NonResourceURLs: urls}
	}
	for _, tc := range []struct {
		name    string
		rule    rbacv1.PolicyRule
		request rbac.Request
		want    bool
	}{
		{"same", podsOnly, rbac.Request{Verb: "get", Resource: "pods", Namespace: "n", Name: "x"}, true},
		{"another verb", podsOnly, rbac.Request{Verb: "list", Resource: "pods"}, false},
		{"verbs have a case", podsOnly, rbac.Request{Verb: "GET", Resource: "pods"}, false},
		{"resources have a case", podsOnly, rbac.Request{Verb: "get", Resource: "Pods"}, false},
		{"another group", podsOnly, rbac.Request{Verb: "get", Group: "apps", Resource: "pods"}, false},
		{"a subresource is not its resource", podsOnly, rbac.Request{Verb: "get", Resource: "pods", Subresource: "log"}, false},
		{"a star as verb is asked for", podsOnly, rbac.Request{Verb: "*", Resource: "pods"}, false},

		{"any verb", rule(list("*"), core, list("pods"), nil), rbac.Request{Verb: "impersonate", Resource: "pods"}, true},
		{"a star within a verb is no pattern", rule(list("g*"), core, list("pods"), nil), rbac.Request{Verb: "get", Resource: "pods"}, false},
		{"any group", rule(list("get"), list("*"), list("pods"), nil), rbac.Request{Verb: "get", Group: "x", Resource: "pods"}, true},
		{"no group", rule(list("get"), nil, list("pods"), nil), rbac.Request{Verb: "get", Resource: "pods"}, false},
		{"no verb", rule(nil, core, list("pods"), nil), rbac.Request{Resource: "pods"}, false},

		{"any resource", rule(list("get"), core, list("*"), nil), rbac.Request{Verb: "get", Resource: "pods", Subresource: "log"}, true},
		{"that subresource", rule(list("get"), core, list("pods/log"), nil), rbac.Request{Verb: "get", Resource: "pods", Subresource: "log"}, true},
		{"a resource is not its subresource", rule(list("get"), core, list("pods/log"), nil), rbac.Request{Verb: "get", Resource: "pods"}, false},
		{"that subresource of any", rule(list("get"), core, list("*/log"), nil), rbac.Request{Verb: "get", Resource: "x", Subresource: "log"}, true},
		{"not a part of a subresource", rule(list("get"), core, list("*/log"), nil), rbac.Request{Verb: "get", Resource: "x", Subresource: "og"}, false},
		{"all subresources of one is nothing", rule(list("get"), core, list("pods/*"), nil), rbac.Request{Verb: "get", Resource: "pods", Subresource: "log"}, false},
		{"all subresources of all is nothing", rule(list("get"), core, list("*/*"), nil), rbac.Request{Verb: "get", Resource: "pods", Subresource: "log"}, false},
		{"a slash in the resource", rule(list("get"), core, list("pods/log"), nil), rbac.Request{Verb: "get", Resource: "pods/log"}, true},
		{"two slashes", rule(list("get"), core, list("a/b/c"), nil), rbac.Request{Verb: "get", Resource: "a", Subresource: "b/c"}, true},

		{"a name of the list", named, rbac.Request{Verb: "get", Resource: "pods", Name: "b"}, true},
		{"another name", named, rbac.Request{Verb: "get", Resource: "pods", Name: "c"}, false},
		{"a name and a subresource", named, rbac.Request{Verb: "get", Resource: "pods", Subresource: "log", Name: "a"}, true},
		{"a list has no name", named, rbac.Request{Verb: "list", Resource: "pods"}, false},
		{"a list with a field selector has", named, rbac.Request{Verb: "list", Resource: "pods", Name: "a"}, true},
		{"a create has no name", named, rbac.Request{Verb: "create", Resource: "pods"}, false},
		{"names know no star", rule(list("get"), core, list("pods"), list("*")), rbac.Request{Verb: "get", Resource: "pods", Name: "a"}, false},

		{"that path", urls("/metrics"), rbac.Request{Verb: "get", Path: "/metrics"}, true},
		{"a longer path", urls("/metrics"), rbac.Request{Verb: "get", Path: "/metrics/"}, false},
		{"below", urls("/api/*"), rbac.Request{Verb: "get", Path: "/api/v1"}, true},
		{"not the folder itself", urls("/api/*"), rbac.Request{Verb: "get", Path: "/api"}, false},
		{"a star ends any text", urls("/api*"), rbac.Request{Verb: "get", Path: "/apifoo"}, true},
		{"many stars are one", urls("/api**"), rbac.Request{Verb: "get", Path: "/apifoo"}, true},
		{"a star in the middle is none", urls("/a*b"), rbac.Request{Verb: "get", Path: "/axb"}, false},
		{"any path", urls("*"), rbac.Request{Verb: "get", Path: "/x"}, true},
		{"a path's verb", urls("*"), rbac.Request{Verb: "post", Path: "/x"}, false},
		{"a query is part of the path", urls("/x"), rbac.Request{Verb: "get", Path: "/x?a=b"}, false},
		{"any resource is no path", rule(list("*"), list("*"), list("*"), nil), rbac.Request{Verb: "get", Path: "/x"}, false},
		{"any path is no resource", urls("*"), rbac.Request{Verb: "get", Resource: "pods"}, false},
	} {
		if got := rbac.Matches(&tc.rule, tc.request); got != tc.want {
			t.Errorf("%s: %t", tc.name, got)
		}
	}
}

func TestCovers(t *testing.T) {
	core := list("")
	readPods := rule(list("get", "list"), core, list("pods"), nil)
	for _, tc := range []struct {
		name         string
		held, wanted []rbacv1.PolicyRule
		want         bool
	}{
		{"nothing wanted", nil, nil, true},
		{"nothing held", nil, []rbacv1.PolicyRule{readPods}, false},
		{"the same", []rbacv1.PolicyRule{readPods}, []rbacv1.PolicyRule{readPods}, true},
		{"all", []rbacv1.PolicyRule{rule(list("*"), list("*"), list("*"), nil)}, []rbacv1.PolicyRule{readPods}, true},
		{
			"two rules, one verb each",
			[]rbacv1.PolicyRule{rule(list("get"), core, list("pods"), nil), rule(list("list"), core, list("pods"), nil)},
			[]rbacv1.PolicyRule{readPods}, true,
		},
		{"a name of all", []rbacv1.PolicyRule{readPods}, []rbacv1.PolicyRule{rule(list("get"), core, list("pods"), list("a"))}, true},
		{"all of a name", []rbacv1.PolicyRule{rule(list("get"), core, list("pods"), list("a"))}, []rbacv1.PolicyRule{rule(list("get"), core, list("pods"), nil)}, false},
		{"a subresource of any", []rbacv1.PolicyRule{rule(list("get"), core, list("*/log"), nil)}, []rbacv1.PolicyRule{rule(list("get"), core, list("pods/log"), nil)}, true},
		{"a star is wanted", []rbacv1.PolicyRule{readPods}, []rbacv1.PolicyRule{rule(list("*"), core, list("pods"), nil)}, false},
		{"a rule without groups is nothing", nil, []rbacv1.PolicyRule{rule(list("*"), nil, list("pods"), nil)}, true},
		{
			"paths below",
			[]rbacv1.PolicyRule{{Verbs: list("get"), NonResourceURLs: list("/a*")}},
			[]rbacv1.PolicyRule{{Verbs: list("get"), NonResourceURLs: list("/a/*", "/ab")}}, true,
		},
	} {
		if got, err := rbac.Covers(pointers(tc.held), pointers(tc.wanted)); err != nil || got != tc.want {
			t.Errorf("%s: %t %v", tc.name, got, err)
		}
	}
}
