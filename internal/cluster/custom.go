package cluster

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	kjson "sigs.k8s.io/json"

	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// maxTemplateDepth bounds the search for pod templates in a custom object. The deepest known
// (a JobSet's) stands at depth 6.
const maxTemplateDepth = 12

// customOwner finds the pod templates of a kind that is not in the scheme, wherever they
// stand: Argo Rollout, Knative Service, JobSet, LeaderWorkerSet, Kubeflow and Ray jobs all
// differ. One without a template may still own pods.
func customOwner(u *unstructured.Unstructured) (*owner, error) {
	o := &owner{meta: &metav1.ObjectMeta{
		Name: u.GetName(), Namespace: u.GetNamespace(), UID: u.GetUID(), Generation: u.GetGeneration(),
		Labels: u.GetLabels(), Annotations: u.GetAnnotations(),
		OwnerReferences: u.GetOwnerReferences(), CreationTimestamp: u.GetCreationTimestamp(),
	}}
	if n, found, err := unstructured.NestedInt64(u.Object, "spec", "replicas"); err == nil && found {
		o.desired = new(int(n))
	}
	o.written = selectorIn(u)
	for _, found := range findTemplates("spec", u.Object["spec"], maxTemplateDepth) {
		template, err := decodeTemplate(found)
		if err != nil {
			return nil, fmt.Errorf("%s %q: %w", u.GetKind(), u.GetName(), err)
		}
		o.templates = append(o.templates, workload.Template{Path: found.path, Name: found.name, Meta: &template.ObjectMeta, Spec: &template.Spec})
	}
	return o, nil
}

// fieldError is an error about one field of an object.
type fieldError struct {
	path string
	err  error
}

// Error names the field.
func (e *fieldError) Error() string { return e.path + ": " + e.err.Error() }

// Unwrap returns the cause.
func (e *fieldError) Unwrap() error { return e.err }

// decodeTemplate reads a pod template strictly by type, as the API server would.
func decodeTemplate(found foundTemplate) (*corev1.PodTemplateSpec, error) {
	raw, err := json.Marshal(found.node)
	if err != nil {
		return nil, &fieldError{found.path, err}
	}
	template := &corev1.PodTemplateSpec{}
	err = kjson.UnmarshalCaseSensitivePreserveInts(raw, template)
	if err == nil {
		return template, nil
	}
	path, err := culprit(found.node, func() any { return &corev1.PodTemplateSpec{} }, err)
	return nil, &fieldError{strings.TrimSuffix(found.path+"."+path, "."), inWords(err)}
}

type foundTemplate struct {
	path, name string
	node       map[string]any
}

// findTemplates looks below node for maps with a spec that lists containers with images.
func findTemplates(path string, node any, depth int) []foundTemplate {
	return searchTemplates(path, path, node, depth)
}

func searchTemplates(path, name string, node any, depth int) []foundTemplate {
	if depth == 0 {
		return nil
	}
	var out []foundTemplate
	switch n := node.(type) {
	case map[string]any:
		if isTemplate(n) && path != "spec" {
			return []foundTemplate{{path, name, n}}
		}
		keys := make([]string, 0, len(n))
		for k := range n {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			out = append(out, searchTemplates(path+"."+k, name+"."+k, n[k], depth-1)...)
		}
	case []any:
		for i, item := range n {
			out = append(out, searchTemplates(fmt.Sprintf("%s[%d]", path, i), name+"["+itemName(item, i)+"]", item, depth-1)...)
		}
	}
	return out
}

// itemName is the name of an item of a list, or its index where it has none.
func itemName(item any, index int) string {
	if fields, ok := item.(map[string]any); ok {
		if name, ok := fields["name"].(string); ok {
			return name
		}
	}
	return strconv.Itoa(index)
}

// isTemplate tells a pod template from an override that names containers and has no image.
func isTemplate(node map[string]any) bool {
	containers, found, err := unstructured.NestedSlice(node, "spec", "containers")
	if err != nil || !found || len(containers) == 0 {
		return false
	}
	inits, _, err := unstructured.NestedSlice(node, "spec", "initContainers")
	if err != nil {
		inits = nil
	}
	return slices.ContainsFunc(append(inits, containers...), func(c any) bool {
		fields, ok := c.(map[string]any)
		_, image := fields["image"].(string)
		return ok && image
	})
}
