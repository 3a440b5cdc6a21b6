package assess

import (
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

// workload is one of the Situation.
func (b *situationBuilder) workload(w standing) netpol.Workload {
	out := netpol.Workload{Ref: w.Ref, Pods: w.pods, HostNetwork: onHost(w.pods)}
	if out.Selector = b.selector(w); out.Selector == nil {
		out.Unselectable = unselectable(w)
	}
	return out
}

// selector is that of the owner, which may not change, where it selects the pods; else that of
// the controllers between, else the labels that all pods have and keep.
func (b *situationBuilder) selector(w standing) *metav1.LabelSelector {
	// The selector of a Job is its own uid.
	if w.Ref.Kind != "Job" || w.Ref.Group() != "batch" {
		s := b.inv.SelectorOf(w.Ref)
		if _, owned := b.inv.ControllerOf(w.Ref); owned && w.Ref.Kind == "ReplicaSet" {
			s = stable(s) // its owner makes another for the next revision
		}
		if selectsAll(s, w) {
			return s
		}
		if s := b.selectorBetween(w); selectsAll(s, w) {
			return s
		}
	}
	if kept := commonLabels(w); len(kept) > 0 {
		return &metav1.LabelSelector{MatchLabels: kept}
	}
	return nil
}

// selectorBetween is that of the controllers of the pods below a workload, without the hashes
// of its revisions, where those have the same.
func (b *situationBuilder) selectorBetween(w standing) *metav1.LabelSelector {
	var common *metav1.LabelSelector
	for _, pod := range w.Pods {
		owner, ok := b.inv.ControllerOf(api.Ref{APIVersion: "v1", Kind: "Pod", Namespace: pod.Namespace, Name: pod.Name})
		if !ok || owner == w.Ref {
			return nil
		}
		s := stable(b.inv.SelectorOf(owner))
		if s == nil || owner.Kind == "Job" {
			return nil
		}
		if common != nil && metav1.FormatLabelSelector(s) != metav1.FormatLabelSelector(common) {
			return nil
		}
		common = s
	}
	return common
}

// stable is a selector without the labels of one revision.
func stable(s *metav1.LabelSelector) *metav1.LabelSelector {
	if s == nil {
		return nil
	}
	return &metav1.LabelSelector{MatchLabels: api.StableLabels(s.MatchLabels), MatchExpressions: s.MatchExpressions}
}

// selectsAll tells a selector that is valid, not empty, and selects every pod of a workload, of
// templates too.
func selectsAll(s *metav1.LabelSelector, w standing) bool {
	if s == nil || len(s.MatchLabels)+len(s.MatchExpressions) == 0 {
		return false
	}
	selector, err := metav1.LabelSelectorAsSelector(s)
	return err == nil && !slices.ContainsFunc(w.pods, func(pod *corev1.Pod) bool { return !selector.Matches(labels.Set(pod.Labels)) })
}

// commonLabels are those that all pods and templates of a workload have and keep. What was
// added to live pods on their way in is left out where there is a template.
func commonLabels(w standing) map[string]string {
	var sets []map[string]string
	for _, t := range w.Templates {
		sets = append(sets, t.Meta.Labels)
	}
	for _, pod := range w.pods {
		sets = append(sets, pod.Labels)
	}
	if len(sets) == 0 {
		return nil
	}
	common := api.StableLabels(sets[0])
	for _, set := range sets[1:] {
		maps.DeleteFunc(common, func(key, value string) bool {
			got, found := set[key]
			return !found || got != value
		})
	}
	maps.DeleteFunc(common, func(key, value string) bool {
		return len(validation.IsQualifiedName(key))+len(validation.IsValidLabelValue(value)) > 0
	})
	return common
}

// unselectable says which label is missing.
func unselectable(w standing) string {
	name := w.Ref.Name
	if name == "" || len(validation.IsValidLabelValue(name)) > 0 {
		name = "NAME"
	}
	where := "to the template"
	if len(w.Templates) == 0 {
		where = "to them"
	}
	if w.Ref.Kind == "Pod" {
		return fmt.Sprintf("the pod has no label that stays; add one such as app: %s to it", name)
	}
	return fmt.Sprintf("its pods have no label that stays; add one such as app: %s %s", name, where)
}
