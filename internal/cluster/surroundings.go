package cluster

import (
	"cmp"
	"maps"
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
		name := accountName(shape.Spec)
		account, fact := find[*corev1.ServiceAccount](inv, ownerKey{"", "ServiceAccount", w.Ref.Namespace, name})
		ctx.ServiceAccounts[name] = workload.Known[*corev1.ServiceAccount]{Value: account, Fact: fact}
		for _, name := range claims(shape) {
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

func accountName(spec *corev1.PodSpec) string {
	return cmp.Or(spec.ServiceAccountName, spec.DeprecatedServiceAccount, defaultAccount)
}

// claims are the names of the claims that a shape mounts. The pods of a StatefulSet each have
// their own, and a generic ephemeral volume has one named after its pod.
func claims(shape *workload.Shape) []string {
	names := map[string]bool{}
	collect := func(pod string, volumes []corev1.Volume) {
		for _, v := range volumes {
			switch {
			case v.PersistentVolumeClaim != nil:
				names[v.PersistentVolumeClaim.ClaimName] = true
			case v.Ephemeral != nil && pod != "":
				names[pod+"-"+v.Name] = true
			}
		}
	}
	collect("", shape.Spec.Volumes)
	if shape.Live {
		for _, pod := range shape.Pods {
			collect(pod.Name, pod.Spec.Volumes)
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// claim follows a claim to its volume.
func (inv *Inventory) claim(namespace, name string) workload.Claim {
	var c workload.Claim
	c.Claim.Value, c.Claim.Fact = find[*corev1.PersistentVolumeClaim](inv, ownerKey{"", "PersistentVolumeClaim", namespace, name})
	if volume := inv.volumeOf(namespace, name, c.Claim.Value); volume != "" {
		c.Volume.Value, c.Volume.Fact = find[*corev1.PersistentVolume](inv, ownerKey{"", "PersistentVolume", "", volume})
	}
	c.UsedBy = inv.claimUsers[ownerKey{"", "PersistentVolumeClaim", namespace, name}]
	return c
}

// volumeOf names the volume that a claim is bound to, or that is kept for it by its
// claimRef; empty for none. The claim is nil where it was not read.
func (inv *Inventory) volumeOf(namespace, name string, claim *corev1.PersistentVolumeClaim) string {
	if claim != nil && claim.Spec.VolumeName != "" {
		return claim.Spec.VolumeName
	}
	for _, candidate := range inv.claimVolumes[ownerKey{"", "PersistentVolumeClaim", namespace, name}] {
		volume, fact := find[*corev1.PersistentVolume](inv, ownerKey{"", "PersistentVolume", "", candidate})
		if fact != workload.FactYes {
			continue
		}
		// Another UID is that of a claim of the same name that is gone.
		if uid := volume.Spec.ClaimRef.UID; uid == "" || claim == nil || claim.UID == "" || claim.UID == uid {
			return candidate
		}
	}
	return ""
}

// indexClaims notes which workloads use which claim, and which volumes name it in their
// claimRef.
func (inv *Inventory) indexClaims(workloads []*workload.Workload) {
	inv.claimUsers, inv.claimVolumes = map[ownerKey][]api.Ref{}, map[ownerKey][]string{}
	volumes, _ := all[*corev1.PersistentVolume](inv, "PersistentVolume", "")
	for _, volume := range volumes {
		if ref := volume.Spec.ClaimRef; ref != nil {
			key := ownerKey{"", "PersistentVolumeClaim", ref.Namespace, ref.Name}
			inv.claimVolumes[key] = append(inv.claimVolumes[key], volume.Name)
		}
	}
	for _, w := range workloads {
		for _, shape := range w.Shapes() {
			for _, name := range claims(shape) {
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

// maxClaimGets is up to how many claims of one workload are read one by one rather than in a
// list, with their volumes.
const maxClaimGets = 4

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
			reads = append(reads, c.getOnce("ServiceAccount", w.Ref.Namespace, accountName(shape.Spec))...)
			reads = append(reads, c.claimsOf(w.Ref.Namespace, claims(shape))...)
			if name := shape.Spec.RuntimeClassName; name != nil {
				reads = append(reads, c.getOnce("RuntimeClass", "", *name)...)
			}
		}
	}
	return reads
}

// claimsOf reads claims and the volumes of those that were read.
func (c *collector) claimsOf(namespace string, names []string) []read {
	if len(names) > maxClaimGets {
		return slices.Concat(c.listOnce("PersistentVolumeClaim", namespace), c.listOnce("PersistentVolume", ""))
	}
	var reads []read
	for _, name := range names {
		reads = append(reads, c.getOnce("PersistentVolumeClaim", namespace, name)...)
		claim, fact := find[*corev1.PersistentVolumeClaim](c.inv, ownerKey{"", "PersistentVolumeClaim", namespace, name})
		if fact == workload.FactYes && claim.Spec.VolumeName != "" {
			reads = append(reads, c.getOnce("PersistentVolume", "", claim.Spec.VolumeName)...)
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
