package audit

import (
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
)

// reviewBody is the part of a review that is read.
type reviewBody struct {
	Spec   authorizationv1.SubjectAccessReviewSpec `json:"spec"`
	Status *struct {
		Allowed bool `json:"allowed"`
	} `json:"status"`
}

// review notes what a SubjectAccessReview asked about another user: so do kubelets, proxies and
// aggregated API servers for the requests that reach them and no audit log. A
// SelfSubjectAccessReview is no use, nor is a question about the asker itself, about any verb or
// resource, or one that a person asks: those are about rights. What only others than kubelets
// asked counts where the answer was yes, and what has no answer counts for nothing.
func (r *reading) review() {
	if r.action.Group != authorizationv1.GroupName || r.action.Verb != "create" || byHand(r.Agent) {
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
	var request, answer reviewBody
	answered := readBody(r.Response, &answer) && answer.Status != nil
	if !readBody(r.Request, &request) {
		if !answered {
			r.blind(aboutReview)
			return
		}
		request = answer
	}
	about := request.Spec.User
	action := reviewed(request.Spec)
	if about == "" || about == r.who.Name || about == r.User.Name || !sayable(action) {
		return
	}
	if !answered {
		r.unclear = unclearReview
		return
	}
	if answer.Status.Allowed || strings.HasPrefix(r.who.Name, nodePrefix) {
		r.checks = append(r.checks, observation.Check{
			User: about, Groups: request.Spec.Groups, Action: action, Denied: !answer.Status.Allowed,
			Via: kind + " by " + r.who.Name, Asked: true,
		})
	}
}

// byHand tells the agents of kubectl and its plugins, this one too: their users ask what
// somebody may do.
func byHand(agent string) bool { return strings.HasPrefix(agent, "kubectl") }

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
