package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

// GroupGrants finds rights that accounts have because all accounts have them.
func GroupGrants() Check {
	return Check{
		ID:        "group-grants",
		Title:     "Rights come through a group of all accounts",
		Severity:  api.SeverityMedium,
		Standards: []string{"owasp-2025:K02", "attack:T1078"},
		Doc: "Every token of a ServiceAccount is in the groups system:serviceaccounts, " +
			"system:serviceaccounts:NAMESPACE and system:authenticated: what is bound to one of them, " +
			"every pod has that holds a token, those that are made later as well. Left out is what Kubernetes " +
			"itself grants to all (system:basic-user, system:discovery, system:public-info-viewer and " +
			"the issuer's public keys). High where one of the rights is high or critical by itself, which its own " +
			"check reports too. One finding for each group and place. Lower by one where no container " +
			"holds a token. Source: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#service-account-permissions.",
		Fix:      "bind the role to the accounts that need it, and take the group out of the binding",
		MayBreak: "accounts that live on the group's rights without being named anywhere",
		Account:  true,
		Eval: func(s Subject) []Violation {
			if s.Account == nil {
				return nil
			}
			var order []groupAt
			rights := map[groupAt][]rbac.Right{}
			for _, r := range s.Account.Rights {
				if r.Grant.Subject.Kind != rbacv1.GroupKind || len(allowed(r)) == 0 {
					continue
				}
				at := groupAt{r.Grant.Subject.Name, r.Namespace}
				if rights[at] == nil {
					order = append(order, at)
				}
				rights[at] = append(rights[at], r)
			}
			var out []Violation
			for _, at := range order {
				out = append(out, at.violation(s, rights[at]))
			}
			if len(out) == 0 {
				return unread(s)
			}
			return out
		},
	}
}

// groupAt is a group with the place where its rights hold.
type groupAt struct{ group, namespace string }

func (g groupAt) violation(s Subject, rights []rbac.Right) Violation {
	var grants []rbac.Grant
	var does []rbac.Power
	for _, r := range rights {
		grants = append(grants, r.Grant)
		does = append(does, allowed(r)...)
	}
	grants = distinctGrants(grants)
	home := s.Account.Namespace
	v := Violation{
		Path: grantsText(grants, home), Got: doing(does), Want: "none",
		Message: fmt.Sprintf("%s %s: %s", doing(does), placeText(g.namespace), whose(g.group)),
		Fix:     grantFix(grants, home), Key: "Group " + g.group + placeKey(g.namespace, home),
	}
	v.Severity, v.Modifier = alike{severity: g.severity(s.Account)}.step(s.Account, tokenless(s))
	return v
}

// severity is high where a power that is high by itself stands on the group there.
func (g groupAt) severity(a *Account) api.Severity {
	for _, p := range a.Powers {
		_, severity := GradePower(p)
		if severity.AtLeast(api.SeverityHigh) && slices.ContainsFunc(p.Grants, func(grant rbac.Grant) bool {
			return grant.Subject.Kind == rbacv1.GroupKind && grant.Subject.Name == g.group && grant.Binding.Namespace == g.namespace
		}) {
			return api.SeverityHigh
		}
	}
	return api.SeverityMedium
}

func whose(group string) string {
	switch namespace, found := strings.CutPrefix(group, rbac.AllAccounts+":"); {
	case found:
		return "every ServiceAccount of namespace " + namespace + " has it"
	case group == rbac.AllAccounts:
		return "every ServiceAccount of the cluster has it"
	}
	return "every user and ServiceAccount has it"
}

// allowed is what a right allows, as far as words go.
func allowed(r rbac.Right) []rbac.Power {
	rule := r.Rule
	p := rbac.Power{Verbs: sorted(rule.Verbs), Names: sorted(rule.ResourceNames)}
	var out []rbac.Power
	for _, group := range sorted(rule.APIGroups) {
		for _, resource := range sorted(rule.Resources) {
			p.Group, p.Resource = group, cmp.Or(resource, "no resource")
			out = append(out, p)
		}
	}
	p.Names = nil
	if r.Namespace != "" {
		return out
	}
	for _, url := range sorted(rule.NonResourceURLs) {
		p.Group, p.Resource = "", url
		out = append(out, p)
	}
	return out
}

// sorted is a set of values, of which a star says everything.
func sorted(values []string) []string {
	if slices.Contains(values, rbacv1.ResourceAll) {
		return []string{rbacv1.ResourceAll}
	}
	return slices.Compact(slices.Sorted(slices.Values(values)))
}
