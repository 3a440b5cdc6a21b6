package assess

import (
	"maps"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// standing is a workload with the pods that stand for it, see podsFor.
type standing struct {
	*workload.Workload
	pods []*corev1.Pod
}

// standingIn are the workloads of an inventory, sorted by reference.
func standingIn(inv *cluster.Inventory) []standing {
	workloads := inv.Workloads()
	out := make([]standing, len(workloads))
	for i, w := range workloads {
		out[i] = standing{w, w.Pods}
		if len(w.Pods) == 0 {
			out[i].pods = podsFor(w, w.Shapes())
		}
	}
	return out
}

// networkOf is the network of what was read of both sides. A workload without live pods is
// there with a pod of each template.
func networkOf(sides ...*cluster.Inventory) *netpol.Network {
	g := newGathered()
	for _, inv := range sides {
		g.add(inv, standingIn(inv))
	}
	return netpol.New(g.objects)
}

// gathered are objects of several inventories, each once.
type gathered struct {
	objects netpol.Objects
	seen    map[[3]string]bool
}

func newGathered() *gathered {
	return &gathered{netpol.Objects{Refused: map[types.NamespacedName][]string{}}, map[[3]string]bool{}}
}

// once tells an object that was not there before.
func (g *gathered) once(kind, namespace, name string) bool {
	key := [3]string{kind, namespace, name}
	before := g.seen[key]
	g.seen[key] = true
	return !before
}

// add adds the pods and what there is in their namespaces.
func (g *gathered) add(inv *cluster.Inventory, workloads []standing) {
	maps.Copy(g.objects.Refused, inv.RefusedPolicies())
	names := map[string]bool{}
	for _, pod := range inv.LivePods() {
		names[pod.Namespace] = true
		if g.once("pod", pod.Namespace, pod.Name) {
			g.objects.Pods = append(g.objects.Pods, pod)
		}
	}
	for _, w := range workloads {
		names[w.Ref.Namespace] = true
		if len(w.Pods) == 0 && g.once("template "+w.Ref.Kind, w.Ref.Namespace, w.Ref.Name) {
			g.objects.Pods = append(g.objects.Pods, w.pods...)
		}
	}
	for name := range names {
		g.namespace(inv, name)
	}
}

// namespace adds a namespace and its policies.
func (g *gathered) namespace(inv *cluster.Inventory, name string) {
	policies, _ := inv.NetworkPolicies(name)
	for _, p := range policies {
		if g.once("policy", p.Namespace, p.Name) {
			g.objects.Policies = append(g.objects.Policies, p)
		}
	}
	if known := inv.Namespace(name); known.Fact == workload.FactYes && g.once("namespace", "", name) {
		g.objects.Namespaces = append(g.objects.Namespaces, known.Value)
	}
}
