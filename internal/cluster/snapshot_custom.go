package cluster

import (
	"maps"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// reduceCustom keeps of a custom object its metadata, its number of replicas and its pod
// templates where they stand; of those that lead to pods how they do.
func reduceCustom(u *unstructured.Unstructured) runtime.Object {
	if isCustomNetwork(u.GroupVersionKind().GroupKind()) {
		return reduceCustomNetwork(u)
	}
	spec := map[string]any{}
	if n, found, err := unstructured.NestedInt64(u.Object, "spec", "replicas"); err == nil && found {
		spec["replicas"] = n
	}
	if kept, ok := reduceTree("spec", u.Object["spec"], maxTemplateDepth).(map[string]any); ok {
		maps.Copy(spec, kept)
	}
	if selector := selectorIn(u); selector != nil {
		spec["selector"] = writtenSelector(selector)
	}
	out := customMeta(u)
	out.Object["spec"] = spec
	return out
}

// customMeta keeps of a custom object what it is and its metadata.
func customMeta(u *unstructured.Unstructured) *unstructured.Unstructured {
	out := &unstructured.Unstructured{Object: map[string]any{"apiVersion": u.GetAPIVersion(), "kind": u.GetKind()}}
	out.SetName(u.GetName())
	out.SetNamespace(u.GetNamespace())
	out.SetUID(u.GetUID())
	out.SetGeneration(u.GetGeneration())
	out.SetCreationTimestamp(u.GetCreationTimestamp())
	out.SetLabels(u.GetLabels())
	out.SetAnnotations(u.GetAnnotations())
	out.SetOwnerReferences(u.GetOwnerReferences())
	out.SetManagedFields(u.GetManagedFields())
	reduceAnnotations(out)
	return out
}

// reduceTree keeps the pod templates below a node as findTemplates finds them, nil without
// any. The elements of lists keep their places.
func reduceTree(path string, node any, depth int) any {
	if depth == 0 {
		return nil
	}
	switch n := node.(type) {
	case map[string]any:
		if isTemplate(n) && path != "spec" {
			return reduceTemplate(n)
		}
		kept := map[string]any{}
		for key, value := range n {
			if below := reduceTree(path+"."+key, value, depth-1); below != nil {
				kept[key] = below
			}
		}
		if len(kept) > 0 {
			return kept
		}
	case []any:
		kept := make([]any, len(n))
		some := false
		for i, item := range n {
			if kept[i] = reduceTree(path, item, depth-1); kept[i] != nil {
				some = true
			} else {
				kept[i] = map[string]any{}
			}
		}
		if some {
			return kept
		}
	}
	return nil
}

// reduceTemplate leaves a template that is none as it will be found: with containers that
// have a name and an image.
func reduceTemplate(node map[string]any) any {
	template := &corev1.PodTemplateSpec{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(node, template); err != nil {
		return nil
	}
	reduceAnnotations(template)
	redactPodSpec(&template.Spec)
	kept, err := runtime.DefaultUnstructuredConverter.ToUnstructured(template)
	if err != nil {
		return nil
	}
	return kept
}
