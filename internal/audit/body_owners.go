package audit

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
)

// owners notes the update of the finalizers of each owner that the written object keeps from
// being deleted (plugin/pkg/admission/gc of k8s.io/kubernetes). Upstream asks only for
// references that are new, which an event of an update does not show: all count. A subresource
// does not change them.
func (r *reading) owners() {
	if r.subresource() != "" || !namesOwners(r.Request) {
		return
	}
	var object struct {
		Metadata struct {
			OwnerReferences []metav1.OwnerReference `json:"ownerReferences"`
		} `json:"metadata"`
	}
	read := readBody(r.Request, &object)
	if !read && r.isJSONPatch() && !r.answered("Status") {
		read = readBody(r.Response, &object)
	}
	if !read || len(object.Metadata.OwnerReferences) > maxItems {
		r.blind(aboutOwners)
		return
	}
	for _, ref := range object.Metadata.OwnerReferences {
		if a, ok := r.finalizers(ref); ok && ref.BlockOwnerDeletion != nil && *ref.BlockOwnerDeletion {
			r.add(observation.Check{Action: a, Hidden: HiddenFinalizers})
		}
	}
}

// finalizers guesses the resource of an owner, as there is no discovery here, and takes it to
// be in the namespace of what it owns but for the kinds of Kubernetes that are in none.
func (r *reading) finalizers(ref metav1.OwnerReference) (api.Action, bool) {
	version, err := schema.ParseGroupVersion(ref.APIVersion)
	if err != nil || ref.Kind == "" || ref.Name == "" {
		return api.Action{}, false
	}
	resource, _ := meta.UnsafeGuessKindToResource(version.WithKind(ref.Kind))
	a := api.Action{
		Verb: "update", Group: resource.Group, Resource: resource.Resource + "/finalizers",
		Namespace: r.action.Namespace, Name: ref.Name,
	}
	switch (schema.GroupKind{Group: version.Group, Kind: ref.Kind}).String() {
	case "Node", "Namespace", "PersistentVolume", "CustomResourceDefinition.apiextensions.k8s.io",
		"ClusterRole.rbac.authorization.k8s.io", "ClusterRoleBinding.rbac.authorization.k8s.io":
		a.Namespace = ""
	}
	return a, true
}
