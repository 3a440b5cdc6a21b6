package rbac

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
)

// Draft makes the narrowest roles that grant what is needed. A need that a wider one covers,
// such as one of a namespace beside the same for the whole cluster, gets no rule of its own;
// its reason stands with the wider one's. The error is for roles that the evaluator finds to
// grant less or more.
func Draft(needs []cluster.Need) ([]api.RoleDraft, error) {
	wanted := map[api.Action]bool{}
	for _, n := range needs {
		wanted[actionOf(n)] = true
	}
	reasons := map[api.Action][]string{}
	for _, n := range needs {
		kept := widest(actionOf(n), wanted)
		if !slices.Contains(reasons[kept], n.Why) {
			reasons[kept] = append(reasons[kept], n.Why)
		}
	}
	drafts := draftRoles(slices.Collect(maps.Keys(reasons)), func(sameObjects []api.Action) string {
		return sameObjects[0].Resource + "\x00" + reasonFor(sameObjects, reasons)
	}, func(p *packed) string {
		_, reason, _ := strings.Cut(p.key, "\x00")
		return reason
	})
	return drafts, prove(drafts, wanted)
}

func actionOf(n cluster.Need) api.Action {
	return api.Action{Verb: n.Verb, Group: n.Group, Resource: n.Resource, Namespace: n.Namespace, Name: n.Name}
}

// widest is the widest of the actions wanted that includes an action: for any name, in all
// namespaces.
func widest[T any](a api.Action, wanted map[api.Action]T) api.Action {
	for _, wide := range []api.Action{
		{Verb: a.Verb, Group: a.Group, Resource: a.Resource},
		{Verb: a.Verb, Group: a.Group, Resource: a.Resource, Namespace: a.Namespace},
		{Verb: a.Verb, Group: a.Group, Resource: a.Resource, Name: a.Name},
	} {
		if _, found := wanted[wide]; found && a.Path == "" {
			return wide
		}
	}
	return a
}

// draftRoles packs actions, of which none includes another, into a role for each namespace.
func draftRoles(actions []api.Action, key func([]api.Action) string, reason func(*packed) string) []api.RoleDraft {
	byNamespace := map[string][]api.Action{}
	for _, a := range actions {
		byNamespace[a.Namespace] = append(byNamespace[a.Namespace], a)
	}
	var drafts []api.RoleDraft
	for _, namespace := range slices.Sorted(maps.Keys(byNamespace)) {
		draft := api.RoleDraft{Namespace: namespace}
		for _, p := range pack(byNamespace[namespace], key) {
			draft.Rules = append(draft.Rules, api.RuleDraft{PolicyRule: p.rule, Reason: reason(&p)})
		}
		drafts = append(drafts, draft)
	}
	return drafts
}

// reasonFor says what each verb on the same objects is for, at once where it is the same for
// all.
func reasonFor(actions []api.Action, reasons map[api.Action][]string) string {
	of := func(a api.Action) string { return strings.Join(reasons[a], "; ") }
	if !slices.ContainsFunc(actions, func(a api.Action) bool { return of(a) != of(actions[0]) }) {
		return of(actions[0])
	}
	var parts []string
	for _, a := range actions {
		parts = append(parts, a.Verb+": "+of(a))
	}
	return strings.Join(parts, " | ")
}

// draftUser stands for whoever is bound to a draft.
const draftUser = "draft"

// policyOf is the policy in which draftUser is bound to the roles and nobody to anything else.
func policyOf(drafts []api.RoleDraft) *Policy {
	subjects := []rbacv1.Subject{{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: draftUser}}
	var objects Objects
	for _, d := range drafts {
		meta := metav1.ObjectMeta{Name: draftUser, Namespace: d.Namespace}
		var rules []rbacv1.PolicyRule
		for _, r := range d.Rules {
			rules = append(rules, r.PolicyRule)
		}
		if d.Namespace == "" {
			objects.ClusterRoles = append(objects.ClusterRoles, rbacv1.ClusterRole{ObjectMeta: meta, Rules: rules})
			objects.ClusterRoleBindings = append(objects.ClusterRoleBindings, rbacv1.ClusterRoleBinding{
				ObjectMeta: meta, Subjects: subjects, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: draftUser},
			})
			continue
		}
		objects.Roles = append(objects.Roles, rbacv1.Role{ObjectMeta: meta, Rules: rules})
		objects.RoleBindings = append(objects.RoleBindings, rbacv1.RoleBinding{
			ObjectMeta: meta, Subjects: subjects, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: draftUser},
		})
	}
	return New(objects)
}

// prove asks the evaluator whether the roles allow all that is wanted, and looks for what
// they grant beyond it.
func prove[T any](drafts []api.RoleDraft, wanted map[api.Action]T) error {
	policy := policyOf(drafts)
	for a := range wanted {
		if _, allowed := policy.Allows(Identity{User: draftUser}, RequestOf(a)); !allowed {
			return fmt.Errorf("the roles do not allow to %s %s%s", a.Verb, a.Resource, a.Path)
		}
	}
	for _, d := range drafts {
		for _, r := range d.Rules {
			for _, a := range actionsOf(&r.PolicyRule, d.Namespace) {
				if _, needed := wanted[a]; !needed {
					return fmt.Errorf("the roles allow to %s %s%s, which nothing needs", a.Verb, a.Resource, a.Path)
				}
			}
		}
	}
	return nil
}
