package audit

import (
	"slices"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
)

// policies notes what a write of admission policies asks for: get of every object of the kind
// of their parameters (authz.go of each kind in pkg/registry/admissionregistration of
// k8s.io/kubernetes). Members of system:masters are not asked. An update that keeps the kind is
// not asked either, which no event shows: it counts as one that does not.
func (r *reading) policies() {
	if r.action.Group != admissionv1.GroupName || slices.Contains(r.who.Groups, "system:masters") {
		return
	}
	switch r.action.Resource {
	case "validatingadmissionpolicies":
		r.policy("ValidatingAdmissionPolicy")
	case "mutatingadmissionpolicies":
		r.policy("MutatingAdmissionPolicy")
	case "validatingadmissionpolicybindings":
		r.parameters("ValidatingAdmissionPolicyBinding")
	case "mutatingadmissionpolicybindings":
		r.parameters("MutatingAdmissionPolicyBinding")
	}
}

// policy guesses the resource of the parameters, as there is no discovery here.
func (r *reading) policy(kind string) {
	if !r.mayChange("spec", "paramKind") {
		return
	}
	var policy struct {
		Spec struct {
			ParamKind *admissionv1.ParamKind `json:"paramKind"`
		} `json:"spec"`
	}
	if !r.written(kind, &policy) {
		r.blind(aboutPolicy)
		return
	}
	params := policy.Spec.ParamKind
	if params == nil {
		return
	}
	version, err := schema.ParseGroupVersion(params.APIVersion)
	if err != nil || params.APIVersion == "" || params.Kind == "" {
		r.blind(aboutPolicy)
		return
	}
	resource, _ := meta.UnsafeGuessKindToResource(version.WithKind(params.Kind))
	r.add(observation.Check{
		Action: api.Action{Verb: "get", Group: resource.Group, Resource: resource.Resource}, Hidden: HiddenParameters,
	})
}

// parameters cannot tell what the write of a binding asks for: get, or list where there is no
// name, of the parameters, whose kind the policy has.
func (r *reading) parameters(kind string) {
	if !r.mayChange("spec", "paramRef") && !r.mayChange("spec", "policyName") {
		return
	}
	var binding struct {
		Spec struct {
			ParamRef *struct{} `json:"paramRef"`
		} `json:"spec"`
	}
	switch {
	case !r.written(kind, &binding):
		r.blind(aboutParameters)
	case binding.Spec.ParamRef != nil:
		r.unclear = unclearParameters
	case r.action.Verb == "patch" && !r.answered(kind) && !r.mayChange("spec", "paramRef"):
		r.blind(aboutParameters)
	}
}
