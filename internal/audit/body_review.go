package audit

import (
	authorizationv1 "k8s.io/api/authorization/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
)

// review notes what a SubjectAccessReview asked about another user: so do kubelets, proxies and
// aggregated API servers for the requests that reach them and no audit log. A
// SelfSubjectAccessReview is no use. Nor is a question about any verb or resource, which is one
// about rights.
func (r *reading) review() {
	if r.action.Group != authorizationv1.GroupName || r.action.Verb != "create" {
		return
	}
	kind := "SubjectAccessReview"
	switch r.action.Resource {
	case "subjectaccessreviews":
	case "localsubjectaccessreviews":
		kind = "LocalSubjectAccessReview"
	default:
		return
	}
	var request, answer struct {
		Spec   authorizationv1.SubjectAccessReviewSpec `json:"spec"`
		Status *struct {
			Allowed bool `json:"allowed"`
		} `json:"status"`
	}
	answered := readBody(r.Response, &answer) && answer.Status != nil
	if !readBody(r.Request, &request) {
		request = answer
	}
	action := reviewed(request.Spec)
	if request.Spec.User == "" || !sayable(action) {
		return
	}
	c := observation.Check{
		User: request.Spec.User, Groups: request.Spec.Groups, Action: action, Via: kind + " by " + r.who.Name,
	}
	if answered {
		c.Denied = !answer.Status.Allowed
	} else {
		c.Via += ", whose answer is not in the log"
	}
	r.checks = append(r.checks, c)
}

func reviewed(spec authorizationv1.SubjectAccessReviewSpec) api.Action {
	if n := spec.NonResourceAttributes; n != nil {
		return api.Action{Verb: n.Verb, Path: n.Path}
	}
	a := spec.ResourceAttributes
	if a == nil {
		return api.Action{}
	}
	action := api.Action{Verb: a.Verb, Group: a.Group, Resource: a.Resource, Namespace: a.Namespace, Name: a.Name}
	if a.Subresource != "" {
		action.Resource += "/" + a.Subresource
	}
	return action
}
