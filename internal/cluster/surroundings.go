package cluster

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	nodev1 "k8s.io/api/node/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// defaultAccount is the ServiceAccount of pods that name none.
const defaultAccount = "default"

// surround adds to a context what the namespace, the account and the volumes of a workload
// are.
func (inv *Inventory) surround(ctx *workload.Context, w *workload.Workload) {
	ctx.Namespace.Value, ctx.Namespace.Fact = find[*corev1.Namespace](inv, ownerKey{"", "Namespace", "", w.Ref.Namespace})
	ctx.LimitRanges.Value, ctx.LimitRanges.Fact = all[*corev1.LimitRange](inv, "LimitRange", w.Ref.Namespace)
	ctx.ServiceAccounts = map[string]workload.Known[*corev1.ServiceAccount]{}
	ctx.Claims = map[string]workload.Claim{}
	ctx.RuntimeClasses = map[string]workload.Known[*nodev1.RuntimeClass]{}
	for _, shape := range w.Shapes() {
		for _, name := range accounts(shape.Spec) {
			account, fact := find[*corev1.ServiceAccount](inv, ownerKey{"", "ServiceAccount", w.Ref.Namespace, name})
			ctx.ServiceAccounts[name] = workload.Known[*corev1.ServiceAccount]{Value: account, Fact: fact}
		}
		for _, name := range claims(shape.Spec) {
			ctx.Claims[name] = inv.claim(w.Ref.Namespace, name)
		}
		if name := shape.Spec.RuntimeClassName; name != nil {
			class, fact := find[*nodev1.RuntimeClass](inv, ownerKey{"node.k8s.io", "RuntimeClass", "", *name})
			ctx.RuntimeClasses[*name] = workload.Known[*nodev1.RuntimeClass]{Value: class, Fact: fact}
		}
	}
	ctx.Nodes = map[string]*corev1.Node{}
	for _, pod := range w.Pods {
		if node := inv.nodes[pod.Spec.NodeName]; node != nil {
			ctx.Nodes[node.Name] = node
		}
	}
}

func accounts(spec *corev1.PodSpec) []string {
	if spec.ServiceAccountName == "" {
		return []string{defaultAccount}
	}
	return []string{spec.ServiceAccountName}
}

func claims(spec *corev1.PodSpec) []string {
	var names []string
	for _, v := range spec.Volumes {
		if v.PersistentVolumeClaim != nil {
			names = append(names, v.PersistentVolumeClaim.ClaimName)
		}
	}
	return names
}

// claim follows a claim to its volume.
func (inv *Inventory) claim(namespace, name string) workload.Claim {
	var c workload.Claim
	c.Claim.Value, c.Claim.Fact = find[*corev1.PersistentVolumeClaim](inv, ownerKey{"", "PersistentVolumeClaim", namespace, name})
	if c.Claim.Fact == workload.FactYes && c.Claim.Value.Spec.VolumeName != "" {
		c.Volume.Value, c.Volume.Fact = find[*corev1.PersistentVolume](inv, ownerKey{"", "PersistentVolume", "", c.Claim.Value.Spec.VolumeName})
	}
	c.UsedBy = inv.claimUsers[ownerKey{"", "PersistentVolumeClaim", namespace, name}]
	return c
}

// indexClaims notes which workloads use which claim.
func (inv *Inventory) indexClaims(workloads []*workload.Workload) {
	inv.claimUsers = map[ownerKey][]api.Ref{}
	for _, w := range workloads {
		for _, shape := range w.Shapes() {
			for _, name := range claims(shape.Spec) {
				key := ownerKey{"", "PersistentVolumeClaim", w.Ref.Namespace, name}
				if !slices.Contains(inv.claimUsers[key], w.Ref) {
					inv.claimUsers[key] = append(inv.claimUsers[key], w.Ref)
				}
			}
		}
	}
}

func sortByName[T metav1.Object](objects []T) {
	slices.SortFunc(objects, func(a, b T) int { return strings.Compare(a.GetName(), b.GetName()) })
}

// around reads what surrounds the pods of named workloads: their accounts, claims, the
// claims' volumes, and runtime classes.
func (c *collector) around() []read {
	var reads []read
	get := func(kindName, namespace, name string) {
		if c.once("support", kindName, namespace, name) {
			reads = append(reads, c.getSupport(supportKind(kindName), namespace, name))
		}
	}
	tops := map[ownerKey]bool{}
	for _, key := range c.chain {
		tops[c.inv.top(key, controllerOf(c.inv.metaOf(key)))] = true
	}
	for _, w := range c.inv.Workloads() {
		if !tops[keyOf(w.Ref)] {
			continue
		}
		for _, shape := range w.Shapes() {
			get("ServiceAccount", w.Ref.Namespace, accounts(shape.Spec)[0])
			for _, name := range claims(shape.Spec) {
				get("PersistentVolumeClaim", w.Ref.Namespace, name)
				if claim, fact := find[*corev1.PersistentVolumeClaim](c.inv, ownerKey{"", "PersistentVolumeClaim", w.Ref.Namespace, name}); fact == workload.FactYes && claim.Spec.VolumeName != "" {
					get("PersistentVolume", "", claim.Spec.VolumeName)
				}
			}
			if name := shape.Spec.RuntimeClassName; name != nil {
				get("RuntimeClass", "", *name)
			}
		}
	}
	return reads
}
