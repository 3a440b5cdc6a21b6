package testkit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"
)

// AuditRequest is what the audit log says of one request.
type AuditRequest struct {
	ID         string
	User       string
	Verb       string
	RequestURI string
	UserAgent  string
	// Group, Resource, Subresource, Namespace and Name are those of the object;
	// all empty for a request to something else, such as /version.
	Group, Resource, Subresource, Namespace, Name string
	// Stage is the last one reached: ResponseComplete, Panic, or ResponseStarted
	// for a watch that is still open.
	Stage string
	// Code is the HTTP status of the answer, and Message what it says beside.
	Code    int
	Message string
	// Decision is that of the authorizer, allow or forbid; empty where it was not asked.
	Decision string
}

// auditEvent is the part of an audit.k8s.io/v1 Event that is read.
type auditEvent struct {
	AuditID    string `json:"auditID"`
	Stage      string `json:"stage"`
	RequestURI string `json:"requestURI"`
	Verb       string `json:"verb"`
	UserAgent  string `json:"userAgent"`
	User       struct {
		Username string `json:"username"`
	} `json:"user"`
	ObjectRef struct {
		APIGroup    string `json:"apiGroup"`
		Resource    string `json:"resource"`
		Subresource string `json:"subresource"`
		Namespace   string `json:"namespace"`
		Name        string `json:"name"`
	} `json:"objectRef"`
	ResponseStatus struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"responseStatus"`
	Annotations map[string]string `json:"annotations"`
}

// AuditRequests returns the requests of one user, each once, in the order in
// which the API server received them. A client may have its answer before the
// log has, so it waits until every request that the user began has ended: call
// it when the user's client is done.
func (c *ControlPlane) AuditRequests(tb testing.TB, user string) []AuditRequest {
	tb.Helper()
	return c.AuditRequestsOf(tb, user)[user]
}

// AuditRequestsOf is AuditRequests for several users, by their names.
func (c *ControlPlane) AuditRequestsOf(tb testing.TB, users ...string) map[string][]AuditRequest {
	tb.Helper()
	byUser := map[string][]AuditRequest{}
	WaitFor(tb, fmt.Sprintf("the end of all requests of %q", users), func() error {
		log, err := os.ReadFile(c.AuditLog)
		if err != nil {
			return fmt.Errorf("read audit log: %w", err)
		}
		requests, err := parseAudit(log, users...)
		clear(byUser)
		for _, r := range requests {
			byUser[r.User] = append(byUser[r.User], r)
		}
		return err
	})
	return byUser
}

// parseAudit joins the events of each request. It fails on a request without an
// end, and leaves out a last line that is not written to its end.
func parseAudit(log []byte, users ...string) ([]AuditRequest, error) {
	var requests []AuditRequest
	index := map[string]int{}
	for line := range bytes.Lines(log) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			continue
		}
		var event auditEvent
		if err := json.Unmarshal(line, &event); err != nil {
			return nil, fmt.Errorf("parse audit log: %w", err)
		}
		if !slices.Contains(users, event.User.Username) {
			continue
		}
		at, known := index[event.AuditID]
		if !known {
			at = len(requests)
			index[event.AuditID] = at
			requests = append(requests, AuditRequest{})
		}
		requests[at] = event.request()
	}
	for _, r := range requests {
		if r.Stage == "RequestReceived" || r.Stage == "ResponseStarted" && r.Verb != "watch" {
			return nil, fmt.Errorf("%s %s has not ended", r.Verb, r.RequestURI)
		}
	}
	return requests, nil
}

func (e auditEvent) request() AuditRequest {
	return AuditRequest{
		ID: e.AuditID, User: e.User.Username, Verb: e.Verb, RequestURI: e.RequestURI, UserAgent: e.UserAgent,
		Group: e.ObjectRef.APIGroup, Resource: e.ObjectRef.Resource, Subresource: e.ObjectRef.Subresource,
		Namespace: e.ObjectRef.Namespace, Name: e.ObjectRef.Name,
		Stage: e.Stage, Code: e.ResponseStatus.Code, Message: e.ResponseStatus.Message,
		Decision: e.Annotations["authorization.k8s.io/decision"],
	}
}
