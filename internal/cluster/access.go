package cluster

import (
	"context"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// Access is what was read of RBAC, by namespace and name.
type Access struct {
	Roles               []rbacv1.Role
	ClusterRoles        []rbacv1.ClusterRole
	RoleBindings        []rbacv1.RoleBinding
	ClusterRoleBindings []rbacv1.ClusterRoleBinding
	// Fact is yes where everything was read, unknown where a read failed, and absent where no
	// server was asked: then there is what files hold.
	Fact workload.Fact
	// Unread are the reads that failed.
	Unread []api.Unread
}

// accessKinds are the kinds of RBAC.
func accessKinds() []kind {
	kinds := []kind{
		builtin(rbacv1.GroupName, "ClusterRole", "clusterroles", ""),
		builtin(rbacv1.GroupName, "ClusterRoleBinding", "clusterrolebindings", ""),
		builtin(rbacv1.GroupName, "Role", "roles", ""),
		builtin(rbacv1.GroupName, "RoleBinding", "rolebindings", ""),
	}
	for i := range kinds[:2] {
		kinds[i].namespaced = false
	}
	return kinds
}

func isAccess(k kind) bool { return k.gvk.Group == rbacv1.GroupName }

// access reads all of RBAC: an account may hold rights in every namespace.
func (c *collector) access() []read {
	var reads []read
	for _, k := range accessKinds() {
		reads = append(reads, func(ctx context.Context) {
			c.listSupport(k, "")(ctx)
			if k.namespaced && c.query.Namespace != "" && c.forbidden(k) {
				// Whether this one fails too makes no difference: the first is noted.
				_ = c.client.list(ctx, k.gvr, k.gvk, c.query.Namespace, "", c.add(k))
			}
		})
	}
	return reads
}

// forbidden tells that a kind may not be listed in all namespaces.
func (c *collector) forbidden(k kind) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.inv.Unread, func(u api.Unread) bool {
		return u.Group == k.gvk.Group && u.Resource == k.gvr.Resource && u.Namespace == "" && u.Reason == reasonForbidden
	})
}

// Access returns what was read of RBAC.
func (inv *Inventory) Access() Access {
	a := Access{
		Roles:               everyObject[*rbacv1.Role](inv, "Role"),
		ClusterRoles:        everyObject[*rbacv1.ClusterRole](inv, "ClusterRole"),
		RoleBindings:        everyObject[*rbacv1.RoleBinding](inv, "RoleBinding"),
		ClusterRoleBindings: everyObject[*rbacv1.ClusterRoleBinding](inv, "ClusterRoleBinding"),
	}
	for _, k := range accessKinds() {
		everywhere := ownerKey{k.gvk.Group, k.gvk.Kind, "", ""}
		switch {
		case inv.support.failed[everywhere]:
			a.Fact = workload.FactUnknown
		case inv.support.listed[everywhere] && a.Fact != workload.FactUnknown:
			a.Fact = workload.FactYes
		}
	}
	for _, u := range inv.Unread {
		if u.Group == rbacv1.GroupName {
			a.Unread = append(a.Unread, u)
		}
	}
	return a
}

// everyObject copies the objects of a kind of RBAC in all namespaces, sorted.
func everyObject[P interface {
	*T
	metav1.Object
}, T any](inv *Inventory, kindName string) []T {
	var objects []P
	for place, named := range inv.support.objects {
		if place.group != rbacv1.GroupName || place.kind != kindName {
			continue
		}
		for _, o := range named {
			if object, ok := o.(P); ok {
				objects = append(objects, object)
			}
		}
	}
	slices.SortFunc(objects, func(a, b P) int {
		if n := strings.Compare(a.GetNamespace(), b.GetNamespace()); n != 0 {
			return n
		}
		return strings.Compare(a.GetName(), b.GetName())
	})
	out := make([]T, len(objects))
	for i, o := range objects {
		out[i] = *o
	}
	return out
}

// Namespace looks a namespace up.
func (inv *Inventory) Namespace(name string) workload.Known[*corev1.Namespace] {
	value, fact := find[*corev1.Namespace](inv, ownerKey{"", "Namespace", "", name})
	return workload.Known[*corev1.Namespace]{Value: value, Fact: fact}
}

// Account looks a ServiceAccount up.
func (inv *Inventory) Account(namespace, name string) workload.Known[*corev1.ServiceAccount] {
	value, fact := find[*corev1.ServiceAccount](inv, ownerKey{"", "ServiceAccount", namespace, name})
	return workload.Known[*corev1.ServiceAccount]{Value: value, Fact: fact}
}

// AccountNamespaces are the namespaces of which ServiceAccounts were read, sorted.
func (inv *Inventory) AccountNamespaces() []string {
	var names []string
	for place := range inv.support.objects {
		if place.group == "" && place.kind == "ServiceAccount" {
			names = append(names, place.namespace)
		}
	}
	slices.Sort(names)
	return names
}

// Accounts returns the ServiceAccounts that were read in a namespace, by name, and whether
// those are all.
func (inv *Inventory) Accounts(namespace string) ([]string, bool) {
	var names []string
	for name := range inv.support.objects[ownerKey{"", "ServiceAccount", namespace, ""}] {
		names = append(names, name)
	}
	slices.Sort(names)
	all := inv.support.listed[ownerKey{"", "ServiceAccount", namespace, ""}] || inv.support.listed[ownerKey{"", "ServiceAccount", "", ""}]
	return names, all
}
