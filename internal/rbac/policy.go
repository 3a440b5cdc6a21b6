// Package rbac evaluates role-based access control as the API server does: who may do what,
// and through which binding, subject and rule. It is pure: a Policy is made from objects and
// asked any number of times, also at the same time.
//
// It knows RBAC alone. A cluster may allow more by other authorizers: the group
// system:masters may do everything, the node authorizer serves kubelets, and managed
// platforms add webhooks.
package rbac

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Objects are what a Policy is made from. Their order does not matter, but for objects of
// the same name, of which the last counts. A Policy keeps parts of them: they must not
// change afterwards.
type Objects struct {
	Roles               []rbacv1.Role
	ClusterRoles        []rbacv1.ClusterRole
	RoleBindings        []rbacv1.RoleBinding
	ClusterRoleBindings []rbacv1.ClusterRoleBinding

	// Aggregate works out the rules of ClusterRoles with an aggregationRule, as the
	// controller of a cluster does: for objects from files. Those of a server have them.
	Aggregate bool
}

// Policy answers who may do what. The zero value allows nothing.
type Policy struct {
	// byUser and byGroup hold, for each user and group, the bindings that name it, in their
	// order: those of the cluster, then those of namespaces.
	byUser, byGroup map[string][]holding
	// bound are the roles that a binding refers to: by the namespace of Roles, those of
	// ClusterRoles under the empty one.
	bound map[string][]*role
	notes []Note
	// roles are all, bound or not. absent are those that bindings refer to and that are not
	// there: who makes one gives its rules to the subjects of these.
	roles, absent map[roleKey]*role
	// catalog is what Powers looks for, made when it first does: most policies are asked for no
	// more than requests. It is nil for the zero policy.
	catalog func() *catalog
}

// Note is what a reader of the objects should know: something that grants nothing although
// it is written to, or whose meaning is not certain.
type Note struct {
	Object  api.Ref
	Message string
}

// Notes of all objects, sorted by object and message.
func (p *Policy) Notes() []Note { return p.notes }

// holding is one subject of one binding.
type holding struct {
	binding *binding
	subject int
}

type binding struct {
	order    int
	ref      api.Ref
	role     *role
	subjects []Subject
	holders  []Subject // the subjects without the choice of spelling
}

type role struct {
	ref      api.Ref
	rules    []*rbacv1.PolicyRule
	bindings []*binding
	// aggregates tells a ClusterRole whose rules a controller takes from those of other labels.
	aggregates bool
	// absent tells a role that only bindings speak of.
	absent bool

	once sync.Once // for risk
	risk *risk
}

// New makes the policy of all objects. What cannot grant anything, such as a binding to an
// absent role, becomes a note.
func New(objects Objects) *Policy {
	b := builder{roles: map[roleKey]*role{}, absent: map[roleKey]*role{}, bindings: map[api.Ref]writtenBinding{}}
	b.readRoles(objects)
	b.readBindings(objects)
	p := &Policy{
		byUser: map[string][]holding{}, byGroup: map[string][]holding{}, bound: map[string][]*role{},
		roles: b.roles, absent: b.absent, catalog: sync.OnceValue(newCatalog),
	}
	for i, written := range b.sortedBindings() {
		if bound := b.bind(written, i); bound != nil {
			p.index(bound)
		}
	}
	for _, roles := range p.bound {
		slices.SortFunc(roles, func(a, b *role) int { return strings.Compare(a.ref.Name, b.ref.Name) })
	}
	p.notes = b.sortedNotes()
	return p
}

func (p *Policy) index(b *binding) {
	if len(b.role.bindings) == 0 && !b.role.absent {
		namespace := b.role.ref.Namespace
		p.bound[namespace] = append(p.bound[namespace], b.role)
	}
	b.role.bindings = append(b.role.bindings, b)
	b.holders = make([]Subject, len(b.subjects))
	for i, s := range b.subjects {
		b.holders[i] = s.holder()
		if s.Kind == rbacv1.GroupKind {
			p.byGroup[s.Name] = append(p.byGroup[s.Name], holding{b, i})
		} else {
			p.byUser[s.user()] = append(p.byUser[s.user()], holding{b, i})
		}
	}
}

func compareNotes(a, b Note) int {
	return cmp.Or(
		strings.Compare(a.Object.Namespace, b.Object.Namespace), strings.Compare(a.Object.Kind, b.Object.Kind),
		strings.Compare(a.Object.Name, b.Object.Name), strings.Compare(a.Message, b.Message),
	)
}
