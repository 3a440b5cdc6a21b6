// Package rbactest draws random policies and requests that meet each other often: from few
// names, with wildcards, subresources, resource names, groups and aggregation. It knows
// nothing of the evaluator that is tested with them.
package rbactest

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Dice is a source of choices; math/rand/v2's Rand is one.
type Dice interface {
	// IntN returns a number from 0 to n-1.
	IntN(n int) int
}

// NewRandom is random in another way each time, or repeats the one of a seed that it returned.
func NewRandom(repeat string) (random *rand.Rand, seed string, err error) {
	number := rand.Uint64()
	if repeat != "" {
		if number, err = strconv.ParseUint(repeat, 10, 64); err != nil {
			return nil, "", fmt.Errorf("read the seed: %w", err)
		}
	}
	return rand.New(rand.NewPCG(number, 0)), strconv.FormatUint(number, 10), nil
}

// Policy is what was drawn. The names of its objects are unique, and in their order where
// there are fewer than ten of a kind.
type Policy struct {
	Roles               []rbacv1.Role               `json:"roles"`
	ClusterRoles        []rbacv1.ClusterRole        `json:"clusterRoles"`
	RoleBindings        []rbacv1.RoleBinding        `json:"roleBindings"`
	ClusterRoleBindings []rbacv1.ClusterRoleBinding `json:"clusterRoleBindings"`
}

// Maker draws with Dice.
type Maker struct {
	Dice Dice
	// Most is the largest number of objects of each kind, 9 where it is 0.
	Most int
	// Prefix begins the names of objects, users and groups.
	Prefix string
	// Label, where there is one, is a label of all objects.
	Label string
	// Valid leaves out what an API server refuses, and subjects that other tests may be.
	Valid bool
	// Broken draws as well what authorizers cannot be given: unknown API groups, subjects
	// without names, namespaced objects without namespaces.
	Broken bool
}

func one[T any](d Dice, entries ...T) T { return entries[d.IntN(len(entries))] }

// some draws one to three entries, and more wildcards than the list has.
func some(d Dice, entries ...string) []string {
	if d.IntN(12) == 0 {
		return []string{"*"}
	}
	out := make([]string, 1+d.IntN(3))
	for i := range out {
		out[i] = one(d, entries...)
	}
	return out
}

// Policy draws the objects.
func (m Maker) Policy() Policy {
	if m.Most == 0 {
		m.Most = 9
	}
	var p Policy
	for i := range 1 + m.Dice.IntN(m.Most) {
		p.Roles = append(p.Roles, rbacv1.Role{ObjectMeta: m.meta(i, m.namespace()), Rules: m.rules(true)})
	}
	for i := range 1 + m.Dice.IntN(m.Most) {
		p.ClusterRoles = append(p.ClusterRoles, rbacv1.ClusterRole{ObjectMeta: m.meta(i, ""), Rules: m.rules(false)})
	}
	for i := range 1 + m.Dice.IntN(m.Most) {
		namespace := m.namespace()
		b := rbacv1.RoleBinding{ObjectMeta: m.meta(i, namespace), Subjects: m.subjects(namespace)}
		b.RoleRef = m.roleRef(p, namespace)
		p.RoleBindings = append(p.RoleBindings, b)
	}
	for i := range m.Dice.IntN(m.Most) {
		b := rbacv1.ClusterRoleBinding{ObjectMeta: m.meta(i, ""), Subjects: m.subjects("")}
		b.RoleRef = m.roleRef(p, "")
		p.ClusterRoleBindings = append(p.ClusterRoleBindings, b)
	}
	return p
}

// Aggregate makes about a third of the ClusterRoles aggregate others, without circles.
func (m Maker) Aggregate(p Policy) {
	for i := range p.ClusterRoles {
		r := &p.ClusterRoles[i]
		r.Labels["tier"], r.Labels["level"] = one(m.Dice, "a", "b", "c"), fmt.Sprint(i)
		if i == 0 || m.Dice.IntN(3) > 0 {
			continue
		}
		var below []string
		for lower := range i {
			below = append(below, fmt.Sprint(lower))
		}
		selector := metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{
			{Key: "level", Operator: metav1.LabelSelectorOpIn, Values: below},
			one(m.Dice,
				metav1.LabelSelectorRequirement{Key: "tier", Operator: metav1.LabelSelectorOpExists},
				metav1.LabelSelectorRequirement{Key: "tier", Operator: metav1.LabelSelectorOpNotIn, Values: []string{"a"}},
				metav1.LabelSelectorRequirement{Key: "none", Operator: metav1.LabelSelectorOpDoesNotExist},
				metav1.LabelSelectorRequirement{Key: "none", Operator: metav1.LabelSelectorOpExists}),
		}}
		if m.Dice.IntN(2) == 0 {
			selector.MatchLabels = map[string]string{"tier": one(m.Dice, "a", "b")}
		}
		named := metav1.LabelSelector{MatchLabels: map[string]string{"level": below[m.Dice.IntN(len(below))]}}
		r.AggregationRule = &rbacv1.AggregationRule{ClusterRoleSelectors: one(m.Dice,
			[]metav1.LabelSelector{selector}, []metav1.LabelSelector{selector, named}, []metav1.LabelSelector{named})}
	}
}

func (m Maker) meta(i int, namespace string) metav1.ObjectMeta {
	meta := metav1.ObjectMeta{Name: fmt.Sprintf("%sx%d", m.Prefix, i), Namespace: namespace, Labels: map[string]string{}}
	if m.Label != "" {
		meta.Labels[m.Label] = "yes"
	}
	return meta
}

func (m Maker) namespace() string {
	if m.Broken && m.Dice.IntN(10) == 0 {
		return ""
	}
	return one(m.Dice, m.Namespaces()...)
}

// Namespaces are those that the objects lie in.
func (m Maker) Namespaces() []string { return []string{m.Prefix + "red", m.Prefix + "blue"} }

func (m Maker) roleRef(p Policy, namespace string) rbacv1.RoleRef {
	d := m.Dice
	ref := rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: one(d, p.ClusterRoles...).Name}
	if namespace != "" && d.IntN(2) == 0 {
		role := one(d, p.Roles...)
		ref.Kind, ref.Name = "Role", role.Name // it may lie in another namespace
	}
	if d.IntN(10) == 0 {
		ref.Name = "absent"
	}
	if !m.Valid && d.IntN(20) == 0 {
		ref.Kind = one(d, "Role", "ClusterRole", "clusterrole", "")
	}
	if m.Broken && d.IntN(10) == 0 {
		ref.APIGroup = one(d, "", "rbac", "apps")
	}
	return ref
}

// Review draws a question that concerns the policy, more often than not one that a rule of it
// meets at least in part.
func (m Maker) Review(p Policy) authorizationv1.SubjectAccessReviewSpec {
	d := m.Dice
	spec := m.asker()
	rule, namespace := m.start(p, &spec)
	if len(rule.NonResourceURLs) > 0 && (len(rule.Resources) == 0 || d.IntN(2) == 0) {
		spec.NonResourceAttributes = &authorizationv1.NonResourceAttributes{
			Verb: m.near(rule.Verbs, verbs), Path: m.path(one(d, rule.NonResourceURLs...)),
		}
		return spec
	}
	resource, subresource := m.resource(rule)
	spec.ResourceAttributes = &authorizationv1.ResourceAttributes{
		Verb: m.near(rule.Verbs, verbs), Group: m.near(rule.APIGroups, groups), Resource: resource, Subresource: subresource,
		Namespace: namespace, Name: m.near(rule.ResourceNames, names),
	}
	switch d.IntN(10) {
	case 0:
		spec.ResourceAttributes.Namespace = ""
	case 1:
		spec.ResourceAttributes.Namespace = m.namespace()
	}
	return spec
}
