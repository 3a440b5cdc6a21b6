package rbac

import (
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
)

// Named are the names of objects of a resource, or of its subresources, that rules of bound
// roles are limited to. A question about any other name has the answer of one without a name.
func (p *Policy) Named(group, resource string) map[string]bool {
	names := map[string]bool{}
	for _, roles := range p.bound {
		for _, role := range roles {
			for _, rule := range role.rules {
				if len(rule.ResourceNames) > 0 && hasOrAll(rule.APIGroups, group) && concerns(rule, resource) {
					for _, name := range rule.ResourceNames {
						names[name] = true
					}
				}
			}
		}
	}
	return names
}

// concerns tells whether a rule is about a resource or a subresource of it.
func concerns(rule *rbacv1.PolicyRule, resource string) bool {
	return slices.ContainsFunc(rule.Resources, func(r string) bool {
		return r == rbacv1.ResourceAll || r == resource || strings.HasPrefix(r, resource+"/") || strings.HasPrefix(r, "*/")
	})
}
