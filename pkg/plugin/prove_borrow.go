package plugin

import (
	"fmt"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/render"
)

// complete adds the roles that bindings of the files refer to and the files do not hold: those of
// the cluster, or else those that Kubernetes makes. The error is for one that is not known.
func (r *roleFiles) complete(live *liveAccess) error {
	for _, b := range slices.Clone(r.objects.RoleBindings) {
		if err := r.borrow(live, rbac.RefOf("RoleBinding", b.Namespace, b.Name), b.RoleRef); err != nil {
			return err
		}
	}
	for _, b := range slices.Clone(r.objects.ClusterRoleBindings) {
		if err := r.borrow(live, rbac.RefOf("ClusterRoleBinding", "", b.Name), b.RoleRef); err != nil {
			return err
		}
	}
	slices.Sort(r.borrowed)
	return nil
}

func (r *roleFiles) borrow(live *liveAccess, binding api.Ref, role rbacv1.RoleRef) error {
	ref := rbac.RefOf(role.Kind, binding.Namespace, role.Name)
	if role.Kind == "ClusterRole" {
		ref.Namespace = ""
	}
	if r.has(ref) {
		return nil
	}
	rules, whose, found := live.rulesOf(ref)
	if !found {
		why := "neither the files nor the cluster hold"
		if live.unread != "" {
			why = "the files do not hold; what it grants is unknown: " + live.unread
		}
		return fmt.Errorf("%s binds %s, which %s", render.Printable(binding.From("")), render.Printable(ref.From("")), why)
	}
	r.borrowed = append(r.borrowed, ref.From("")+" "+whose)
	meta := metav1.ObjectMeta{Namespace: ref.Namespace, Name: ref.Name}
	if ref.Kind == "ClusterRole" {
		r.objects.ClusterRoles = append(r.objects.ClusterRoles, rbacv1.ClusterRole{ObjectMeta: meta, Rules: rules})
	} else {
		r.objects.Roles = append(r.objects.Roles, rbacv1.Role{ObjectMeta: meta, Rules: rules})
	}
	return nil
}

// has tells whether a role is there, of the files or borrowed.
func (r *roleFiles) has(ref api.Ref) bool {
	if ref.Kind == "ClusterRole" {
		return slices.ContainsFunc(r.objects.ClusterRoles, func(o rbacv1.ClusterRole) bool { return o.Name == ref.Name })
	}
	return slices.ContainsFunc(r.objects.Roles, func(o rbacv1.Role) bool { return o.Name == ref.Name && o.Namespace == ref.Namespace })
}

// rulesOf are the rules of a role of the cluster. Where the cluster is not known, the roles for
// users are taken to be as Kubernetes makes them.
func (l *liveAccess) rulesOf(ref api.Ref) (rules []rbacv1.PolicyRule, whose string, found bool) {
	if l.policy != nil {
		if rules, found := l.policy.RulesOf(ref.Namespace, ref.Name); found {
			return rules, "as the cluster has it", true
		}
	}
	if l.unread == "" || ref.Kind != "ClusterRole" {
		return nil, "", false
	}
	for _, builtin := range rbac.Builtin() {
		if builtin.Name == ref.Name {
			return builtin.Rules, "as Kubernetes makes it, which a cluster may add to", true
		}
	}
	return nil, "", false
}
