package audit_test

import (
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/audit"
)

// TestUnclear: what a body does not say that should say it is told.
func TestUnclear(t *testing.T) {
	const (
		roles, bindings = rbacURI + "namespaces/a/roles", rbacURI + "namespaces/a/rolebindings"
		csr             = "/apis/certificates.k8s.io/v1/certificatesigningrequests/c/"
		bundles         = "/apis/certificates.k8s.io/v1/clustertrustbundles"
		policies        = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
		claims          = "/apis/resource.k8s.io/v1/namespaces/a/resourceclaims/c/status"
		pods            = "/api/v1/namespaces/a/pods"
		role            = `{"kind":"Role","rules":[` + podRule + `]}`
		jsonPatch       = `[{"op":"replace","path":"","value":{"blockOwnerDeletion":true}}]`
		none, unread    = ", whose body is not in the log", ", whose body cannot be read"
		alone           = ", a patch without its answer"
	)
	many := strings.Repeat(`{"blockOwnerDeletion":true},`, 256) + `{}`
	for _, c := range []struct {
		name, verb, uri, request, response, want string
	}{
		{"role", "create", roles, role, "", ""},
		{"role, left out", "create", roles, "", "", "write of a role" + none},
		{"role, made null", "create", roles, "null", "null", "write of a role" + none},
		{"role, cut", "create", roles, role[:9], "", "write of a role" + unread},
		{"role, too large", "update", roles + "/r", `{"x":"` + strings.Repeat("x", 3<<20) + `"}`, "", "write of a role" + unread},
		{"role, JSON patch", "patch", roles + "/r", jsonPatch, "", "write of a role" + alone},
		{"role, JSON patch with answer", "patch", roles + "/r", jsonPatch, role, ""},
		{"role, patch of labels", "patch", roles + "/r", `{"metadata":{"labels":{}}}`, "", "write of a role" + alone},
		{"role, patch of labels with answer", "patch", roles + "/r", `{"metadata":{"labels":{}}}`, role, ""},
		{"role, patch of finalizers", "patch", roles + "/r", `{"metadata":{"finalizers":null}}`, "", ""},
		{"role of nothing", "create", roles, `{"kind":"Role"}`, "", ""},
		{"role, deleted", "delete", roles + "/r", "", "", ""},
		{"role, read", "get", roles + "/r", "", "", ""},
		{"binding, patch of subjects", "patch", bindings + "/b", `{"subjects":[]}`, "", "write of a role binding" + alone},
		{"binding of nothing", "create", bindings, `{"kind":"RoleBinding"}`, "", "write of a role binding" + unread},
		{"binding of another kind", "create", bindings, `{"kind":"RoleBinding","roleRef":{"kind":"X","name":"r"}}`, "", "write of a role binding" + unread},
		{"approval", "update", csr + "approval", "", "", "write for a signer" + none},
		{"approval by a patch", "patch", csr + "approval", `{"status":{}}`, "", "write for a signer" + alone},
		{"status by a patch of nothing", "patch", csr + "status", `{"status":{}}`, "", ""},
		{"bundle of nobody", "create", bundles, `{"kind":"ClusterTrustBundle","spec":{}}`, "", ""},
		{"bundle, patch", "patch", bundles + "/b", `{"spec":{"trustBundle":"x"}}`, "", "write for a signer" + alone},
		{"policy, cut", "create", policies, `{`, "", "write of an admission policy" + unread},
		{"policy, JSON patch", "patch", policies + "/p", jsonPatch, "", "write of an admission policy" + alone},
		{"policy, a part", "patch", policies + "/p", `{"spec":{"paramKind":{"kind":"X"}}}`, "", "write of an admission policy" + alone},
		{"policy, left out", "update", policies + "/p", "", "", "write of an admission policy" + none},
		{"claim, left out", "update", claims, "", "", "write of the status of a resource claim" + none},
		{"claim, JSON patch", "patch", claims, jsonPatch, "", "write of the status of a resource claim" + alone},
		{"claim, devices gone", "patch", claims, `{"status":{"devices":null}}`, "", "write of the status of a resource claim" + alone},
		{"owners, cut", "create", pods, `{"blockOwnerDeletion"`, "", "write of owner references" + unread},
		{"owners, too many", "create", pods, `{"metadata":{"ownerReferences":[` + many + `]}}`, "", "write of owner references" + unread},
		{"owners, JSON patch", "patch", pods + "/p", jsonPatch, "", "write of owner references" + alone},
		{"owners, JSON patch with answer", "patch", pods + "/p", jsonPatch, `{"kind":"Pod"}`, ""},
		{"pod, left out", "create", pods, "", "", ""},
		{"review", "create", reviewURI, `{` + aboutS + `}`, yes, ""},
		{"review without an answer", "create", reviewURI, `{` + aboutS + `}`, "", "SubjectAccessReview without its answer"},
		{"review about itself without an answer", "create", reviewURI, `{"spec":{"user":"u","resourceAttributes":{"verb":"get","resource":"pods"}}}`, "", ""},
		{"review, left out", "create", reviewURI, "", "", "SubjectAccessReview, whose body is not in the log"},
		{"review, cut", "create", reviewURI, `{`, "", "SubjectAccessReview, whose body cannot be read"},
	} {
		code := 200
		if c.verb == "create" {
			code = 201
		}
		e := withBodies(event(c.verb, c.uri, code), c.request, c.response)
		if got := audit.Unclear(&e); got != c.want {
			t.Errorf("%s: %q", c.name, got)
		}
		if checks, decision, got := audit.Examine(&e); got != c.want || decision != audit.Decided || len(checks) == 0 {
			t.Errorf("%s: %q, %v with %d checks", c.name, got, decision, len(checks))
		}
		e.Code = 500
		if got := audit.Unclear(&e); got != "" {
			t.Errorf("%s that failed: %q", c.name, got)
		}
		e.Code, e.Level = code, "Metadata"
		if got := audit.Unclear(&e); got != "" && c.request+c.response == "" {
			t.Errorf("%s at level Metadata: %q", c.name, got)
		}
	}
}

// TestUnclearParameters: the binding of a policy does not say of which kind its parameters are.
func TestUnclearParameters(t *testing.T) {
	const uri, because = "/apis/admissionregistration.k8s.io/v1/", "write of the binding of an admission policy"
	for resource, kind := range map[string]string{
		"validatingadmissionpolicybindings": "ValidatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings": "MutatingAdmissionPolicyBinding",
	} {
		with := `{"kind":"` + kind + `","spec":{"policyName":"p","paramRef":{"name":"x"}}}`
		for _, c := range []struct{ verb, uri, request, response, want string }{
			{"create", resource, with, "", because + ", which does not name the kind of the parameters"},
			{"create", resource, `{"spec":{"policyName":"p"}}`, "", ""},
			{"patch", resource + "/b", `{"spec":{"validationActions":["Deny"]}}`, with, ""},
			{"patch", resource + "/b", `{"spec":{"paramRef":null}}`, "", ""},
			{"patch", resource + "/b", `{"spec":{"policyName":"q"}}`, "", because + ", a patch without its answer"},
			{"patch", resource + "/b", `{"spec":{"policyName":"q"}}`, with, because + ", which does not name the kind of the parameters"},
			{"create", resource, "", "", because + ", whose body is not in the log"},
		} {
			e := withBodies(event(c.verb, uri+c.uri, 201), c.request, c.response)
			if got := audit.Unclear(&e); got != c.want {
				t.Errorf("%s %s: %q", c.verb, c.request, got)
			}
		}
	}
}

// TestUnclearIsCheap: nothing is looked at of events without such bodies.
func TestUnclearIsCheap(t *testing.T) {
	e := withBodies(event("create", "/api/v1/namespaces/a/pods", 201), `{`, `{`)
	e.Object = &audit.Object{Resource: "pods", Namespace: "a", Name: "p"}
	if n := testing.AllocsPerRun(10, func() { audit.Unclear(&e) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
