package apiserver_test

import (
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// secretDB is a Secret with the value of the walk.
func secretDB(namespace string) string {
	return "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: " + namespace + "}\nstringData: {password: VALUE}\n"
}

const adminToken = `apiVersion: v1
kind: Secret
metadata: {name: admin-token, namespace: HERE, annotations: {kubernetes.io/service-account.name: admin}}
type: kubernetes.io/service-account-token
`

// dataOf finds the data of a Secret among others.
func dataOf(secrets []corev1.Secret, name string) (map[string][]byte, error) {
	for _, secret := range secrets {
		if secret.Name == name {
			return secret.Data, nil
		}
	}
	return nil, fmt.Errorf("there is no Secret %s among %d", name, len(secrets))
}

// listSecrets asks for the Secrets of a name, or for all.
func (w *walker) listSecrets(name, selector string) (map[string][]byte, error) {
	list, err := w.me().CoreV1().Secrets(w.here).List(w.Context(), metav1.ListOptions{FieldSelector: selector})
	if err != nil {
		return nil, err
	}
	return dataOf(list.Items, name)
}

// watchSecrets waits for the Secret in a stream that begins with all of them.
func (w *walker) watchSecrets(name string) (map[string][]byte, error) {
	bound := int64(60) // seconds
	stream, err := w.me().CoreV1().Secrets(w.here).Watch(w.Context(), metav1.ListOptions{TimeoutSeconds: &bound})
	if err != nil {
		return nil, err
	}
	defer stream.Stop()
	for event := range stream.ResultChan() {
		if secret, is := event.Object.(*corev1.Secret); is && secret.Name == name && len(secret.Data) > 0 {
			return secret.Data, nil
		}
	}
	return nil, errors.New("the stream ended without the Secret")
}

// deleteSecrets deletes nothing: the answer to a dry run holds what would be deleted.
func (w *walker) deleteSecrets(name string) (map[string][]byte, error) {
	var list corev1.SecretList
	dry := &metav1.DeleteOptions{DryRun: []string{metav1.DryRunAll}}
	err := w.me().CoreV1().RESTClient().Delete().Namespace(w.here).Resource("secrets").Body(dry).Do(w.Context()).Into(&list)
	if err != nil {
		return nil, err
	}
	return dataOf(list.Items, name)
}

// deleteSecret is answered with the object where a finalizer would keep it, as the one of
// foreground deletion does.
func (w *walker) deleteSecret(name string) (map[string][]byte, error) {
	var secret corev1.Secret
	foreground := metav1.DeletePropagationForeground
	dry := &metav1.DeleteOptions{DryRun: []string{metav1.DryRunAll}, PropagationPolicy: &foreground}
	err := w.me().CoreV1().RESTClient().Delete().Namespace(w.here).Resource("secrets").Name(name).Body(dry).Do(w.Context()).Into(&secret)
	return secret.Data, err
}

// reading is a way to see what is in the Secret of a name.
type reading func(w *walker, name string) (map[string][]byte, error)

// forToken reads a token Secret and acts as its account.
func forToken(read reading) func(*walker) error {
	return func(w *walker) error {
		return w.tokenIn(func() (map[string][]byte, error) { return read(w, "admin-token") })
	}
}

// forValue reads a Secret of an application.
func forValue(read reading) func(*walker) error {
	return func(w *walker) error {
		data, err := read(w, "db")
		if err != nil {
			return err
		}
		return w.isValue(data)
	}
}

// tokenThere reads a token Secret of the other namespace.
func (w *walker) tokenThere() error {
	return w.tokenIn(func() (map[string][]byte, error) {
		secret, err := w.me().CoreV1().Secrets(w.there).Get(w.Context(), "admin-token", metav1.GetOptions{})
		if err != nil {
			return nil, err
		}
		return secret.Data, nil
	})
}

// secretWalks: k8s.io/apiserver pkg/endpoints/handlers.
func secretWalks() []walk {
	list := func(w *walker, name string) (map[string][]byte, error) { return w.listSecrets(name, "") }
	listOne := func(w *walker, name string) (map[string][]byte, error) {
		return w.listSecrets(name, "metadata.name="+name)
	}
	patch := func(w *walker, name string) (map[string][]byte, error) { return w.patchSecret(name, "{}") }
	get, watch, remove, removeAll := (*walker).getSecret, (*walker).watchSecrets, (*walker).deleteSecret, (*walker).deleteSecrets
	var walks []walk
	for _, way := range []struct {
		name string
		read reading
		may  string // the verb, with the name where it is one for names
	}{
		{"get a Secret", get, "get secrets NAME"}, {"list Secrets", list, "list secrets"}, {"watch Secrets", watch, "watch secrets"},
		{"list one Secret", listOne, "list secrets NAME"}, {"patch a Secret with nothing", patch, "patch secrets NAME"},
		{"delete Secrets as a dry run", removeAll, "deletecollection secrets"}, {"delete a Secret as a dry run", remove, "delete secrets NAME"},
	} {
		token, value := strings.ReplaceAll(way.may, "NAME", "admin-token"), strings.ReplaceAll(way.may, "NAME", "db")
		texts := []string{"every Secret of HERE", "every Secret of HERE"}
		if strings.HasSuffix(way.may, "NAME") {
			texts = []string{"Secret admin-token of HERE", "Secret db of HERE"}
		}
		app := func(may string) []grant {
			return []grant{{to: "admin", is: "cluster-admin"}, {to: "app", in: "HERE", may: []string{may}}}
		}
		walks = append(walks,
			walk{name: way.name + " with a token", steps: forToken(way.read), grants: app(token), objects: adminToken, listed: true,
				hops: []string{token + " in HERE", "do everything"}, secrets: texts[0]},
			walk{name: way.name, steps: forValue(way.read), grants: app(value), objects: secretDB("HERE"), secrets: texts[1]},
		)
	}
	app := func(in string, may ...string) []grant { return []grant{{to: "app", in: in, may: may}} }
	elsewhere := append(app("THERE", "get secrets admin-token"), grant{to: "THERE/admin", is: "cluster-admin"})
	return append(walks,
		walk{name: "get a Secret with a token elsewhere", steps: (*walker).tokenThere, grants: elsewhere, listed: true,
			objects: strings.ReplaceAll(adminToken, "HERE", "THERE"), unread: true, hops: []string{"get secrets admin-token in THERE", "do everything"}},
		walk{name: "get a Secret with a token unlisted", steps: forToken(get), objects: adminToken, unread: true, hops: []string{anyHops},
			grants: append(app("HERE", "get secrets admin-token"), grant{to: "admin", is: "cluster-admin"})},
		walk{name: "get another Secret", steps: forValue(get), grants: app("HERE", "get secrets other"), objects: secretDB("HERE"), refused: true, unread: true, holds: "secrets"},
		walk{name: "list all by the right to one", steps: forValue(list), grants: app("HERE", "list secrets db"), objects: secretDB("HERE"), refused: true, unread: true, holds: "secrets"},
		walk{name: "list Secrets elsewhere", steps: forValue(list), grants: app("THERE", "list secrets"), objects: secretDB("HERE"), refused: true, unread: true, holds: "secrets"},
		walk{name: "get Secrets of another group", steps: forValue(get), grants: app("HERE", "* secrets.v1"), objects: secretDB("HERE"), refused: true},
		walk{name: "write Secrets unread", steps: forValue(get), grants: app("HERE", "create,update secrets"), objects: secretDB("HERE"), refused: true},
	)
}
