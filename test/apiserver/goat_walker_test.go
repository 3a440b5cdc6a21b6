package apiserver_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// walker takes one walk.
type walker struct {
	*testing.T

	control           *testkit.ControlPlane
	here, there, node string
	admin             kubernetes.Interface
	// config is that of a client without credentials; app is that of the account's token.
	config, app *rest.Config
	// value is that of the Secrets that walks are after.
	value string
}

func newWalker(t *testing.T, control *testkit.ControlPlane, name string) *walker {
	t.Helper()
	here := "goat-" + strings.ToLower(strings.ReplaceAll(name, " ", "-"))
	config := restConfig(t, control)
	w := &walker{
		T: t, control: control, here: here, there: here + "-there", node: here + "-node",
		admin: newClient(t, config), config: rest.AnonymousClientConfig(config), value: "value of " + here,
	}
	w.config.QPS = -1
	return w
}

// named fills in the names of this walk.
func (w *walker) named(text string) string {
	return strings.NewReplacer("THERE", w.there, "HERE", w.here, "NODE", w.node).Replace(text)
}

// as is a client of nobody but the bearer of a token.
func (w *walker) as(token string) *rest.Config {
	config := rest.CopyConfig(w.config)
	config.BearerToken = token
	return config
}

func (w *walker) client(config *rest.Config) kubernetes.Interface {
	w.Helper()
	return newClient(w.T, config)
}

// me is the client of the account that the walk begins as.
func (w *walker) me() kubernetes.Interface { return w.client(w.app) }

// mint makes a token by the right to create serviceaccounts/token.
func (w *walker) mint(by kubernetes.Interface, namespace, account string) (*rest.Config, error) {
	accounts := by.CoreV1().ServiceAccounts(namespace)
	request, err := accounts.CreateToken(w.Context(), account, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	if err != nil {
		return nil, err
	}
	return w.as(request.Status.Token), nil
}

// kubelet asks for the token of a pod as the kubelet of the pod's node does to mount it into
// the pod: there is no kubelet here, no pod runs, and this token is what its code would read.
// The Node authorizer and NodeRestriction give it for a pod of the node that mounts one, and
// for no other.
func (w *walker) kubelet(namespace, pod string) (*rest.Config, error) {
	object, err := w.admin.CoreV1().Pods(namespace).Get(w.Context(), pod, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	config, err := clientcmd.BuildConfigFromFlags("", w.control.Kubeconfig(w.T, "system:node:"+object.Spec.NodeName, "system:nodes"))
	if err != nil {
		return nil, err
	}
	return w.tokenOfPod(w.client(config), namespace, pod)
}

// tokenOfPod is what a node may ask for; its authorizer may see the pod a moment later.
func (w *walker) tokenOfPod(node kubernetes.Interface, namespace, pod string) (*rest.Config, error) {
	var config *rest.Config
	var refused error
	testkit.WaitFor(w.T, "the token of pod "+pod, func() error {
		object, err := node.CoreV1().Pods(namespace).Get(w.Context(), pod, metav1.GetOptions{})
		if err != nil {
			return err
		}
		request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{
			BoundObjectRef: &authenticationv1.BoundObjectReference{Kind: "Pod", APIVersion: "v1", Name: pod, UID: object.UID},
		}}
		accounts := node.CoreV1().ServiceAccounts(namespace)
		answer, err := accounts.CreateToken(w.Context(), object.Spec.ServiceAccountName, request, metav1.CreateOptions{})
		switch {
		case err == nil:
			config = w.as(answer.Status.Token)
		case strings.Contains(err.Error(), "not found in pod spec volume"):
			refused, err = err, nil // for good: the pod mounts no token
		}
		return err
	})
	return config, refused
}

// soon repeats a step that stands on what the walk itself has changed a moment before.
func (w *walker) soon(step func() error) error {
	w.Helper()
	testkit.WaitFor(w.T, "the rights that the walk gave itself", step)
	return nil
}

// tokenIn reads a token Secret until the token controller has filled it.
func (w *walker) tokenIn(read func() (map[string][]byte, error)) error {
	w.Helper()
	var data map[string][]byte
	var err error
	testkit.WaitFor(w.T, "a token in the Secret", func() error {
		if data, err = read(); err == nil && len(data["token"]) == 0 {
			return errors.New("it has none")
		}
		return nil
	})
	if err != nil {
		return err
	}
	return w.isAdmin(w.as(string(data["token"])))
}

// isAdmin ends a walk at cluster-admin: everything is allowed, and a new binding is let
// through. The authorizer may see what the walk has changed a moment later.
func (w *walker) isAdmin(config *rest.Config) error {
	w.Helper()
	client := w.client(config)
	review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
		ResourceAttributes: &authorizationv1.ResourceAttributes{Verb: "*", Group: "*", Resource: "*"},
	}}
	testkit.WaitFor(w.T, "everything to be allowed", func() error {
		answer, err := client.AuthorizationV1().SelfSubjectAccessReviews().Create(w.Context(), review, metav1.CreateOptions{})
		if err == nil && !answer.Status.Allowed {
			err = errors.New("it is not: " + answer.Status.Reason)
		}
		return err
	})
	binding := clusterBinding("goat-proof", "cluster-admin", rbacv1.Subject{Kind: "User", APIGroup: rbacv1.GroupName, Name: "goat-proof"})
	_, err := client.RbacV1().ClusterRoleBindings().Create(w.Context(), binding, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	return err
}

// isValue ends a walk with the value of a Secret in hand.
func (w *walker) isValue(data map[string][]byte) error {
	if string(data["password"]) != w.value {
		return fmt.Errorf("the Secret has %d keys, and not the value", len(data))
	}
	return nil
}

func subject(kind, namespace, name string) rbacv1.Subject {
	s := rbacv1.Subject{Kind: kind, Namespace: namespace, Name: name}
	if kind != rbacv1.ServiceAccountKind {
		s.APIGroup = rbacv1.GroupName
	}
	return s
}

func clusterBinding(name, role string, subjects ...rbacv1.Subject) *rbacv1.ClusterRoleBinding {
	return &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: name}, Subjects: subjects,
		RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
	}
}

func binding(namespace, name, kind, role string, subjects ...rbacv1.Subject) *rbacv1.RoleBinding {
	return &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Subjects: subjects,
		RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: kind, Name: role},
	}
}

// ignoreExisting is for what several walks share.
func ignoreExisting(err error) error {
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}
