package check

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// violation tells of powers that are alike.
func (a alike) violation(account *Account, powers []rbac.Power) Violation {
	var grants []rbac.Grant
	for _, p := range powers {
		grants = append(grants, p.Grants...)
	}
	grants = distinctGrants(grants)
	v := Violation{
		Path: grantsText(grants, account.Namespace), Got: doing(powers), Want: a.want,
		Message: fmt.Sprintf("%s %s: %s", doing(powers), placeText(a.namespace), a.gives),
		Key:     powerKey(powers, account.Namespace),
		Fix:     grantFix(grants, account.Namespace),
		Powers:  powers,
	}
	if a.severity == api.SeverityInfo {
		v.Fix = "nothing to mend where this is its work"
	}
	return v
}

// phrase is verbs with the resources that they are held for.
type phrase struct {
	verbs     []string
	resources []string
	names     []string
}

// phrases say powers: resources that the same verbs are held for, of any name, come together.
func phrases(powers []rbac.Power) []phrase {
	var out []phrase
	for _, p := range powers {
		resource := resourceText(p.Group, p.Resource)
		at := slices.IndexFunc(out, func(o phrase) bool {
			return len(p.Names) == 0 && len(o.names) == 0 && slices.Equal(o.verbs, p.Verbs)
		})
		switch {
		case at < 0:
			out = append(out, phrase{p.Verbs, []string{resource}, p.Names})
		case !slices.Contains(out[at].resources, resource):
			out[at].resources = append(out[at].resources, resource)
			slices.Sort(out[at].resources)
		}
	}
	return out
}

// resourceText names the API group where it is not one of Kubernetes itself.
func resourceText(group, resource string) string {
	if !strings.Contains(group, ".") || strings.HasSuffix(group, ".k8s.io") {
		return resource
	}
	return resource + "." + group
}

// doing says powers in words: "get, list secrets", "get secrets db, mail", "everything". It
// says the first few.
func doing(powers []rbac.Power) string {
	var words []string
	for _, f := range phrases(powers) {
		text := strings.Join(f.verbs, ", ") + " " + workload.SomeOf(f.resources)
		if text == "* *" {
			text = "everything"
		}
		if len(f.names) > 0 {
			text += " " + workload.SomeOf(f.names)
		}
		words = append(words, text)
	}
	const most = 4
	if len(words) > most {
		words = append(words[:most:most], fmt.Sprintf("%d more", len(words)-most))
	}
	return strings.Join(words, "; ")
}

func placeText(namespace string) string {
	if namespace == "" {
		return "in the whole cluster"
	}
	return "in " + namespace
}

// powerKey tells powers apart whatever binding gives them: "get,list/secrets",
// "get/secrets/db@ci". A namespace other than that of the account, or * for the whole
// cluster, stands behind the @.
func powerKey(powers []rbac.Power, home string) string {
	var words []string
	for _, f := range phrases(powers) {
		text := strings.Join(f.verbs, ",") + "/" + strings.Join(f.resources, ",")
		if len(f.names) > 0 {
			text += "/" + namesKey(f.names)
		}
		words = append(words, text)
	}
	slices.Sort(words)
	return strings.Join(words, ";") + placeKey(powers[0].Namespace, home)
}

// namesKey is bounded: many names are told by their number and a hash.
func namesKey(names []string) string {
	const most = 16
	if len(names) <= most {
		return strings.Join(names, ",")
	}
	return fmt.Sprintf("%d names %x", len(names), sha256.Sum256([]byte(strings.Join(names, "\n"))))
}

func placeKey(namespace, home string) string {
	switch namespace {
	case home:
		return ""
	case "":
		return "@*"
	}
	return "@" + namespace
}

// distinctGrants keeps the first of each.
func distinctGrants(grants []rbac.Grant) []rbac.Grant {
	seen := map[rbac.Grant]bool{}
	return slices.DeleteFunc(grants, func(g rbac.Grant) bool {
		before := seen[g]
		seen[g] = true
		return before
	})
}

// grantsText names the first grant and counts the others.
func grantsText(grants []rbac.Grant, home string) string {
	if len(grants) == 0 {
		return ""
	}
	g := grants[0]
	text := fmt.Sprintf("%s → %s rule %d", g.Binding.From(home), g.Role.From(home), g.Rule)
	if g.Subject.Kind == rbacv1.GroupKind {
		text += " by Group " + g.Subject.Name
	}
	if len(grants) > 1 {
		text += fmt.Sprintf(" and %d more", len(grants)-1)
	}
	return text
}

// grantFix says which object to change. What a group has is not the account's own, and a
// ClusterRole may be bound for others too.
func grantFix(grants []rbac.Grant, home string) string {
	if len(grants) == 0 {
		return ""
	}
	g := grants[0]
	binding, role := g.Binding.From(home), g.Role.From(home)
	var text string
	switch {
	case g.Subject.Kind == rbacv1.GroupKind:
		text = fmt.Sprintf("take Group %s out of %s, and grant %s to the accounts that need it", g.Subject.Name, binding, role)
	case g.Role.Kind == "Role":
		text = fmt.Sprintf("narrow rule %d of %s, which %s grants, or take it out", g.Rule, role, binding)
	default:
		text = fmt.Sprintf("bind a narrower role than %s by %s, or remove the binding", role, binding)
	}
	if len(grants) > 1 {
		text += "; so for " + workload.Plural(len(grants)-1, "more grant")
	}
	return text
}
