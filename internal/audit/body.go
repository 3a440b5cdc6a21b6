package audit

import (
	"bytes"
	"slices"
	"strings"

	kjson "sigs.k8s.io/json"
)

const (
	// maxBody is the size of the largest body that is read: the API server takes no larger ones
	// (MaxRequestBodyBytes in k8s.io/apiserver/pkg/server/config.go).
	maxBody = 3 << 20
	// maxItems is how many rules, references or drivers of a body are read.
	maxItems = 256
)

// needsBody tells which events say more about rights with their bodies. Those of others need
// them where namesOwners is true.
func needsBody(resource, subresource string) bool {
	switch resource {
	case "roles", "clusterroles", "rolebindings", "clusterrolebindings", "clustertrustbundles",
		"subjectaccessreviews", "localsubjectaccessreviews",
		"validatingadmissionpolicies", "validatingadmissionpolicybindings",
		"mutatingadmissionpolicies", "mutatingadmissionpolicybindings":
		return subresource == ""
	case "certificatesigningrequests":
		return subresource == "approval" || subresource == "status"
	case "podcertificaterequests", "resourceclaims":
		return subresource == "status"
	}
	return false
}

// namesOwners tells whether a body may refer to an owner that it keeps from being deleted.
func namesOwners(body []byte) bool { return bytes.Contains(body, []byte(`"blockOwnerDeletion"`)) }

// readBody reads a body as the API server does, and nothing that it would not take.
func readBody(body []byte, into any) bool {
	return hasBody(body) && len(body) <= maxBody && kjson.UnmarshalCaseSensitivePreserveInts(body, into) == nil
}

// written reads what a write left behind into a struct: the answer where the log has it, else
// the request, of which a patch holds a part. An answer of another kind is a status, or does
// not show the object.
func (r *reading) written(kind string, into any) bool {
	if r.answered(kind) {
		return readBody(r.Response, into)
	}
	return readBody(r.Request, into)
}

// answered tells whether the log has an answer of a kind.
func (r *reading) answered(kind string) bool {
	var answer struct {
		Kind string `json:"kind"`
	}
	return readBody(r.Response, &answer) && answer.Kind == kind
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
