package audit_test

import (
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/audit"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
)

// TestPolicies: the kind of parameters is to be read in all namespaces.
func TestPolicies(t *testing.T) {
	params := observation.Check{Action: api.Action{Verb: "get", Group: "x.y", Resource: "limits"}, Hidden: audit.HiddenParameters}
	for resource, kind := range map[string]string{
		"validatingadmissionpolicies": "ValidatingAdmissionPolicy", "mutatingadmissionpolicies": "MutatingAdmissionPolicy",
	} {
		uri := "/apis/admissionregistration.k8s.io/v1/" + resource
		policy := `{"kind":"` + kind + `","spec":{"paramKind":{"apiVersion":"x.y/v1","kind":"Limit"}}}`
		hidden(t, "create", withBodies(event("create", uri, 201), policy, ""), params)
		hidden(t, "update", withBodies(event("update", uri+"/p", 200), policy, policy), params)
		hidden(t, "create that failed", withBodies(event("create", uri, 422), policy, ""))
		hidden(t, "without parameters", withBodies(event("create", uri, 201), `{"kind":"`+kind+`","spec":{}}`, ""))
		hidden(t, "patch of labels", withBodies(event("patch", uri+"/p", 200), `{"metadata":{"labels":{}}}`, policy))
		hidden(t, "patch of the rest", withBodies(event("patch", uri+"/p", 200), `{"spec":{"failurePolicy":"Fail"}}`, policy))
		hidden(t, "patch", withBodies(event("patch", uri+"/p", 200), policy, ""), params)
		hidden(t, "patch of a part", withBodies(event("patch", uri+"/p", 200), `{"spec":{"paramKind":{"kind":"Limit"}}}`, policy), params)
		hidden(t, "JSON patch", withBodies(event("patch", uri+"/p", 200), `[{"op":"replace","path":"/spec/paramKind/kind","value":"Limit"}]`, policy), params)
		hidden(t, "JSON patch of the rest", withBodies(event("patch", uri+"/p", 200), `[{"op":"remove","path":"/spec/validations/0"}]`, policy))
		hidden(t, "of no version", withBodies(event("create", uri, 201), `{"kind":"`+kind+`","spec":{"paramKind":{"kind":"Limit"}}}`, ""))
		master := withBodies(event("create", uri, 201), policy, "")
		master.User.Groups = []string{"system:masters"}
		if checks, _ := audit.Checks(&master); len(checks) != 1 {
			t.Errorf("a member of system:masters: %+v", checks)
		}
	}
	hidden(t, "of another group", withBodies(event("create", "/apis/x.y/v1/validatingadmissionpolicies", 201),
		`{"spec":{"paramKind":{"apiVersion":"x.y/v1","kind":"Limit"}}}`, ""))
}

// onNode is an event of the status of a claim by an account whose pod is on a node.
func onNode(verb, node, request, response string) audit.Event {
	e := withBodies(event(verb, "/apis/resource.k8s.io/v1/namespaces/a/resourceclaims/c/status", 200), request, response)
	e.User.Name = "system:serviceaccount:d:driver"
	e.User.Extra = map[string][]string{"authentication.kubernetes.io/node-name": {node}}
	return e
}

func TestClaims(t *testing.T) {
	const (
		allocation = `"allocation":{"nodeSelector":{"nodeSelectorTerms":[{"matchFields":[{"key":"metadata.name","operator":"In","values":["n"]}]}]}}`
		devices    = `"devices":[{"driver":"x.y","pool":"p"},{"driver":"x.y","pool":"q"}]`
		whole      = `{"kind":"ResourceClaim","status":{` + allocation + `,` + devices + `}}`
		patch      = `{"status":{` + devices + `}}`
	)
	binding := func(verb string) observation.Check {
		return observation.Check{Hidden: audit.HiddenAllocation, Action: api.Action{Verb: verb, Group: "resource.k8s.io", Resource: "resourceclaims/binding"}}
	}
	driver := func(verb string, unless ...string) observation.Check {
		c := observation.Check{Hidden: audit.HiddenDriver,
			Action: api.Action{Verb: verb, Group: "resource.k8s.io", Resource: "resourceclaims/driver", Namespace: "a", Name: "x.y"}}
		for _, v := range unless {
			c.Unless = []rbacv1.PolicyRule{{Verbs: []string{v}, APIGroups: []string{"resource.k8s.io"}, Resources: []string{"resourceclaims/driver"}, ResourceNames: []string{"x.y"}}}
		}
		return c
	}
	other := event("patch", "/apis/resource.k8s.io/v1/namespaces/a/resourceclaims/c/status", 200)
	for _, c := range []struct {
		name string
		e    audit.Event
		want []observation.Check
	}{
		{"update", onNode("update", "n", whole, ""),
			[]observation.Check{binding("update"), driver("associated-node:update", "arbitrary-node:update")}},
		{"update from another node", onNode("update", "m", whole, ""), []observation.Check{binding("update"), driver("arbitrary-node:update")}},
		{"allocation", onNode("update", "n", `{"status":{`+allocation+`}}`, ""), []observation.Check{binding("update")}},
		{"end of an allocation", onNode("update", "n", `{"status":{`+devices+`}}`, ""), []observation.Check{binding("update")}},
		{"patch of devices", onNode("patch", "n", patch, whole), []observation.Check{driver("associated-node:patch", "arbitrary-node:patch")}},
		{"JSON patch of devices", onNode("patch", "n", `[{"op":"add","path":"/status/devices/-","value":{}}]`, whole),
			[]observation.Check{driver("associated-node:patch", "arbitrary-node:patch")}},
		{"patch of devices by others", withBodies(other, patch, ""), []observation.Check{driver("arbitrary-node:patch")}},
		{"patch of devices, node unknown", onNode("patch", "n", patch, ""), nil},
		{"patch of reservations", onNode("patch", "n", `{"status":{"reservedFor":null}}`, ""), []observation.Check{binding("patch")}},
		{"patch of nothing", onNode("patch", "n", `{"metadata":{}}`, whole), nil},
		{"without bodies", onNode("update", "n", "", ""), nil},
	} {
		action, _ := audit.Asked(c.e.Verb, c.e.URI)
		want := append([]observation.Check{{Action: action}}, c.want...)
		for i := range want {
			want[i].User, want[i].Groups = c.e.User.Name, c.e.User.Groups
		}
		expect(t, c.name, c.e, want...)
	}
}
