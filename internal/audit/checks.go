package audit

import (
	"net/http"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
)

// Checks is what an authorizer was asked for a request, as far as its event shows it: about the
// request itself first, then the impersonation, then what handlers and admission ask for. There
// are none but for a Decided event. They keep nothing of the bodies.
func Checks(e *Event) ([]observation.Check, Decision) {
	checks, decision, _ := Examine(e)
	return checks, decision
}

// Examine is Checks and Unclear in one.
func Examine(e *Event) (checks []observation.Check, decision Decision, unclear string) {
	action, query, ok := e.asked()
	verdict := e.verdict(action)
	switch {
	case verdict == unauthenticated:
		return nil, Ignored, ""
	case verdict == undecided || e.User.Name == "":
		return nil, Undecided, ""
	case verdict == notImpersonated:
		checks, decision = e.notImpersonated()
		return checks, decision, ""
	case !ok || e.Impersonated != nil && e.Impersonated.Name == "":
		return nil, Undecided, ""
	}
	r := reading{Event: e, who: &e.User, action: action, query: query}
	if e.Impersonated != nil {
		r.who = e.Impersonated
	}
	r.request(verdict == denied)
	if e.Impersonated != nil {
		r.impersonation()
	}
	if verdict == allowed {
		r.beyond()
	}
	if r.unclear != "" && !e.needsBodies() {
		r.unclear = "" // of this event the bodies are not kept
	}
	return r.checks, Decided, r.unclear
}

// notImpersonated is the check that a refused impersonation ended with: that of the message,
// as the objectRef is not what it was about.
func (e *Event) notImpersonated() ([]observation.Check, Decision) {
	action, _ := refusal(e.Message)
	if !sayable(action) {
		return nil, Undecided
	}
	return []observation.Check{{User: e.User.Name, Groups: e.User.Groups, Action: action, Denied: true}}, Decided
}

// reading is how far the reading of an event got.
type reading struct {
	*Event
	// who is whom the request was authorized as.
	who    *User
	action api.Action
	query  string
	checks []observation.Check
	// unclear is the answer of Unclear.
	unclear string
}

// add notes a check about whom the request was authorized as.
func (r *reading) add(c observation.Check) {
	if sayable(c.Action) {
		c.User, c.Groups = r.who.Name, r.who.Groups
		r.checks = append(r.checks, c)
	}
}

// request notes the check of the request itself.
func (r *reading) request(denied bool) {
	created := ""
	makes := !denied && r.makes()
	if makes && r.Object != nil {
		created = r.Object.Name
	}
	r.add(observation.Check{
		Action: r.action, Denied: denied, Applied: r.applied(), Created: created, Unnamed: makes && created == "",
	})
}

// applied tells a patch that may be a server-side apply, which needs a field manager.
func (r *reading) applied() bool {
	manager, _ := first(r.query, "fieldManager")
	return r.action.Verb == "patch" && manager != ""
}

// makes tells a POST that made an object: reviews make none. Its name is from the body, and so
// in the objectRef, but for one that the server generated.
func (r *reading) makes() bool {
	a := r.action
	isReview := a.Group == authenticationGroup || a.Group == authorizationv1.GroupName
	return a.Verb == "create" && a.Resource != "" && r.subresource() == "" && !isReview && r.succeeded() && !r.dry()
}

// succeeded tells that the request did what was asked; a connection that changes its protocol
// did.
func (r *reading) succeeded() bool {
	return r.Code == http.StatusSwitchingProtocols || r.Code >= 200 && r.Code < 300
}

// dry tells a request that changes nothing.
func (r *reading) dry() bool {
	value, _ := first(r.query, "dryRun")
	return value != ""
}

// beyond notes what is asked for after the request was allowed.
func (r *reading) beyond() {
	r.creating()
	r.webSocket()
	if r.writes() && (r.succeeded() || r.Code == http.StatusConflict) {
		r.roles() // which comes before the look at what is there already
	}
	if !r.succeeded() {
		return
	}
	if r.writes() {
		r.signers()
		r.policies()
		r.claims()
		r.owners()
	}
	r.review()
}

// creating notes the create of an object by a write of its URL (handlers/patch.go and update.go
// of k8s.io/apiserver/pkg/endpoints). What answers behind a proxy is none of the API server's.
func (r *reading) creating() {
	if r.action.Verb != "patch" && r.action.Verb != "update" || r.subresource() == "proxy" {
		return
	}
	c := observation.Check{Action: r.action}
	c.Verb = "create"
	if r.applied() {
		c.Via = "apply"
	}
	switch r.Code {
	case http.StatusCreated:
		if !r.dry() {
			c.Created = r.action.Name
		}
		r.add(c)
	case http.StatusForbidden:
		if named, ok := refusal(r.Message); ok && mayNotCreate(r.action, named) {
			c.Denied = true
			r.add(c)
		}
	}
}

// webSocket notes the create that a get of a stream to a container asks for as well
// (ensureAuthorizedForVerb in pkg/registry/core/pod/rest of k8s.io/kubernetes), before it
// looks for the pod or its node. Its refusal ends in the authorizer's reason, which RBAC has
// none of.
func (r *reading) webSocket() {
	if r.action.Verb != "get" || r.action.Group != "" || !isStream(r.action.Resource) {
		return
	}
	c := observation.Check{Action: r.action}
	c.Verb = "create"
	switch {
	case r.Code != http.StatusForbidden:
		c.Hidden = HiddenWebSocket
		r.add(c)
	case strings.HasSuffix(r.Message, " is forbidden: "):
		c.Denied = true
		r.add(c)
	}
}

func isStream(resource string) bool {
	return resource == "pods/exec" || resource == "pods/attach" || resource == "pods/portforward"
}
