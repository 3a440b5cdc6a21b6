package assess

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// configurationDoubts give each workload what is not known of its configuration and that of others,
// for directions that are closed for configuration alone.
func (b *situationBuilder) configurationDoubts() {
	part := b.inPart()
	bound := b.boundAccounts()
	for i, w := range b.workloads {
		out := &b.out.Workloads[i]
		add := func(direction networkingv1.PolicyType, of api.EndKind, reason string) {
			out.Unread = append(out.Unread, netpol.Unread{Direction: direction, Reason: reason, Configuration: true, Of: of})
		}
		reasons := b.unfollowed[i]
		slices.Sort(reasons)
		for _, reason := range slices.Compact(reasons) {
			add(networkingv1.PolicyTypeIngress, "", reason)
		}
		if part != "" {
			add(networkingv1.PolicyTypeIngress, "", part)
		}
		if why := b.mayCallServer(w, bound, part == ""); why != "" {
			add(networkingv1.PolicyTypeEgress, api.EndAPIServer, why)
		}
	}
}

// inPart says why workloads that were not read may call others; empty where all were read. Files are
// all of a cluster where they have the namespace kube-system with a live pod of it, as those of a
// snapshot and of kubectl get -A have and those of one application have not.
func (b *situationBuilder) inPart() string {
	const may = ", and others may be configured to call it"
	if b.inv.Whole() {
		return ""
	}
	if b.inv.KindRead(schema.GroupKind{Kind: "Pod"}) != workload.FactAbsent {
		why := cmp.Or(b.inv.Failed("", "pods", ""), b.inv.Failed("", "namespaces", ""), "not all namespaces were read")
		return why + may
	}
	live := func(pod *corev1.Pod) bool { return pod.Namespace == systemNamespace }
	if b.inv.Namespace(systemNamespace).Fact == workload.FactYes && slices.ContainsFunc(b.inv.LivePods(), live) {
		return ""
	}
	return "the files do not hold all of a cluster" + may
}
