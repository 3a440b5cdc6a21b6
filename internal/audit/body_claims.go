package audit

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	resourcev1 "k8s.io/api/resource/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
)

// nodeNameKey is the extra of a ServiceAccount that has the node of its pod.
const nodeNameKey = "authentication.kubernetes.io/node-name"

// claim is the part of a ResourceClaim that is read.
type claim struct {
	Status struct {
		Allocation *struct {
			NodeSelector *corev1.NodeSelector `json:"nodeSelector"`
		} `json:"allocation"`
		Devices []struct {
			Driver string `json:"driver"`
		} `json:"devices"`
	} `json:"status"`
}

// claims notes what a write of the status of a ResourceClaim asks for (pkg/registry/resource/
// utils.go of k8s.io/kubernetes). Upstream asks where the allocation, a reservation or the
// devices of a driver change, which an event of an update does not show: all count.
func (r *reading) claims() {
	if r.action.Group != resourcev1.GroupName || r.action.Resource != "resourceclaims/status" || r.action.Verb == "create" {
		return
	}
	binds := r.mayChange("status", "allocation") || r.mayChange("status", "reservedFor")
	devices := r.mayChange("status", "devices")
	var c claim
	switch {
	case !binds && !devices:
		return
	case !r.written("ResourceClaim", &c):
		r.blind(aboutClaim)
		return
	}
	if binds {
		r.add(observation.Check{
			Action: api.Action{Verb: r.action.Verb, Group: resourcev1.GroupName, Resource: "resourceclaims/" + resourcev1.SubresourceBinding},
			Hidden: HiddenAllocation,
		})
	}
	if devices {
		r.drivers(&c)
	}
}

// drivers notes the right on each driver with devices in the status: those of the patch where
// it names them.
func (r *reading) drivers(c *claim) {
	isPatch, shown := r.action.Verb == "patch", r.answered("ResourceClaim")
	named := *c
	if isPatch && !r.isJSONPatch() && !readBody(r.Request, &named) {
		r.blind(aboutClaim)
		return
	}
	drivers := map[string]bool{}
	for _, d := range named.Status.Devices {
		drivers[d.Driver] = true
	}
	node := ""
	if nodes := r.who.Extra[nodeNameKey]; len(nodes) == 1 {
		node = nodes[0]
	}
	_, _, isAccount := api.AccountOf(r.who.Name)
	switch allocated := c.Status.Allocation != nil; {
	case !allocated && (shown || !isPatch):
		return // whose devices are not asked about
	case isPatch && len(drivers) == 0, len(drivers) > maxItems, !allocated && isAccount && node != "":
		r.blind(aboutClaim)
		return
	}
	near := isAccount && node != "" && node == c.node()
	for _, driver := range slices.Sorted(maps.Keys(drivers)) {
		r.driver(driver, near)
	}
}

// driver notes the right of an account on its own node, for which that on any will do as well,
// or on any.
func (r *reading) driver(name string, near bool) {
	resource := "resourceclaims/" + resourcev1.SubresourceDriver
	anywhere := resourcev1.VerbPrefixArbitraryNode + r.action.Verb
	c := observation.Check{Hidden: HiddenDriver, Action: api.Action{
		Verb: anywhere, Group: resourcev1.GroupName, Resource: resource, Namespace: r.action.Namespace, Name: name,
	}}
	if near {
		c.Verb = resourcev1.VerbPrefixAssociatedNode + r.action.Verb
		c.Unless = []rbacv1.PolicyRule{{
			Verbs: []string{anywhere}, APIGroups: []string{resourcev1.GroupName}, Resources: []string{resource}, ResourceNames: []string{name},
		}}
	}
	r.add(c)
}

// node is the one that the devices are on, as nodeNameFromAllocation of upstream has it.
func (c *claim) node() string {
	if c.Status.Allocation == nil || c.Status.Allocation.NodeSelector == nil {
		return ""
	}
	terms := c.Status.Allocation.NodeSelector.NodeSelectorTerms
	if len(terms) != 1 || len(terms[0].MatchExpressions) != 0 || len(terms[0].MatchFields) != 1 {
		return ""
	}
	field := terms[0].MatchFields[0]
	if field.Key != "metadata.name" || field.Operator != corev1.NodeSelectorOpIn || len(field.Values) != 1 {
		return ""
	}
	return field.Values[0]
}
