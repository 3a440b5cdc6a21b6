package apiserver_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"

	certificatesv1 "k8s.io/api/certificates/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// requestCertificate asks for one of a user name and a group, and returns the key.
func (w *walker) requestCertificate(signer, user, group string) (key []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		return nil, err
	}
	template := &x509.CertificateRequest{Subject: pkix.Name{CommonName: user, Organization: []string{group}}}
	request, err := x509.CreateCertificateRequest(rand.Reader, template, private)
	if err != nil {
		return nil, err
	}
	object := &certificatesv1.CertificateSigningRequest{
		ObjectMeta: metav1.ObjectMeta{Name: w.here},
		Spec: certificatesv1.CertificateSigningRequestSpec{
			Request:    pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: request}),
			SignerName: signer,
			Usages:     []certificatesv1.KeyUsage{certificatesv1.UsageDigitalSignature, certificatesv1.UsageClientAuth},
		},
	}
	_, err = w.me().CertificatesV1().CertificateSigningRequests().Create(w.Context(), object, metav1.CreateOptions{})
	return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), err
}

// patchApproval returns the whole request: no right to read it is needed.
func (w *walker) patchApproval(patch string) (*certificatesv1.CertificateSigningRequest, error) {
	requests := w.me().CertificatesV1().CertificateSigningRequests()
	return requests.Patch(w.Context(), w.here, types.MergePatchType, []byte(patch), metav1.PatchOptions{}, "approval")
}

const approval = `{"status": {"conditions": [{"type": "Approved", "status": "True", "reason": "Goat", "message": "walked"}]}}`

// awaitCertificate waits until the controller has signed, and is the client of the certificate.
func (w *walker) awaitCertificate(key []byte, read func() (*certificatesv1.CertificateSigningRequest, error)) (*rest.Config, error) {
	config := rest.CopyConfig(w.config)
	config.KeyData = key
	var refused error
	testkit.WaitFor(w.T, "the certificate", func() error {
		request, err := read()
		switch {
		case apierrors.IsForbidden(err):
			refused = err
			return nil
		case err != nil:
			return err
		case len(request.Status.Certificate) == 0:
			return errors.New("it is not issued yet")
		}
		config.CertData = request.Status.Certificate
		return nil
	})
	return config, refused
}

func (w *walker) approveOwn(signer, user, group string) (*rest.Config, error) {
	key, err := w.requestCertificate(signer, user, group)
	if err != nil {
		return nil, err
	}
	if _, err := w.patchApproval(approval); err != nil {
		return nil, err
	}
	return w.awaitCertificate(key, func() (*certificatesv1.CertificateSigningRequest, error) { return w.patchApproval("{}") })
}

func (w *walker) issueClient() error {
	config, err := w.approveOwn(certificatesv1.KubeAPIServerClientSignerName, "goat-walker", "goat-ops")
	if err != nil {
		return err
	}
	return w.isAdmin(config)
}

// nodeIsAdmin asks as the node for the token of its pod.
func (w *walker) nodeIsAdmin(node *rest.Config, err error) error {
	if err != nil {
		return err
	}
	namespace := w.there
	if _, err := w.admin.CoreV1().Pods(w.here).Get(w.Context(), "victim", metav1.GetOptions{}); err == nil {
		namespace = w.here
	}
	config, err := w.tokenOfPod(w.client(node), namespace, "victim")
	if err != nil {
		return err
	}
	return w.isAdmin(config)
}

func (w *walker) issueNode() error {
	return w.nodeIsAdmin(w.approveOwn(certificatesv1.KubeAPIServerClientKubeletSignerName, "system:node:"+w.node, "system:nodes"))
}

// askForNode leaves the approval to the controller, as a node that joins does.
func (w *walker) askForNode() error {
	key, err := w.requestCertificate(certificatesv1.KubeAPIServerClientKubeletSignerName, "system:node:"+w.node, "system:nodes")
	if err != nil {
		return err
	}
	return w.nodeIsAdmin(w.awaitCertificate(key, func() (*certificatesv1.CertificateSigningRequest, error) {
		return w.me().CertificatesV1().CertificateSigningRequests().Get(w.Context(), w.here, metav1.GetOptions{})
	}))
}

// askForNodeAndPretend reads the certificate in the answer to a deletion that is a dry run.
func (w *walker) askForNodeAndPretend() error {
	key, err := w.requestCertificate(certificatesv1.KubeAPIServerClientKubeletSignerName, "system:node:"+w.node, "system:nodes")
	if err != nil {
		return err
	}
	foreground := metav1.DeletePropagationForeground
	dry := &metav1.DeleteOptions{DryRun: []string{metav1.DryRunAll}, PropagationPolicy: &foreground}
	return w.nodeIsAdmin(w.awaitCertificate(key, func() (*certificatesv1.CertificateSigningRequest, error) {
		var request certificatesv1.CertificateSigningRequest
		client := w.me().CertificatesV1().RESTClient()
		err := client.Delete().Resource("certificatesigningrequests").Name(w.here).Body(dry).Do(w.Context()).Into(&request)
		return &request, err
	}))
}

// certificateWalks: k8s.io/kubernetes plugin/pkg/admission/certificates and
// pkg/controller/certificates. The control plane signs with the key of its authority.
func certificateWalks() []walk {
	const group = ".certificates.k8s.io"
	const ask, approve = "create certificatesigningrequests" + group, "patch certificatesigningrequests/approval" + group
	const clients, nodes = "approve signers" + group + " kubernetes.io/kube-apiserver-client", "approve signers" + group + " kubernetes.io/kube-apiserver-client-kubelet"
	const node = "create certificatesigningrequests/nodeclient" + group
	client, kubelet, itself := (*walker).issueClient, (*walker).issueNode, (*walker).askForNode
	app := func(may ...string) []grant {
		return []grant{{to: "Group goat-ops", is: "cluster-admin"}, {to: "app", may: may}}
	}
	with := func(account string, may ...string) []grant {
		return []grant{{to: account, is: "cluster-admin"}, {to: "app", may: may}}
	}
	const read = "get certificatesigningrequests" + group
	here, there := victim("HERE", "admin"), victim("THERE", "admin")
	then := []string{"ask for tokens of its pods", "do everything"}
	issued := append([]string{"approve signers kubernetes.io/kube-apiserver-client-kubelet"}, then...)
	asked := append([]string{"create certificatesigningrequests/nodeclient"}, then...)
	return []walk{
		{name: "issue a certificate", steps: client, grants: app(ask, approve, clients), hops: []string{"approve signers kubernetes.io/kube-apiserver-client"}},
		{name: "issue a certificate without the signer", steps: client, grants: app(ask, approve), refused: true},
		{name: "issue a certificate of another signer", steps: client, grants: app(ask, approve, "approve signers"+group+" example.com/client"), refused: true},
		{name: "issue a certificate by a right of the namespace", steps: client, refused: true,
			grants: append(app(ask, approve), grant{to: "app", in: "HERE", may: []string{clients}})},
		{name: "issue a certificate without approval", steps: client, grants: app(ask, clients), refused: true},

		{name: "issue a certificate by the domain of signers", steps: client, grants: app(ask, approve, "approve signers"+group+" kubernetes.io/*"),
			hops: []string{"approve signers kubernetes.io/*"}},

		{name: "issue the certificate of a node", steps: kubelet, grants: with("admin", ask, approve, nodes), objects: here, hops: issued},
		{name: "issue a node certificate with pods elsewhere", steps: kubelet, grants: with("THERE/admin", ask, approve, nodes), objects: there, hops: issued},
		{name: "issue a node certificate without the signer", steps: kubelet, grants: with("admin", ask, approve), objects: here, refused: true},
		{name: "ask for the certificate of a node", steps: itself, grants: with("admin", ask, node, read), objects: here, hops: asked},
		{name: "ask for the certificate of a node and delete it", steps: (*walker).askForNodeAndPretend, objects: here, hops: asked,
			grants: with("admin", ask, node, "delete certificatesigningrequests"+group)},
		{name: "ask for the certificate of a node unread", steps: itself, grants: with("admin", ask, node), objects: here, refused: true},
	}
}
