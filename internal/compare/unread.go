package compare

import (
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// concerns tells whether a check can be unknown for a read.
func concerns(u api.Unread, check string) bool {
	resource, _, _ := strings.Cut(u.Resource, "/")
	switch {
	case strings.HasPrefix(u.Resource, "/"):
		return true // discovery: anything may be there
	case u.Group == "rbac.authorization.k8s.io":
		return strings.HasPrefix(check, "sa-") || check == "group-grants" || check == "default-sa" || strings.HasPrefix(check, "token-")
	case u.Resource == "configmaps/kubelet-config":
		return strings.HasPrefix(check, "seccomp-") || check == "userns"
	case resource == "networkpolicies":
		return strings.HasPrefix(check, "netpol-") || check == "hostnetwork-bypass"
	case resource == "namespaces":
		return strings.HasPrefix(check, "psa-") || strings.HasPrefix(check, "netpol-") || strings.HasPrefix(check, "sa-")
	case resource == "nodes":
		return strings.HasPrefix(check, "node-") || check == "userns" || check == "caps-effective" || check == "runtime-class"
	case resource == "serviceaccounts":
		return strings.HasPrefix(check, "token-") || check == "default-sa" || check == "cloud-identity"
	case resource == "persistentvolumeclaims", resource == "persistentvolumes":
		return strings.HasPrefix(check, "hostpath-") || check == "pvc-shared" || check == "runtime-socket"
	case resource == "runtimeclasses":
		return check == "runtime-class"
	case resource == "services", resource == "ingresses", resource == "endpointslices", strings.Contains(u.Group, "gateway"), strings.Contains(u.Group, "istio"), strings.Contains(u.Group, "route"):
		return check == "exposed" || check == "dangerous-service" || check == "mtls"
	}
	return false
}

// hides tells whether a workload may be missing from a posture for a failed read.
func hides(u api.Unread, ref api.Ref) bool {
	home := ref.Namespace
	if ref.Kind == "Namespace" {
		home = ref.Name
	}
	if u.Namespace != "" && u.Namespace != home {
		return false
	}
	resource, _, _ := strings.Cut(u.Resource, "/")
	return strings.HasPrefix(u.Resource, "/") || strings.HasPrefix(resource+".", pluralOf(ref.Kind)+".")
}

func pluralOf(kind string) string {
	word := strings.ToLower(kind)
	switch {
	case strings.HasSuffix(word, "s"), strings.HasSuffix(word, "x"):
		return word + "es"
	case strings.HasSuffix(word, "y"):
		return strings.TrimSuffix(word, "y") + "ies"
	}
	return word + "s"
}

// hidden is the failed read for which a workload may be missing, in words; empty for none.
func (p *Posture) hidden(ref api.Ref) string {
	for _, u := range p.Unknown {
		if hides(u, ref) {
			return readText(u)
		}
	}
	return ""
}

// live tells checks that stand on pods that run, so that nothing is known without one.
func live(check string) bool {
	switch check {
	case "run-as-root-observed", "image-drift", "psa-stale", "ephemeral-present", "static-mirror-pod", "node-placement":
		return true
	}
	return false
}

// fromCluster tells checks that need more than the file of a workload.
func fromCluster(check string) bool {
	if live(check) {
		return true
	}
	for _, prefix := range []string{"sa-", "netpol-", "psa-", "node-"} {
		if strings.HasPrefix(check, prefix) {
			return true
		}
	}
	switch check {
	case "group-grants", "exposed", "mtls", "dangerous-service", "hostnetwork-bypass", "pvc-shared", "seccomp-unset", "userns", "token-needless", "default-sa", "secret-optional-missing":
		return true
	}
	return false
}
