package audit_test

import (
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/audit"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
)

const (
	rbacGroup = "rbac.authorization.k8s.io"
	rbacURI   = "/apis/rbac.authorization.k8s.io/v1/"
	podRule   = `{"verbs":["get"],"apiGroups":[""],"resources":["pods"]}`
)

// withBodies is an event with the bodies of a request and its answer.
func withBodies(e audit.Event, request, response string) audit.Event {
	e.Request, e.Response = []byte(request), []byte(response)
	return e
}

// hidden are the checks of an event but for the first, which is that of the request.
func hidden(t *testing.T, name string, e audit.Event, want ...observation.Check) {
	t.Helper()
	action, ok := audit.Asked(e.Verb, e.URI)
	if !ok {
		t.Fatal(e.URI)
	}
	unnamed := e.Verb == "create" && e.Code < 300 && action.Group != "authorization.k8s.io"
	expect(t, name, e, append([]observation.Check{{Action: action, Unnamed: unnamed}}, want...)...)
}

func TestWritesOfRoles(t *testing.T) {
	pods := rbacv1.PolicyRule{Verbs: []string{"get"}, APIGroups: []string{""}, Resources: []string{"pods"}}
	all := []rbacv1.PolicyRule{
		{Verbs: []string{"*"}, APIGroups: []string{"*"}, Resources: []string{"*"}},
		{Verbs: []string{"*"}, NonResourceURLs: []string{"*"}},
	}
	escalate := func(resource, namespace, name string, unless ...rbacv1.PolicyRule) observation.Check {
		return observation.Check{
			Action: api.Action{Verb: "escalate", Group: rbacGroup, Resource: resource, Namespace: namespace, Name: name},
			Hidden: audit.HiddenEscalate, Unless: unless,
		}
	}
	const role = `{"kind":"Role","metadata":{"name":"r"},"rules":[` + podRule + `]}`
	const partial = `{"kind":"PartialObjectMetadata"}`
	roles, named := rbacURI+"namespaces/a/roles", rbacURI+"namespaces/a/roles/r"

	hidden(t, "create", withBodies(event("create", roles, 201), role, ""), escalate("roles", "a", "", pods))
	hidden(t, "create of what exists", withBodies(event("create", roles, 409), role, ""), escalate("roles", "a", "", pods))
	hidden(t, "create that failed", withBodies(event("create", roles, 500), role, ""))
	hidden(t, "update", withBodies(event("update", named, 200), role, partial), escalate("roles", "a", "r", pods))
	hidden(t, "patch that shows no rules", withBodies(event("patch", named, 200), `{"metadata":{"labels":{"a":"b"}}}`, ""))
	hidden(t, "patch that shows rules", withBodies(event("patch", named, 200), `{"rules":[`+podRule+`]}`, ""), escalate("roles", "a", "r", pods))
	hidden(t, "patch and its answer", withBodies(event("patch", named, 200), `{"metadata":{"labels":{"a":"b"}}}`, role), escalate("roles", "a", "r", pods))
	hidden(t, "JSON patch and its answer", withBodies(event("patch", named, 200), `[{"op":"add","path":"/rules/0","value":`+podRule+`}]`, role), escalate("roles", "a", "r", pods))
	hidden(t, "JSON patch alone", withBodies(event("patch", named, 200), `[{"op":"add","path":"/rules/0","value":`+podRule+`}]`, ""))
	hidden(t, "patch of the garbage collector", withBodies(event("patch", named, 200), `{"metadata":{"uid":"1","finalizers":null}}`, role))
	hidden(t, "no rules", withBodies(event("create", roles, 201), `{"kind":"Role","rules":[]}`, ""))
	hidden(t, "no body", event("create", roles, 201))
	hidden(t, "delete", withBodies(event("delete", named, 200), role, role))
	hidden(t, "role of another group", withBodies(event("create", "/apis/x.y/v1/namespaces/a/roles", 201), role, ""))
	hidden(t, "aggregating role", withBodies(event("update", rbacURI+"clusterroles/r", 200),
		`{"kind":"ClusterRole","aggregationRule":{"clusterRoleSelectors":[{"matchLabels":{"a":"b"}}]}}`, ""), escalate("clusterroles", "", "r", all...))
	hidden(t, "role of more rules than are looked at", withBodies(event("update", rbacURI+"clusterroles/r", 200),
		`{"kind":"ClusterRole","rules":[`+strings.Repeat(podRule+",", 256)+podRule+`]}`, ""), escalate("clusterroles", "", "r", all...))
	hidden(t, "JSON patch of the garbage collector", withBodies(event("patch", named, 200), `[{"op":"test","path":"/metadata/uid"},{"op":"remove","path":"/metadata/finalizers/0"}]`, role))
	hidden(t, "role that aggregates nothing", withBodies(event("update", rbacURI+"clusterroles/r", 200),
		`{"kind":"ClusterRole","rules":[`+podRule+`],"aggregationRule":{"clusterRoleSelectors":[]}}`, ""), escalate("clusterroles", "", "r", pods))

	master := withBodies(event("create", roles, 201), role, "")
	master.User.Groups = []string{"system:masters"}
	if checks, _ := audit.Checks(&master); len(checks) != 1 {
		t.Errorf("a member of system:masters: %+v", checks)
	}
}

func TestWritesOfBindings(t *testing.T) {
	bind := func(resource, namespace string) observation.Check {
		return observation.Check{
			Action: api.Action{Verb: "bind", Group: rbacGroup, Resource: resource, Namespace: namespace, Name: "r"}, Hidden: audit.HiddenBind,
		}
	}
	body := func(kind, role string) string {
		return `{"kind":"` + kind + `","roleRef":{"apiGroup":"` + rbacGroup + `","kind":"` + role + `","name":"r"}}`
	}
	bindings := rbacURI + "namespaces/a/rolebindings"
	hidden(t, "of a Role", withBodies(event("create", bindings, 201), body("RoleBinding", "Role"), ""), bind("roles", "a"))
	hidden(t, "of a ClusterRole in a namespace", withBodies(event("update", bindings+"/b", 200), body("RoleBinding", "ClusterRole"), ""), bind("clusterroles", "a"))
	hidden(t, "in all namespaces", withBodies(event("create", rbacURI+"clusterrolebindings", 201), body("ClusterRoleBinding", "ClusterRole"), ""), bind("clusterroles", ""))
	hidden(t, "patch of subjects", withBodies(event("patch", bindings+"/b", 200), `{"subjects":[]}`, ""))
	hidden(t, "patch of subjects and its answer", withBodies(event("patch", bindings+"/b", 200), `{"subjects":[]}`, body("RoleBinding", "Role")), bind("roles", "a"))
	hidden(t, "of something else", withBodies(event("create", bindings, 201), body("RoleBinding", "Pod"), ""))
	hidden(t, "of nothing", withBodies(event("create", bindings, 201), `{"kind":"RoleBinding"}`, ""))
	hidden(t, "refused", withBodies(event("create", bindings, 403), body("RoleBinding", "Role"), ""))
}

func TestSigners(t *testing.T) {
	signer := func(verb, why string) observation.Check {
		return observation.Check{
			Action: api.Action{Verb: verb, Group: "certificates.k8s.io", Resource: "signers", Name: "x.y/z"}, Hidden: why,
			Unless: []rbacv1.PolicyRule{{Verbs: []string{verb}, APIGroups: []string{"certificates.k8s.io"}, Resources: []string{"signers"}, ResourceNames: []string{"x.y/*"}}},
		}
	}
	const uri = "/apis/certificates.k8s.io/v1/"
	body := func(kind, status string) string {
		return `{"kind":"` + kind + `","spec":{"signerName":"x.y/z"},"status":` + status + `}`
	}
	csr, bundle := "CertificateSigningRequest", "ClusterTrustBundle"
	hidden(t, "approval", withBodies(event("update", uri+"certificatesigningrequests/c/approval", 200), body(csr, `{"conditions":[]}`), ""), signer("approve", audit.HiddenApprove))
	hidden(t, "approval by a patch", withBodies(event("patch", uri+"certificatesigningrequests/c/approval", 200), `{"status":{"conditions":[]}}`, body(csr, `{}`)), signer("approve", audit.HiddenApprove))
	hidden(t, "approval by a patch alone", withBodies(event("patch", uri+"certificatesigningrequests/c/approval", 200), `{"status":{"conditions":[]}}`, ""))
	hidden(t, "signature", withBodies(event("update", uri+"certificatesigningrequests/c/status", 200), body(csr, `{"certificate":"eA=="}`), ""), signer("sign", audit.HiddenSign))
	hidden(t, "status without a signature", withBodies(event("update", uri+"certificatesigningrequests/c/status", 200), body(csr, `{}`), ""))
	hidden(t, "request", withBodies(event("create", uri+"certificatesigningrequests", 201), body(csr, `{}`), ""))
	hidden(t, "answer to a pod", withBodies(event("update", uri+"namespaces/a/podcertificaterequests/c/status", 200), body("PodCertificateRequest", `{"conditions":[]}`), ""), signer("sign", audit.HiddenSign))
	hidden(t, "bundle", withBodies(event("create", uri+"clustertrustbundles", 201), body(bundle, `null`), ""), signer("attest", audit.HiddenAttest))
	hidden(t, "bundle of nobody", withBodies(event("create", uri+"clustertrustbundles", 201), `{"kind":"ClusterTrustBundle","spec":{}}`, ""))
	hidden(t, "bundle and the garbage collector", withBodies(event("patch", uri+"clustertrustbundles/b", 200), `{"metadata":{"ownerReferences":[]}}`, body(bundle, `null`)))
}

func TestOwners(t *testing.T) {
	owned := func(refs ...string) string {
		return `{"metadata":{"ownerReferences":[` + strings.Join(refs, ",") + `]}}`
	}
	const (
		set   = `{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"r","blockOwnerDeletion":true}`
		node  = `{"apiVersion":"v1","kind":"Node","name":"n","blockOwnerDeletion":true}`
		other = `{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"o","blockOwnerDeletion":false}`
	)
	finalizers := func(group, resource, namespace, name string) observation.Check {
		return observation.Check{
			Action: api.Action{Verb: "update", Group: group, Resource: resource + "/finalizers", Namespace: namespace, Name: name}, Hidden: audit.HiddenFinalizers,
		}
	}
	hidden(t, "create", withBodies(event("create", "/api/v1/namespaces/a/pods", 201), owned(set, node, other), ""),
		finalizers("apps", "replicasets", "a", "r"), finalizers("", "nodes", "", "n"))
	hidden(t, "patch", withBodies(event("patch", "/api/v1/namespaces/a/pods/p", 200), owned(set), ""), finalizers("apps", "replicasets", "a", "r"))
	hidden(t, "patch of another thing", withBodies(event("patch", "/api/v1/namespaces/a/pods/p", 200), `{"metadata":{}}`, owned(set)))
	hidden(t, "status", withBodies(event("update", "/api/v1/namespaces/a/pods/p/status", 200), owned(set), ""))
	hidden(t, "no owner", withBodies(event("create", "/api/v1/namespaces/a/pods", 201), owned(`{"blockOwnerDeletion":true}`), ""))
}

// TestBadBodies: what the API server would not take, or is too much, says nothing.
func TestBadBodies(t *testing.T) {
	for name, body := range map[string]string{
		"nothing":       ``,
		"cut":           `{"kind":"Role","rules":[` + podRule,
		"no object":     `"rules"`,
		"null":          `null`,
		"list":          `[]`,
		"other types":   `{"rules":{"verbs":"get"}}`,
		"other case":    `{"Rules":[` + podRule + `]}`,
		"too large":     `{"rules":[` + podRule + `],"metadata":{"x":"` + strings.Repeat("x", 3<<20) + `"}}`,
		"too deep":      strings.Repeat(`{"rules":`, 20_000) + strings.Repeat(`}`, 20_000),
		"behind itself": `{"rules":[` + podRule + `]}{}`,
		"of truncated":  `{"kind":"Role"}`,
		"skipped":       `"skipped-too-big-size-object"`,
	} {
		for _, resource := range []string{"roles", "rolebindings"} {
			hidden(t, name, withBodies(event("create", rbacURI+"namespaces/a/"+resource, 201), body, body))
		}
		hidden(t, name, withBodies(event("create", "/apis/authorization.k8s.io/v1/subjectaccessreviews", 201), body, body))
		hidden(t, name, withBodies(event("update", "/apis/certificates.k8s.io/v1/certificatesigningrequests/c/approval", 200), body, body))
	}
}
