package plugin

import (
	"fmt"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

// roleFiles gathers the RBAC objects of files.
type roleFiles struct {
	namespace string
	objects   rbac.Objects
	sources   map[api.Ref]cluster.Object
	// borrowed are the roles that are bound and not in the files, in words.
	borrowed []string
}

func newRoleFiles(namespace string) *roleFiles {
	return &roleFiles{namespace: namespace, objects: rbac.Objects{Aggregate: true}, sources: map[api.Ref]cluster.Object{}}
}

func (r *roleFiles) add(o cluster.Object) {
	switch object := o.Object.(type) {
	case *rbacv1.Role:
		object.Namespace = r.in(object.Namespace)
		r.objects.Roles = append(r.objects.Roles, *object)
		r.sources[rbac.RefOf("Role", object.Namespace, object.Name)] = o
	case *rbacv1.ClusterRole:
		r.objects.ClusterRoles = append(r.objects.ClusterRoles, *object)
		r.sources[rbac.RefOf("ClusterRole", "", object.Name)] = o
	case *rbacv1.RoleBinding:
		object.Namespace = r.in(object.Namespace)
		r.objects.RoleBindings = append(r.objects.RoleBindings, *object)
		r.sources[rbac.RefOf("RoleBinding", object.Namespace, object.Name)] = o
	case *rbacv1.ClusterRoleBinding:
		r.objects.ClusterRoleBindings = append(r.objects.ClusterRoleBindings, *object)
		r.sources[rbac.RefOf("ClusterRoleBinding", "", object.Name)] = o
	}
}

// holds tells whether an object is in the files.
func (r *roleFiles) holds(ref api.Ref) bool {
	_, found := r.sources[ref]
	return found
}

func (r *roleFiles) in(namespace string) string {
	if namespace == "" {
		return r.namespace
	}
	return namespace
}

func (r *roleFiles) roles() int { return len(r.objects.Roles) + len(r.objects.ClusterRoles) }

func (r *roleFiles) bindings() int {
	return len(r.objects.RoleBindings) + len(r.objects.ClusterRoleBindings)
}

// bind binds every role to the subjects, as if the files did.
func (r *roleFiles) bind(subjects []rbacv1.Subject) {
	for _, role := range r.objects.Roles {
		r.objects.RoleBindings = append(r.objects.RoleBindings, rbacv1.RoleBinding{
			ObjectMeta: role.ObjectMeta, Subjects: subjects, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: role.Name},
		})
	}
	for _, role := range r.objects.ClusterRoles {
		r.objects.ClusterRoleBindings = append(r.objects.ClusterRoleBindings, rbacv1.ClusterRoleBinding{
			ObjectMeta: role.ObjectMeta, Subjects: subjects, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name},
		})
	}
}

// subjects are all that bindings name, each once, in their order.
func (r *roleFiles) subjects() []roleSubject {
	var out []roleSubject
	add := func(namespace string, subjects []rbacv1.Subject) {
		for _, s := range subjects {
			if s.Kind == rbacv1.ServiceAccountKind && s.Namespace == "" {
				s.Namespace = namespace
			}
			out = addSubject(out, subjectOf(s, false))
		}
	}
	for _, b := range r.objects.RoleBindings {
		add(b.Namespace, b.Subjects)
	}
	for _, b := range r.objects.ClusterRoleBindings {
		add("", b.Subjects)
	}
	return out
}

// where is the file and the line of a rule.
func (r *roleFiles) where(role api.Ref, rule int) string {
	source := r.sources[role].Source
	line := source.Line
	if source.LineOf != nil {
		if at := source.LineOf(fmt.Sprintf("rules[%d]", rule-1)); at > 0 {
			line = at
		}
	}
	if source.File == "" || line == 0 {
		return fmt.Sprintf("%s rule %d", role.From(""), rule)
	}
	return fmt.Sprintf("%s:%d", source.File, line)
}
