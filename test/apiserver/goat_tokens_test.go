package apiserver_test

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// mintAdmin makes a token of the account admin.
func (w *walker) mintAdmin() error {
	admin, err := w.mint(w.me(), w.here, "admin")
	if err != nil {
		return err
	}
	return w.isAdmin(admin)
}

// makeAccount makes the account that a binding names, and mints.
func (w *walker) makeAccount() error {
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "missing"}}
	if _, err := w.me().CoreV1().ServiceAccounts(w.here).Create(w.Context(), account, metav1.CreateOptions{}); err != nil {
		return err
	}
	config, err := w.mint(w.me(), w.here, "missing")
	if err != nil {
		return err
	}
	return w.isAdmin(config)
}

// mintOfGroup is any account of a namespace whose group has all rights.
func (w *walker) mintOfGroup() error {
	config, err := w.mint(w.me(), w.there, "other")
	if err != nil {
		return err
	}
	return w.isAdmin(config)
}

// mintTwice goes on by the rights of a second and a third account.
func (w *walker) mintTwice() error {
	second, err := w.mint(w.me(), w.here, "second")
	if err != nil {
		return err
	}
	third, err := w.mint(w.client(second), w.here, "third")
	if err != nil {
		return err
	}
	w.app = third
	if err := w.patchRole("goat-third", toEverything); err != nil {
		return err
	}
	return w.isAdmin(third)
}

// tokenSecret is a Secret that the token controller fills.
func tokenSecret(name, account string) *corev1.Secret {
	return &corev1.Secret{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
		ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{corev1.ServiceAccountNameKey: account}},
		Type:       corev1.SecretTypeServiceAccountToken,
	}
}

func (w *walker) getSecret(name string) (map[string][]byte, error) {
	secret, err := w.me().CoreV1().Secrets(w.here).Get(w.Context(), name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	return secret.Data, nil
}

// patchSecret returns what the answer holds: all of the Secret.
func (w *walker) patchSecret(name, patch string) (map[string][]byte, error) {
	secret, err := w.me().CoreV1().Secrets(w.here).Patch(w.Context(), name, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	if err != nil {
		return nil, err
	}
	return secret.Data, nil
}

func (w *walker) makeTokenSecret() error {
	secret := tokenSecret("own", "admin")
	if _, err := w.me().CoreV1().Secrets(w.here).Create(w.Context(), secret, metav1.CreateOptions{}); err != nil {
		return err
	}
	return w.tokenIn(func() (map[string][]byte, error) { return w.getSecret("own") })
}

// makeTokenSecretAndPretend reads it in the answer to a deletion that is a dry run.
func (w *walker) makeTokenSecretAndPretend() error {
	secret := tokenSecret("own", "admin")
	if _, err := w.me().CoreV1().Secrets(w.here).Create(w.Context(), secret, metav1.CreateOptions{}); err != nil {
		return err
	}
	return w.tokenIn(func() (map[string][]byte, error) { return w.deleteSecrets("own") })
}

// applyTokenSecret makes the Secret by server-side apply, whose request carries its name.
func (w *walker) applyTokenSecret() error {
	const secret = `{"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token",
"metadata": {"name": "own", "annotations": {"kubernetes.io/service-account.name": "admin"}}}`
	secrets := w.me().CoreV1().Secrets(w.here)
	if _, err := secrets.Patch(w.Context(), "own", types.ApplyPatchType, []byte(secret), metav1.PatchOptions{FieldManager: "goat"}); err != nil {
		return err
	}
	return w.tokenIn(func() (map[string][]byte, error) { return w.patchSecret("own", "{}") })
}

// retargetTokenSecret makes the token controller fill a Secret that is there with the token of
// another account.
func (w *walker) retargetTokenSecret() error {
	const patch = `{"metadata": {"annotations": {"kubernetes.io/service-account.name": "admin", "kubernetes.io/service-account.uid": null}},
"data": {"token": null}}`
	if _, err := w.patchSecret("app-token", patch); err != nil {
		return err
	}
	return w.tokenIn(func() (map[string][]byte, error) { return w.patchSecret("app-token", "{}") })
}

// withoutAccount binds an account that is not there.
const withoutAccount = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: goat-missing}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: missing, namespace: HERE}]
`

const appToken = `apiVersion: v1
kind: Secret
metadata: {name: app-token, namespace: HERE, annotations: {kubernetes.io/service-account.name: app}}
type: kubernetes.io/service-account-token
`

// tokenWalks: k8s.io/kubernetes pkg/registry/core/serviceaccount/storage and
// pkg/controller/serviceaccount.
func tokenWalks() []walk {
	const admin = "cluster-admin"
	mint, chain, secret := (*walker).mintAdmin, (*walker).mintTwice, (*walker).makeTokenSecret
	to := func(subject string, may ...string) []grant {
		return []grant{{to: "admin", is: admin}, {to: subject, in: "HERE", may: may}}
	}
	threeHops := func(last string) []grant {
		return []grant{
			{to: "app", in: "HERE", may: []string{"create serviceaccounts/token second"}},
			{to: "second", in: "HERE", may: []string{"create serviceaccounts/token third"}},
			{to: "third", may: []string{last + " clusterroles.rbac.authorization.k8s.io goat-third"}},
		}
	}
	const every = "every Secret of HERE"
	byName := []string{"create serviceaccounts/token admin in HERE", "do everything"}
	return []walk{
		{name: "mint", steps: mint, grants: to("app", "create serviceaccounts/token admin"), hops: byName},
		{name: "mint of another account", steps: mint, grants: to("app", "create serviceaccounts/token other"), refused: true},
		{name: "mint by another verb", steps: mint, grants: to("app", "get,list,update,patch serviceaccounts/token admin"), refused: true},
		{name: "mint by another group", steps: mint, grants: to("app", "create serviceaccounts/token.authentication.k8s.io admin"), refused: true},
		{name: "mint by any subresource", steps: mint, grants: to("app", "create */token admin"), hops: byName},
		{name: "mint by a star after the slash", steps: mint, grants: to("app", "create serviceaccounts/* admin"), refused: true},
		{name: "mint by a group", steps: mint, grants: to("Group system:serviceaccounts:HERE", "create serviceaccounts/token admin"), hops: byName},
		{name: "mint by a group of others", steps: mint, grants: to("Group system:serviceaccounts:THERE", "create serviceaccounts/token admin"), refused: true},
		{name: "mint by the user name", steps: mint, grants: to("User system:serviceaccount:HERE:app", "create serviceaccounts/token admin"), hops: byName},
		{name: "mint of an account of a group", steps: (*walker).mintOfGroup, hops: []string{"create serviceaccounts/token other in THERE", "do everything"},
			grants: []grant{{to: "Group system:serviceaccounts:THERE", is: admin}, {to: "THERE/other", is: "view"}, {to: "app", in: "THERE", may: []string{"create serviceaccounts/token other"}}}},
		{name: "mint of an account of the core group", steps: mint, grants: to("app", "create *"), hops: []string{anyHops}, secrets: every},
		{name: "make an account of a binding", steps: (*walker).makeAccount, objects: withoutAccount, hops: []string{anyHops},
			grants: to("app", "create serviceaccounts", "create serviceaccounts/token")},
		{name: "mint of an account of a binding without making it", steps: (*walker).makeAccount, objects: withoutAccount, refused: true,
			grants: to("app", "create serviceaccounts/token missing")},
		{name: "make an account of a binding without its token", steps: (*walker).makeAccount, objects: withoutAccount, refused: true,
			grants: to("app", "create serviceaccounts")},

		{name: "three hops", steps: chain, grants: threeHops("patch,escalate"), hops: []string{
			"create serviceaccounts/token second in HERE", "create serviceaccounts/token third in HERE", "escalate,patch clusterroles goat-third"}},
		{name: "three hops without the last", steps: chain, grants: threeHops("patch"), refused: true},

		{name: "token Secret", steps: secret, grants: to("app", "create,get secrets"),
			hops: []string{"create,get secrets in HERE", "do everything"}, secrets: "every Secret of HERE"},
		{name: "token Secret by a dry run", steps: (*walker).makeTokenSecretAndPretend, grants: to("app", "create,deletecollection secrets"),
			hops: []string{"create,deletecollection secrets in HERE", "do everything"}, secrets: every},
		{name: "token Secret unread", steps: secret, grants: to("app", "create secrets"), refused: true},
		{name: "token Secret by apply", steps: (*walker).applyTokenSecret, grants: to("app", "create,patch secrets own"),
			hops: []string{"create,patch secrets own in HERE", "do everything"}, secrets: "Secret own of HERE"},
		{name: "retarget a token Secret", steps: (*walker).retargetTokenSecret, grants: to("app", "patch secrets app-token"),
			objects: appToken, listed: true, hops: []string{"patch secrets app-token in HERE", "do everything"}, secrets: "Secret app-token of HERE"},
	}
}
