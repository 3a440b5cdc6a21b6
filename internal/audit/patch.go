package audit

import (
	"encoding/json"
	"slices"
	"strings"
)

// operation is one of a JSON patch.
type operation struct {
	Op   string `json:"op"`
	Path string `json:"path"`
	From string `json:"from"`
}

// isJSONPatch tells a patch that is a list of operations. Other patches look like the object.
func (r *reading) isJSONPatch() bool {
	var operations []operation
	return r.action.Verb == "patch" && readBody(r.Request, &operations) && operations != nil
}

// mayChange tells whether a write may change the field at a path of keys: all but patches that
// say nothing about it do.
func (r *reading) mayChange(path ...string) bool {
	var operations []operation
	var object map[string]json.RawMessage
	switch {
	case r.action.Verb != "patch":
		return true
	case readBody(r.Request, &operations):
		return slices.ContainsFunc(operations, func(o operation) bool { return o.mayChange("/" + strings.Join(path, "/")) })
	case !readBody(r.Request, &object):
		return true
	}
	for i, key := range path {
		value, ok := object[key]
		if !ok {
			return false
		}
		object = nil
		if i+1 < len(path) && !readBody(value, &object) {
			return true
		}
	}
	return true
}

func (o operation) mayChange(path string) bool {
	return o.Op != "test" && (overlaps(o.Path, path) || o.Op == "move" && overlaps(o.From, path))
}

// overlaps tells that one of two paths is in the other.
func overlaps(a, b string) bool {
	return a == b || strings.HasPrefix(a, b+"/") || strings.HasPrefix(b, a+"/")
}

// touchesMetadataAlone tells a patch of nothing but what the garbage collector changes, which
// is not checked as a write (IsOnlyMutatingGCFields in pkg/registry/rbac/helpers.go of
// k8s.io/kubernetes).
func (r *reading) touchesMetadataAlone() bool {
	var operations []operation
	var patch map[string]json.RawMessage
	var metadata map[string]json.RawMessage
	switch {
	case r.action.Verb != "patch":
		return false
	case readBody(r.Request, &operations):
		return operations != nil && !slices.ContainsFunc(operations, func(o operation) bool { return !o.isCollection() })
	case !readBody(r.Request, &patch) || !readBody(patch["metadata"], &metadata):
		return false
	}
	return onlyKeys(patch, "apiVersion", "kind", "metadata") &&
		onlyKeys(metadata, "name", "namespace", "uid", "resourceVersion", "ownerReferences", "finalizers", "managedFields")
}

// isCollection tells an operation on what the garbage collector changes.
func (o operation) isCollection() bool {
	switch o.Op {
	case "test":
		return true
	case "add", "remove", "replace":
		for _, field := range []string{"/metadata/ownerReferences", "/metadata/finalizers"} {
			if o.Path == field || strings.HasPrefix(o.Path, field+"/") {
				return true
			}
		}
	}
	return false
}

func onlyKeys(object map[string]json.RawMessage, keys ...string) bool {
	for key := range object {
		if !slices.Contains(keys, key) {
			return false
		}
	}
	return true
}
