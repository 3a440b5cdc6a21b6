package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	kjson "sigs.k8s.io/json"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// errNotApplied is for an object without the annotation of kubectl apply.
var errNotApplied = errors.New("it has no annotation " + corev1.LastAppliedConfigAnnotation + ": it was made by other means than kubectl apply, or with --server-side")

// lastApplied is the manifest that kubectl apply noted in an object, empty for none.
func lastApplied(obj runtime.Object) string {
	switch obj.(type) {
	case *corev1.Secret, *corev1.ConfigMap:
		return ""
	}
	m, ok := obj.(metav1.Object)
	if !ok {
		return ""
	}
	return m.GetAnnotations()[corev1.LastAppliedConfigAnnotation]
}

// Applied are the objects of the snapshot as a person last applied them, by kind, namespace and
// name. It has them where the query asked for them; a snapshot in a file has none. The error is that
// of the objects that cannot be read, by reference.
func (s *Snapshot) Applied() (objects []Object, broken map[api.Ref]error) {
	keys := make([]ownerKey, 0, len(s.applied))
	for key := range s.applied {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, compareKeys)
	broken = map[api.Ref]error{}
	for _, key := range keys {
		o, err := appliedObject(key, s.applied[key])
		if err != nil {
			broken[s.refAt(key)] = fmt.Errorf("its annotation %s cannot be used: %w", corev1.LastAppliedConfigAnnotation, err)
			continue
		}
		objects = append(objects, o)
	}
	return objects, broken
}

// NotApplied says why a workload is not known as it was applied; nil where it is.
func (s *Snapshot) NotApplied(ref api.Ref, broken map[api.Ref]error) error {
	if s.applied[keyOf(ref)] == "" {
		return errNotApplied
	}
	return broken[s.refAt(keyOf(ref))]
}

func (s *Snapshot) refAt(key ownerKey) api.Ref {
	return api.Ref{APIVersion: s.objects[key].gvk.GroupVersion().String(), Kind: key.kind, Namespace: key.namespace, Name: key.name}
}

// appliedObject reads the annotation of an object.
func appliedObject(of ownerKey, text string) (Object, error) {
	var head metav1.TypeMeta
	if err := json.Unmarshal([]byte(text), &head); err != nil {
		return Object{}, errors.New("it is not JSON")
	}
	gvk := head.GroupVersionKind()
	obj, err := scheme.Scheme.New(gvk)
	if err == nil {
		err = kjson.UnmarshalCaseSensitivePreserveInts([]byte(text), obj)
	} else {
		u := &unstructured.Unstructured{}
		err, obj = kjson.UnmarshalCaseSensitivePreserveInts([]byte(text), &u.Object), u
	}
	if err != nil {
		return Object{}, fmt.Errorf("it is no %s", printable(gvk.Kind))
	}
	m, ok := obj.(metav1.Object)
	if !ok || gvk.Kind != of.kind || gvk.Group != of.group || m.GetName() != of.name || m.GetNamespace() != "" && m.GetNamespace() != of.namespace {
		return Object{}, errors.New("it is of another object")
	}
	m.SetNamespace(of.namespace)
	obj.GetObjectKind().SetGroupVersionKind(gvk)
	if _, err := ownerOf(obj, gvk); err != nil {
		return Object{}, err
	}
	return Object{Object: obj, GVK: gvk}, nil
}
