package audit_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/audit"
)

// FuzzChecks: no event makes Checks panic, and all checks can be granted by a rule.
func FuzzChecks(f *testing.F) {
	f.Add("create", "/api/v1/namespaces/a/configmaps", "a", "c", "ResponseComplete", "allow", "", "", "", 201, "{}", "{}")
	f.Add("patch", rbacURI+"namespaces/a/roles/r?fieldManager=x", "a", "r", "ResponseComplete", "allow", "", "jane", "", 201, `{"kind":"Role","rules":[`+podRule+`]}`, "")
	f.Add("get", "", "a", "c", "ResponseStarted", "", notAllowed, "system:serviceaccount:a:s", "impersonate:serviceaccount", 403, "", "")
	f.Add("create", "/apis/authorization.k8s.io/v1/subjectaccessreviews", "", "", "Panic", "allow", "", "", "", 201, `{"spec":{"user":"u","nonResourceAttributes":{"verb":"get","path":"/x"}}}`, `{"status":{}}`)
	f.Add("update", "/apis/certificates.k8s.io/v1/certificatesigningrequests/c/status", "", "c", "", "allow", "", "", "", 200, `{"spec":{"signerName":"a/b"},"status":{"certificate":"x"}}`, "")
	f.Add("create", "/api/v1/namespaces/a/pods", "a", "p", "", "allow", "", "system:node:n", "impersonate:associated-node", 201, `{"metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"Node","name":"n","blockOwnerDeletion":true}]}}`, "")
	f.Add("patch", "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/p", "", "p", "", "allow", "", "", "", 200, `[{"op":"add","path":"/spec","value":{}}]`, `{"kind":"ValidatingAdmissionPolicy","spec":{"paramKind":{"apiVersion":"a/v1","kind":"B"}}}`)
	f.Add("patch", "/apis/resource.k8s.io/v1/namespaces/a/resourceclaims/c/status", "", "c", "", "allow", "", "", "", 200, `{"status":{"reservedFor":[],"devices":[{"driver":"d"}]}}`, "")
	f.Fuzz(func(t *testing.T, verb, uri, namespace, name, stage, annotation, message, as, constraint string, code int, request, response string) {
		e := audit.Event{
			Verb: verb, URI: uri, Stage: stage, Decision: annotation, Message: message, Code: code, Constraint: constraint,
			User: audit.User{Name: "u"}, Object: &audit.Object{Resource: "configmaps", Namespace: namespace, Name: name},
			Request: []byte(request), Response: []byte(response),
		}
		if namespace == "" {
			e.Object = nil // then bodies count whatever the URL is of
		}
		if as != "" {
			e.Impersonated = &audit.User{Name: as, UID: name, Groups: []string{as, "system:authenticated"}, Extra: map[string][]string{as: {name}}}
		}
		checks, decision, unclear := audit.Examine(&e)
		if unclear != audit.Unclear(&e) || unclear != "" && decision != audit.Decided {
			t.Errorf("unclear %q, %v", unclear, decision)
		}
		if (decision == audit.Decided) != (len(checks) > 0) {
			t.Errorf("%v with %d checks", decision, len(checks))
		}
		for _, c := range checks {
			resource, _, _ := strings.Cut(c.Resource, "/")
			switch {
			case c.User == "" || c.Verb == "" || c.Verb == "*" || resource == "*":
				t.Errorf("nobody, nothing or everything: %+v", c)
			case (resource == "") == (c.Path == ""):
				t.Errorf("a resource and a path, or neither: %+v", c)
			case c.Path != "" && c.Name+c.Namespace+c.Group != "":
				t.Errorf("a path with a name: %+v", c)
			}
		}
		// The name of what is created is from the body, unless the URL has it.
		path, _ := url.PathUnescape(uri)
		if len(checks) > 0 && verb == "create" && !strings.Contains(checks[0].Resource, "/") && !strings.Contains(path, "/"+checks[0].Name) {
			t.Errorf("%+v has a name of the body", checks[0])
		}
	})
}
