package audit

import (
	"encoding/json"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
)

// roles notes what a write of RBAC objects asks for: escalate or the rules, bind or the rules
// (pkg/registry/rbac/escalation_check.go of k8s.io/kubernetes, and policybased/storage.go of
// each kind). Members of system:masters are not asked. An update that changes nothing is not
// asked either, which no event shows: it counts as one that does.
func (r *reading) roles() {
	if r.action.Group != rbacv1.GroupName || slices.Contains(r.who.Groups, "system:masters") || r.touchesMetadataAlone() {
		return
	}
	switch r.action.Resource {
	case "roles":
		r.escalate("Role")
	case "clusterroles":
		r.escalate("ClusterRole")
	case "rolebindings":
		r.bind("RoleBinding")
	case "clusterrolebindings":
		r.bind("ClusterRoleBinding")
	}
}

// escalate has the name that the URL has: none for a create.
func (r *reading) escalate(kind string) {
	var role struct {
		Rules           []rbacv1.PolicyRule `json:"rules"`
		AggregationRule struct {
			ClusterRoleSelectors []json.RawMessage `json:"clusterRoleSelectors"`
		} `json:"aggregationRule"`
	}
	if !r.written(kind, &role) {
		r.blind(aboutRole)
		return
	}
	unless := role.Rules
	if len(unless) > maxItems || kind == "ClusterRole" && len(role.AggregationRule.ClusterRoleSelectors) > 0 {
		unless = everything() // who holds all of many rules is not worth to find out
	}
	if len(unless) == 0 {
		if r.action.Verb == "patch" && !r.answered(kind) {
			r.blind(aboutRole) // whose rules are asked for though the patch does not name them
		}
		return
	}
	c := observation.Check{Action: r.action, Hidden: HiddenEscalate, Unless: unless}
	c.Verb = "escalate"
	r.add(c)
}

// everything is what a role needs that gathers rules of others (fullAuthority in
// pkg/registry/rbac/clusterrole/policybased/storage.go).
func everything() []rbacv1.PolicyRule {
	return []rbacv1.PolicyRule{
		{Verbs: []string{"*"}, APIGroups: []string{"*"}, Resources: []string{"*"}},
		{Verbs: []string{"*"}, NonResourceURLs: []string{"*"}},
	}
}

// bind is asked for in the namespace of the binding.
func (r *reading) bind(kind string) {
	var binding struct {
		RoleRef rbacv1.RoleRef `json:"roleRef"`
	}
	if !r.written(kind, &binding) || binding.RoleRef.Name == "" {
		r.blind(aboutBinding)
		return
	}
	a := api.Action{Verb: "bind", Group: rbacv1.GroupName, Namespace: r.action.Namespace, Name: binding.RoleRef.Name}
	switch binding.RoleRef.Kind {
	case "Role":
		a.Resource = "roles"
	case "ClusterRole":
		a.Resource = "clusterroles"
	default:
		r.blind(aboutBinding)
		return
	}
	r.add(observation.Check{Action: a, Hidden: HiddenBind})
}
