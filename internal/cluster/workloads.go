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

// Workloads returns one workload per top owner, with the live pods behind it, sorted by
// reference. A finished Job and a controller without a template are left out, unless they
// have live pods or were asked for.
func (inv *Inventory) Workloads() []*workload.Workload {
	byKey := map[ownerKey]*workload.Workload{}
	for key, o := range inv.owners {
		if len(o.templates) > 0 && (!o.finished || o.asked) && inv.top(key) == key {
			byKey[key] = inv.newWorkload(key)
		}
	}
	for key, pod := range inv.pods {
		top := inv.top(key)
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

// topsOf are the workloads that a named object stands for: its top owner, and what it owns
// itself, however far below.
func (inv *Inventory) topsOf(key ownerKey) []ownerKey {
	tops := []ownerKey{inv.top(key)}
	for _, below := range inv.keys() {
		top := inv.top(below)
		if !slices.Contains(tops, top) && slices.Contains(inv.ancestors(below), key) {
			tops = append(tops, top)
		}
	}
	return tops
}

// top walks up from an object to the workload it belongs to. Pods, ReplicaSets, Jobs and
// objects without a template belong to their controller; of those that were read with a
// template the topmost counts, so that an owner that is only referred to hides nothing.
func (inv *Inventory) top(key ownerKey) ownerKey {
	best, judged := key, inv.hasTemplate(key)
	seen := map[ownerKey]bool{key: true}
	for at := key; inv.looksUp(at); {
		next, ok := inv.parent(at)
		if !ok {
			break
		}
		if seen[next] {
			return key
		}
		seen[next], at = true, next
		if inv.hasTemplate(at) {
			best, judged = at, true
		} else if !judged {
			best = at
		}
	}
	return best
}

// ancestors are all controllers above an object, as far as they are known.
func (inv *Inventory) ancestors(key ownerKey) []ownerKey {
	var out []ownerKey
	for next, ok := inv.parent(key); ok && !slices.Contains(out, next); next, ok = inv.parent(next) {
		out = append(out, next)
	}
	return out
}

// looksUp tells objects that belong to their controller from those that are workloads of
// their own whoever made them: an operator's StatefulSet is explained as a StatefulSet.
func (inv *Inventory) looksUp(key ownerKey) bool {
	return !inv.hasTemplate(key) || key.kind == "ReplicaSet" && key.group != "" || key.kind == "Job" && key.group == "batch"
}

// hasTemplate tells an object that was read with a pod template.
func (inv *Inventory) hasTemplate(key ownerKey) bool {
	o := inv.owners[key]
	return o != nil && len(o.templates) > 0
}

// parent is the controller of an object that was read. A node is none: static pods name it.
func (inv *Inventory) parent(key ownerKey) (ownerKey, bool) {
	ref := controllerOf(inv.metaOf(key))
	if ref == nil || ref.Kind == "Node" {
		return ownerKey{}, false
	}
	up := parentKey(key, ref)
	global := up
	global.namespace = ""
	if inv.owners[up] == nil && inv.owners[global] != nil {
		return global, true
	}
	return up, true
}

// hasBuiltinTemplate tells the built-in kinds whose objects always have a template.
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
		if inv.podsAlone[key] {
			w.Templates = nil
		}
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
