package assess

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// monitor is a ServiceMonitor or a PodMonitor.
type monitor struct {
	by         string
	selector   labels.Selector
	namespaces []string
	everywhere bool
	endpoints  []map[string]any
}

// readMonitor is false for one that is not understood. A selector that is not there selects
// nothing, an empty one everything.
func readMonitor(u *unstructured.Unstructured, endpoints string) (monitor, bool) {
	m := monitor{by: u.GetKind() + " " + u.GetNamespace() + "/" + u.GetName(), namespaces: []string{u.GetNamespace()}}
	written, found, err := unstructured.NestedMap(u.Object, "spec", "selector")
	selector := &metav1.LabelSelector{}
	if err != nil || !found || runtime.DefaultUnstructuredConverter.FromUnstructured(written, selector) != nil {
		return m, false
	}
	if m.selector, err = metav1.LabelSelectorAsSelector(selector); err != nil {
		return m, false
	}
	m.everywhere, _, _ = unstructured.NestedBool(u.Object, "spec", "namespaceSelector", "any")
	if names, found, err := unstructured.NestedStringSlice(u.Object, "spec", "namespaceSelector", "matchNames"); err == nil && found && len(names) > 0 {
		slices.Sort(names)
		m.namespaces = slices.Compact(names)
	}
	list, _, _ := unstructured.NestedSlice(u.Object, "spec", endpoints)
	for _, item := range list {
		if e, ok := item.(map[string]any); ok {
			m.endpoints = append(m.endpoints, e)
		}
	}
	return m, true
}

func (m *monitor) find(x *labelIndex) []int {
	if m.everywhere {
		return x.find("", true, m.selector)
	}
	var out []int
	for _, namespace := range m.namespaces {
		out = append(out, x.find(namespace, false, m.selector)...)
	}
	return out
}

// targetOf is targetPort of an endpoint, a number or a name.
func targetOf(e map[string]any) (intstr.IntOrString, bool) {
	if number, found, err := unstructured.NestedInt64(e, "targetPort"); err == nil && found {
		return portNumbered(number), true
	}
	name, found, err := unstructured.NestedString(e, "targetPort")
	return intstr.FromString(name), err == nil && found && name != ""
}

// portNumbered is -1, which is none, for what is no port.
func portNumbered(number int64) intstr.IntOrString {
	if number < 1 || number > 65535 {
		number = -1
	}
	return intstr.FromInt32(int32(number))
}
