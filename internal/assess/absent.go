package assess

import (
	"fmt"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

// absentRole is a role that a binding of a file refers to and no file holds: what it grants is
// not known.
type absentRole struct {
	// namespace of the binding, empty for the whole cluster.
	namespace     string
	role, binding string
}

func (r absentRole) String() string {
	return fmt.Sprintf("what %s grants, which %s binds and no file holds", r.role, r.binding)
}

// withBuiltin adds the ClusterRoles that Kubernetes makes where files do not define them.
func withBuiltin(roles []rbacv1.ClusterRole) []rbacv1.ClusterRole {
	out := slices.Clone(roles)
	for _, builtin := range rbac.Builtin() {
		if !slices.ContainsFunc(roles, func(r rbacv1.ClusterRole) bool { return r.Name == builtin.Name }) {
			out = append(out, builtin)
		}
	}
	return out
}

// absentRoles finds the bindings of roles that are not there, by their subjects.
func absentRoles(read cluster.Access) map[rbac.Subject][]absentRole {
	there := map[[3]string]bool{}
	for _, r := range read.ClusterRoles {
		there[[3]string{"ClusterRole", "", r.Name}] = true
	}
	for _, r := range read.Roles {
		there[[3]string{"Role", r.Namespace, r.Name}] = true
	}
	out := map[rbac.Subject][]absentRole{}
	note := func(kind, namespace, name string, ref rbacv1.RoleRef, subjects []rbacv1.Subject) {
		home := namespace
		if ref.Kind == "ClusterRole" {
			home = ""
		}
		if there[[3]string{ref.Kind, home, ref.Name}] {
			return
		}
		for _, s := range subjects {
			key := rbac.Subject{Kind: s.Kind, Name: s.Name}
			if s.Kind == rbacv1.ServiceAccountKind {
				if key.Namespace = s.Namespace; key.Namespace == "" {
					key.Namespace = namespace
				}
			}
			out[key] = append(out[key], absentRole{namespace, ref.Kind + " " + ref.Name, kind + " " + name})
		}
	}
	for _, b := range read.RoleBindings {
		note("RoleBinding", b.Namespace, b.Name, b.RoleRef, b.Subjects)
	}
	for _, b := range read.ClusterRoleBindings {
		note("ClusterRoleBinding", "", b.Name, b.RoleRef, b.Subjects)
	}
	return out
}

// absentFor are the roles bound to an account, by itself or by its groups.
func (a *access) absentFor(key accountKey) []absentRole {
	id := rbac.ServiceAccount(key.namespace, key.name)
	out := a.absent[rbac.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: key.namespace, Name: key.name}]
	out = append(slices.Clone(out), a.absent[rbac.Subject{Kind: rbacv1.UserKind, Name: id.User}]...)
	for _, group := range id.Groups {
		out = append(out, a.absent[rbac.Subject{Kind: rbacv1.GroupKind, Name: group}]...)
	}
	return out
}

// absentIn are the roles bound to anybody in a namespace or the cluster, in words.
func (a *access) absentIn(namespace string) []string {
	var out []string
	for _, roles := range a.absent {
		for _, r := range roles {
			if r.namespace == "" || r.namespace == namespace {
				out = appendNew(out, r.String())
			}
		}
	}
	slices.Sort(out)
	return out
}
