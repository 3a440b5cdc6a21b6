package rbactest

import (
	"slices"
	"strconv"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
)

var (
	verbs     = []string{"get", "list", "create", "patch", "Get"}
	groups    = []string{"", "apps", "batch", "apps.example"}
	resources = []string{"pods", "secrets", "pods/exec", "pods/log", "*/scale", "*/exec", "deployments", "deployments/scale", "pods/*", "Pods"}
	names     = []string{"", "a", "b", "a-b"}
	paths     = []string{"/metrics", "/api", "/api/*", "/api*", "/healthz/", "/logs/**", "/a*b"}
)

func (m Maker) rules(namespaced bool) []rbacv1.PolicyRule {
	var rules []rbacv1.PolicyRule
	for range m.Dice.IntN(4) {
		rules = append(rules, m.rule(namespaced))
	}
	return rules
}

func (m Maker) rule(namespaced bool) rbacv1.PolicyRule {
	d := m.Dice
	rule := rbacv1.PolicyRule{Verbs: some(d, verbs...)}
	urls := d.IntN(6) == 0 && (!namespaced || !m.Valid)
	if urls {
		rule.NonResourceURLs = some(d, paths...)
	}
	if urls && (m.Valid || d.IntN(2) == 0) {
		return rule
	}
	rule.APIGroups, rule.Resources = some(d, groups...), some(d, resources...)
	if d.IntN(3) == 0 {
		rule.ResourceNames = some(d, names[1:]...)
	}
	if !m.Valid {
		for _, part := range []*[]string{&rule.Verbs, &rule.APIGroups, &rule.Resources} {
			if d.IntN(20) == 0 {
				*part = one(d, nil, []string{}, []string{""}, []string{"", "*", "*/"})
			}
		}
	}
	return rule
}

// number makes the more names of one sort, the more objects there may be.
func (m Maker) number() string {
	if n := m.Dice.IntN(1 + m.Most/8); n > 0 {
		return strconv.Itoa(n)
	}
	return ""
}

func (m Maker) users() []string {
	return []string{m.Prefix + "ann" + m.number(), m.Prefix + "bob" + m.number(), "system:serviceaccount:" + m.Namespaces()[0] + ":app"}
}

func (m Maker) accounts() []string { return []string{"app", "web" + m.number()} }

func (m Maker) groups() []string {
	list := []string{m.Prefix + "dev" + m.number(), m.Prefix + "ops" + m.number()}
	if m.Dice.IntN(1+m.Most/8) == 0 {
		list = append(list, "system:serviceaccounts:"+m.Namespaces()[0])
	}
	if m.Valid {
		return list
	}
	return append(list, "system:serviceaccounts", "system:authenticated", "system:unauthenticated")
}

func (m Maker) subjects(namespace string) []rbacv1.Subject {
	var subjects []rbacv1.Subject
	for range m.Dice.IntN(4) {
		subjects = append(subjects, m.subject(namespace))
	}
	return subjects
}

func (m Maker) subject(namespace string) rbacv1.Subject {
	d := m.Dice
	s := rbacv1.Subject{Kind: "ServiceAccount", Name: one(d, m.accounts()...), Namespace: one(d, m.Namespaces()...)}
	switch d.IntN(3) {
	case 0:
		s = rbacv1.Subject{Kind: "User", Name: one(d, m.users()...), APIGroup: rbacv1.GroupName}
	case 1:
		s = rbacv1.Subject{Kind: "Group", Name: one(d, m.groups()...), APIGroup: rbacv1.GroupName}
	default:
		if d.IntN(3) == 0 && (namespace != "" || !m.Valid) {
			s.Namespace = ""
		}
	}
	if !m.Valid && d.IntN(20) == 0 {
		s.Kind = one(d, "user", "Role", "")
	}
	if m.Broken && d.IntN(10) == 0 {
		s.APIGroup = one(d, "", "rbac", rbacv1.GroupName)
		s.Name = one(d, "", "*", s.Name)
	}
	return s
}

// asker draws a user with the groups that it would have, or with any.
func (m Maker) asker() authorizationv1.SubjectAccessReviewSpec {
	d := m.Dice
	if d.IntN(2) == 0 {
		namespace := one(d, m.Namespaces()...)
		return authorizationv1.SubjectAccessReviewSpec{
			User:   "system:serviceaccount:" + namespace + ":" + one(d, m.accounts()...),
			Groups: []string{"system:serviceaccounts", "system:serviceaccounts:" + namespace, "system:authenticated"},
		}
	}
	spec := authorizationv1.SubjectAccessReviewSpec{User: one(d, m.users()...)}
	for range d.IntN(4) {
		spec.Groups = append(spec.Groups, one(d, m.groups()...))
	}
	return spec
}

// start finds a rule to begin with, where a binding applies it, and often who it names.
func (m Maker) start(p Policy, spec *authorizationv1.SubjectAccessReviewSpec) (rule rbacv1.PolicyRule, namespace string) {
	d := m.Dice
	rules := one(d, p.ClusterRoles...).Rules
	namespace = one(d, m.Namespaces()...)
	var ref rbacv1.RoleRef
	var subjects []rbacv1.Subject
	if len(p.ClusterRoleBindings) > 0 && d.IntN(2) == 0 {
		b := one(d, p.ClusterRoleBindings...)
		ref, subjects = b.RoleRef, b.Subjects
	} else if len(p.RoleBindings) > 0 {
		b := one(d, p.RoleBindings...)
		ref, subjects, namespace = b.RoleRef, b.Subjects, b.Namespace
	}
	if i := slices.IndexFunc(p.ClusterRoles, func(r rbacv1.ClusterRole) bool { return r.Name == ref.Name }); i >= 0 && ref.Kind == "ClusterRole" {
		rules = p.ClusterRoles[i].Rules
	}
	if i := slices.IndexFunc(p.Roles, func(r rbacv1.Role) bool { return r.Name == ref.Name }); i >= 0 && ref.Kind == "Role" {
		rules = p.Roles[i].Rules
	}
	if len(subjects) > 0 && d.IntN(5) > 0 {
		become(spec, one(d, subjects...), namespace)
	}
	if len(rules) == 0 {
		return m.rule(false), namespace
	}
	return one(d, rules...), namespace
}

func become(spec *authorizationv1.SubjectAccessReviewSpec, s rbacv1.Subject, namespace string) {
	switch s.Kind {
	case "User":
		spec.User = s.Name
	case "Group":
		spec.Groups = append(spec.Groups, s.Name)
	case "ServiceAccount":
		if s.Namespace != "" {
			namespace = s.Namespace
		}
		spec.User = "system:serviceaccount:" + namespace + ":" + s.Name
	}
}

// near draws from the rule's own list, or one of the others.
func (m Maker) near(list, others []string) string {
	if len(list) == 0 || m.Dice.IntN(8) == 0 {
		return one(m.Dice, others...)
	}
	if entry := one(m.Dice, list...); entry != "*" || m.Dice.IntN(8) == 0 {
		return entry
	}
	return one(m.Dice, others...)
}

// resource makes a resource that a rule's entry may match.
func (m Maker) resource(rule rbacv1.PolicyRule) (resource, subresource string) {
	entry := m.near(rule.Resources, resources)
	resource, subresource, found := strings.Cut(entry, "/")
	if found && m.Dice.IntN(20) == 0 {
		return entry, "" // a name with a slash in it
	}
	if resource == "*" && m.Dice.IntN(8) > 0 {
		resource = one(m.Dice, "pods", "deployments")
	}
	if subresource == "*" || m.Dice.IntN(12) == 0 {
		subresource = one(m.Dice, "", "exec", "log", "scale", "ale", "*")
	}
	return resource, subresource
}

// path makes a path that a rule's URL may match.
func (m Maker) path(url string) string {
	if m.Dice.IntN(8) == 0 {
		return one(m.Dice, paths...)
	}
	path := strings.TrimRight(url, "*")
	if path != url {
		path += one(m.Dice, "", "x", "/x", "*")
	}
	if path == "" {
		return "/"
	}
	return path
}
