package apiserver_test

import (
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// bind gives the account of the walk a ClusterRole.
func (w *walker) bind(namespace, role string) error {
	app := subject(rbacv1.ServiceAccountKind, w.here, "app")
	var err error
	if namespace == "" {
		_, err = w.me().RbacV1().ClusterRoleBindings().Create(w.Context(), clusterBinding("goat-bound", role, app), metav1.CreateOptions{})
	} else {
		_, err = w.me().RbacV1().RoleBindings(namespace).Create(w.Context(), binding(namespace, "bound", "ClusterRole", role, app), metav1.CreateOptions{})
	}
	return err
}

func (w *walker) bindInCluster() error {
	if err := w.bind("", "cluster-admin"); err != nil {
		return err
	}
	return w.isAdmin(w.app)
}

func (w *walker) bindHere() error {
	if err := w.bind(w.here, "cluster-admin"); err != nil {
		return err
	}
	return w.soon(w.mintAdmin)
}

// bindEditThere reads a Secret of the other namespace.
func (w *walker) bindEditThere() error {
	if err := w.bind(w.there, "edit"); err != nil {
		return err
	}
	return w.soon(func() error {
		secret, err := w.me().CoreV1().Secrets(w.there).Get(w.Context(), "db", metav1.GetOptions{})
		if err != nil {
			return err
		}
		return w.isValue(secret.Data)
	})
}

// bindEditAndMint uses the right of the role edit to make tokens.
func (w *walker) bindEditAndMint() error {
	if err := w.bind(w.there, "edit"); err != nil {
		return err
	}
	return w.soon(func() error {
		admin, err := w.mint(w.me(), w.there, "admin")
		if err != nil {
			return err
		}
		return w.isAdmin(admin)
	})
}

// makeAndBind binds a role that it has made.
func (w *walker) makeAndBind() error {
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "goat-child"}, Rules: everythingRule()}
	if _, err := w.me().RbacV1().ClusterRoles().Create(w.Context(), role, metav1.CreateOptions{}); err != nil {
		return err
	}
	if err := w.bind("", "goat-child"); err != nil {
		return err
	}
	return w.isAdmin(w.app)
}

// changeAndBind binds a role that it has changed.
func (w *walker) changeAndBind() error {
	if err := w.patchRole("goat-helper", toEverything); err != nil {
		return err
	}
	if err := w.bind("", "goat-helper"); err != nil {
		return err
	}
	return w.isAdmin(w.app)
}

// emptyAndBind binds a role while it has no rules, and gives it all then: no right to bind is
// needed.
func (w *walker) emptyAndBind() error {
	if err := w.patchRole("goat-helper", `{"rules": []}`); err != nil {
		return err
	}
	if err := w.soon(func() error { return w.bind("", "goat-helper") }); err != nil {
		return err
	}
	if err := w.patchRole("goat-helper", toEverything); err != nil {
		return err
	}
	return w.isAdmin(w.app)
}

// aggregateAndBind makes a role without rules, binds it, and makes another that it takes all
// rules from.
func (w *walker) aggregateAndBind() error {
	parent := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "goat-parent"}, AggregationRule: &rbacv1.AggregationRule{
		ClusterRoleSelectors: []metav1.LabelSelector{{MatchLabels: map[string]string{"goat": "yes"}}},
	}}
	if _, err := w.me().RbacV1().ClusterRoles().Create(w.Context(), parent, metav1.CreateOptions{}); err != nil {
		return err
	}
	if err := w.soon(func() error { return w.bind("", "goat-parent") }); err != nil {
		return err
	}
	return w.aggregateRole()
}

// joinBinding adds the account to a binding that is there.
func (w *walker) joinBinding() error {
	patch := `[{"op": "add", "path": "/subjects/-", "value": {"kind": "ServiceAccount", "namespace": "` + w.here + `", "name": "app"}}]`
	_, err := w.me().RbacV1().ClusterRoleBindings().Patch(w.Context(), "goat-0", types.JSONPatchType, []byte(patch), metav1.PatchOptions{})
	if err != nil {
		return err
	}
	return w.isAdmin(w.app)
}

// bindingWalks: k8s.io/kubernetes pkg/registry/rbac/{rolebinding,clusterrolebinding}/policybased.
func bindingWalks() []walk {
	const group, admin = ".rbac.authorization.k8s.io", "cluster-admin"
	const bindAdmin = "bind clusterroles" + group + " cluster-admin"
	inCluster, here, there, join := (*walker).bindInCluster, (*walker).bindHere, (*walker).bindEditThere, (*walker).joinBinding
	helper := grant{to: "helper", may: []string{"get nodes"}}
	app := func(in string, may ...string) []grant {
		return []grant{{to: "admin", is: admin}, {to: "app", in: in, may: may}}
	}
	ops := func(may ...string) []grant {
		return []grant{{to: "Group goat-ops", is: admin}, {to: "app", may: may}}
	}
	return []walk{
		{name: "bind", steps: inCluster, grants: app("", "create clusterrolebindings"+group, bindAdmin), hops: []string{"bind clusterroles cluster-admin"}},
		{name: "bind without the verb", steps: inCluster, grants: app("", "create clusterrolebindings"+group), refused: true},
		{name: "bind without writing", steps: inCluster, grants: app("", "get clusterrolebindings"+group, bindAdmin), refused: true},
		{name: "bind a role of another name", steps: inCluster, grants: app("", "create clusterrolebindings"+group, "bind clusterroles"+group+" view"), refused: true},

		{name: "join a binding", steps: join, grants: ops("patch clusterrolebindings"+group+" goat-0", bindAdmin), hops: []string{"bind clusterroles cluster-admin"}},
		{name: "join a binding without the verb", steps: join, grants: ops("patch clusterrolebindings" + group + " goat-0"), refused: true},

		{name: "bind in the namespace", steps: here, grants: app("HERE", "create rolebindings"+group, bindAdmin),
			hops: []string{"bind clusterroles cluster-admin in HERE", "do everything"}, secrets: "every Secret of HERE"},
		{name: "bind in the namespace without the verb", steps: here, grants: app("HERE", "create,update,patch rolebindings"+group), refused: true},

		{name: "bind edit elsewhere", steps: there, grants: app("THERE", "create rolebindings"+group, "bind clusterroles"+group+" edit"),
			objects: secretDB("THERE"), secrets: "every Secret of THERE"},
		{name: "bind view elsewhere", steps: there, grants: app("THERE", "create rolebindings"+group, "bind clusterroles"+group+" view"),
			objects: secretDB("THERE"), refused: true},

		{name: "bind edit elsewhere and mint", steps: (*walker).bindEditAndMint, hops: []string{anyHops},
			grants: append(app("THERE", "create rolebindings"+group, "bind clusterroles"+group+" edit"), grant{to: "THERE/admin", is: admin})},
		{name: "make a role and bind it", steps: (*walker).makeAndBind, hops: []string{anyHops},
			grants: app("", "create,escalate clusterroles"+group, "bind clusterroles"+group+" goat-child", "create clusterrolebindings"+group)},
		{name: "make a role and bind it without the verb", steps: (*walker).makeAndBind, refused: true,
			grants: app("", "create clusterroles"+group, "bind clusterroles"+group+" goat-child", "create clusterrolebindings"+group)},
		{name: "change a role and bind it", steps: (*walker).changeAndBind, hops: []string{anyHops},
			grants: append(app("", "patch,escalate clusterroles"+group+" goat-helper", "bind clusterroles"+group+" goat-helper", "create clusterrolebindings"+group), helper)},
		{name: "change a role and bind another", steps: (*walker).changeAndBind, refused: true,
			grants: append(app("", "patch,escalate clusterroles"+group+" goat-other", "bind clusterroles"+group+" goat-helper", "create clusterrolebindings"+group), helper)},
		{name: "change a role and bind it without writing", steps: (*walker).changeAndBind, refused: true,
			grants: append(app("", "patch,escalate clusterroles"+group+" goat-helper", "bind clusterroles"+group+" goat-other"), helper)},
		{name: "empty a role and bind it", steps: (*walker).emptyAndBind, hops: []string{anyHops},
			grants: append(app("", "patch,escalate clusterroles"+group+" goat-helper", "create clusterrolebindings"+group), helper)},
		{name: "empty a role and bind it without the verb", steps: (*walker).emptyAndBind, refused: true,
			grants: append(app("", "patch clusterroles"+group+" goat-helper", "create clusterrolebindings"+group), helper)},
		{name: "aggregate and bind", steps: (*walker).aggregateAndBind, hops: []string{anyHops},
			grants: app("", "create,escalate clusterroles"+group, "create clusterrolebindings"+group)},
		{name: "aggregate and bind without the verb", steps: (*walker).aggregateAndBind, refused: true,
			grants: app("", "create clusterroles"+group, "create clusterrolebindings"+group)},

		{name: "everything in the namespace", steps: (*walker).mintAdmin, hops: []string{"do everything in HERE", "do everything"},
			grants: []grant{{to: "admin", is: admin}, {to: "app", in: "HERE", is: admin}}, secrets: "every Secret of HERE"},
		{name: "everything in another namespace", steps: (*walker).mintAdmin, refused: true, holds: "secrets",
			grants: []grant{{to: "admin", is: admin}, {to: "app", in: "THERE", is: admin}}},
		{name: "group of all accounts", steps: func(w *walker) error { return w.isAdmin(w.app) }, hops: []string{"do everything"},
			grants: []grant{{to: "Group system:serviceaccounts", is: admin}}, secrets: "every Secret of the cluster"},
	}
}
