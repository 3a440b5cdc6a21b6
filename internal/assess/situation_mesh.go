package assess

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

// What sidecars of Istio ask for their configuration and certificates: a port of the Service with the
// label (https://istio.io/latest/docs/ops/deployment/application-requirements/).
const (
	sidecar        = "istio-proxy"
	istiodLabel    = "app"
	istiod         = "istiod"
	istiodPort     = 15012
	istiodReason   = "its sidecar of Istio asks istiod"
	noIstiodReason = "its sidecar of Istio asks istiod, of which no Service was found"
)

// meshed adds what sidecars need beside the programs that they stand before: no access log
// shows it, and without it a pod does not start again.
func (b *situationBuilder) meshed() {
	var found []led
	for _, s := range b.services {
		if s.Labels[istiodLabel] == istiod {
			leads, _ := b.leadTo(s, func(p corev1.ServicePort) bool { return p.Port == istiodPort })
			found = append(found, leads...)
		}
	}
	for i, w := range b.workloads {
		if !slices.ContainsFunc(w.pods, hasSidecar) {
			continue
		}
		for _, l := range found {
			b.callBeside(l.to, l.ports, &w.Ref, istiodReason)
		}
		if len(found) == 0 {
			unread := &b.out.Workloads[i].Unread
			*unread = append(*unread, netpol.Unread{Direction: networkingv1.PolicyTypeEgress, Reason: noIstiodReason})
		}
	}
}

// hasSidecar tells a pod with a sidecar of Istio, which may be an init container that goes on.
func hasSidecar(pod *corev1.Pod) bool {
	return slices.ContainsFunc(slices.Concat(pod.Spec.Containers, pod.Spec.InitContainers), func(c corev1.Container) bool { return c.Name == sidecar })
}
