package cluster

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	nodev1 "k8s.io/api/node/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// surround adds to a context what the namespace, the account and the volumes of a workload
// are.
func (inv *Inventory) surround(ctx *workload.Context, w *workload.Workload) {
	ctx.Namespace.Value, ctx.Namespace.Fact = find[*corev1.Namespace](inv, ownerKey{"", "Namespace", "", w.Ref.Namespace})
	ctx.LimitRanges.Value, ctx.LimitRanges.Fact = all[*corev1.LimitRange](inv, "LimitRange", w.Ref.Namespace)
	ctx.ServiceAccounts = map[string]workload.Known[*corev1.ServiceAccount]{}
	ctx.Claims, ctx.Volumes = map[string]workload.Claim{}, map[string]workload.Known[*corev1.PersistentVolume]{}
	ctx.RuntimeClasses = map[string]workload.Known[*nodev1.RuntimeClass]{}
	for _, shape := range w.Shapes() {
		name := workload.AccountName(shape.Spec)
		account, fact := find[*corev1.ServiceAccount](inv, ownerKey{"", "ServiceAccount", w.Ref.Namespace, name})
		ctx.ServiceAccounts[name] = workload.Known[*corev1.ServiceAccount]{Value: account, Fact: fact}
		for _, name := range inv.claimNames(w.Ref.Namespace, shape) {
			ctx.Claims[name] = inv.claim(w.Ref.Namespace, name)
		}
		for _, name := range askedVolumes(shape) {
			volume, fact := find[*corev1.PersistentVolume](inv, ownerKey{"", "PersistentVolume", "", name})
			ctx.Volumes[name] = workload.Known[*corev1.PersistentVolume]{Value: volume, Fact: fact}
		}
		if name := shape.Spec.RuntimeClassName; name != nil {
			class, fact := find[*nodev1.RuntimeClass](inv, ownerKey{"node.k8s.io", "RuntimeClass", "", *name})
			ctx.RuntimeClasses[*name] = workload.Known[*nodev1.RuntimeClass]{Value: class, Fact: fact}
		}
	}
	ctx.ConfigKeys = inv.configs[w.Ref.Namespace]
	ctx.Nodes = map[string]*corev1.Node{}
	for _, pod := range w.Pods {
		if node := inv.nodes[pod.Spec.NodeName]; node != nil {
			ctx.Nodes[node.Name] = node
		}
	}
}

func sortByName[T metav1.Object](objects []T) {
	slices.SortFunc(objects, func(a, b T) int { return strings.Compare(a.GetName(), b.GetName()) })
}

// around reads what surrounds the pods of named workloads: their accounts, claims, the
// claims' volumes, and runtime classes.
func (c *collector) around() []read {
	tops := map[ownerKey]bool{}
	for _, key := range c.chain {
		for _, top := range c.inv.topsOf(key) {
			tops[top] = true
		}
	}
	var reads []read
	for _, w := range c.inv.Workloads() {
		if !tops[keyOf(w.Ref)] {
			continue
		}
		for _, shape := range w.Shapes() {
			reads = append(reads, c.getOnce("ServiceAccount", w.Ref.Namespace, workload.AccountName(shape.Spec))...)
			reads = append(reads, c.podsWhere(w.Ref.Namespace, "spec.serviceAccountName", workload.AccountName(shape.Spec))...)
			reads = append(reads, c.claimsOf(w.Ref.Namespace, shape)...)
			if name := shape.Spec.RuntimeClassName; name != nil {
				reads = append(reads, c.getOnce("RuntimeClass", "", *name)...)
			}
		}
	}
	return reads
}

func (c *collector) getOnce(kindName, namespace, name string) []read {
	if !c.once("support", kindName, namespace, name) {
		return nil
	}
	return []read{c.getSupport(supportKind(kindName), namespace, name)}
}

func (c *collector) listOnce(kindName, namespace string) []read {
	if !c.once("supports", kindName, namespace) {
		return nil
	}
	return []read{c.listSupport(supportKind(kindName), namespace)}
}
