package rbac

import (
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
)

// Aggregated are ClusterRoles with the rules that the controller of a cluster gives those with an
// aggregationRule, as Objects.Aggregate has them. The roles given are not changed.
func Aggregated(roles []rbacv1.ClusterRole) []rbacv1.ClusterRole {
	b := builder{roles: map[roleKey]*role{}}
	b.readRoles(Objects{ClusterRoles: roles, Aggregate: true})
	out := slices.Clone(roles)
	for i := range out {
		if out[i].AggregationRule != nil {
			out[i].Rules = valuesOf(b.roles[roleKey{"", out[i].Name}].rules)
		}
	}
	return out
}

func valuesOf(rules []*rbacv1.PolicyRule) []rbacv1.PolicyRule {
	var out []rbacv1.PolicyRule
	for _, rule := range rules {
		out = append(out, *rule)
	}
	return out
}
