package audit

import (
	"net/http"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Decision tells whether an event shows what the authorizer decided.
type Decision int

const (
	// Undecided is an event from before the authorizer was asked, one of a request that did
	// not get that far, or one that does not tell what was asked.
	Undecided Decision = iota
	// Decided is an event with checks.
	Decided
	// Ignored is an event of nobody: authentication failed.
	Ignored
)

// verdict is what became of a request.
type verdict int

const (
	undecided verdict = iota
	unauthenticated
	allowed
	denied
	// notImpersonated is a request as somebody else that was refused for that.
	notImpersonated
)

// verdict is by the annotation, and by the status where there is none. The filters run in the
// order authentication, audit, impersonation, priority and fairness, authorization
// (k8s.io/apiserver/pkg/server/config.go), and the status of the handler says nothing about
// the authorizer.
func (e *Event) verdict(asked api.Action) verdict {
	switch e.Decision {
	case "allow":
		return allowed
	case "forbid":
		return denied
	}
	switch {
	case e.Stage == "RequestReceived", e.Code == 0, e.Code == http.StatusTooManyRequests:
		return undecided
	case e.Code == http.StatusUnauthorized:
		return unauthenticated
	case e.Code == http.StatusForbidden:
		return e.refused(asked)
	case e.failedEarly():
		return undecided
	}
	return allowed
}

// refused tells an authorizer's 403 from those of admission.
func (e *Event) refused(asked api.Action) verdict {
	named, ok := refusal(e.Message)
	switch {
	case !ok:
		return allowed
	case e.Impersonated == nil && strings.HasPrefix(named.Verb, "impersonate"):
		return notImpersonated
	case mayNotCreate(asked, named), !e.isAbout(named, asked):
		return allowed
	}
	return denied
}

// isAbout tells whether what a message names is what was asked: admission may quote what was
// refused to others. The names of an objectRef may not be those of the URL.
func (e *Event) isAbout(named, asked api.Action) bool {
	if e.URI == "" {
		named.Name, named.Namespace, asked.Name, asked.Namespace = "", "", "", ""
	}
	return named == asked
}

// mayNotCreate tells that a write was allowed, but not that it makes a new object.
func mayNotCreate(asked, named api.Action) bool {
	writes := asked.Verb == "patch" || asked.Verb == "update"
	asked.Verb = "create"
	return writes && named == asked
}

// failedEarly tells answers that the API server gives before it asks the authorizer, or
// because that failed (filters/impersonation and filters/authorization.go of
// k8s.io/apiserver/pkg/endpoints): a client can bring the first about for any request.
func (e *Event) failedEarly() bool {
	switch e.Code {
	case http.StatusBadRequest:
		return e.Impersonated == nil && strings.Contains(e.Message, "without impersonating a user")
	case http.StatusInternalServerError:
		return e.Reason == "internal error"
	}
	return false
}
