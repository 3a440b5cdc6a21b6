package resolve

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/flow"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// workloadName is how sources name a workload: without its API group.
type workloadName struct{ namespace, kind, name string }

// selecting is a workload with what selects its pods.
type selecting struct {
	ref api.Ref
	by  labels.Selector
	// pods are the stable labels of its pods, of each kind that it makes.
	pods []labels.Set
}

// readWorkloads notes the names and the selectors of all workloads.
func (x *index) readWorkloads() {
	for _, w := range x.inv.Workloads() {
		x.names[workloadName{w.Ref.Namespace, w.Ref.Kind, w.Ref.Name}] = w.Ref
		if onHost(w) {
			x.hosts[w.Ref] = true
		}
		if by := x.selectorOf(w); by != nil && !by.Empty() {
			x.selecting[w.Ref.Namespace] = append(x.selecting[w.Ref.Namespace], selecting{w.Ref, by, stableLabels(w)})
		}
	}
}

// onHost tells a workload all of whose pods are on the network of their nodes.
func onHost(w *workload.Workload) bool {
	shapes := w.Shapes()
	return len(shapes) > 0 && !slices.ContainsFunc(shapes, func(s *workload.Shape) bool { return !s.Spec.HostNetwork })
}

// selectorOf selects the pods of a workload: by its selector, but for the labels that differ
// between its pods, else by the labels of its template or pod. What a custom kind selects by its
// selector only the kind knows.
func (x *index) selectorOf(w *workload.Workload) labels.Selector {
	written := x.inv.SelectorOf(w.Ref)
	if written != nil && w.Ref.Group() == "apps" {
		stable := metav1.LabelSelector{MatchLabels: api.StableLabels(written.MatchLabels), MatchExpressions: written.MatchExpressions}
		if by, err := metav1.LabelSelectorAsSelector(&stable); err == nil {
			return by
		}
	}
	for _, shape := range w.Shapes() {
		if stable := api.StableLabels(shape.Meta.Labels); len(stable) > 0 {
			return labels.SelectorFromSet(stable)
		}
	}
	return nil
}

// workloadNamed is the workload that a source names. Where the inventory does not have it, known
// is false, and the reference is as good as can be; without a name it is empty.
func (x *index) workloadNamed(p *flow.Peer) (ref api.Ref, known bool) {
	for _, named := range p.Workloads {
		if named.Kind == "" || named.Name == "" {
			continue
		}
		found, known := x.byName(p, named)
		if known {
			return found, true
		}
		if ref.Name == "" {
			ref = found
		}
	}
	return ref, false
}

func (x *index) byName(p *flow.Peer, named flow.Workload) (ref api.Ref, known bool) {
	if ref, known = x.names[workloadName{p.Namespace, named.Kind, named.Name}]; known {
		return ref, true
	}
	// A pod with this owner, as it would be read.
	pod := &corev1.Pod{}
	pod.Namespace, pod.Labels = p.Namespace, p.Labels
	pod.OwnerReferences = []metav1.OwnerReference{{APIVersion: versionOf(named.Kind), Kind: named.Kind, Name: named.Name, Controller: new(true)}}
	ref = x.inv.WorkloadOf(pod)
	if named.Kind == "Pod" || named.Kind == "Node" {
		ref = api.Ref{APIVersion: "v1", Kind: "Pod", Namespace: p.Namespace, Name: named.Name}
	}
	if _, known = x.names[workloadName{ref.Namespace, ref.Kind, ref.Name}]; known {
		return ref, true
	}
	if above, ok := x.above(p.Namespace, named); ok {
		return above, true
	}
	return ref, false
}

// above is the owner that was read of what is named after it: a ReplicaSet by a Deployment with
// a hash, a Job by a CronJob with the minutes since 1970.
func (x *index) above(namespace string, named flow.Workload) (api.Ref, bool) {
	dash := strings.LastIndexByte(named.Name, '-')
	if dash < 0 {
		return api.Ref{}, false
	}
	stem, suffix := named.Name[:dash], named.Name[dash+1:]
	var kinds []string
	switch {
	case named.Kind == "ReplicaSet":
		kinds = []string{"Deployment", "Rollout"}
	case named.Kind == "Job" && strings.Trim(suffix, "0123456789") == "":
		kinds = []string{"CronJob"}
	}
	for _, kind := range kinds {
		if ref, ok := x.names[workloadName{namespace, kind, stem}]; ok {
			return ref, true
		}
	}
	return api.Ref{}, false
}

// versionOf is the API version of a kind that sources name without.
func versionOf(kind string) string {
	switch kind {
	case "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet":
		return "apps/v1"
	case "Job", "CronJob":
		return "batch/v1"
	case "Rollout":
		return "argoproj.io/v1alpha1"
	}
	return "v1"
}

func stableLabels(w *workload.Workload) []labels.Set {
	var sets []labels.Set
	for _, shape := range w.Shapes() {
		sets = append(sets, api.StableLabels(shape.Meta.Labels))
	}
	return sets
}

// selectedBy is the one workload that selects what has the labels. Of several it is the one whose
// pods do not have other values of them, else the one whose pods have the same labels.
func (x *index) selectedBy(p *flow.Peer) (ref api.Ref, ok bool) {
	if len(p.Labels) == 0 {
		return ref, false
	}
	var all []selecting
	for _, s := range x.selecting[p.Namespace] {
		if s.by.Matches(labels.Set(p.Labels)) {
			all = append(all, s)
		}
	}
	stable := labels.Set(api.StableLabels(p.Labels))
	for _, narrower := range []func(pods labels.Set) bool{
		func(pods labels.Set) bool { return !labels.Conflicts(pods, stable) },
		func(pods labels.Set) bool { return labels.Equals(pods, stable) },
	} {
		if len(all) > 1 {
			all = slices.DeleteFunc(all, func(s selecting) bool { return !slices.ContainsFunc(s.pods, narrower) })
		}
	}
	if len(all) != 1 {
		return ref, false
	}
	return all[0].ref, true
}
