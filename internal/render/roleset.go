package render

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// RoleFormats are those that Roles knows.
func RoleFormats() []string { return manifestFormats() }

// ValidateRoleFormat tells, before anything is worked out, whether Roles can print a format.
func ValidateRoleFormat(format string) error { return validateManifestFormat(format) }

// Roles prints roles and bindings that can be applied: as YAML with the reason for each rule,
// a rule a line, else as a List. An error is that of the format or of a write.
func Roles(out io.Writer, sets []*api.RoleSet, opts Options) error {
	objects := func() []roleObject {
		objects := []roleObject{}
		for _, set := range sets {
			objects = append(objects, roleObjects(set)...)
		}
		return objects
	}
	return printManifests(out, objects, func(b *bytes.Buffer, _ func()) { writeRoleSets(b, sets) }, opts)
}

// roleObject is a role or a binding as it is written.
type roleObject struct {
	APIVersion string           `json:"apiVersion"`
	Kind       string           `json:"kind"`
	Metadata   manifestMeta     `json:"metadata"`
	Rules      []roleRule       `json:"rules,omitempty"`
	RoleRef    *rbacv1.RoleRef  `json:"roleRef,omitempty"`
	Subjects   []rbacv1.Subject `json:"subjects,omitempty"`
}

type roleRule struct {
	rbacv1.PolicyRule
	reason string
}

// roleObjects are the objects of a set: each role, then its binding.
func roleObjects(set *api.RoleSet) []roleObject {
	objects := []roleObject{}
	for _, draft := range set.Roles {
		kind := "Role"
		if draft.Namespace == "" {
			kind = "ClusterRole"
		}
		role := roleObject{APIVersion: rbacv1.SchemeGroupVersion.String(), Kind: kind, Metadata: manifestMeta{draft.Name, draft.Namespace}}
		binding := role
		for _, r := range draft.Rules {
			role.Rules = append(role.Rules, roleRule{r.PolicyRule, r.Reason})
		}
		objects = append(objects, role)
		if len(set.Subjects) > 0 {
			binding.Kind += "Binding"
			binding.RoleRef = &rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: kind, Name: draft.Name}
			binding.Subjects = set.Subjects
			objects = append(objects, binding)
		}
	}
	return objects
}

// writeRoleSets writes YAML in which a rule is one line.
func writeRoleSets(b *bytes.Buffer, sets []*api.RoleSet) {
	for i, set := range sets {
		if i > 0 {
			b.WriteString(nextDocument)
		}
		for _, c := range slices.Concat(set.Comment, answerComment(set.Answer)) {
			writeComment(b, "", c)
		}
		writeRoles(b, roleObjects(set))
	}
}

func writeRoles(b *bytes.Buffer, objects []roleObject) {
	for i, o := range objects {
		if i > 0 {
			b.WriteString(nextDocument)
		}
		fmt.Fprintf(b, "apiVersion: %s\nkind: %s\nmetadata: %s\n", o.APIVersion, o.Kind,
			flowMap("name", o.Metadata.Name, "namespace", o.Metadata.Namespace))
		if o.RoleRef == nil {
			b.WriteString("rules:\n")
		}
		for _, r := range o.Rules {
			if r.reason != "" {
				writeComment(b, "", r.reason)
			}
			fmt.Fprintf(b, "- %s\n", flowRule(r.PolicyRule))
		}
		if ref := o.RoleRef; ref != nil {
			fmt.Fprintf(b, "roleRef: %s\nsubjects:\n", flowMap("apiGroup", ref.APIGroup, "kind", ref.Kind, "name", ref.Name))
		}
		for _, s := range o.Subjects {
			fmt.Fprintf(b, "- %s\n", flowMap("kind", s.Kind, "apiGroup", s.APIGroup, "name", s.Name, "namespace", s.Namespace))
		}
	}
}

// flowRule is a rule in flow style, without the fields that are empty.
func flowRule(r rbacv1.PolicyRule) string {
	var fields []string
	for _, f := range []struct {
		name   string
		values []string
	}{
		{"apiGroups", r.APIGroups}, {"resources", r.Resources}, {"resourceNames", r.ResourceNames},
		{"nonResourceURLs", r.NonResourceURLs}, {"verbs", r.Verbs},
	} {
		if len(f.values) == 0 {
			continue
		}
		fields = append(fields, f.name+": "+flowScalars(f.values))
	}
	return flowFields(fields)
}
