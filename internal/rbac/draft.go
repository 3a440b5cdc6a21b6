package rbac

import (
	"cmp"
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
	reasons := reasonsOf(needs)
	byNamespace := map[string][]draftRule{}
	for place, byVerb := range places(reasons) {
		byNamespace[place.Namespace] = append(byNamespace[place.Namespace], draftRule{place, byVerb})
	}
	var drafts []api.RoleDraft
	for _, namespace := range slices.Sorted(maps.Keys(byNamespace)) {
		drafts = append(drafts, api.RoleDraft{Namespace: namespace, Rules: rules(byNamespace[namespace])})
	}
	return drafts, prove(drafts, needs, reasons)
}

// draftRule is a place with the reasons for each verb there.
type draftRule struct {
	place   cluster.Need
	reasons map[string][]string
}

// reasonsOf are the needs that no other covers, without their Why, with all reasons for each.
func reasonsOf(needs []cluster.Need) map[cluster.Need][]string {
	out := map[cluster.Need][]string{}
	for _, need := range needs {
		widest := need
		for _, other := range needs {
			if covers(other, widest) {
				widest = other
			}
		}
		widest.Why = ""
		if !slices.Contains(out[widest], need.Why) {
			out[widest] = append(out[widest], need.Why)
		}
	}
	return out
}

// covers tells whether a right includes another.
func covers(wide, narrow cluster.Need) bool {
	return wide.Verb == narrow.Verb && wide.Group == narrow.Group && wide.Resource == narrow.Resource &&
		(wide.Namespace == "" || wide.Namespace == narrow.Namespace) && (wide.Name == "" || wide.Name == narrow.Name)
}

// places brings the verbs of the same objects together.
func places(reasons map[cluster.Need][]string) map[cluster.Need]map[string][]string {
	out := map[cluster.Need]map[string][]string{}
	for need, why := range reasons {
		place := need
		place.Verb = ""
		if out[place] == nil {
			out[place] = map[string][]string{}
		}
		out[place][need.Verb] = why
	}
	return out
}

// rules of one role; names for which the same is needed for the same reason share one.
func rules(drafts []draftRule) []api.RuleDraft {
	slices.SortFunc(drafts, func(a, b draftRule) int {
		return cmp.Or(cmp.Compare(a.place.Group, b.place.Group), cmp.Compare(a.place.Resource, b.place.Resource), cmp.Compare(a.place.Name, b.place.Name))
	})
	var out []api.RuleDraft
	for _, d := range drafts {
		rule := api.RuleDraft{PolicyRule: rbacv1.PolicyRule{
			APIGroups: []string{d.place.Group}, Resources: []string{d.place.Resource}, Verbs: slices.Sorted(maps.Keys(d.reasons)),
		}, Reason: d.reason()}
		if d.place.Name == "" {
			out = append(out, rule)
			continue
		}
		same := slices.IndexFunc(out, func(r api.RuleDraft) bool {
			return len(r.ResourceNames) > 0 && r.Reason == rule.Reason && slices.Equal(r.APIGroups, rule.APIGroups) &&
				slices.Equal(r.Resources, rule.Resources) && slices.Equal(r.Verbs, rule.Verbs)
		})
		if same < 0 {
			rule.ResourceNames = []string{d.place.Name}
			out = append(out, rule)
		} else {
			out[same].ResourceNames = append(out[same].ResourceNames, d.place.Name)
		}
	}
	return out
}

// reason says what each verb is for, at once where it is the same for all.
func (d draftRule) reason() string {
	verbs := slices.Sorted(maps.Keys(d.reasons))
	same := !slices.ContainsFunc(verbs, func(v string) bool { return !slices.Equal(d.reasons[v], d.reasons[verbs[0]]) })
	if same {
		return strings.Join(d.reasons[verbs[0]], "; ")
	}
	var parts []string
	for _, verb := range verbs {
		parts = append(parts, verb+": "+strings.Join(d.reasons[verb], "; "))
	}
	return strings.Join(parts, " | ")
}

// prove asks the evaluator whether the roles allow every need, and counts what they grant.
func prove(drafts []api.RoleDraft, needs []cluster.Need, kept map[cluster.Need][]string) error {
	const user = "draft"
	subjects := []rbacv1.Subject{{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: user}}
	var objects Objects
	granted := 0
	for _, d := range drafts {
		meta := metav1.ObjectMeta{Name: user, Namespace: d.Namespace}
		var rules []rbacv1.PolicyRule
		for _, r := range d.Rules {
			rules = append(rules, r.PolicyRule)
			granted += len(r.Verbs) * max(1, len(r.ResourceNames))
		}
		if d.Namespace == "" {
			objects.ClusterRoles = append(objects.ClusterRoles, rbacv1.ClusterRole{ObjectMeta: meta, Rules: rules})
			objects.ClusterRoleBindings = append(objects.ClusterRoleBindings, rbacv1.ClusterRoleBinding{
				ObjectMeta: meta, Subjects: subjects, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: user},
			})
			continue
		}
		objects.Roles = append(objects.Roles, rbacv1.Role{ObjectMeta: meta, Rules: rules})
		objects.RoleBindings = append(objects.RoleBindings, rbacv1.RoleBinding{
			ObjectMeta: meta, Subjects: subjects, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: user},
		})
	}
	policy := New(objects)
	for _, n := range needs {
		request := Request{Verb: n.Verb, Group: n.Group, Resource: n.Resource, Namespace: n.Namespace, Name: n.Name}
		if _, allowed := policy.Allows(User(user), request); !allowed {
			return fmt.Errorf("the roles do not allow to %s %s", n.Verb, n.Resource)
		}
	}
	if granted != len(kept) {
		return fmt.Errorf("the roles grant %d rights, and %d are needed", granted, len(kept))
	}
	return nil
}
