package assess

import (
	"fmt"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/memo"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// access is what is known of who may do what.
type access struct {
	policy *rbac.Policy
	server rbac.Server
	fact   workload.Fact
	unread []api.Unread
	// bindings counts those that were read.
	bindings int
	// absent are the roles that files bind and do not hold, by who they are bound to.
	absent map[rbac.Subject][]absentRole
	// named are the accounts that bindings name.
	named []rbac.Subject

	accounts memo.Table[accountKey, *account]
	holders  memo.Table[rbac.Request, []rbac.Holder]
	names    memo.Table[schema.GroupResource, map[string]bool]
}

type accountKey struct{ namespace, name string }

// account is a ServiceAccount with what it may do.
type account struct {
	accountKey
	rights []rbac.Right
	powers []rbac.Power
	// everybody counts the rights that every account has; they are not among rights.
	everybody int
	// absent are roles that are bound to it and were not read.
	absent []absentRole
}

func newAccess(inv *cluster.Inventory) *access {
	read := inv.Access()
	a := &access{fact: read.Fact, unread: read.Unread, bindings: len(read.RoleBindings) + len(read.ClusterRoleBindings), named: accountsNamed(read)}
	if read.Fact == workload.FactAbsent {
		read.ClusterRoles = withBuiltin(read.ClusterRoles)
		a.absent = absentRoles(read)
	}
	a.policy = rbac.New(rbac.Objects{
		Roles: read.Roles, ClusterRoles: read.ClusterRoles,
		RoleBindings: read.RoleBindings, ClusterRoleBindings: read.ClusterRoleBindings,
		Aggregate: read.Fact == workload.FactAbsent,
	})
	if minor, ok := minorOf(inv.Server); ok {
		a.server.Minor = minor
	}
	return a
}

// account works out what a ServiceAccount may do.
func (a *access) account(namespace, name string) *account {
	key := accountKey{namespace, name}
	return a.accounts.Of(key, func() *account {
		out := &account{accountKey: key}
		id := rbac.ServiceAccount(namespace, name)
		for right := range a.policy.Rights(id) {
			if right.IsEverybodys() {
				out.everybody++
			} else {
				out.rights = append(out.rights, right)
			}
		}
		out.powers = a.policy.Powers(id, a.server)
		out.absent = a.absentFor(key)
		return out
	})
}

// subjects are all who may do a request.
func (a *access) subjects(request rbac.Request) []rbac.Holder {
	return a.holders.Of(request, func() []rbac.Holder { return a.policy.Subjects(request) })
}

// unknowns say in words what of the rights in a namespace could not be known.
func (a *access) unknowns(namespace string) []string {
	out := []string{}
	for _, u := range a.unread {
		where := "in all namespaces"
		if u.Namespace != "" {
			where = "in namespace " + u.Namespace
		}
		if strings.HasPrefix(u.Resource, "cluster") {
			where = "of the cluster"
		}
		out = append(out, fmt.Sprintf("%s %s not readable (%s)", u.Resource, where, u.Reason))
	}
	if a.fact == workload.FactAbsent {
		out = append(out, api.BesideFiles)
		out = append(out, a.absentIn(namespace)...)
	}
	return out
}

// via is a grant as reports have it, seen from a namespace.
func via(g rbac.Grant, namespace string) api.Via {
	return api.Via{
		Binding: g.Binding.From(namespace), Role: g.Role.From(namespace),
		Rules: []int{g.Rule}, Subject: subjectFrom(g.Subject, namespace),
	}
}

func subjectFrom(s rbac.Subject, namespace string) string {
	if s.Kind == rbacv1.ServiceAccountKind && s.Namespace != namespace {
		return s.Kind + " " + s.Namespace + "/" + s.Name
	}
	return s.Kind + " " + s.Name
}

// isSystem tells a subject of Kubernetes itself: its name begins with system:, or all it has
// comes by roles whose names do. The groups of everybody and of all accounts are not: whoever
// has a token, or none, is in them.
func isSystem(s rbac.Subject, grants []rbac.Grant) bool {
	const prefix = "system:"
	if s.Kind != rbacv1.ServiceAccountKind && strings.HasPrefix(s.Name, prefix) {
		everybody := slices.Contains([]string{rbac.Authenticated, rbac.Unauthenticated, rbac.Anonymous, rbac.AllAccounts}, s.Name)
		return !everybody && !strings.HasPrefix(s.Name, rbac.AllAccounts+":")
	}
	return s.Namespace == "kube-system" && len(grants) > 0 && !slices.ContainsFunc(grants, func(g rbac.Grant) bool {
		return !strings.HasPrefix(g.Role.Name, prefix)
	})
}
