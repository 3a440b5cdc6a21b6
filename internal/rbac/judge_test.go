package rbac_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

// granting is a policy in which each subject has a ClusterRole of its own, or for a place with a
// namespace a Role: "User jane", "Group devs in shop".
func granting(t *testing.T, rules map[string][]rbacv1.PolicyRule) *rbac.Policy {
	t.Helper()
	var objects rbac.Objects
	for who, list := range rules {
		words := strings.Fields(who)
		subjects := []rbacv1.Subject{{Kind: words[0], APIGroup: rbacv1.GroupName, Name: words[1]}}
		meta := metav1.ObjectMeta{Name: words[1]}
		if len(words) == 2 {
			objects.ClusterRoles = append(objects.ClusterRoles, rbacv1.ClusterRole{ObjectMeta: meta, Rules: list})
			objects.ClusterRoleBindings = append(objects.ClusterRoleBindings, rbacv1.ClusterRoleBinding{ObjectMeta: meta, Subjects: subjects, RoleRef: rbacv1.RoleRef{Kind: "ClusterRole", Name: words[1]}})
			continue
		}
		meta.Namespace = words[3]
		objects.Roles = append(objects.Roles, rbacv1.Role{ObjectMeta: meta, Rules: list})
		objects.RoleBindings = append(objects.RoleBindings, rbacv1.RoleBinding{ObjectMeta: meta, Subjects: subjects, RoleRef: rbacv1.RoleRef{Kind: "Role", Name: words[1]}})
	}
	return rbac.New(objects)
}

// may is a rule: "get,list apps deployments/web", "get /metrics".
func may(t *testing.T, text string) rbacv1.PolicyRule {
	t.Helper()
	u := use(t, text, 1)
	rule := rbacv1.PolicyRule{Verbs: strings.Split(u.Verb, ",")}
	if u.Path != "" {
		rule.NonResourceURLs = []string{u.Path}
		return rule
	}
	rule.APIGroups, rule.Resources = []string{u.Group}, []string{u.Resource}
	if u.Name != "" {
		rule.ResourceNames = []string{u.Name}
	}
	return rule
}

func inWords(role api.Ref, rule int) string { return fmt.Sprintf("%s rule %d", role.From(""), rule) }

// judgedWords are the parts of a judgement that differ in tests.
func judgedWords(j *rbac.Judged) []string {
	out := []string{fmt.Sprintf("%d of %d covered, %d unseen", j.Proof.Covered, j.Proof.Observed, j.Unseen)}
	for _, u := range j.Proof.Refused {
		out = append(out, fmt.Sprintf("refused %s %dx: %s", u.Use, u.Count, u.By))
	}
	for label, list := range map[string][]api.ReasonedUse{
		"unjudged": j.Proof.Inexpressible, "likely": j.Likely, "added": j.Proof.Added, "excess": j.Proof.Excess,
	} {
		for _, u := range list {
			out = append(out, label+" "+u.Use+": "+u.Reason)
		}
	}
	slices.Sort(out[1:])
	return out
}

func TestJudge(t *testing.T) {
	u := func(text string) api.Use { return use(t, text, 3) }
	hidden := func(text, why string, unless ...rbacv1.PolicyRule) api.Use {
		h := u(text)
		h.Hidden, h.Unless = why, unless
		return h
	}
	many := func(text string) api.Use {
		m := u(text)
		m.AnyName, m.Path = true, ""
		return m
	}
	moreUnless := hidden("escalate rbac.authorization.k8s.io roles in shop", "writes a role", may(t, "get core pods"))
	moreUnless.MoreUnless = true
	exec, create := u("get core pods:exec/web in shop"), hidden("create core pods:exec/web in shop", "WebSocket")
	for _, c := range []struct {
		name  string
		rules []string
		uses  []api.Use
		want  []string
	}{
		{"granted", []string{"get core pods"}, []api.Use{u("get core pods/a in shop")}, []string{"1 of 1 covered, 0 unseen", "excess get pods, any name: seen in shop alone"}},
		{"everybody's", nil, []api.Use{u("get /apis")}, []string{"0 of 0 covered, 0 unseen"}},
		{"a create beside a WebSocket", []string{"get core pods:exec"}, []api.Use{exec, create}, []string{
			"1 of 1 covered, 1 unseen", "excess get pods/exec, any name: seen in shop alone", "refused create pods/exec of web in shop 3x: WebSocket; ClusterRole jane rule 1 grants get alone",
		}},
		{"a create that was seen too", []string{"get core pods:exec"}, []api.Use{exec, u("create core pods:exec/web in shop"), create}, []string{
			"1 of 2 covered, 0 unseen", "excess get pods/exec, any name: seen in shop alone", "refused create pods/exec of web in shop 3x: ClusterRole jane rule 1 grants get alone",
		}},
		{"a create that is granted", []string{"get,create core pods:exec/web"}, []api.Use{exec, create}, []string{
			"1 of 1 covered, 0 unseen", "added create pods/exec of web in shop: WebSocket", "excess create pods/exec of web: seen in shop alone", "excess get pods/exec of web: seen in shop alone",
		}},
		{"finalizers", nil, []api.Use{hidden("update apps deployments:finalizers/a in shop", "only with a plugin")}, []string{
			"0 of 0 covered, 0 unseen", "likely update deployments/finalizers of a in shop: only with a plugin",
		}},
		{"escalate by who holds the rules", []string{"get core pods"}, []api.Use{hidden("escalate rbac.authorization.k8s.io roles in shop", "writes a role", may(t, "get core pods"))}, []string{
			"0 of 0 covered, 0 unseen", "excess get pods, any name: never seen",
		}},
		{"escalate by who does not", nil, []api.Use{hidden("escalate rbac.authorization.k8s.io roles in shop", "writes a role", may(t, "get core pods"))}, []string{
			"0 of 0 covered, 1 unseen", "refused escalate roles in shop 3x: writes a role; no rule is about it",
		}},
		{"escalate with too many rules", []string{"get core pods"}, []api.Use{moreUnless}, []string{"0 of 0 covered, 1 unseen", "excess get pods, any name: never seen", "refused escalate roles in shop 3x: writes a role; no rule is about it"}},
		{"bind of a role that it holds", []string{"get core pods"}, []api.Use{hidden("bind rbac.authorization.k8s.io clusterroles/jane in shop", "writes a binding")}, []string{
			"0 of 0 covered, 0 unseen", "excess get pods, any name: never seen",
		}},
		{"bind of a role that is not known", nil, []api.Use{hidden("bind rbac.authorization.k8s.io clusterroles/view in shop", "writes a binding")}, []string{
			"0 of 0 covered, 1 unseen", "refused bind clusterroles/view in shop 3x: writes a binding; no rule is about it",
		}},
		{"list beside watch", []string{"watch core pods"}, []api.Use{u("watch core pods")}, []string{
			"1 of 1 covered, 0 unseen", "likely list pods: informers start with one watch and fall back to list",
		}},
		{"many paths, by any", []string{"get /*"}, []api.Use{many("get /")}, []string{"1 of 1 covered, 0 unseen"}},
		{"many paths, by some", []string{"get /metrics/*", "get /x"}, []api.Use{many("get /")}, []string{
			"0 of 0 covered, 0 unseen", "excess get /metrics/*: not known: more than 1,024 were seen, too many to keep", "excess get /x: not known: more than 1,024 were seen, too many to keep",
			"unjudged get any path: more than 1,024 paths were seen, too many to keep, and no rule allows every path",
		}},
		{"many names, by name", []string{"get core secrets/a"}, []api.Use{many("get core secrets in shop")}, []string{
			"0 of 0 covered, 0 unseen", "excess get secrets/a: not known: more than 1,024 were seen, too many to keep",
			"unjudged get secrets in shop: more than 1,024 names were seen, too many to keep, and the rules are limited to names",
		}},
		{"many names, by none", nil, []api.Use{many("get core secrets in shop")}, []string{"0 of 1 covered, 0 unseen", "refused get secrets in shop 3x: no rule is about it"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var rules []rbacv1.PolicyRule
			for _, text := range c.rules {
				rules = append(rules, may(t, text))
			}
			judged := rbac.Judge(granting(t, map[string][]rbacv1.PolicyRule{"User jane": rules}), rbac.User("jane"),
				[]api.Access{{User: "jane", Groups: []string{rbac.Authenticated}, Uses: c.uses}}, rbac.JudgeOptions{Where: inWords})
			if diff := cmp.Diff(c.want, judgedWords(judged)); diff != "" {
				t.Error(diff)
			}
			if len(judged.Refused) != len(judged.Proof.Refused) {
				t.Errorf("%+v", judged.Refused)
			}
		})
	}
}

// TestJudgeLive: what the cluster does not grant to everybody is to be granted, and its roles are
// known.
func TestJudgeLive(t *testing.T) {
	access := []api.Access{{User: "jane", Groups: []string{rbac.Authenticated}, Uses: []api.Use{use(t, "get /apis", 1)}}}
	judge := func(live *rbac.Policy) *rbac.Judged {
		return rbac.Judge(rbac.New(rbac.Objects{}), rbac.User("jane"), access, rbac.JudgeOptions{Live: live, Where: inWords})
	}
	if j := judge(rbac.New(rbac.Objects{})); len(j.Proof.Refused) != 1 || len(j.Proof.LeftOut) != 0 {
		t.Errorf("%+v", j)
	}
	everybody := granting(t, map[string][]rbacv1.PolicyRule{"Group " + rbac.Authenticated: {may(t, "get /apis")}})
	for _, live := range []*rbac.Policy{nil, everybody} {
		if j := judge(live); len(j.Proof.Refused) != 0 || len(j.Proof.LeftOut) != 1 {
			t.Errorf("%+v", j)
		}
	}
	bind := use(t, "bind rbac.authorization.k8s.io clusterroles/tools in shop", 1)
	bind.Hidden = "writes a binding"
	access[0].Uses = []api.Use{bind}
	written := granting(t, map[string][]rbacv1.PolicyRule{"User jane": {may(t, "get core pods")}})
	live := granting(t, map[string][]rbacv1.PolicyRule{"User tools": {may(t, "get core pods")}})
	if j := rbac.Judge(written, rbac.User("jane"), access, rbac.JudgeOptions{Live: live, Where: inWords}); len(j.Proof.Refused) != 0 {
		t.Errorf("%+v", j)
	}
}

// TestJudgeGroups: a request is judged as the user and with the groups that made it.
func TestJudgeGroups(t *testing.T) {
	pods, secrets := use(t, "get core pods/a in shop", 2), use(t, "get core secrets/a in shop", 3)
	policy := granting(t, map[string][]rbacv1.PolicyRule{"Group devs": {may(t, "get core pods/a")}, "User jane in shop": {may(t, "get core secrets/a")}})
	judge := func(id rbac.Identity, access ...api.Access) []string {
		return judgedWords(rbac.Judge(policy, id, access, rbac.JudgeOptions{Where: inWords}))
	}
	as := func(user string, uses []api.Use, groups ...string) api.Access {
		return api.Access{User: user, Groups: groups, Uses: uses}
	}
	both := []api.Use{pods, secrets}
	for name, c := range map[string]struct{ got, want []string }{
		"user": {judge(rbac.User("jane"), as("jane", both, "devs", rbac.Authenticated)), []string{"2 of 2 covered, 0 unseen"}},
		"group": {judge(rbac.Group("devs"), as("jane", both, "devs", rbac.Authenticated)), []string{
			"2 of 2 covered, 0 unseen", "excess get pods/a: seen in shop alone",
		}},
		"without the group": {judge(rbac.User("jane"), as("jane", both, "devs"), as("jane", []api.Use{pods}, rbac.Authenticated)), []string{
			"1 of 2 covered, 0 unseen", "refused get pods/a in shop 2x: no rule is about it",
		}},
		"another of the group": {judge(rbac.Group("devs"), as("joe", both, "devs"), as("jane", both, "devs")), []string{
			"1 of 2 covered, 0 unseen", "excess get pods/a: seen in shop alone", "refused get secrets/a in shop 3x: no rule is about it",
		}},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	for user, want := range map[string]rbac.Identity{
		"system:serviceaccount:shop:a": rbac.ServiceAccount("shop", "a"),
		"jane":                         {User: "jane", Groups: []string{rbac.AllAccounts}},
	} {
		if diff := cmp.Diff(want, rbac.Actor(&api.Access{User: user, Groups: []string{rbac.AllAccounts}})); diff != "" {
			t.Errorf("%s: %s", user, diff)
		}
	}
	if got := rbac.Actor(&api.Access{User: "jane"}); !slices.Equal(got.Groups, []string{rbac.Authenticated}) {
		t.Errorf("%+v", got)
	}
}

// TestJudgeLarge: a short rule may stand for more than can be looked at.
func TestJudgeLarge(t *testing.T) {
	var list []string
	for i := range 250 {
		list = append(list, fmt.Sprintf("x%d", i))
	}
	large := rbacv1.PolicyRule{Verbs: list, APIGroups: list, Resources: list}
	seen := api.Use{Action: api.Action{Verb: "x1", Group: "x2", Resource: "x3"}, Count: 1}
	other := api.Use{Action: api.Action{Verb: "y", Group: "x2", Resource: "x3"}, Count: 1}
	access := []api.Access{{User: "jane", Uses: []api.Use{seen, other}}}
	judged := judgedWords(rbac.Judge(granting(t, map[string][]rbacv1.PolicyRule{"User jane": {large}}), rbac.User("jane"), access, rbac.JudgeOptions{Where: inWords}))
	want := []string{
		"1 of 2 covered, 0 unseen", "excess rule 1 of ClusterRole jane: 15,625,000 combinations, not compared one by one",
		"refused y x3 1x: ClusterRole jane rule 1 grants x0, x1, x2, x3, x4, x5, x6, x7, 242 more alone",
	}
	if diff := cmp.Diff(want, judged); diff != "" {
		t.Error(diff)
	}
	var rules []rbacv1.PolicyRule
	for i := range 30 { // each is small enough, all are not
		rules = append(rules, rbacv1.PolicyRule{Verbs: list[:90], APIGroups: []string{fmt.Sprint(i)}, Resources: list[:100]})
	}
	j := rbac.Judge(granting(t, map[string][]rbacv1.PolicyRule{"User jane": rules}), rbac.User("jane"), access, rbac.JudgeOptions{Where: inWords})
	if got := j.Proof.Granted; got != 11*9000+19 {
		t.Error(got)
	}
	huge := slices.Repeat(list, 400)
	largest := rbacv1.PolicyRule{Verbs: huge, APIGroups: huge, Resources: huge, ResourceNames: huge}
	j = rbac.Judge(granting(t, map[string][]rbacv1.PolicyRule{"User jane": {largest}}), rbac.User("jane"), nil, rbac.JudgeOptions{Where: inWords})
	if got := j.Proof.Excess; len(got) != 1 || !strings.HasPrefix(got[0].Reason, "more than ") {
		t.Error(got)
	}
}
