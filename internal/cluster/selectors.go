package cluster

import (
	"encoding/json"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// selectorIn is spec.selector of a custom object: a label selector, or labels alone as older
// kinds have them; nil for one of any other shape. What it selects only the kind knows.
func selectorIn(u *unstructured.Unstructured) *metav1.LabelSelector {
	written, found, err := unstructured.NestedMap(u.Object, "spec", "selector")
	if err != nil || !found || len(written) == 0 {
		return nil
	}
	out := &metav1.LabelSelector{}
	if labels, found, err := unstructured.NestedStringMap(u.Object, "spec", "selector"); err == nil && found {
		out.MatchLabels = labels
	} else if runtime.DefaultUnstructuredConverter.FromUnstructured(written, out) != nil {
		return nil
	}
	if len(out.MatchLabels)+len(out.MatchExpressions) == 0 {
		return nil
	}
	if _, err := metav1.LabelSelectorAsSelector(out); err != nil {
		return nil
	}
	return out
}

// writtenSelector is a selector as an unstructured object has it.
func writtenSelector(s *metav1.LabelSelector) map[string]any {
	raw, err := json.Marshal(s)
	out := map[string]any{}
	if err != nil || json.Unmarshal(raw, &out) != nil {
		return nil
	}
	return out
}

// SelectorOf is spec.selector of an object that was read, as it is written; nil where it has
// none, or its metadata alone was read. Of a custom object it need not be one for pods.
func (inv *Inventory) SelectorOf(ref api.Ref) *metav1.LabelSelector {
	o := inv.owners[keyOf(ref)]
	if o == nil {
		return nil
	}
	return o.written
}

// ControllerOf is what an object that was read names as its controller; false without one.
func (inv *Inventory) ControllerOf(ref api.Ref) (api.Ref, bool) {
	up, ok := inv.parent(keyOf(ref))
	if !ok {
		return api.Ref{}, false
	}
	return inv.refOf(up), true
}

// NamespacesRead are the namespaces whose objects were read, by name.
func (inv *Inventory) NamespacesRead() []string {
	return slices.Sorted(maps.Keys(inv.support.objects[ownerKey{"", "Namespace", "", ""}]))
}
