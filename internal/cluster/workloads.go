package cluster

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// maxOwners bounds the walk from a pod to its top owner.
const maxOwners = 10

// Workloads returns one workload per top owner, with the live pods behind it, sorted by
// reference. A finished Job and a controller without a template are left out, unless they
// have live pods.
func (inv *Inventory) Workloads() []*workload.Workload {
	byKey := map[ownerKey]*workload.Workload{}
	for key, o := range inv.owners {
		top := inv.top(key, controllerOf(o.meta))
		if top != key {
			continue
		}
		if len(o.templates) > 0 && !o.finished {
			byKey[key] = inv.newWorkload(key)
		}
	}
	for key, pod := range inv.pods {
		top := inv.top(key, controllerOf(&pod.ObjectMeta))
		if !live(pod) && (top != key || inv.owners[key] == nil) {
			continue
		}
		if byKey[top] == nil {
			byKey[top] = inv.newWorkload(top)
		}
		byKey[top].Pods = append(byKey[top].Pods, pod)
	}
	workloads := sorted(byKey)
	inv.indexClaims(workloads)
	return workloads
}

// TopOf returns the reference of the top owner of an object that was read.
func (inv *Inventory) TopOf(ref api.Ref) api.Ref {
	key := keyOf(ref)
	var meta *metav1.ObjectMeta
	switch {
	case inv.pods[key] != nil:
		meta = &inv.pods[key].ObjectMeta
	case inv.owners[key] != nil:
		meta = inv.owners[key].meta
	default:
		return ref
	}
	return inv.refOf(inv.top(key, controllerOf(meta)))
}

// top walks up from an object to the topmost owner that has a pod template, or is of a kind
// that always has one; where no owner has, to the last one.
func (inv *Inventory) top(key ownerKey, parent *metav1.OwnerReference) ownerKey {
	best, last := key, key
	hasTemplate := inv.hasTemplate(key)
	for range maxOwners {
		if parent == nil {
			break
		}
		next := parentKey(last, parent)
		if next.kind == "Node" || next == last {
			break
		}
		last = next
		if inv.hasTemplate(next) {
			best, hasTemplate = next, true
		} else if !hasTemplate {
			best = next
		}
		o := inv.owners[next]
		if o == nil {
			break
		}
		parent = controllerOf(o.meta)
	}
	return best
}

// hasTemplate counts the kinds whose objects have a template even when they were not read,
// and not a Pod, whose owner is always the better answer.
func (inv *Inventory) hasTemplate(key ownerKey) bool {
	if o := inv.owners[key]; o != nil && len(o.templates) > 0 {
		return true
	}
	return hasBuiltinTemplate(key.group, key.kind)
}

func hasBuiltinTemplate(group, kind string) bool {
	switch group {
	case "apps":
		return slices.Contains([]string{"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"}, kind)
	case "batch":
		return kind == "Job" || kind == "CronJob"
	case "":
		return kind == "ReplicationController"
	}
	return false
}

func parentKey(child ownerKey, parent *metav1.OwnerReference) ownerKey {
	gv, err := schema.ParseGroupVersion(parent.APIVersion)
	if err != nil {
		gv = schema.GroupVersion{Group: parent.APIVersion}
	}
	return ownerKey{gv.Group, parent.Kind, child.namespace, parent.Name}
}

func controllerOf(meta *metav1.ObjectMeta) *metav1.OwnerReference {
	return metav1.GetControllerOfNoCopy(meta)
}

// live tells a pod that has not ended.
func live(pod *corev1.Pod) bool {
	return pod.Status.Phase != corev1.PodSucceeded && pod.Status.Phase != corev1.PodFailed
}

func (inv *Inventory) newWorkload(key ownerKey) *workload.Workload {
	w := &workload.Workload{Ref: inv.refOf(key)}
	if o := inv.owners[key]; o != nil {
		w.Meta, w.Templates, w.Desired, w.Source = o.meta, o.templates, o.desired, o.source
		return w
	}
	w.Meta = &metav1.ObjectMeta{Name: key.name, Namespace: key.namespace}
	if pod := inv.pods[key]; pod != nil {
		w.Meta, w.Desired = &pod.ObjectMeta, new(1)
	}
	return w
}

func (inv *Inventory) refOf(key ownerKey) api.Ref {
	if o := inv.owners[key]; o != nil {
		return o.ref
	}
	version := "v1"
	if key.group != "" && !hasBuiltinTemplate(key.group, key.kind) {
		version = inv.ownerVersion(key)
	}
	return api.Ref{
		APIVersion: schema.GroupVersion{Group: key.group, Version: version}.String(),
		Kind:       key.kind, Namespace: key.namespace, Name: key.name,
	}
}

// ownerVersion finds the version under which a child names an owner that was not read; of
// several the first in order.
func (inv *Inventory) ownerVersion(key ownerKey) string {
	var versions []string
	note := func(namespace string, meta *metav1.ObjectMeta) {
		parent := controllerOf(meta)
		if parent == nil || parent.Name != key.name {
			return
		}
		if parentKey(ownerKey{namespace: namespace}, parent) == key {
			_, version, _ := strings.Cut(parent.APIVersion, "/")
			versions = append(versions, version)
		}
	}
	for k, pod := range inv.pods {
		note(k.namespace, &pod.ObjectMeta)
	}
	for k, o := range inv.owners {
		note(k.namespace, o.meta)
	}
	if len(versions) == 0 {
		return "v1"
	}
	return slices.Min(versions)
}

func sorted(byKey map[ownerKey]*workload.Workload) []*workload.Workload {
	out := make([]*workload.Workload, 0, len(byKey))
	for _, w := range byKey {
		slices.SortFunc(w.Pods, func(a, b *corev1.Pod) int { return strings.Compare(a.Name, b.Name) })
		out = append(out, w)
	}
	slices.SortFunc(out, func(a, b *workload.Workload) int {
		if a.Ref.Less(b.Ref) {
			return -1
		}
		return 1
	})
	return out
}
