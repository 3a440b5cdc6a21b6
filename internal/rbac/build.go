package rbac

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

const (
	kindRole               = "Role"
	kindClusterRole        = "ClusterRole"
	kindRoleBinding        = "RoleBinding"
	kindClusterRoleBinding = "ClusterRoleBinding"
)

// builder reads objects.
type builder struct {
	roles, absent map[roleKey]*role
	bindings      map[api.Ref]writtenBinding
	notes         []Note
}

// roleKey is the namespace and name of a Role, or the name of a ClusterRole.
type roleKey struct{ namespace, name string }

type writtenBinding struct {
	ref      api.Ref
	roleRef  *rbacv1.RoleRef
	subjects []rbacv1.Subject
}

// RefOf names an object of RBAC; the namespace is empty for ClusterRoles and their bindings.
func RefOf(kind, namespace, name string) api.Ref {
	return api.Ref{APIVersion: rbacv1.SchemeGroupVersion.String(), Kind: kind, Namespace: namespace, Name: name}
}

func (b *builder) note(object api.Ref, format string, args ...any) {
	b.notes = append(b.notes, Note{object, fmt.Sprintf(format, args...)})
}

func (b *builder) sortedNotes() []Note {
	slices.SortFunc(b.notes, compareNotes)
	return slices.Compact(b.notes)
}

func (b *builder) readRoles(objects Objects) {
	for i := range objects.Roles {
		r := &objects.Roles[i]
		ref := RefOf(kindRole, r.Namespace, r.Name)
		if r.Namespace == "" {
			b.note(ref, "has no namespace")
			continue
		}
		b.addRole(roleKey{r.Namespace, r.Name}, ref, r.Rules)
	}
	for i := range objects.ClusterRoles {
		r := &objects.ClusterRoles[i]
		b.addRole(roleKey{"", r.Name}, RefOf(kindClusterRole, "", r.Name), r.Rules)
		b.roles[roleKey{"", r.Name}].aggregates = r.AggregationRule != nil && len(r.AggregationRule.ClusterRoleSelectors) > 0
	}
	if objects.Aggregate {
		b.aggregate(objects.ClusterRoles)
	}
}

func (b *builder) addRole(key roleKey, ref api.Ref, rules []rbacv1.PolicyRule) {
	if b.roles[key] != nil {
		b.note(ref, "is there more than once; the last one counts")
	}
	b.roles[key] = &role{ref: ref, rules: pointersTo(rules)}
}

func pointersTo(rules []rbacv1.PolicyRule) []*rbacv1.PolicyRule {
	out := make([]*rbacv1.PolicyRule, len(rules))
	for i := range rules {
		out[i] = &rules[i]
	}
	return out
}

func (b *builder) readBindings(objects Objects) {
	for i := range objects.ClusterRoleBindings {
		o := &objects.ClusterRoleBindings[i]
		b.addBinding(writtenBinding{RefOf(kindClusterRoleBinding, "", o.Name), &o.RoleRef, o.Subjects})
	}
	for i := range objects.RoleBindings {
		o := &objects.RoleBindings[i]
		ref := RefOf(kindRoleBinding, o.Namespace, o.Name)
		if o.Namespace == "" {
			b.note(ref, "has no namespace")
			continue
		}
		b.addBinding(writtenBinding{ref, &o.RoleRef, o.Subjects})
	}
}

func (b *builder) addBinding(written writtenBinding) {
	if _, found := b.bindings[written.ref]; found {
		b.note(written.ref, "is there more than once; the last one counts")
	}
	b.bindings[written.ref] = written
}

// sortedBindings are those of the cluster, then those of namespaces.
func (b *builder) sortedBindings() []writtenBinding {
	return slices.SortedFunc(maps.Values(b.bindings), func(x, y writtenBinding) int {
		return cmp.Or(strings.Compare(x.ref.Namespace, y.ref.Namespace), strings.Compare(x.ref.Name, y.ref.Name))
	})
}

// bind is nil where the binding cannot grant anything.
func (b *builder) bind(written writtenBinding, order int) *binding {
	// All subjects are read, whatever the role is, for their notes.
	subjects := b.subjects(written)
	role := b.roleOf(written)
	if role == nil || len(subjects) == 0 {
		return nil
	}
	return &binding{order: order, ref: written.ref, role: role, subjects: subjects}
}

// roleOf finds the role as GetRoleReferenceRules of k8s.io/kubernetes
// pkg/registry/rbac/validation/rule.go does. The API server refuses other API groups.
func (b *builder) roleOf(written writtenBinding) *role {
	roleRef := written.roleRef
	key := roleKey{written.ref.Namespace, roleRef.Name}
	switch {
	case roleRef.APIGroup != "" && roleRef.APIGroup != rbacv1.GroupName:
		b.note(written.ref, "refers to a role of the unknown API group %q", roleRef.APIGroup)
		return nil
	case roleRef.Kind == kindClusterRole:
		key.namespace = ""
	case roleRef.Kind != kindRole:
		b.note(written.ref, "refers to a role of the unknown kind %q", roleRef.Kind)
		return nil
	case written.ref.Namespace == "":
		b.note(written.ref, "refers to Role %q, but binds ClusterRoles only", roleRef.Name)
		return nil
	}
	if found := b.roles[key]; found != nil {
		return found
	}
	b.note(written.ref, "refers to %s %q, which is not there", roleRef.Kind, roleRef.Name)
	if b.absent[key] == nil {
		b.absent[key] = &role{ref: RefOf(roleRef.Kind, key.namespace, key.name), absent: true}
	}
	return b.absent[key]
}

// subjects are those that can apply, each once, in their order.
func (b *builder) subjects(written writtenBinding) []Subject {
	subjects := make([]Subject, 0, len(written.subjects))
	seen := make(map[Subject]struct{}, len(written.subjects))
	for i := range written.subjects {
		s, problem := readSubject(&written.subjects[i], written.ref.Namespace)
		if problem != "" {
			b.note(written.ref, "names a subject that cannot apply: %s", problem)
			continue
		}
		if _, found := seen[s]; !found {
			seen[s] = struct{}{}
			subjects = append(subjects, s)
		}
	}
	return subjects
}

// readSubject follows appliesToUser of k8s.io/kubernetes pkg/registry/rbac/validation/rule.go,
// and ValidateRoleBindingSubject of pkg/apis/rbac/validation in what the API server refuses.
func readSubject(written *rbacv1.Subject, namespace string) (subject Subject, problem string) {
	s := Subject{Kind: written.Kind, Name: written.Name}
	group := rbacv1.GroupName
	switch written.Kind {
	case rbacv1.UserKind, rbacv1.GroupKind:
	case rbacv1.ServiceAccountKind:
		group = ""
		s.Namespace = cmp.Or(written.Namespace, namespace)
		if s.Namespace == "" {
			return s, fmt.Sprintf("ServiceAccount %q has no namespace", written.Name)
		}
	default:
		return s, fmt.Sprintf("its kind %q is unknown", written.Kind)
	}
	if written.APIGroup != "" && written.APIGroup != group {
		return s, fmt.Sprintf("%s %q has the API group %q", written.Kind, written.Name, written.APIGroup)
	}
	if written.Name == "" {
		return s, written.Kind + " has no name"
	}
	return s, ""
}
