// Package audit reads audit logs of API servers: each format is a file, and all end in
// Events, from which Checks tells what the authorizer was asked. The fields are those of
// k8s.io/apiserver/pkg/apis/audit/v1, of which v1beta1 and v1alpha1 differ in the time alone.
package audit

import "time"

// Event is one audit event, reduced to what tells about rights. A missing field is its zero
// value.
type Event struct {
	Level, ID, Stage string
	// URI has the query; Verb is that of the authorizer, for a path the HTTP method in lower case.
	URI, Verb string
	User      User
	// Impersonated is whom the request was authorized as, nil for User.
	Impersonated *User
	// Constraint is the mode of constrained impersonation
	// (authenticationMetadata.impersonationConstraint), empty for the older one.
	Constraint string
	Agent      string
	// Object is what the request is about, nil for a path.
	Object *Object
	// Code and Message are those of responseStatus; 0 for no code.
	Code    int
	Message string
	// Received is the time of the request, zero for none.
	Received time.Time
	// Decision and Reason are the annotations authorization.k8s.io/decision and /reason.
	Decision, Reason string
	// Request and Response are the bodies as JSON, nil for none.
	Request, Response []byte
}

// User is who asks, or as whom.
type User struct {
	Name, UID string
	Groups    []string
	Extra     map[string][]string
}

// Object is an objectRef. Its name and namespace may come from the body of the request.
type Object struct {
	Group, Resource, Subresource, Namespace, Name string
}
