package apiserver_test

import (
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// toEverything is a patch of a role.
const toEverything = `{"rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]}`

func everythingRule() []rbacv1.PolicyRule {
	return []rbacv1.PolicyRule{{APIGroups: []string{"*"}, Resources: []string{"*"}, Verbs: []string{"*"}}}
}

func (w *walker) patchRole(name, patch string) error {
	_, err := w.me().RbacV1().ClusterRoles().Patch(w.Context(), name, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	return err
}

func (w *walker) escalateOwnRole() error {
	if err := w.patchRole("goat-app", toEverything); err != nil {
		return err
	}
	return w.isAdmin(w.app)
}

// updateOwnRole needs no right to read it.
func (w *walker) updateOwnRole() error {
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "goat-app"}, Rules: everythingRule()}
	if _, err := w.me().RbacV1().ClusterRoles().Update(w.Context(), role, metav1.UpdateOptions{}); err != nil {
		return err
	}
	return w.isAdmin(w.app)
}

// escalateHere changes the Role of the account, and mints.
func (w *walker) escalateHere() error {
	roles := w.me().RbacV1().Roles(w.here)
	if _, err := roles.Patch(w.Context(), "goat-app", types.MergePatchType, []byte(toEverything), metav1.PatchOptions{}); err != nil {
		return err
	}
	return w.soon(w.mintAdmin)
}

// escalateLocal changes a ClusterRole that a RoleBinding gives the account, and mints.
func (w *walker) escalateLocal() error {
	if err := w.patchRole("goat-local", toEverything); err != nil {
		return err
	}
	return w.soon(w.mintAdmin)
}

// escalateRoleOfHelper changes what another account holds, and acts as that one.
func (w *walker) escalateRoleOfHelper() error {
	if err := w.patchRole("goat-helper", toEverything); err != nil {
		return err
	}
	helper, err := w.mint(w.me(), w.here, "helper")
	if err != nil {
		return err
	}
	return w.isAdmin(helper)
}

// createMissingRole makes the Role of a binding that has none, and mints.
func (w *walker) createMissingRole() error {
	role := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: "later"}, Rules: everythingRule()}
	if _, err := w.me().RbacV1().Roles(w.here).Create(w.Context(), role, metav1.CreateOptions{}); err != nil {
		return err
	}
	return w.soon(w.mintAdmin)
}

// aggregateRole makes a ClusterRole that a bound one takes its rules from.
func (w *walker) aggregateRole() error {
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "goat-child", Labels: map[string]string{"goat": "yes"}}, Rules: everythingRule()}
	if _, err := w.me().RbacV1().ClusterRoles().Create(w.Context(), role, metav1.CreateOptions{}); err != nil {
		return err
	}
	return w.isAdmin(w.app)
}

const aggregated = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: goat-parent}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {goat: "yes"}}]}
rules: []
`

const localRole = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: goat-local}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
`

const unfinishedBinding = `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: later, namespace: HERE}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: later}
subjects: [{kind: ServiceAccount, name: app, namespace: HERE}]
`

// roleWalks: k8s.io/kubernetes pkg/registry/rbac/{role,clusterrole}/policybased.
func roleWalks() []walk {
	const roles = " clusterroles.rbac.authorization.k8s.io"
	const admin = "cluster-admin"
	escalate, aggregate, missing, helper := (*walker).escalateOwnRole, (*walker).aggregateRole, (*walker).createMissingRole, (*walker).escalateRoleOfHelper
	label := func(w *walker) error {
		return w.patchRole("cluster-admin", `{"metadata": {"labels": {"rbac.authorization.k8s.io/aggregate-to-view": "true"}}}`)
	}
	mintHelper := grant{to: "app", in: "HERE", may: []string{"create serviceaccounts/token helper"}}
	return []walk{
		{name: "escalate", steps: escalate, hops: []string{"escalate,patch clusterroles goat-app"},
			grants: []grant{{to: "app", may: []string{"patch,escalate" + roles + " goat-app"}}}},
		{name: "escalate without the verb", steps: escalate, refused: true,
			grants: []grant{{to: "app", may: []string{"patch,update" + roles}}}},
		{name: "escalate without writing", steps: escalate, refused: true,
			grants: []grant{{to: "app", may: []string{"get,escalate" + roles}}}},
		{name: "escalate a role of another name", steps: escalate, refused: true,
			grants: []grant{{to: "app", may: []string{"patch,escalate" + roles + " goat-other"}}}},
		{name: "escalate by a role of a namespace", steps: escalate, refused: true,
			grants: []grant{{to: "app", in: "HERE", may: []string{"patch,escalate" + roles}}}},

		{name: "escalate by an update", steps: (*walker).updateOwnRole, hops: []string{"escalate,update clusterroles goat-app"},
			grants: []grant{{to: "app", may: []string{"update,escalate" + roles + " goat-app"}}}},
		{name: "escalate in the namespace", steps: (*walker).escalateHere, hops: []string{"escalate,patch roles goat-app in HERE", "do everything"},
			grants: []grant{{to: "admin", is: admin}, {to: "app", in: "HERE", may: []string{"patch,escalate roles.rbac.authorization.k8s.io goat-app"}}}},
		{name: "escalate what holds in the namespace", steps: (*walker).escalateLocal, objects: localRole,
			hops:   []string{"escalate,patch clusterroles goat-local", "do everything"},
			grants: []grant{{to: "admin", is: admin}, {to: "app", may: []string{"patch,escalate" + roles + " goat-local"}}, {to: "app", in: "HERE", is: "goat-local"}}},

		{name: "escalate a role of another account", steps: helper, hops: []string{anyHops},
			grants: []grant{{to: "app", may: []string{"patch,escalate" + roles + " goat-helper"}}, mintHelper, {to: "helper", may: []string{"get nodes"}}}},
		{name: "change a role of another account", steps: helper, refused: true,
			grants: []grant{{to: "app", may: []string{"patch" + roles + " goat-helper"}}, mintHelper, {to: "helper", may: []string{"get nodes"}}}},

		{name: "create the role of a binding", steps: missing, objects: unfinishedBinding,
			hops:   []string{"create,escalate roles in HERE", "do everything"},
			grants: []grant{{to: "admin", is: admin}, {to: "app", in: "HERE", may: []string{"create,escalate roles.rbac.authorization.k8s.io"}}}},
		{name: "create the role of a binding without the verb", steps: missing, objects: unfinishedBinding, refused: true,
			grants: []grant{{to: "admin", is: admin}, {to: "app", in: "HERE", may: []string{"create roles.rbac.authorization.k8s.io"}}}},

		{name: "aggregate", steps: aggregate, objects: aggregated, hops: []string{"create,escalate clusterroles"},
			grants: []grant{{to: "app", may: []string{"create,escalate" + roles}}, {to: "app", is: "goat-parent"}}},
		{name: "aggregate without the verb", steps: aggregate, objects: aggregated, refused: true,
			grants: []grant{{to: "app", may: []string{"create" + roles}}, {to: "app", is: "goat-parent"}}},
		{name: "aggregate by a label", steps: label, refused: true,
			grants: []grant{{to: "app", may: []string{"patch" + roles}}, {to: "app", in: "HERE", is: "view"}}},
	}
}
