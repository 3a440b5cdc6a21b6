package audit

import (
	"encoding/json"
	"strings"

	certificatesv1 "k8s.io/api/certificates/v1"
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
)

// certificate is the part of certificate requests and trust bundles that is read.
type certificate struct {
	Spec struct {
		SignerName string `json:"signerName"`
	} `json:"spec"`
	Status map[string]json.RawMessage `json:"status"`
}

// signers notes what the requests of signers ask for: plugin/pkg/admission/certificates and
// pkg/registry/certificates/podcertificaterequest/strategy.go of k8s.io/kubernetes. A write of a
// status that changes nothing is not asked, which no event shows.
func (r *reading) signers() {
	if r.action.Group != certificatesv1.GroupName {
		return
	}
	if r.action.Verb == "create" && r.action.Resource != "clustertrustbundles" || r.touchesMetadataAlone() {
		return
	}
	switch r.action.Resource {
	case "certificatesigningrequests/approval":
		r.signer("CertificateSigningRequest", "approve", HiddenApprove, func(certificate) bool { return true })
	case "certificatesigningrequests/status":
		r.signer("CertificateSigningRequest", "sign", HiddenSign, func(c certificate) bool {
			return len(c.Status["certificate"]) > 0 || len(c.Status["conditions"]) > 0
		})
	case "podcertificaterequests/status":
		r.signer("PodCertificateRequest", "sign", HiddenSign, func(c certificate) bool { return len(c.Status) > 0 })
	case "clustertrustbundles":
		r.signer("ClusterTrustBundle", "attest", HiddenAttest, func(certificate) bool { return true })
	}
}

// signer notes a right on the signer of an object. The right on all signers of its domain will
// do as well (pkg/certauthorization).
func (r *reading) signer(kind, verb, hidden string, asks func(certificate) bool) {
	var c certificate
	read := r.written(kind, &c)
	if read && !asks(c) {
		return
	}
	if !read || c.Spec.SignerName == "" {
		// A trust bundle may be of no signer; a patch may leave it out.
		if !read || kind != "ClusterTrustBundle" || r.action.Verb == "patch" && !r.answered(kind) {
			r.blind(aboutSigner)
		}
		return
	}
	domain, _, _ := strings.Cut(c.Spec.SignerName, "/")
	r.add(observation.Check{
		Action: api.Action{Verb: verb, Group: certificatesv1.GroupName, Resource: "signers", Name: c.Spec.SignerName},
		Hidden: hidden,
		Unless: []rbacv1.PolicyRule{{
			Verbs: []string{verb}, APIGroups: []string{certificatesv1.GroupName},
			Resources: []string{"signers"}, ResourceNames: []string{domain + "/*"},
		}},
	})
}
