package apiserver_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// place is where controllers run.
type place struct {
	*testing.T

	control *testkit.ControlPlane
	config  *rest.Config
	admin   kubernetes.Interface
}

// rolloutKind is the custom resource of the controllers.
const rolloutKind = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: rollouts.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: rollouts, singular: rollout, kind: Rollout, listKind: RolloutList}
  versions:
  - {name: v1, served: true, storage: true, subresources: {status: {}}, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
`

// bodiesOfFew logs the bodies that rights depend on, and those of nothing else.
const bodiesOfFew = `apiVersion: audit.k8s.io/v1
kind: Policy
rules:
- level: RequestResponse
  resources:
  - group: rbac.authorization.k8s.io
  - group: certificates.k8s.io
- level: Request
  resources: [{group: apps, resources: [replicasets]}]
- level: Metadata
`

// newPlace starts a control plane with the node and the custom resource.
func newPlace(t *testing.T) *place {
	t.Helper()
	shared.Get(t) // skips with -short
	control := testkit.StartControlPlane(t, testkit.ControlPlaneOptions{
		AuditPolicy:           bodiesOfFew,
		APIServerArgs:         []string{"--enable-admission-plugins=OwnerReferencesPermissionEnforcement"},
		ControllerManagerArgs: []string{"--kube-api-qps=1000", "--kube-api-burst=1000"},
	})
	p := &place{T: t, control: control, config: restConfig(t, control)}
	p.admin = newClient(t, p.config)
	control.Kubectl(t, rolloutKind, "apply", "-f", "-")
	control.Kubectl(t, "", "wait", "--for=condition=Established", "crd/rollouts.example.com")
	p.node()
	return p
}

// node is one whose kubelet has nothing but empty logs and streams that end at once. There is no
// container to run a command in.
func (p *place) node() {
	p.Helper()
	kubelet := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		protocol := r.Header.Get("Upgrade")
		switch {
		case protocol == "":
			return
		case strings.HasPrefix(r.URL.Path, "/exec/"): // clients wait long for streams that were promised
			http.Error(w, "there is no container", http.StatusInternalServerError)
			return
		}
		connection, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			p.Error(err)
			return
		}
		version, _, _ := strings.Cut(r.Header.Get("X-Stream-Protocol-Version"), ",")
		_, err = fmt.Fprintf(connection, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: %s\r\nX-Stream-Protocol-Version: %s\r\n\r\n", protocol, version)
		if err == nil {
			_, _ = connection.Read(make([]byte, 1)) // until the client speaks or leaves
		}
		_ = connection.Close()
	}))
	kubelet.Config.ErrorLog = log.New(io.Discard, "", 0) // connections that end early
	kubelet.StartTLS()
	p.Cleanup(kubelet.Close)
	node, err := p.admin.CoreV1().Nodes().Create(p.Context(), &corev1.Node{ObjectMeta: named(fleetNode)}, metav1.CreateOptions{})
	if err != nil {
		p.Fatal(err)
	}
	node.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: "127.0.0.1"}}
	node.Status.DaemonEndpoints.KubeletEndpoint.Port = int32(kubelet.Listener.Addr().(*net.TCPAddr).Port)
	if _, err := p.admin.CoreV1().Nodes().UpdateStatus(p.Context(), node, metav1.UpdateOptions{}); err != nil {
		p.Fatal(err)
	}
}

// prepare makes what a controller finds where it starts.
func (p *place) prepare(ctx context.Context, f fleet, accounts ...string) error {
	create, core := metav1.CreateOptions{}, p.admin.CoreV1()
	var errs []error
	add := func(_ any, err error) { errs = append(errs, err) }
	for _, name := range []string{f.home(), f.work(), f.strict()} {
		namespace := &corev1.Namespace{ObjectMeta: named(name)}
		if name == f.strict() {
			namespace.Labels = map[string]string{"pod-security.kubernetes.io/enforce": "restricted"}
		}
		add(core.Namespaces().Create(ctx, namespace, create))
	}
	for _, name := range accounts {
		add(core.ServiceAccounts(f.home()).Create(ctx, &corev1.ServiceAccount{ObjectMeta: named(name)}, create))
	}
	add(core.ServiceAccounts(f.work()).Create(ctx, &corev1.ServiceAccount{ObjectMeta: named("helper")}, create))
	add(core.ConfigMaps(f.work()).Create(ctx, &corev1.ConfigMap{ObjectMeta: named("watched")}, create))
	add(core.ConfigMaps(f.home()).Create(ctx, &corev1.ConfigMap{ObjectMeta: named("settings")}, create))
	add(core.Secrets(f.home()).Create(ctx, &corev1.Secret{ObjectMeta: named("credentials")}, create))
	add(p.admin.RbacV1().RoleBindings(f.work()).Create(ctx, standing(f), create))
	add(core.Services(f.work()).Create(ctx, &corev1.Service{
		ObjectMeta: named("backend"), Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Name: "http", Port: 80}}},
	}, create))
	return errors.Join(errs...)
}

// awaitAccounts waits until pods can be made.
func (p *place) awaitAccounts(f fleet) {
	p.Helper()
	for _, namespace := range []string{f.work(), f.strict()} {
		testkit.WaitFor(p.T, "the default account of "+namespace, func() error {
			_, err := p.admin.CoreV1().ServiceAccounts(namespace).Get(p.Context(), "default", metav1.GetOptions{})
			return err
		})
	}
}

// as is the client of an account, of which nothing is known but its token.
func (p *place) as(ctx context.Context, f fleet, account string) (*rest.Config, error) {
	answer, err := p.admin.CoreV1().ServiceAccounts(f.home()).CreateToken(ctx, account, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	if err != nil {
		return nil, err
	}
	config := rest.AnonymousClientConfig(p.config)
	config.BearerToken = answer.Status.Token
	return config, nil
}

// clear removes all that a run left behind, as if it had never been.
func (p *place) clear(f fleet) {
	p.Helper()
	ctx, now := p.Context(), int64(0)
	namespaces := []string{f.home(), f.work(), f.strict(), f.made()}
	errs := []error{p.admin.CertificatesV1().CertificateSigningRequests().Delete(ctx, f.tag, metav1.DeleteOptions{})}
	for _, namespace := range namespaces {
		// There is no kubelet that ends pods.
		err := p.admin.CoreV1().Pods(namespace).DeleteCollection(ctx, metav1.DeleteOptions{GracePeriodSeconds: &now}, metav1.ListOptions{})
		errs = append(errs, err)
		if err := p.admin.CoreV1().Namespaces().Delete(ctx, namespace, metav1.DeleteOptions{}); !gone(err) && !apierrors.IsConflict(err) {
			errs = append(errs, err)
		}
	}
	if err := errors.Join(errs...); err != nil {
		p.Fatal(err)
	}
	for _, namespace := range namespaces {
		testkit.WaitFor(p.T, "the end of namespace "+namespace, func() error {
			_, err := p.admin.CoreV1().Namespaces().Get(ctx, namespace, metav1.GetOptions{})
			if gone(err) {
				return nil
			}
			return errors.Join(errors.New("it is still there"), err)
		})
	}
}

func gone(err error) bool { return apierrors.IsNotFound(err) }

// certificateRequest is one for a user, in PEM.
func certificateRequest(user string) (key *ecdsa.PrivateKey, request []byte, err error) {
	if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, nil, err
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: user}}, key)
	return key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}), err
}

// bindAdmin gives everything to an account.
func (p *place) bindAdmin(ctx context.Context, f fleet, account string) error {
	binding := clusterBinding(f.tag+"-"+account, "cluster-admin", subject(rbacv1.ServiceAccountKind, f.home(), account))
	_, err := p.admin.RbacV1().ClusterRoleBindings().Create(ctx, binding, metav1.CreateOptions{})
	return err
}

// awaitAuthorizer makes a last object of each kind and waits until the authorizer has seen
// them, and so all before.
func (p *place) awaitAuthorizer(name string) {
	p.Helper()
	name = "last-" + name
	p.control.Kubectl(p.T, "", "create", "clusterrole", name, "--verb=get", "--resource=pods")
	p.control.Kubectl(p.T, "", "create", "role", name, "--verb=get", "--resource=secrets")
	p.control.Kubectl(p.T, "", "create", "clusterrolebinding", name, "--clusterrole="+name, "--user="+name)
	p.control.Kubectl(p.T, "", "create", "rolebinding", name, "--role="+name, "--user="+name)
	for _, want := range []rbac.Request{{Verb: "get", Resource: "pods"}, {Verb: "get", Resource: "secrets", Namespace: "default"}} {
		testkit.WaitFor(p.T, "the authorizer", func() error {
			status, err := review(p.T, p.admin, rbac.User(name).Review(want))
			if err == nil && !status.Allowed {
				err = fmt.Errorf("%+v is not allowed yet", want)
			}
			return err
		})
	}
}

// kubeconfig writes one of a client.
func (p *place) kubeconfig(config *rest.Config) string {
	p.Helper()
	path := filepath.Join(p.TempDir(), "kubeconfig")
	err := clientcmd.WriteToFile(clientcmdapi.Config{
		Clusters:       map[string]*clientcmdapi.Cluster{"test": {Server: config.Host, CertificateAuthorityData: config.CAData}},
		AuthInfos:      map[string]*clientcmdapi.AuthInfo{"test": {Token: config.BearerToken}},
		Contexts:       map[string]*clientcmdapi.Context{"test": {Cluster: "test", AuthInfo: "test"}},
		CurrentContext: "test",
	}, path)
	if err != nil {
		p.Fatal(err)
	}
	return path
}
