package audit_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/audit"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
)

// event is an allowed one of user u.
func event(verb, uri string, code int) audit.Event {
	return audit.Event{
		Level: "RequestResponse", Stage: "ResponseComplete", URI: uri, Verb: verb, Code: code, Decision: "allow",
		User: audit.User{Name: "u", Groups: []string{"g"}},
	}
}

// expect compares all checks of an event of user u; those wanted need no user.
func expect(t *testing.T, name string, e audit.Event, want ...observation.Check) {
	t.Helper()
	for i := range want {
		if want[i].User == "" {
			want[i].User, want[i].Groups = "u", []string{"g"}
		}
	}
	checks, decision := audit.Checks(&e)
	if diff := cmp.Diff(want, checks); diff != "" || decision != audit.Decided {
		t.Errorf("%s: %v\n%s", name, decision, diff)
	}
}

// TestCreatingWrites: an object that a patch or an update made needs a create of its name.
func TestCreatingWrites(t *testing.T) {
	on := func(verb string) api.Action {
		return api.Action{Verb: verb, Resource: "configmaps", Namespace: "a", Name: "c"}
	}
	const uri = "/api/v1/namespaces/a/configmaps/c"
	expect(t, "apply that creates", event("patch", uri+"?fieldManager=kubectl&force=true", 201),
		observation.Check{Action: on("patch"), Applied: true},
		observation.Check{Action: on("create"), Via: "apply", Created: "c"})
	expect(t, "apply that changes", event("patch", uri+"?fieldManager=kubectl", 200),
		observation.Check{Action: on("patch"), Applied: true})
	expect(t, "patch", event("patch", uri, 200), observation.Check{Action: on("patch")})
	expect(t, "update that creates", event("update", uri, 201),
		observation.Check{Action: on("update")}, observation.Check{Action: on("create"), Created: "c"})
	expect(t, "update that would create", event("update", uri+"?dryRun=All", 201),
		observation.Check{Action: on("update")}, observation.Check{Action: on("create")})
	expect(t, "update", event("update", uri+"?fieldManager=kubectl", 200), observation.Check{Action: on("update")})
	expect(t, "answer of what is proxied", event("update", "/api/v1/namespaces/a/services/s/proxy/x", 201),
		observation.Check{Action: api.Action{Verb: "update", Resource: "services/proxy", Namespace: "a", Name: "s"}})

	refused := event("patch", uri+"?fieldManager=kubectl", 403)
	refused.Message = `configmaps "c" is forbidden: User "u" cannot create resource "configmaps" in API group "" in the namespace "a"`
	want := []observation.Check{{Action: on("patch"), Applied: true}, {Action: on("create"), Via: "apply", Denied: true}}
	expect(t, "apply that may not create", refused, want...)
	refused.Decision = ""
	expect(t, "apply that may not create, without annotation", refused, want...)
}

// TestCreated: the name that a create made is in the body, and so in the objectRef.
func TestCreated(t *testing.T) {
	create := api.Action{Verb: "create", Resource: "configmaps", Namespace: "a"}
	named := func(e audit.Event) audit.Event {
		e.Object = &audit.Object{Resource: "configmaps", Namespace: "a", Name: "c"}
		return e
	}
	const uri = "/api/v1/namespaces/a/configmaps"
	expect(t, "create", named(event("create", uri, 201)), observation.Check{Action: create, Created: "c"})
	expect(t, "create of what exists", named(event("create", uri, 409)), observation.Check{Action: create})
	expect(t, "dry create", named(event("create", uri+"?dryRun=All", 201)), observation.Check{Action: create})
	expect(t, "create of a generated name", event("create", uri, 201), observation.Check{Action: create, Unnamed: true})
	expect(t, "create of a generated name, which failed", event("create", uri, 500), observation.Check{Action: create})
	expect(t, "dry create of a generated name", event("create", uri+"?dryRun=All", 201), observation.Check{Action: create})
	expect(t, "create of what is no object", event("create", "/apis/authentication.k8s.io/v1/tokenreviews", 201),
		observation.Check{Action: api.Action{Verb: "create", Group: "authentication.k8s.io", Resource: "tokenreviews"}})
	token := event("create", "/api/v1/namespaces/a/serviceaccounts/s/token", 201)
	token.Object = &audit.Object{Resource: "serviceaccounts", Subresource: "token", Namespace: "a", Name: "s"}
	expect(t, "create of a token", token, observation.Check{
		Action: api.Action{Verb: "create", Resource: "serviceaccounts/token", Namespace: "a", Name: "s"},
	})
}

// TestWebSockets: a stream to a container needs create beside get.
func TestWebSockets(t *testing.T) {
	for _, stream := range []string{"exec", "attach", "portforward"} {
		on := func(verb string) api.Action {
			return api.Action{Verb: verb, Resource: "pods/" + stream, Namespace: "a", Name: "p"}
		}
		uri := "/api/v1/namespaces/a/pods/p/" + stream + "?command=ls"
		hidden := observation.Check{Action: on("create"), Hidden: audit.HiddenWebSocket}
		open := event("get", uri, 101)
		open.Stage = "ResponseStarted"
		expect(t, stream+" that began", open, observation.Check{Action: on("get")}, hidden)
		expect(t, stream, event("get", uri, 200), observation.Check{Action: on("get")}, hidden)
		expect(t, stream+" that failed", event("get", uri, 400), observation.Check{Action: on("get")}, hidden)
		refused := event("get", uri, 403)
		refused.Message = `pods "p" is forbidden: `
		expect(t, stream+" without create", refused, observation.Check{Action: on("get")}, observation.Check{Action: on("create"), Denied: true})
		refused.Message = `pods "p" is forbidden: not on a Sunday`
		expect(t, stream+" that admission refused", refused, observation.Check{Action: on("get")})
		expect(t, stream+" by SPDY", event("create", uri, 101), observation.Check{Action: on("create")})
	}
	expect(t, "log", event("get", "/api/v1/namespaces/a/pods/p/log", 200),
		observation.Check{Action: api.Action{Verb: "get", Resource: "pods/log", Namespace: "a", Name: "p"}})
	expect(t, "exec of others", event("get", "/apis/x.y/v1/namespaces/a/pods/p/exec", 200),
		observation.Check{Action: api.Action{Verb: "get", Group: "x.y", Resource: "pods/exec", Namespace: "a", Name: "p"}})
}

// TestMistakes has what is not in the other tests of the mistakes that readers of audit logs
// make: each is about an event as API servers write it.
func TestMistakes(t *testing.T) {
	lease := api.Action{Verb: "get", Group: "coordination.k8s.io", Resource: "leases", Namespace: "a", Name: "l"}
	expect(t, "1: a get before the create is a use", event("get", "/apis/coordination.k8s.io/v1/namespaces/a/leases/l?timeout=5s", 404),
		observation.Check{Action: lease})
	started := event("watch", "/api/v1/pods?allowWatchBookmarks=true&resourceVersion=1&watch=true", 200)
	started.Stage = "ResponseStarted"
	expect(t, "2: a watch that is open is a use", started, observation.Check{Action: api.Action{Verb: "watch", Resource: "pods"}})
	expect(t, "3: a list of one name has a name", event("list", "/api/v1/namespaces/a/configmaps?fieldSelector=metadata.name%3Dc&limit=500", 200),
		observation.Check{Action: api.Action{Verb: "list", Resource: "configmaps", Namespace: "a", Name: "c"}})
	expect(t, "6: a list of all namespaces is in none", event("list", "/api/v1/configmaps", 200),
		observation.Check{Action: api.Action{Verb: "list", Resource: "configmaps"}})
	expect(t, "6: a namespace is in itself", event("get", "/api/v1/namespaces/a", 200),
		observation.Check{Action: api.Action{Verb: "get", Resource: "namespaces", Namespace: "a", Name: "a"}})
	expect(t, "7: a path has no query, and a method", event("post", "/webhook%2Fa?token=x", 200),
		observation.Check{Action: api.Action{Verb: "post", Path: "/webhook/a"}})
}

// TestKeepsNothing: checks do not change with the bytes that an event was read from.
func TestKeepsNothing(t *testing.T) {
	e := event("create", "/apis/rbac.authorization.k8s.io/v1/namespaces/a/roles", 201)
	e.Request = []byte(`{"kind":"Role","rules":[{"verbs":["get"],"apiGroups":[""],"resources":["pods"]}]}`)
	before, _ := audit.Checks(&e)
	text := fmt.Sprintf("%+v", before)
	for i := range e.Request {
		e.Request[i] = 'x'
	}
	if after := fmt.Sprintf("%+v", before); after != text || len(before) != 2 {
		t.Errorf("%s\n%s", text, after)
	}
}
