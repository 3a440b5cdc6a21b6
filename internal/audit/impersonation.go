package audit

import (
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
)

// Names of k8s.io/apiserver/pkg/authentication/user and .../serviceaccount.
const (
	anonymousUser        = "system:anonymous"
	authenticatedGroup   = "system:authenticated"
	unauthenticatedGroup = "system:unauthenticated"
	accountsGroup        = "system:serviceaccounts"
	nodePrefix           = "system:node:"
	authenticationGroup  = "authentication.k8s.io"
)

// impersonation notes what the real user was asked for to act as another, by mode.go of
// k8s.io/apiserver/pkg/endpoints/filters/impersonation, and by impersonation.go there for
// servers without constrained impersonation: both ask the same where there is no constraint.
func (r *reading) impersonation() {
	mode := strings.TrimPrefix(r.Constraint, "impersonate:")
	if mode == "" {
		r.become("impersonate", "")
		return
	}
	on := r.action
	on.Verb = "impersonate-on:" + mode + ":" + on.Verb
	r.real(on)
	verb := "impersonate:" + mode
	switch mode {
	case "associated-node": // asked for every node, as the answer is kept for every node
		r.real(api.Action{Verb: verb, Group: authenticationGroup, Resource: "nodes", Name: "*"})
	case "arbitrary-node":
		node := strings.TrimPrefix(r.Impersonated.Name, nodePrefix)
		r.real(api.Action{Verb: verb, Group: authenticationGroup, Resource: "nodes", Name: node})
	default:
		r.become(verb, authenticationGroup)
	}
}

// real notes a check about the user that sent the request.
func (r *reading) real(a api.Action) {
	if sayable(a) {
		r.checks = append(r.checks, observation.Check{User: r.User.Name, Groups: r.User.Groups, Action: a})
	}
}

// become asks for each part of the identity. Where upstream first asks for all of four or more
// groups or extras at once, those that hold each are let through as well.
func (r *reading) become(verb, group string) {
	who := r.Impersonated
	if namespace, name, ok := api.AccountOf(who.Name); ok {
		r.real(api.Action{Verb: verb, Group: group, Resource: "serviceaccounts", Namespace: namespace, Name: name})
	} else {
		r.real(api.Action{Verb: verb, Group: group, Resource: "users", Name: who.Name})
	}
	if who.UID != "" {
		r.real(api.Action{Verb: verb, Group: authenticationGroup, Resource: "uids", Name: who.UID})
	}
	for _, g := range askedGroups(who) {
		r.real(api.Action{Verb: verb, Group: group, Resource: "groups", Name: g})
	}
	for _, key := range slices.Sorted(maps.Keys(who.Extra)) {
		for _, value := range who.Extra[key] {
			r.real(api.Action{Verb: verb, Group: authenticationGroup, Resource: "userextras/" + key, Name: value})
		}
	}
}

// askedGroups are the groups that the client asked for, sorted. The event has beside them those
// that the server adds: system:authenticated, or for the anonymous user system:unauthenticated,
// at the end, and those of a ServiceAccount where the client named none. A client that names
// just these cannot be told from one that names none.
func askedGroups(u *User) []string {
	groups := u.Groups
	added := authenticatedGroup
	if u.Name == anonymousUser {
		added = unauthenticatedGroup
	}
	// Where system:unauthenticated was asked for, the server adds nothing.
	as := u.Name == anonymousUser || !slices.Contains(groups, unauthenticatedGroup)
	if end := len(groups) - 1; as && end >= 0 && groups[end] == added {
		groups = groups[:end]
	}
	if namespace, _, ok := api.AccountOf(u.Name); ok && slices.Equal(groups, []string{accountsGroup, accountsGroup + ":" + namespace}) {
		return nil
	}
	return slices.Compact(slices.Sorted(slices.Values(groups)))
}
