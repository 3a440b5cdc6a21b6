package netpol

import (
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Isolation tells whether a pod is isolated in a direction.
type Isolation struct {
	// Verdict is Yes, No, or Depends where only Refused select the pod.
	Verdict Verdict
	// Policies select the pod for the direction.
	Policies []api.Ref
	// Refused would select the pod if the API server let them in; see the Notes on them.
	Refused []api.Ref
	// HostNetwork tells a pod on the host's network: it is not isolated, whatever selects it.
	HostNetwork bool
}

// Isolated tells whether policies isolate a pod in a direction.
func (n *Network) Isolated(pod *corev1.Pod, direction networkingv1.PolicyType) Isolation {
	g, d := n.groupOf(pod), directionIndex(direction)
	i := Isolation{Verdict: No, HostNetwork: g.host}
	for _, p := range g.selected[d] {
		i.Policies = append(i.Policies, p.ref)
	}
	for _, p := range g.refused[d] {
		i.Refused = append(i.Refused, p.ref)
	}
	switch {
	case g.host:
	case len(i.Policies) > 0:
		i.Verdict = Yes
	case len(i.Refused) > 0:
		i.Verdict = Depends
	}
	return i
}
