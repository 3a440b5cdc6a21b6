package compare

import (
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// risk is what rights on some resources are worth, and the check that finds them.
type risk struct {
	check    string
	severity api.Severity
	// group is a star where it does not matter.
	resources, verbs []string
	group            string
}

// risks are those of the checks of rights, coarsely: the checks themselves know the subtleties.
func risks() []risk {
	reads := []string{"get", "list", "watch"}
	writes := []string{"create", "update", "patch"}
	templates := []string{"pods", "deployments", "statefulsets", "daemonsets", "replicasets", "replicationcontrollers", "jobs", "cronjobs"}
	roles := []string{"roles", "clusterroles"}
	return []risk{
		{"sa-escalate", api.SeverityCritical, roles, []string{"bind", "escalate"}, anyOf},
		{"sa-escalate", api.SeverityCritical, append(roles, "rolebindings", "clusterrolebindings"), writes, "rbac.authorization.k8s.io"},
		{"sa-escalate", api.SeverityCritical, []string{"users", "groups", "serviceaccounts"}, []string{"impersonate"}, anyOf},
		{"sa-nodes-proxy", api.SeverityCritical, []string{"nodes/proxy"}, []string{"get", "create"}, ""},
		{"sa-secrets", api.SeverityHigh, []string{"secrets"}, append(reads, "patch", "delete", "deletecollection"), ""},
		{"sa-exec", api.SeverityHigh, []string{"pods/exec", "pods/attach", "pods/portforward", "pods/proxy", "pods/ephemeralcontainers", "services/proxy"}, []string{"create", "get", "update", "patch"}, ""},
		{"sa-create-pods", api.SeverityHigh, templates, writes, anyOf},
		{"sa-token-create", api.SeverityHigh, []string{"serviceaccounts/token"}, []string{"create"}, ""},
		{"sa-csr-webhook-pv", api.SeverityHigh, []string{
			"certificatesigningrequests/approval", "certificatesigningrequests", "signers", "persistentvolumes", "nodes",
			"mutatingwebhookconfigurations", "validatingwebhookconfigurations",
		}, append(writes, "approve", "sign"), anyOf},
	}
}

// meets tells whether a right has something of a risk in it.
func (k risk) meets(r rightAtom) bool {
	if r.url != "" {
		return false
	}
	for _, resource := range k.resources {
		if r.coversResource(resource) && (k.group == anyOf || r.group == anyOf || r.group == k.group) && (r.verb == anyOf || slices.Contains(k.verbs, r.verb)) {
			return true
		}
	}
	return false
}

func rightRisks(f fact) []risk {
	atoms := rightAtoms(f)
	return slices.DeleteFunc(risks(), func(k risk) bool {
		return !slices.ContainsFunc(atoms, func(a atom) bool { return k.meets(a.(rightAtom)) })
	})
}

// rightSeverity is at least low: a wider right is never nothing.
func rightSeverity(f fact) api.Severity {
	worst := api.SeverityLow
	for _, k := range rightRisks(f) {
		if k.severity.Rank() > worst.Rank() {
			worst = k.severity
		}
	}
	return worst
}

func rightChecks(f fact) []string {
	var out []string
	for _, k := range rightRisks(f) {
		out = append(out, k.check)
	}
	if atoms := rightAtoms(f); slices.ContainsFunc(atoms, func(a atom) bool {
		r := a.(rightAtom)
		return r.verb == anyOf && r.resource == anyOf
	}) {
		out = append(out, "sa-cluster-admin")
	}
	return out
}
