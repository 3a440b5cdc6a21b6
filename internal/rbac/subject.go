package rbac

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Names that the API server gives to users and groups by itself; from
// k8s.io/apiserver/pkg/authentication/user and .../serviceaccount.
const (
	Authenticated   = "system:authenticated"
	Unauthenticated = "system:unauthenticated"
	Anonymous       = "system:anonymous"
	AllAccounts     = "system:serviceaccounts"
	Masters         = "system:masters"
)

// Identity is who asks: a user name with groups, as authentication leaves them.
type Identity struct {
	// User is empty for somebody of whom only groups are known.
	User   string
	Groups []string
}

// ServiceAccount is the identity of a ServiceAccount: its user name and the three groups
// that every token of it has.
func ServiceAccount(namespace, name string) Identity {
	return Identity{
		User:   api.AccountUser(namespace, name),
		Groups: []string{AllAccounts, AllAccounts + ":" + namespace, Authenticated},
	}
}

// User is the identity of a user with the groups that the API server adds, as it also does
// for an impersonated one (k8s.io/apiserver/pkg/endpoints/filters/impersonation): those of
// the account where the name is that of a ServiceAccount and no groups are given, and
// system:authenticated, for the anonymous user system:unauthenticated.
func User(name string, groups ...string) Identity {
	if account, ok := accountOf(name); ok && len(groups) == 0 {
		return ServiceAccount(account.Namespace, account.Name)
	}
	groups = slices.Clone(groups)
	switch {
	case slices.Contains(groups, Unauthenticated):
	case name == Anonymous:
		groups = append(groups, Unauthenticated)
	case !slices.Contains(groups, Authenticated):
		groups = append(groups, Authenticated)
	}
	return Identity{User: name, Groups: groups}
}

// Group is the identity of somebody of whom nothing is known but one group.
func Group(name string) Identity { return Identity{Groups: []string{name}} }

// Review is the question whether the identity may do the request, for the API server.
func (id Identity) Review(r Request) authorizationv1.SubjectAccessReviewSpec {
	spec := authorizationv1.SubjectAccessReviewSpec{User: id.User, Groups: id.Groups}
	if r.Path != "" {
		spec.NonResourceAttributes = &authorizationv1.NonResourceAttributes{Path: r.Path, Verb: r.Verb}
		return spec
	}
	spec.ResourceAttributes = &authorizationv1.ResourceAttributes{
		Namespace: r.Namespace, Verb: r.Verb, Group: r.Group,
		Resource: r.Resource, Subresource: r.Subresource, Name: r.Name,
	}
	return spec
}

// FromReview reads a question that was asked of an API server; Review is its opposite.
func FromReview(spec authorizationv1.SubjectAccessReviewSpec) (Identity, Request) {
	id := Identity{User: spec.User, Groups: spec.Groups}
	if n := spec.NonResourceAttributes; n != nil {
		return id, Request{Verb: n.Verb, Path: n.Path}
	}
	r := spec.ResourceAttributes
	if r == nil {
		return id, Request{}
	}
	return id, Request{
		Verb: r.Verb, Group: r.Group, Resource: r.Resource, Subresource: r.Subresource,
		Namespace: r.Namespace, Name: r.Name,
	}
}

// Subject is somebody whom a binding names.
type Subject struct {
	// Kind is User, Group or ServiceAccount.
	Kind string
	// Namespace of a ServiceAccount, filled in from its RoleBinding where it says none.
	Namespace string
	Name      string
}

// Identity is the subject as one who asks.
func (s Subject) Identity() Identity {
	switch s.Kind {
	case rbacv1.ServiceAccountKind:
		return ServiceAccount(s.Namespace, s.Name)
	case rbacv1.GroupKind:
		return Group(s.Name)
	}
	return User(s.Name)
}

// String is the subject as the API server writes it in the reason of a decision:
// ServiceAccount "name/namespace", User "name", Group "name".
func (s Subject) String() string {
	if s.Kind == rbacv1.ServiceAccountKind {
		return fmt.Sprintf("%s %q", s.Kind, s.Name+"/"+s.Namespace)
	}
	return fmt.Sprintf("%s %q", s.Kind, s.Name)
}

// Compare orders subjects by kind, namespace and name.
func (s Subject) Compare(o Subject) int {
	return cmp.Or(strings.Compare(s.Kind, o.Kind), strings.Compare(s.Namespace, o.Namespace), strings.Compare(s.Name, o.Name))
}

// user is the name that an identity must have for the subject to apply; empty for a group.
func (s Subject) user() string {
	switch s.Kind {
	case rbacv1.UserKind:
		return s.Name
	case rbacv1.ServiceAccountKind:
		return api.AccountUser(s.Namespace, s.Name)
	}
	return ""
}

// holder is the subject without the choice of spelling: a User with the name of a
// ServiceAccount is that account.
func (s Subject) holder() Subject {
	if s.Kind == rbacv1.UserKind {
		if account, ok := accountOf(s.Name); ok {
			return account
		}
	}
	return s
}

// accountOf is the ServiceAccount that has a user name.
func accountOf(user string) (Subject, bool) {
	namespace, name, ok := api.AccountOf(user)
	if !ok {
		return Subject{}, false
	}
	return Subject{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: name}, true
}

// Account is the ServiceAccount that the identity is, if it is one.
func (id Identity) Account() (Subject, bool) { return accountOf(id.User) }

// Words name who the identity is for a reader: "ServiceAccount shop/checkout", "User ann" or, of
// somebody of whom groups alone are known, "Group devs", the first of them.
func (id Identity) Words() string {
	if account, ok := id.Account(); ok {
		return "ServiceAccount " + account.Namespace + "/" + account.Name
	}
	if id.User == "" && len(id.Groups) > 0 {
		return "Group " + id.Groups[0]
	}
	return "User " + id.User
}
