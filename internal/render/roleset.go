package render

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// RoleFormats are those that Roles knows.
func RoleFormats() []string { return []string{formatYAML, formatJSON, formatKYAML} }

// ValidateRoleFormat tells, before anything is worked out, whether Roles can print a format.
func ValidateRoleFormat(format string) error {
	if slices.Contains(RoleFormats(), strings.ToLower(format)) {
		return nil
	}
	return fmt.Errorf("output format %q is none of %s", format, strings.Join(RoleFormats(), ", "))
}

// Roles prints roles and bindings that can be applied: as YAML with the reason for each rule,
// a rule a line, else as a List. An error is that of the format or of a write.
func Roles(out io.Writer, sets []*api.RoleSet, opts Options) error {
	encode := func(w io.Writer, _ document) error { return encodeRoles(w, sets) }
	if !strings.EqualFold(opts.Format, formatYAML) {
		var err error
		if encode, err = plainEncoder(opts.Format, RoleFormats()); err != nil {
			return err
		}
	}
	list := struct {
		APIVersion string       `json:"apiVersion"`
		Kind       string       `json:"kind"`
		Items      []roleObject `json:"items"`
	}{"v1", "List", []roleObject{}}
	for _, set := range sets {
		list.Items = append(list.Items, roleObjects(set)...)
	}
	d := document{value: list}
	return d.print(out, encode, opts)
}

// roleObject is a role or a binding as it is written.
type roleObject struct {
	APIVersion string           `json:"apiVersion"`
	Kind       string           `json:"kind"`
	Metadata   roleMeta         `json:"metadata"`
	Rules      []roleRule       `json:"rules,omitempty"`
	RoleRef    *rbacv1.RoleRef  `json:"roleRef,omitempty"`
	Subjects   []rbacv1.Subject `json:"subjects,omitempty"`
}

type roleMeta struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace,omitempty"`
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
		role := roleObject{APIVersion: rbacv1.SchemeGroupVersion.String(), Kind: kind, Metadata: roleMeta{draft.Name, draft.Namespace}}
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

// encodeRoles writes YAML in which a rule is one line.
func encodeRoles(w io.Writer, sets []*api.RoleSet) error {
	var b bytes.Buffer
	for i, set := range sets {
		if i > 0 {
			b.WriteString("---\n")
		}
		for _, c := range slices.Concat(set.Comment, answerComment(set.Answer)) {
			writeComment(&b, c)
		}
		writeRoles(&b, roleObjects(set))
	}
	_, err := w.Write(b.Bytes())
	return err
}

func writeRoles(b *bytes.Buffer, objects []roleObject) {
	for i, o := range objects {
		if i > 0 {
			b.WriteString("---\n")
		}
		fmt.Fprintf(b, "apiVersion: %s\nkind: %s\nmetadata: %s\n", o.APIVersion, o.Kind,
			flowMap("name", o.Metadata.Name, "namespace", o.Metadata.Namespace))
		if o.RoleRef == nil {
			b.WriteString("rules:\n")
		}
		for _, r := range o.Rules {
			if r.reason != "" {
				writeComment(b, r.reason)
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

// writeComment writes one line, whatever is in it.
func writeComment(b *bytes.Buffer, c string) { fmt.Fprintf(b, "# %s\n", escape(c, false, "")) }

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
		quoted := make([]string, len(f.values))
		for i, v := range f.values {
			quoted[i] = flowScalar(v)
		}
		fields = append(fields, f.name+": ["+strings.Join(quoted, ", ")+"]")
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

// flowMap is a map in flow style of names and values in turn, without the empty ones.
func flowMap(pairs ...string) string {
	var fields []string
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			fields = append(fields, pairs[i]+": "+flowScalar(pairs[i+1]))
		}
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

// flowScalar quotes what YAML would take for something else than this string.
func flowScalar(s string) string {
	other := []string{"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
	if isWord(s) && !slices.Contains(other, strings.ToLower(s)) {
		return s
	}
	return strconv.QuoteToASCII(string([]rune(s))) // as JSON does, each invalid byte becomes U+FFFD
}

// isWord tells letters, digits and ./_- behind a letter.
func isWord(s string) bool {
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		inside := letter || r >= '0' && r <= '9' || strings.ContainsRune("./_-", r)
		if !inside || i == 0 && !letter {
			return false
		}
	}
	return s != ""
}
