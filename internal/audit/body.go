package audit

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	kjson "sigs.k8s.io/json"
)

const (
	// maxBody is the size of the largest body that is read: the API server takes no larger ones
	// (MaxRequestBodyBytes in k8s.io/apiserver/pkg/server/config.go).
	maxBody = 3 << 20
	// maxItems is how many rules or references of a body are read; with more there is no check.
	maxItems = 256
)

// needsBody tells which events say more about rights with their bodies. Those of others need
// them where namesOwners is true.
func needsBody(resource, subresource string) bool {
	switch resource {
	case "roles", "clusterroles", "rolebindings", "clusterrolebindings", "clustertrustbundles",
		"subjectaccessreviews", "localsubjectaccessreviews":
		return subresource == ""
	case "certificatesigningrequests":
		return subresource == "approval" || subresource == "status"
	case "podcertificaterequests":
		return subresource == "status"
	}
	return false
}

// namesOwners tells whether a body may refer to an owner that it keeps from being deleted.
func namesOwners(body []byte) bool { return bytes.Contains(body, []byte(`"blockOwnerDeletion"`)) }

// readBody reads a body as the API server does, and nothing that it would not take.
func readBody(body []byte, into any) bool {
	return len(body) > 0 && len(body) <= maxBody && kjson.UnmarshalCaseSensitivePreserveInts(body, into) == nil
}

// written reads what a write left behind into a struct: the answer where the log has it, else
// the request, of which a patch holds a part. An answer of another kind is a status, or does
// not show the object.
func (r *reading) written(kind string, into any) bool {
	var answer struct {
		Kind string `json:"kind"`
	}
	if readBody(r.Response, &answer) && answer.Kind == kind {
		return readBody(r.Response, into)
	}
	return readBody(r.Request, into)
}

// writes tells a request that writes an object.
func (r *reading) writes() bool {
	return slices.Contains([]string{"create", "update", "patch"}, r.action.Verb)
}

// subresource is what follows the resource.
func (r *reading) subresource() string {
	_, subresource, _ := strings.Cut(r.action.Resource, "/")
	return subresource
}

// touchesMetadataAlone tells a patch of nothing but what the garbage collector changes, which
// is not checked as a write (IsOnlyMutatingGCFields in pkg/registry/rbac/helpers.go of
// k8s.io/kubernetes).
func (r *reading) touchesMetadataAlone() bool {
	var patch map[string]json.RawMessage
	var metadata map[string]json.RawMessage
	if r.action.Verb != "patch" || !readBody(r.Request, &patch) || !readBody(patch["metadata"], &metadata) {
		return false
	}
	return onlyKeys(patch, "apiVersion", "kind", "metadata") &&
		onlyKeys(metadata, "name", "namespace", "uid", "resourceVersion", "ownerReferences", "finalizers", "managedFields")
}

func onlyKeys(object map[string]json.RawMessage, keys ...string) bool {
	for key := range object {
		if !slices.Contains(keys, key) {
			return false
		}
	}
	return true
}
