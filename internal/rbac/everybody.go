package rbac

import (
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
)

// everybodysRole is one that Kubernetes binds to groups that everybody is in.
type everybodysRole struct {
	name   string
	groups []string
	rules  []rbacv1.PolicyRule
}

// everybodysRoles are those of plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go of
// k8s.io/kubernetes. system:cluster-trust-bundle-discovery is there with its feature alone.
func everybodysRoles() []everybodysRole {
	get := func(paths ...string) []rbacv1.PolicyRule {
		return []rbacv1.PolicyRule{{Verbs: []string{"get"}, NonResourceURLs: paths}}
	}
	may := func(group string, verbs []string, resources ...string) rbacv1.PolicyRule {
		return rbacv1.PolicyRule{Verbs: verbs, APIGroups: []string{group}, Resources: resources}
	}
	create := []string{"create"}
	return []everybodysRole{
		{"system:discovery", []string{Authenticated}, get(
			"/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*",
			"/healthz", "/livez", "/readyz", "/version", "/version/",
		)},
		{"system:public-info-viewer", []string{Authenticated, Unauthenticated}, get("/healthz", "/livez", "/readyz", "/version", "/version/")},
		{"system:basic-user", []string{Authenticated}, []rbacv1.PolicyRule{
			may("authorization.k8s.io", create, "selfsubjectaccessreviews", "selfsubjectrulesreviews"),
			may("authentication.k8s.io", create, "selfsubjectreviews"),
		}},
		{"system:service-account-issuer-discovery", []string{AllAccounts}, get(
			"/.well-known/openid-configuration", "/.well-known/openid-configuration/",
			"/openid/v1/jwks", "/openid/v1/jwks/",
		)},
		{trustBundles, []string{AllAccounts}, []rbacv1.PolicyRule{
			may("certificates.k8s.io", []string{"get", "list", "watch"}, "clustertrustbundles"),
		}},
	}
}

const trustBundles = "system:cluster-trust-bundle-discovery"

// Everybody are the rules that Kubernetes grants to every account.
func Everybody() []*rbacv1.PolicyRule {
	var rules []*rbacv1.PolicyRule
	for _, role := range everybodysRoles() {
		rules = append(rules, pointersTo(role.rules)...)
	}
	return rules
}

// delivered is the role by which every cluster, as it is delivered, allows members of groups a
// request. It is asked of every use of every subject, so no Policy is made of the few roles.
func delivered(roles []everybodysRole, groups []string, request *Request) (role string, allowed bool) {
	for _, r := range roles {
		if r.name == trustBundles || !slices.ContainsFunc(r.groups, func(g string) bool { return slices.Contains(groups, g) }) {
			continue
		}
		for i := range r.rules {
			if matches(&r.rules[i], request) {
				return r.name, true
			}
		}
	}
	return "", false
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
