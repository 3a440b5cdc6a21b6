package apiserver_test

import (
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

// impersonate acts as somebody else in all requests.
func (w *walker) impersonate(user string, groups ...string) *rest.Config {
	config := rest.CopyConfig(w.app)
	config.Impersonate = rest.ImpersonationConfig{UserName: user, Groups: groups}
	return config
}

// seeNodes is refused where impersonation is.
func (w *walker) seeNodes(config *rest.Config) error {
	if _, err := w.client(config).CoreV1().Nodes().List(w.Context(), metav1.ListOptions{}); err != nil {
		return err
	}
	return w.isAdmin(config)
}

// accountUser is the user name of an account.
func accountUser(namespace, name string) string {
	return "system:serviceaccount:" + namespace + ":" + name
}

// bindAsAdmin makes one request as an account with all rights, and goes on as itself.
func (w *walker) bindAsAdmin() error {
	config := w.impersonate(accountUser(w.there, "admin"))
	app := clusterBinding("goat-bound", "cluster-admin", subject(rbacv1.ServiceAccountKind, w.here, "app"))
	if _, err := w.client(config).RbacV1().ClusterRoleBindings().Create(w.Context(), app, metav1.CreateOptions{}); err != nil {
		return err
	}
	return w.isAdmin(w.app)
}

// impersonateNode asks as the node for the token of its pod.
func (w *walker) impersonateNode() error {
	node := w.impersonate("system:node:"+w.node, "system:nodes")
	if _, err := w.client(node).CoreV1().Nodes().Get(w.Context(), w.node, metav1.GetOptions{}); err != nil {
		return err
	}
	config, err := w.tokenOfPod(w.client(node), w.here, "victim")
	if err != nil {
		return err
	}
	return w.isAdmin(config)
}

// impersonationWalks: k8s.io/apiserver pkg/endpoints/filters/impersonation.
func impersonationWalks() []walk {
	const admin = "cluster-admin"
	const constraint = "impersonate:serviceaccount serviceaccounts.authentication.k8s.io admin"
	masters := func(w *walker) error { return w.seeNodes(w.impersonate("goat-nobody", "system:masters")) }
	group := func(w *walker) error { return w.seeNodes(w.impersonate("goat-nobody", "goat-ops")) }
	user := func(w *walker) error { return w.seeNodes(w.impersonate("goat-ann")) }
	account := func(w *walker) error { return w.seeNodes(w.impersonate(accountUser(w.there, "admin"))) }
	mastersAs := func(w *walker) error {
		return w.seeNodes(w.impersonate(accountUser(w.there, "other"), "system:masters"))
	}
	app := func(may ...string) []grant {
		return []grant{{to: "User goat-ann", is: admin}, {to: "Group goat-ops", is: admin}, {to: "app", may: may}}
	}
	there := func(may ...string) []grant {
		return []grant{{to: "THERE/admin", is: admin}, {to: "app", in: "THERE", may: may}}
	}
	return []walk{
		{name: "impersonate masters", steps: masters, grants: app("impersonate users goat-nobody", "impersonate groups system:masters"),
			hops: []string{"impersonate groups system:masters"}},
		{name: "impersonate masters without a user", steps: masters, grants: app("impersonate groups system:masters"), refused: true},
		{name: "impersonate masters as one user", steps: masters, grants: app("impersonate users goat-nobody"), refused: true},

		{name: "impersonate masters in the namespace", steps: masters, refused: true,
			grants: []grant{{to: "app", in: "HERE", may: []string{"impersonate users goat-nobody", "impersonate groups system:masters"}}}},
		{name: "impersonate masters as an account", steps: mastersAs, hops: []string{"impersonate groups system:masters"},
			grants: append(app("impersonate groups system:masters"), grant{to: "app", in: "THERE", may: []string{"impersonate serviceaccounts other"}})},

		{name: "impersonate a group", steps: group, grants: app("impersonate users goat-nobody", "impersonate groups goat-ops"),
			hops: []string{"impersonate groups goat-ops", "do everything"}},
		{name: "impersonate another group", steps: group, grants: app("impersonate users goat-nobody", "impersonate groups goat-devs"), refused: true},

		{name: "impersonate a user", steps: user, grants: app("impersonate users goat-ann"),
			hops: []string{"impersonate users goat-ann", "do everything"}},
		{name: "impersonate a user of another group", steps: user, grants: app("impersonate users.authentication.k8s.io goat-ann"), refused: true},
		{name: "impersonate another user", steps: user, grants: app("impersonate users goat-bob"), refused: true},

		{name: "impersonate an account", steps: account, grants: there("impersonate serviceaccounts admin"),
			hops: []string{"impersonate serviceaccounts admin in THERE", "do everything"}},
		{name: "impersonate another account", steps: account, grants: there("impersonate serviceaccounts other"), refused: true},
		{name: "impersonate an account by the right to users", steps: account, refused: true,
			grants: []grant{{to: "THERE/admin", is: admin}, {to: "app", may: []string{"impersonate users system:serviceaccount:THERE:admin"}}}},

		{name: "impersonate a node", steps: (*walker).impersonateNode, objects: victim("HERE", "admin"), hops: []string{anyHops},
			grants: []grant{{to: "admin", is: admin}, {to: "app", may: []string{"impersonate users system:node:NODE", "impersonate groups system:nodes"}}}},
		{name: "impersonate the user of a node alone", steps: (*walker).impersonateNode, objects: victim("HERE", "admin"), refused: true,
			grants: []grant{{to: "admin", is: admin}, {to: "app", may: []string{"impersonate users system:node:NODE"}}}},

		{name: "impersonate for one verb", steps: (*walker).bindAsAdmin, unread: true, hops: []string{anyHops},
			grants: append(there(constraint), grant{to: "app", may: []string{"impersonate-on:serviceaccount:create clusterrolebindings.rbac.authorization.k8s.io"}})},
		{name: "impersonate for another verb", steps: (*walker).bindAsAdmin, unread: true, refused: true,
			grants: append(there(constraint), grant{to: "app", may: []string{"impersonate-on:serviceaccount:get clusterrolebindings.rbac.authorization.k8s.io"}})},
	}
}
