package audit_test

import (
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/audit"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
)

const (
	reviewURI = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
	aboutS    = `"spec":{"user":"system:serviceaccount:a:s","groups":["x"],"resourceAttributes":{"verb":"get","resource":"nodes","subresource":"metrics","name":"n"}}`
	yes       = `{"status":{"allowed":true}}`
	no        = `{"status":{"allowed":false}}`
)

// review is one that a user sent with an agent.
func review(asker, agent, request, response string) audit.Event {
	e := withBodies(event("create", reviewURI, 201), request, response)
	e.User.Name, e.Agent = asker, agent
	return e
}

// TestReviews: an answer counts where the asker asks for the requests of others.
func TestReviews(t *testing.T) {
	const node, proxy = "system:node:n", "system:serviceaccount:m:proxy"
	asked := func(by string, denied bool) []observation.Check {
		return []observation.Check{{
			User: "system:serviceaccount:a:s", Groups: []string{"x"}, Via: "SubjectAccessReview by " + by, Asked: true, Denied: denied,
			Action: api.Action{Verb: "get", Resource: "nodes/metrics", Name: "n"},
		}}
	}
	for _, c := range []struct {
		name string
		e    audit.Event
		want []observation.Check
	}{
		{"kubelet, allowed", review(node, "kubelet/v1.36.3", `{`+aboutS+`}`, yes), asked(node, false)},
		{"kubelet, denied", review(node, "kubelet/v1.36.3", `{`+aboutS+`}`, no), asked(node, true)},
		{"proxy, allowed", review(proxy, "kube-rbac-proxy/v0", `{`+aboutS+`}`, yes), asked(proxy, false)},
		{"proxy, denied", review(proxy, "kube-rbac-proxy/v0", `{`+aboutS+`}`, no), nil},
		{"in the answer alone", review(node, "", ``, `{`+aboutS+`,"status":{"allowed":true}}`), asked(node, false)},
		{"without an answer", review(node, "", `{`+aboutS+`}`, ``), nil},
		{"answered with a status", review(node, "", `{`+aboutS+`}`, `{"kind":"Status","status":"Failure"}`), nil},
		{"this plugin", review("jane", "kubectl-harden/v1.0.0 (linux/amd64)", `{`+aboutS+`}`, yes), nil},
		{"kubectl", review("jane", "kubectl/v1.36.3 (linux/amd64)", `{`+aboutS+`}`, yes), nil},
		{"a plugin, of an account", review(proxy, "kubectl-who_can/v0", `{`+aboutS+`}`, yes), nil},
		{"about itself", review("system:serviceaccount:a:s", "", `{`+aboutS+`}`, yes), nil},
	} {
		e := c.e
		checks, decision := audit.Checks(&e)
		if decision != audit.Decided || len(checks) == 0 {
			t.Errorf("%s: %v with %d checks", c.name, decision, len(checks))
			continue
		}
		own := observation.Check{User: e.User.Name, Groups: e.User.Groups,
			Action: api.Action{Verb: "create", Group: "authorization.k8s.io", Resource: "subjectaccessreviews"}}
		expect(t, c.name, e, append([]observation.Check{own}, c.want...)...)
	}
	as := review("boss", "", `{"spec":{"user":"boss","resourceAttributes":{"verb":"get","resource":"pods"}}}`, yes)
	as.Impersonated = &audit.User{Name: "jane"}
	if checks, _ := audit.Checks(&as); len(checks) != 2 {
		t.Errorf("about who asks as another: %+v", checks)
	}
}

func TestReviewsOfWhat(t *testing.T) {
	hidden(t, "refused itself", withBodies(event("create", reviewURI, 422), `{`+aboutS+`}`, ``))
	path := observation.Check{User: "jane", Via: "SubjectAccessReview by u", Asked: true, Action: api.Action{Verb: "get", Path: "/metrics"}}
	hidden(t, "of a path", withBodies(event("create", reviewURI, 201), `{"spec":{"user":"jane","nonResourceAttributes":{"verb":"get","path":"/metrics"}}}`, yes), path)
	local := observation.Check{User: "jane", Via: "LocalSubjectAccessReview by u", Asked: true,
		Action: api.Action{Verb: "list", Group: "apps", Resource: "deployments", Namespace: "a"}}
	hidden(t, "in a namespace", withBodies(event("create", "/apis/authorization.k8s.io/v1/namespaces/a/localsubjectaccessreviews", 201),
		`{"spec":{"user":"jane","resourceAttributes":{"namespace":"a","verb":"list","group":"apps","resource":"deployments"}}}`, yes), local)
	for name, request := range map[string]string{
		"of groups":     `{"spec":{"groups":["x"],"resourceAttributes":{"verb":"get","resource":"pods"}}}`,
		"of all verbs":  `{"spec":{"user":"jane","resourceAttributes":{"verb":"*","resource":"pods"}}}`,
		"of everything": `{"spec":{"user":"jane","resourceAttributes":{"verb":"get","group":"*","resource":"*"}}}`,
		"of nothing":    `{"spec":{"user":"jane"}}`,
	} {
		hidden(t, name, withBodies(event("create", reviewURI, 201), request, yes))
	}
	for _, self := range []string{"selfsubjectaccessreviews", "selfsubjectrulesreviews"} {
		hidden(t, self, withBodies(event("create", "/apis/authorization.k8s.io/v1/"+self, 201), `{`+aboutS+`}`, yes))
	}
}
