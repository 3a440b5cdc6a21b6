// Package observation adds up what was seen in use: actions with the evidence for them. A Set
// keeps distinct things, not events, so its size follows those; sets of several windows,
// shards and sources add up in any order to the same document.
package observation

import (
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Check is a question that an authorizer answered, as far as an event shows it.
type Check struct {
	// User and Groups are whom the question was about.
	User   string
	Groups []string

	api.Action
	// Denied is set where the answer was no.
	Denied bool
	// Hidden says how the check is known where no event shows it; api.Use has the meaning of
	// this, Via, Applied and Unless. A few constant texts, without names.
	Hidden string
	// Via is one text, empty for the check of a request itself.
	Via string
	// Asked is set where somebody else asked about User: then the agent and the grant of the
	// event are the asker's, and no evidence for this check.
	Asked bool
	// Created is the name of the object that a create made, empty where the event does not
	// hold it.
	Created string
	// Unnamed is set for a create that made an object whose name the event does not hold.
	Unnamed bool
	Applied bool
	Unless  []rbacv1.PolicyRule
}

// Evidence is what one event adds to each of its checks.
type Evidence struct {
	// At is the time of the request in seconds since 1970, 0 for none that is credible.
	At int64
	// Ended is set for the event of the end of a request, Started for that of the beginning
	// of a long-running one. Either may be the only one.
	Ended, Started bool
	// Agent is the user agent; Grant what the authorizer said granted it.
	Agent, Grant string
}
