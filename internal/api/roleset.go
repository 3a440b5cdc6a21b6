package api

import rbacv1 "k8s.io/api/rbac/v1"

// RoleSet is a set of roles to apply, and who gets them.
type RoleSet struct {
	// Comment are lines about the whole set.
	Comment []string
	// Answer is what was found out for roles from observed use; nil for others.
	Answer *RoleAnswer
	// Roles come sorted by namespace, that of the cluster first.
	Roles []RoleDraft
	// Subjects are bound to every role; without any there are no bindings.
	Subjects []rbacv1.Subject
}

// RoleDraft is a Role, or a ClusterRole where Namespace is empty.
type RoleDraft struct {
	// Name is also that of its binding.
	Name      string
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

// RoleAnswer is how well roles fit what a subject was seen to do, and what else there is to
// know before they are applied.
type RoleAnswer struct {
	Proof SubjectProof
	// UsedBy are the workloads asked about that act as the subject; Others those besides.
	UsedBy, Others []Ref
	// Requests counts those of the subject.
	Requests int64
	Window   Window
	// Gaps are the days within the window of which the sources hold nothing, as "DAY" or
	// "DAY to DAY".
	Gaps []string
	// LastNew is the time of the latest use that was not seen before it.
	LastNew string
	Sources []ObservedSource
	// Blind is what the sources together cannot show, in words.
	Blind []string
	// Uncreated are the objects that were applied and not seen to be created, in words.
	Uncreated []string
	// Made are namespaces of the roles that the subject made itself.
	Made []string
	// InForce are the grants that stay until they are taken away; nil with Unread where that
	// could not be read.
	InForce []InForce
	// Unlimited says why no role limits the subject, empty where roles do.
	Unlimited string
	// Unread says why what is in force is not known, empty where it is.
	Unread string
	// Replaced are roles of the same names that are there already, and who else has them.
	Replaced []string
}

// InForce is a binding that grants a subject more than its new roles do.
type InForce struct {
	Binding Ref
	// Alone tells that the binding names nobody else.
	Alone bool
	// Conflict is set for a binding in the way of one of the new ones: it has its name, and
	// refers to another role, which nobody can change.
	Conflict bool
	// More is what it grants beyond, in words.
	More []string
}

// Words name the role.
func (r *RoleDraft) Words() string {
	if r.Namespace == "" {
		return "ClusterRole " + r.Name
	}
	return "Role " + r.Namespace + "/" + r.Name
}
