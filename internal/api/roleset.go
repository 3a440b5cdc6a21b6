package api

import rbacv1 "k8s.io/api/rbac/v1"

// RoleSet is a set of roles to apply, and who gets them.
type RoleSet struct {
	// Comment are lines about the whole set.
	Comment []string
	// Name is the name of every role and binding.
	Name string
	// Roles come sorted by namespace, that of the cluster first.
	Roles []RoleDraft
	// Subjects are bound to every role; without any there are no bindings.
	Subjects []rbacv1.Subject
}

// RoleDraft is a Role, or a ClusterRole where Namespace is empty.
type RoleDraft struct {
	Namespace string
	// Rules come sorted by group, resource and names.
	Rules []RuleDraft
}

// RuleDraft is a rule with the reason for it.
type RuleDraft struct {
	rbacv1.PolicyRule
	// Reason is one line; empty for none.
	Reason string
}
