package audit_test

import (
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/audit"
)

// TestAsked has a case per rule of RequestInfo.
func TestAsked(t *testing.T) {
	for _, c := range []struct {
		verb, uri string
		want      api.Action
	}{
		{"get", "/api/v1/namespaces/a/pods/p", api.Action{Verb: "get", Resource: "pods", Namespace: "a", Name: "p"}},
		{"HEAD", "/api/v1/namespaces/a/pods/p", api.Action{Verb: "get", Resource: "pods", Namespace: "a", Name: "p"}},
		{"head", "/healthz", api.Action{Verb: "head", Path: "/healthz"}},
		{"POST", "/logs", api.Action{Verb: "post", Path: "/logs"}},
		{"get", "/metrics?x=1", api.Action{Verb: "get", Path: "/metrics"}},
		{"get", "/api/v1?timeout=32s", api.Action{Verb: "get", Path: "/api/v1"}},
		{"get", "/apis/apps/v1", api.Action{Verb: "get", Path: "/apis/apps/v1"}},
		{"list", "/apis/apps/v1/deployments?limit=500", api.Action{Verb: "list", Group: "apps", Resource: "deployments"}},
		{"get", "/apis/apps/v1/deployments?watch=1", api.Action{Verb: "watch", Group: "apps", Resource: "deployments"}},
		{"patch", "/apis/apps/v1/namespaces/a/deployments/d/status", api.Action{Verb: "patch", Group: "apps", Resource: "deployments/status", Namespace: "a", Name: "d"}},
		{"create", "/api/v1/namespaces/a/configmaps", api.Action{Verb: "create", Resource: "configmaps", Namespace: "a"}},
		{"create", "/api/v1/namespaces/a/serviceaccounts/s/token", api.Action{Verb: "create", Resource: "serviceaccounts/token", Namespace: "a", Name: "s"}},
		{"create", "/api/v1/namespaces/a/pods/p/eviction", api.Action{Verb: "create", Resource: "pods/eviction", Namespace: "a", Name: "p"}},
		{"list", "/api/v1/namespaces/a/secrets?fieldSelector=metadata.name%3Dx", api.Action{Verb: "list", Resource: "secrets", Namespace: "a", Name: "x"}},
		{"watch", "/api/v1/secrets?fieldSelector=spec.a!%3Db,metadata.name%3D%3Dx&watch=true", api.Action{Verb: "watch", Resource: "secrets", Name: "x"}},
		{"watch", "/api/v1/secrets?fieldSelector=metadata.name!%3Dx&watch=true", api.Action{Verb: "watch", Resource: "secrets"}},
		{"list", "/api/v1/secrets?fieldSelector=metadata.name%3Dx&limit=many", api.Action{Verb: "list", Resource: "secrets"}},
		{"list", "/api/v1/secrets?fieldSelector=metadata.name%3Da/b", api.Action{Verb: "list", Resource: "secrets"}},
		{"watch", "/api/v1/watch/namespaces/a/pods/p?fieldSelector=metadata.name%3Dx", api.Action{Verb: "watch", Resource: "pods", Namespace: "a", Name: "p"}},
		{"watch", "/api/v1/watch/pods?fieldSelector=metadata.name%3Dx", api.Action{Verb: "watch", Resource: "pods"}},
		{"deletecollection", "/api/v1/namespaces/a/pods?fieldSelector=metadata.name%3Dx", api.Action{Verb: "deletecollection", Resource: "pods", Namespace: "a"}},
		{"DELETE", "/api/v1/namespaces/a/pods", api.Action{Verb: "deletecollection", Resource: "pods", Namespace: "a"}},
		{"get", "/api/v1/namespaces/a", api.Action{Verb: "get", Resource: "namespaces", Namespace: "a", Name: "a"}},
		{"update", "/api/v1/namespaces/a/finalize", api.Action{Verb: "update", Resource: "namespaces/finalize", Namespace: "a", Name: "a"}},
		{"list", "/api/v1/namespaces", api.Action{Verb: "list", Resource: "namespaces"}},
		{"create", "/api/v1/namespaces", api.Action{Verb: "create", Resource: "namespaces"}},
		{"list", "/api/v1/namespaces/a/status", api.Action{Verb: "get", Resource: "namespaces/status", Namespace: "a", Name: "a"}},
		{"get", "/api/v1/nodes/n/proxy/logs/kubernetes/audit/audit.log", api.Action{Verb: "get", Resource: "nodes/proxy", Name: "n"}},
		{"get", "/api/v1/namespaces/a/configmaps/caf%C3%A9%20x", api.Action{Verb: "get", Resource: "configmaps", Namespace: "a", Name: "café x"}},
		{"impersonate", "/api/v1/users/u", api.Action{Verb: "impersonate", Resource: "users", Name: "u"}},
	} {
		got, ok := audit.Asked(c.verb, c.uri)
		if !ok || got != c.want {
			t.Errorf("%s %s: %+v %t, want %+v", c.verb, c.uri, got, ok, c.want)
		}
	}
}

func TestAskedRefuses(t *testing.T) {
	for _, uri := range []string{"", "*", "api/v1/pods", "?a", "/api/v1/watch", "/api/v1/%zz/a", "/%", "https://host/api/v1/pods"} {
		if got, ok := audit.Asked("get", uri); ok {
			t.Errorf("%q: %+v", uri, got)
		}
	}
}

// TestAskedOfObject: where there is no URL, the objectRef says what was asked, and no more.
func TestAskedOfObject(t *testing.T) {
	for _, c := range []struct {
		verb   string
		object audit.Object
		want   api.Action
	}{
		{"get", audit.Object{Resource: "pods", Namespace: "a", Name: "p"}, api.Action{Verb: "get", Resource: "pods", Namespace: "a", Name: "p"}},
		{"create", audit.Object{Resource: "pods", Namespace: "a", Name: "p"}, api.Action{Verb: "create", Resource: "pods", Namespace: "a"}},
		{"create", audit.Object{Resource: "pods", Subresource: "exec", Namespace: "a", Name: "p"}, api.Action{Verb: "create", Resource: "pods/exec", Namespace: "a", Name: "p"}},
		{"list", audit.Object{Resource: "pods", Namespace: "a", Name: "p"}, api.Action{Verb: "list", Resource: "pods", Namespace: "a"}},
		{"watch", audit.Object{Resource: "pods", Name: "p"}, api.Action{Verb: "watch", Resource: "pods"}},
		{"deletecollection", audit.Object{Resource: "pods", Name: "p"}, api.Action{Verb: "deletecollection", Resource: "pods"}},
		{"patch", audit.Object{Resource: "namespaces", Name: "a"}, api.Action{Verb: "patch", Resource: "namespaces", Namespace: "a", Name: "a"}},
		{"create", audit.Object{Resource: "namespaces", Namespace: "a", Name: "a"}, api.Action{Verb: "create", Resource: "namespaces"}},
		{"PUT", audit.Object{Group: "apps", Resource: "deployments", Namespace: "a", Name: "d"}, api.Action{Verb: "update", Group: "apps", Resource: "deployments", Namespace: "a", Name: "d"}},
	} {
		checks, decision := audit.Checks(&audit.Event{Verb: c.verb, User: audit.User{Name: "u"}, Object: &c.object, Code: 200, Decision: "allow"})
		if decision != audit.Decided || len(checks) == 0 || checks[0].Action != c.want {
			t.Errorf("%s %+v: %v %+v, want %+v", c.verb, c.object, decision, checks, c.want)
		}
	}
}

// TestURLBeforeObject: the objectRef has a name and a namespace of the body; the URL has not.
func TestURLBeforeObject(t *testing.T) {
	e := audit.Event{
		Verb: "create", URI: "/api/v1/persistentvolumes", User: audit.User{Name: "u"}, Code: 201, Decision: "allow",
		Object: &audit.Object{Resource: "persistentvolumes", Namespace: "of-body", Name: "of-body"},
	}
	checks, _ := audit.Checks(&e)
	if want := (api.Action{Verb: "create", Resource: "persistentvolumes"}); len(checks) != 1 || checks[0].Action != want || checks[0].Created != "of-body" {
		t.Errorf("%+v", checks)
	}
}

func FuzzAsked(f *testing.F) {
	f.Add("get", "/api/v1/namespaces/a/pods/p/log?follow=true")
	f.Add("HEAD", "/apis/a/b/watch/namespaces/c/d/e/f?x=%zz;&fieldSelector=metadata.name=%5C")
	f.Fuzz(func(t *testing.T, verb, uri string) {
		a, ok := audit.Asked(verb, uri)
		if !ok {
			return
		}
		if a.Path != "" && a.Resource+a.Name+a.Namespace+a.Group != "" {
			t.Errorf("%+v is a path and a resource", a)
		}
		// Asking again by the verb that came out changes nothing.
		if again, _ := audit.Asked(a.Verb, uri); again != a {
			t.Errorf("%q: %+v, again %+v", uri, a, again)
		}
	})
}
