package check

import (
	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// UserNS tells what becomes of a pod's request for a user namespace.
func UserNS() Check {
	return Check{
		ID:        "userns",
		Title:     "Pod asks for a user namespace",
		Severity:  api.SeverityInfo,
		Standards: []string{"kep:127"},
		Doc: "hostUsers: false gives the pod a user namespace of its own: uid 0 in it is a uid without " +
			"rights on the node, and its capabilities hold inside alone. Findings about root and " +
			"capabilities are then one step lower. Medium where a node under the pods does not support " +
			"it: there the kubelet does not start the pod. Support is what the node reports in " +
			"status.runtimeHandlers[].features.userNamespaces. Behaviour: KEP-127, " +
			"pkg/kubelet/userns/userns_manager.go of Kubernetes.",
		Fix: "nodes with a kernel and a runtime that support user namespaces",
		Eval: onLinux(func(s Subject) []Violation {
			if !s.UserNamespace() {
				return nil
			}
			v := Violation{Path: s.Join("spec.hostUsers"), Got: "false", Want: "false"}
			switch s.Context.UserNamespaces {
			case workload.FactYes:
				v.Message = "in a user namespace: root in it is not root on the node"
			case workload.FactNo:
				v.Severity = api.SeverityMedium
				v.Message = "asked for, but a node under it does not support it: the pod does not start there"
			case workload.FactUnknown:
				v.Unknown = true
				v.Message = "asked for; whether the nodes support it could not be read"
			default:
				v.Derived = true
				v.Message = "in a user namespace, where the nodes support it"
			}
			return []Violation{v}
		}),
	}
}
