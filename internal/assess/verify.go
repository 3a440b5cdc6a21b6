package assess

import (
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

// maxReviews is how many requests stand for one right at most: of a rule with more
// combinations the first are asked about.
const maxReviews = 50

// Words of Right.Verified.
const (
	verifiedConfirmed = "confirmed"
	verifiedRefused   = "refused"
)

// Verification is the questions by which an API server confirms the rights of a report.
type Verification struct {
	// Questions for the server, in the order of the rights.
	Questions []authorizationv1.SubjectAccessReviewSpec
	rights    []*api.Right
	items     []*api.Item
}

// Verify makes the questions about all rights of a report.
func Verify(report *api.Report) *Verification {
	v := &Verification{}
	for i := range report.Items {
		item := &report.Items[i]
		if item.Identity == nil {
			continue
		}
		id := rbac.ServiceAccount(item.Ref.Namespace, item.Identity.Account)
		for j := range item.Rights {
			for _, request := range requestsOf(&item.Rights[j]) {
				v.Questions = append(v.Questions, id.Review(request))
				v.rights = append(v.rights, &item.Rights[j])
				v.items = append(v.items, item)
			}
		}
	}
	return v
}

// Answer puts what the server said of each question into the report.
func (v *Verification) Answer(allowed []bool) {
	for i, right := range v.rights {
		v.items[i].Identity.Verified = true
		switch {
		case !allowed[i]:
			right.Verified = verifiedRefused
		case right.Verified == "":
			right.Verified = verifiedConfirmed
		}
	}
}

// requestsOf are the requests that a right allows; a star is asked for as such.
func requestsOf(r *api.Right) []rbac.Request {
	var out []rbac.Request
	add := func(request rbac.Request) {
		if len(out) < maxReviews {
			out = append(out, request)
		}
	}
	names := r.ResourceNames
	if len(names) == 0 {
		names = []string{""}
	}
	for _, verb := range r.Verbs {
		for _, path := range r.NonResourceURLs {
			add(rbac.Request{Verb: verb, Path: path})
		}
		for _, group := range r.Groups {
			for _, resource := range r.Resources {
				for _, name := range names {
					request := rbac.Request{Verb: verb, Group: group, Namespace: r.Namespace, Name: name}
					request.Resource, request.Subresource = splitResource(resource)
					add(request)
				}
			}
		}
	}
	return out
}

// splitResource takes "pods/exec" apart.
func splitResource(text string) (resource, subresource string) {
	resource, subresource, _ = strings.Cut(text, "/")
	return resource, subresource
}
