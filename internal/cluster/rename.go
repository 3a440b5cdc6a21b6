package cluster

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// Renamed is the snapshot with other names of namespaces, wherever objects and reads name one. A name
// that is taken by one that moves there goes to the one that is free, so that no two become one.
func (s *Snapshot) Renamed(names map[string]string) (*Snapshot, error) {
	if len(names) == 0 {
		return s, nil
	}
	r := renamer(bijective(names))
	head := s.SnapshotHead
	head.Query.Namespace = r.name(head.Query.Namespace)
	head.Reads = slices.Clone(head.Reads)
	for i := range head.Reads {
		read := &head.Reads[i]
		read.Namespace = r.name(read.Namespace)
		if read.Group == "" && read.Resource == supportKind("Namespace").gvr.Resource {
			read.Name = r.name(read.Name)
		}
	}
	objects := make(map[ownerKey]recorded, len(s.objects))
	for key, object := range s.objects {
		renamed, err := r.object(object.object)
		if err != nil {
			return nil, fmt.Errorf("rename the namespace of %s: %w", printable(key.String()), err)
		}
		key.namespace = r.name(key.namespace)
		if key.group == "" && key.kind == "Namespace" {
			key.name = r.name(key.name)
		}
		objects[key] = recorded{object.gvk, renamed}
	}
	return newSnapshot(head, objects), nil
}

// bijective closes each chain of names into a ring.
func bijective(names map[string]string) map[string]string {
	all := make(map[string]string, 2*len(names))
	from := map[string]string{}
	for old, name := range names {
		all[old], from[name] = name, old
	}
	for old, end := range names {
		if _, goesOn := names[end]; goesOn {
			continue
		}
		first := old
		for before, ok := from[first]; ok; before, ok = from[first] {
			first = before
		}
		all[end] = first
	}
	return all
}

// renamer has the new names by the old ones.
type renamer map[string]string

func (r renamer) name(old string) string {
	if name, ok := r[old]; ok {
		return name
	}
	return old
}

// object is a copy with other names.
func (r renamer) object(obj runtime.Object) (runtime.Object, error) {
	if u, ok := obj.(*unstructured.Unstructured); ok {
		out := u.DeepCopy()
		r.walk(out.Object)
		return out, nil
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(obj)
	if err != nil {
		return nil, err
	}
	r.walk(content)
	if _, is := obj.(*corev1.Namespace); is {
		r.field(content, "metadata", "name")
	}
	out, ok := reflect.TypeAssert[runtime.Object](reflect.New(reflect.TypeOf(obj).Elem()))
	if !ok {
		return nil, fmt.Errorf("%T is no object", obj)
	}
	return out, runtime.DefaultUnstructuredConverter.FromUnstructured(content, out)
}

func (r renamer) field(content map[string]any, path ...string) {
	if text, found, _ := unstructured.NestedString(content, path...); found {
		_ = unstructured.SetNestedField(content, r.name(text), path...)
	}
}

// walk renames in place: fields that name a namespace, selectors by its name, and the names of users
// and groups that have it in them.
func (r renamer) walk(node any) any {
	switch n := node.(type) {
	case map[string]any:
		byName := n["key"] == corev1.LabelMetadataName
		for key, value := range n {
			text, isText := value.(string)
			switch {
			case isText && (key == "namespace" || key == corev1.LabelMetadataName):
				n[key] = r.name(text)
			case byName && key == "values":
				n[key] = r.names(value)
			default:
				n[key] = r.walk(value)
			}
		}
	case []any:
		for i := range n {
			n[i] = r.walk(n[i])
		}
	case string:
		return r.account(n)
	}
	return node
}

func (r renamer) names(values any) any {
	list, ok := values.([]any)
	if !ok {
		return values
	}
	for i, value := range list {
		if text, ok := value.(string); ok {
			list[i] = r.name(text)
		}
	}
	return list
}

// account renames the user and the group of ServiceAccounts
// (k8s.io/apiserver/pkg/authentication/serviceaccount).
func (r renamer) account(text string) string {
	if rest, ok := strings.CutPrefix(text, "system:serviceaccount:"); ok {
		if namespace, name, found := strings.Cut(rest, ":"); found {
			return "system:serviceaccount:" + r.name(namespace) + ":" + name
		}
	}
	if namespace, ok := strings.CutPrefix(text, "system:serviceaccounts:"); ok {
		return "system:serviceaccounts:" + r.name(namespace)
	}
	return text
}
