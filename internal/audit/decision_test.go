package audit_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/audit"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
)

const notAllowed = `configmaps "c" is forbidden: User "u" cannot get resource "configmaps" in API group "" in the namespace "a"`

// got is an event of a get of a ConfigMap, before anything happened to it.
func got() audit.Event {
	return audit.Event{
		Level: "Metadata", Stage: "ResponseComplete", URI: "/api/v1/namespaces/a/configmaps/c", Verb: "get",
		User:   audit.User{Name: "u", Groups: []string{"g", "system:authenticated"}},
		Object: &audit.Object{Resource: "configmaps", Namespace: "a", Name: "c"},
	}
}

// TestDecisions has a case per rule of who decided what.
func TestDecisions(t *testing.T) {
	type outcome struct {
		decision audit.Decision
		denied   bool
	}
	allowed, denied := outcome{audit.Decided, false}, outcome{audit.Decided, true}
	undecided, ignored := outcome{audit.Undecided, false}, outcome{audit.Ignored, false}
	for _, c := range []struct {
		name   string
		change func(*audit.Event)
		want   outcome
	}{
		{"allowed and found", func(e *audit.Event) { e.Code, e.Decision = 200, "allow" }, allowed},
		{"allowed and not found", func(e *audit.Event) { e.Code, e.Decision = 404, "allow" }, allowed},
		{"allowed and refused by admission", func(e *audit.Event) { e.Code, e.Decision, e.Message = 403, "allow", `exceeded quota` }, allowed},
		{"allowed and stopped by a budget", func(e *audit.Event) { e.Code, e.Decision = 429, "allow" }, allowed},
		{"allowed and not authenticated by what is behind", func(e *audit.Event) { e.Code, e.Decision = 401, "allow" }, allowed},
		{"allowed watch that is open", func(e *audit.Event) { e.Stage, e.Code, e.Decision = "ResponseStarted", 200, "allow" }, allowed},
		{"allowed and panicked", func(e *audit.Event) { e.Stage, e.Code, e.Decision = "Panic", 500, "allow" }, allowed},
		{"forbidden", func(e *audit.Event) { e.Code, e.Decision = 403, "forbid" }, denied},
		{"forbidden, whatever the code", func(e *audit.Event) { e.Code, e.Decision = 200, "forbid" }, denied},
		{"received", func(e *audit.Event) { e.Stage = "RequestReceived" }, undecided},
		{"received, with a code", func(e *audit.Event) { e.Stage, e.Code = "RequestReceived", 200 }, undecided},
		{"not authenticated", func(e *audit.Event) { e.Code = 401 }, ignored},
		{"not authenticated, as nobody", func(e *audit.Event) { e.Code, e.User = 401, audit.User{} }, ignored},
		{"throttled", func(e *audit.Event) { e.Code = 429 }, undecided},
		{"no code", func(*audit.Event) {}, undecided},
		{"of nobody", func(e *audit.Event) { e.Code, e.User.Name = 200, "" }, undecided},
		{"403 of the authorizer", func(e *audit.Event) { e.Code, e.Message = 403, notAllowed }, denied},
		{"403 of the authorizer with its reason", func(e *audit.Event) { e.Code, e.Message = 403, notAllowed+": no opinion" }, denied},
		{"403 of the authorizer for a path", func(e *audit.Event) {
			e.Code, e.URI, e.Object = 403, "/metrics", nil
			e.Message = `forbidden: User "u" cannot get path "/metrics"`
		}, denied},
		{"403 of the authorizer, without the URL", func(e *audit.Event) {
			e.Code, e.URI, e.Object.Name, e.Message = 403, "", "other", notAllowed
		}, denied},
		{"403 of a list of a name", func(e *audit.Event) {
			e.Code, e.Verb, e.URI = 403, "list", "/api/v1/namespaces/a/configmaps?fieldSelector=metadata.name%3Dc"
			e.Message = strings.Replace(notAllowed, "get", "list", 1)
		}, denied},
		{"403 of a subresource of a group", func(e *audit.Event) {
			e.Code, e.Verb, e.URI = 403, "patch", "/apis/apps/v1/namespaces/a/deployments/d/scale"
			e.Message = `deployments.apps "d" is forbidden: User "u" cannot patch resource "deployments/scale" in API group "apps" in the namespace "a"`
		}, denied},
		{"403 of a quota", func(e *audit.Event) { e.Code, e.Message = 403, `pods "p" is forbidden: exceeded quota: q` }, allowed},
		{"403 of Pod Security", func(e *audit.Event) {
			e.Code, e.Message = 403, `pods "p" is forbidden: violates PodSecurity "restricted:latest": privileged`
		}, allowed},
		{"403 of the check of a role's rules", func(e *audit.Event) {
			e.Code, e.Message = 403, `roles.rbac.authorization.k8s.io "r" is forbidden: user "u" (groups=["g"]) is attempting to grant RBAC permissions not currently held`
		}, allowed},
		{"403 without a message", func(e *audit.Event) { e.Code = 403 }, allowed},
		{"200", func(e *audit.Event) { e.Code = 200 }, allowed},
		{"404", func(e *audit.Event) { e.Code = 404 }, allowed},
		{"409", func(e *audit.Event) { e.Code = 409 }, allowed},
		{"410", func(e *audit.Event) { e.Code = 410 }, allowed},
		{"422", func(e *audit.Event) { e.Code = 422 }, allowed},
		{"503", func(e *audit.Event) { e.Code = 503 }, allowed},
		{"the authorizer failed", func(e *audit.Event) { e.Code, e.Reason = 500, "internal error" }, undecided},
		{"groups of no user", func(e *audit.Event) {
			e.Code, e.Message = 400, `requested []v1.ObjectReference{} without impersonating a user`
		}, undecided},
		{"400 of the handler", func(e *audit.Event) { e.Code, e.Message = 400, "the object provided is unrecognized" }, allowed},
		{"no verb", func(e *audit.Event) { e.Code, e.Decision, e.Verb = 405, "allow", "" }, undecided},
		{"nothing that was asked", func(e *audit.Event) { e.Code, e.Decision, e.URI, e.Object = 200, "allow", "", nil }, undecided},
		{"a resource that a rule cannot name", func(e *audit.Event) { e.Code, e.Decision, e.URI = 404, "allow", "/api/v1/namespaces/a/*/x" }, undecided},
		{"a path that a rule cannot name", func(e *audit.Event) { e.Code, e.Decision, e.URI, e.Object = 404, "allow", "/logs/*", nil }, undecided},
	} {
		e := got()
		c.change(&e)
		checks, decision := audit.Checks(&e)
		if decision != c.want.decision || (len(checks) > 0) != (decision == audit.Decided) {
			t.Errorf("%s: %v with %d checks", c.name, decision, len(checks))
			continue
		}
		if len(checks) > 0 && checks[0].Denied != c.want.denied {
			t.Errorf("%s: denied %t", c.name, checks[0].Denied)
		}
	}
}

// TestQuotedRefusals: admission may quote what was refused to others, or for another request.
func TestQuotedRefusals(t *testing.T) {
	for _, message := range []string{
		`configmaps "d" is forbidden: User "u" cannot get resource "configmaps" in API group "" in the namespace "a"`,
		`configmaps is forbidden: User "u" cannot get resource "configmaps" in API group "" in the namespace "a"`,
		`configmaps "c" is forbidden: User "u" cannot list resource "configmaps" in API group "" in the namespace "a"`,
		`configmaps "c" is forbidden: User "u" cannot get resource "configmaps" in API group "" in the namespace "b"`,
		`configmaps "c" is forbidden: User "u" cannot get resource "configmaps" in API group "" at the cluster scope`,
		`configmaps "c" is forbidden: User "u" cannot get resource "configmaps/status" in API group "" in the namespace "a"`,
		`configmaps.x.y "c" is forbidden: User "u" cannot get resource "configmaps" in API group "x.y" in the namespace "a"`,
		`secrets "c" is forbidden: User "u" cannot get resource "configmaps" in API group "" in the namespace "a"`,
		`forbidden: User "u" cannot get path "/metrics"`,
		`admission webhook "w" denied the request: ` + notAllowed,
		`admission webhook "w" denied the request: users "x" is forbidden: User "u" cannot impersonate resource "users" in API group "" at the cluster scope`,
		`configmaps "c" is forbidden: because ` + notAllowed,
	} {
		e := got()
		e.Code, e.Message = 403, message
		if checks, _ := audit.Checks(&e); len(checks) != 1 || checks[0].Denied || checks[0].Verb != "get" {
			t.Errorf("%s: %+v", message, checks)
		}
	}
	e := event("patch", "/api/v1/namespaces/a/configmaps/c", 403)
	e.Message = `configmaps "d" is forbidden: User "u" cannot create resource "configmaps" in API group "" in the namespace "a"`
	expect(t, "a create of another", e, observation.Check{Action: api.Action{Verb: "patch", Resource: "configmaps", Namespace: "a", Name: "c"}})
}

// TestRefusedImpersonation: the message names what was refused; the objectRef and the URL are
// of the request that the other user was to make.
func TestRefusedImpersonation(t *testing.T) {
	for _, c := range []struct {
		message string
		want    api.Action
	}{
		{`users "jane" is forbidden: User "u" cannot impersonate resource "users" in API group "" at the cluster scope`,
			api.Action{Verb: "impersonate", Resource: "users", Name: "jane"}},
		{`serviceaccounts "s" is forbidden: User "u" cannot impersonate resource "serviceaccounts" in API group "" in the namespace "n"`,
			api.Action{Verb: "impersonate", Resource: "serviceaccounts", Namespace: "n", Name: "s"}},
		{`groups "system:masters" is forbidden: User "u" cannot impersonate resource "groups" in API group "" at the cluster scope: why not`,
			api.Action{Verb: "impersonate", Resource: "groups", Name: "system:masters"}},
		{`userextras.authentication.k8s.io "a \"b\"" is forbidden: User "u" cannot impersonate resource "userextras/scopes" in API group "authentication.k8s.io" at the cluster scope`,
			api.Action{Verb: "impersonate", Group: "authentication.k8s.io", Resource: "userextras/scopes", Name: `a "b"`}},
		{`users.authentication.k8s.io "jane" is forbidden: User "u&lt;x&gt;" cannot impersonate:user-info resource "users" in API group "authentication.k8s.io" at the cluster scope`,
			api.Action{Verb: "impersonate:user-info", Group: "authentication.k8s.io", Resource: "users", Name: "jane"}},
		{`pods is forbidden: User "u" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "n"`,
			api.Action{Verb: "impersonate-on:user-info:list", Resource: "pods", Namespace: "n"}},
		{`forbidden: User "u" cannot impersonate-on:user-info:get path "/metrics&amp;"`,
			api.Action{Verb: "impersonate-on:user-info:get", Path: "/metrics&"}},
	} {
		e := got()
		e.Code, e.Message = 403, c.message
		checks, decision := audit.Checks(&e)
		want := []observation.Check{{User: "u", Groups: e.User.Groups, Action: c.want, Denied: true}}
		if diff := cmp.Diff(want, checks); diff != "" || decision != audit.Decided {
			t.Errorf("%s: %v\n%s", c.message, decision, diff)
		}
	}
}

// TestNotTheAuthorizersWords: what is near the authorizer's message is a refusal by others.
func TestNotTheAuthorizersWords(t *testing.T) {
	for _, message := range []string{
		`User "u" cannot get resource "configmaps" in API group ""`,
		`forbidden: User u cannot get path "/x"`,
		`forbidden: User "u" may not get path "/x"`,
		`forbidden: User "u" cannot get path /x`,
		`forbidden: User "u" cannot get`,
		`forbidden: User "u" cannot get resource "configmaps"`,
		`forbidden: User "u" cannot get resource "configmaps" in API group core`,
		`forbidden: User "u" cannot get resource "configmaps" in API group "" in the namespace a`,
		`forbidden: User "u`,
		"forbidden: User `u` cannot get widgets",
	} {
		e := got()
		e.Code, e.Message = 403, message
		if checks, _ := audit.Checks(&e); len(checks) != 1 || checks[0].Denied {
			t.Errorf("%s: %+v", message, checks)
		}
	}
}
