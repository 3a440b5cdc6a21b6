package rbac

import (
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
)

// Everybody are the rules that Kubernetes grants to every account, in the roles
// system:discovery, system:public-info-viewer, system:basic-user,
// system:service-account-issuer-discovery and system:cluster-trust-bundle-discovery
// (plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go of k8s.io/kubernetes).
func Everybody() []*rbacv1.PolicyRule {
	return []*rbacv1.PolicyRule{
		{Verbs: []string{"get"}, NonResourceURLs: []string{
			"/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*",
			"/healthz", "/livez", "/readyz", "/version", "/version/",
			"/.well-known/openid-configuration", "/.well-known/openid-configuration/",
			"/openid/v1/jwks", "/openid/v1/jwks/",
		}},
		{
			Verbs: []string{"create"}, APIGroups: []string{"authorization.k8s.io"},
			Resources: []string{"selfsubjectaccessreviews", "selfsubjectrulesreviews"},
		},
		{Verbs: []string{"create"}, APIGroups: []string{"authentication.k8s.io"}, Resources: []string{"selfsubjectreviews"}},
		{
			Verbs: []string{"get", "list", "watch"}, APIGroups: []string{"certificates.k8s.io"},
			Resources: []string{"clustertrustbundles"},
		},
	}
}

// IsEverybodys tells a right that Kubernetes grants to every account: it holds in the whole
// cluster, comes through a group of all accounts, and is no more than Everybody has. What a
// cluster adds to these roles is not.
func (r Right) IsEverybodys() bool {
	if r.Namespace != "" || r.Grant.Subject.Kind != rbacv1.GroupKind ||
		!slices.Contains([]string{Authenticated, AllAccounts}, r.Grant.Subject.Name) {
		return false
	}
	covered, err := Covers(Everybody(), []*rbacv1.PolicyRule{r.Rule})
	return covered && err == nil
}
