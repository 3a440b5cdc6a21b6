package cluster

import (
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// networkKinds are the kinds that decide who reaches the pods of a namespace.
func networkKinds() []kind {
	return []kind{
		builtin(networkingv1.GroupName, "NetworkPolicy", "networkpolicies", "netpol"),
		builtin("", "Service", "services", "svc"),
		builtin(networkingv1.GroupName, "Ingress", "ingresses", "ing"),
	}
}

func isNetwork(k kind) bool {
	for _, known := range networkKinds() {
		if known.gvk == k.gvk {
			return true
		}
	}
	return false
}

// network reads what decides who reaches the pods of the query's namespace, or of all.
func (c *collector) network() []read {
	var reads []read
	for _, k := range networkKinds() {
		reads = append(reads, c.listSupport(k, c.query.Namespace))
	}
	return reads
}

// NetworkPolicies of a namespace, by name, and whether those are all.
func (inv *Inventory) NetworkPolicies(namespace string) ([]*networkingv1.NetworkPolicy, workload.Fact) {
	return allOf[*networkingv1.NetworkPolicy](inv, ownerKey{networkingv1.GroupName, "NetworkPolicy", namespace, ""})
}

// Services of a namespace, by name, and whether those are all.
func (inv *Inventory) Services(namespace string) ([]*corev1.Service, workload.Fact) {
	return allOf[*corev1.Service](inv, ownerKey{"", "Service", namespace, ""})
}

// Ingresses of a namespace, by name, and whether those are all.
func (inv *Inventory) Ingresses(namespace string) ([]*networkingv1.Ingress, workload.Fact) {
	return allOf[*networkingv1.Ingress](inv, ownerKey{networkingv1.GroupName, "Ingress", namespace, ""})
}
