package assess

import (
	"maps"

	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// networkOf is the network of what was read of both sides. A workload without live pods is
// there with a pod of each template.
func networkOf(sides ...*cluster.Inventory) *netpol.Network {
	objects := netpol.Objects{Refused: map[types.NamespacedName][]string{}}
	seen := map[string]bool{}
	once := func(kind, namespace, name string) bool {
		key := kind + "/" + namespace + "/" + name
		before := seen[key]
		seen[key] = true
		return !before
	}
	for _, inv := range sides {
		maps.Copy(objects.Refused, inv.RefusedPolicies())
		names := map[string]bool{}
		for _, pod := range inv.LivePods() {
			names[pod.Namespace] = true
			if once("pod", pod.Namespace, pod.Name) {
				objects.Pods = append(objects.Pods, pod)
			}
		}
		for _, w := range inv.Workloads() {
			names[w.Ref.Namespace] = true
			if len(w.Pods) == 0 && once("template "+w.Ref.Kind, w.Ref.Namespace, w.Ref.Name) {
				objects.Pods = append(objects.Pods, podsFor(w, w.Shapes())...)
			}
		}
		for name := range names {
			policies, _ := inv.NetworkPolicies(name)
			for _, p := range policies {
				if once("policy", p.Namespace, p.Name) {
					objects.Policies = append(objects.Policies, p)
				}
			}
			if known := inv.Namespace(name); known.Fact == workload.FactYes && once("namespace", "", name) {
				objects.Namespaces = append(objects.Namespaces, known.Value)
			}
		}
	}
	return netpol.New(objects)
}
