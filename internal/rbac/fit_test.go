package rbac_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

// use is an action with evidence: "get apps deployments/web in shop", core as the group of
// core, a slash before the subresource after a colon: "create core pods:exec/a in shop".
func use(t *testing.T, text string, count int64) api.Use {
	t.Helper()
	words := strings.Fields(text)
	u := api.Use{Action: api.Action{Verb: words[0]}, Count: count}
	if strings.HasPrefix(words[1], "/") {
		u.Path = words[1]
		return u
	}
	if u.Group = words[1]; u.Group == "core" {
		u.Group = ""
	}
	u.Resource, u.Name, _ = strings.Cut(words[2], "/")
	u.Resource = strings.ReplaceAll(u.Resource, ":", "/")
	if len(words) > 4 {
		u.Namespace = words[4]
	}
	return u
}

// written is the rules in short: namespace: verbs group resources/names.
func written(roles []api.RoleDraft) []string {
	out := []string{}
	for _, role := range roles {
		for _, r := range role.Rules {
			line := strings.Join(r.Verbs, ",") + " " + strings.Join(append(slices.Clone(r.APIGroups), r.NonResourceURLs...), ",")
			if len(r.Resources) > 0 {
				line += " " + strings.Join(r.Resources, ",")
			}
			if len(r.ResourceNames) > 0 {
				line += " " + strings.Join(r.ResourceNames, ",")
			}
			out = append(out, role.Namespace+": "+line)
		}
	}
	return out
}

func TestFit(t *testing.T) {
	created := func(u api.Use, names ...string) api.Use { u.Created = names; return u }
	hidden := func(u api.Use, unless ...rbacv1.PolicyRule) api.Use { u.Hidden, u.Unless = "because", unless; return u }
	anyName := func(u api.Use) api.Use { u.AnyName = true; return u }
	u := func(text string) api.Use { return use(t, text, 1) }
	pods := rbacv1.PolicyRule{Verbs: []string{"get"}, APIGroups: []string{""}, Resources: []string{"pods"}}
	for _, c := range []struct {
		name  string
		uses  []api.Use
		opts  rbac.FitOptions
		rules []string
		added []string
	}{
		{name: "nothing", rules: []string{}},
		{
			name:  "a namespace is not another, and no namespace is all",
			uses:  []api.Use{u("get core secrets/a in x"), u("get core secrets/a in y"), u("list core nodes"), u("list core pods")},
			rules: []string{": list  nodes,pods", "x: get  secrets a", "y: get  secrets a"},
		},
		{
			name:  "all namespaces include one",
			uses:  []api.Use{u("list core pods"), u("list core pods in x"), u("get core pods/a in x"), u("get core pods in x")},
			rules: []string{": list  pods", "x: get  pods"},
		},
		{
			name:  "groups stay apart, names do where verbs differ",
			uses:  []api.Use{u("get apps deployments/a in x"), u("get batch jobs/a in x"), u("get apps deployments/b in x"), u("patch apps deployments/b in x")},
			rules: []string{"x: get apps deployments a", "x: get,patch apps deployments b", "x: get batch jobs a"},
		},
		{
			name: "a watch brings a list", uses: []api.Use{u("watch core pods in x"), u("watch core configmaps/a in x")},
			rules: []string{"x: list,watch  configmaps a", "x: list,watch  pods"}, added: []string{"list configmaps/a in x", "list pods in x"},
		},
		{name: "exactly", uses: []api.Use{u("watch core pods in x")}, opts: rbac.FitOptions{Exact: true}, rules: []string{"x: watch  pods"}},
		{
			name:  "it created all it names",
			uses:  []api.Use{created(u("create core events in x"), "a", "b", "c"), u("patch core events/a in x"), u("patch core events/b in x")},
			rules: []string{"x: create,patch  events"}, added: []string{"patch events in x, any name"},
		},
		{
			name:  "it created one of a fixed name",
			uses:  []api.Use{created(u("create coordination.k8s.io leases in x"), "leader"), u("update coordination.k8s.io leases/leader in x")},
			rules: []string{"x: create coordination.k8s.io leases", "x: update coordination.k8s.io leases leader"},
		},
		{
			name:  "it created one of a generated name",
			uses:  []api.Use{created(u("create core pods in x"), "job-x7k2p"), u("delete core pods/job-x7k2p in x")},
			rules: []string{"x: create,delete  pods"}, added: []string{"delete pods in x, any name"},
		},
		{
			name:  "it names one that it did not create",
			uses:  []api.Use{created(u("create core events in x"), "a", "b"), u("patch core events/a in x"), u("patch core events/z in x")},
			rules: []string{"x: create  events", "x: patch  events a,z"},
		},
		{
			name:  "namespaces that it created",
			uses:  []api.Use{created(u("create core namespaces"), "a", "b"), u("get core namespaces/a in a"), u("get core namespaces/b in b")},
			rules: []string{": create,get  namespaces"}, added: []string{"get namespaces, any name"},
		},
		{
			name:  "a Namespace is in itself",
			uses:  []api.Use{u("get core namespaces/a in a")},
			rules: []string{"a: get  namespaces a"},
		},
		{
			name: "names beyond count", uses: []api.Use{anyName(u("get core pods in x"))},
			rules: []string{"x: get  pods"}, added: []string{"get pods in x, any name"},
		},
		{
			name:  "granted to everybody",
			uses:  []api.Use{u("get /version"), u("get /openid/v1/jwks"), u("get /metrics"), u("post /version"), u("create authorization.k8s.io selfsubjectaccessreviews")},
			rules: []string{": get /metrics", ": post /version"},
		},
		{
			name:  "asterisks are no wildcards",
			uses:  []api.Use{u("get core */a in x"), u("get core */log in x"), u("* core pods in x"), u("get * pods in x"), u("get /a*"), u("get core pods/* in x")},
			rules: []string{"x: get  pods *"},
		},
		{
			name: "it may escalate to what it has", uses: []api.Use{u("get core pods in x"), hidden(u("escalate rbac.authorization.k8s.io roles/r in x"), pods)},
			rules: []string{"x: get  pods"},
		},
		{
			name:  "it may not escalate to what it has elsewhere",
			uses:  []api.Use{u("get core pods in y"), hidden(u("escalate rbac.authorization.k8s.io roles/r in x"), pods)},
			rules: []string{"x: escalate rbac.authorization.k8s.io roles r", "y: get  pods"}, added: []string{"escalate roles/r in x"},
		},
		{
			name: "finalizers are left out", uses: []api.Use{u("get core pods in y"), hidden(u("update apps deployments:finalizers/a in y"))},
			rules: []string{"y: get  pods"},
		},
		{
			name: "unless asked for", uses: []api.Use{hidden(u("update apps deployments:finalizers/a in y"))}, opts: rbac.FitOptions{Finalizers: true},
			rules: []string{"y: update apps deployments/finalizers a"}, added: []string{"update deployments/finalizers of a in y"},
		},
		{
			name: "what gives rights is not widened",
			uses: []api.Use{
				created(u("create rbac.authorization.k8s.io clusterroles"), "a", "b"), u("bind rbac.authorization.k8s.io clusterroles/a"), u("bind rbac.authorization.k8s.io clusterroles/b"),
				created(u("create core serviceaccounts in x"), "a", "b"), u("create core serviceaccounts:token/a in x"), u("create core serviceaccounts:token/b in x"),
				u("impersonate core serviceaccounts/a in x"), u("impersonate core serviceaccounts/b in x"),
			},
			rules: []string{
				": create rbac.authorization.k8s.io clusterroles", ": bind rbac.authorization.k8s.io clusterroles a,b",
				"x: create  serviceaccounts", "x: impersonate  serviceaccounts a,b", "x: create  serviceaccounts/token a,b",
			},
		},
		{
			name: "no such namespace", uses: []api.Use{u("get core pods/a in x"), u("get core pods/a in UPPER")},
			rules: []string{"x: get  pods a"},
		},
		{
			name: "more names", uses: []api.Use{u("get core secrets/web-5d4f7c9b8x in x"), u("get core secrets/b in x")}, opts: rbac.FitOptions{AnyName: true},
			rules: []string{"x: get  secrets"}, added: []string{"get secrets in x, any name"},
		},
		{
			name: "more namespaces", uses: []api.Use{u("list core pods in x"), u("list core pods in y"), u("get core pods/a in x")}, opts: rbac.FitOptions{AnyNamespace: true},
			rules: []string{": list  pods", "x: get  pods a"}, added: []string{"list pods"},
		},
		{
			name: "events", uses: []api.Use{u("list core pods in x")}, opts: rbac.FitOptions{Events: true},
			rules: []string{"x: create,patch  events", "x: list  pods", "x: create,patch events.k8s.io events"},
			added: []string{"create events in x", "patch events in x, any name", "create events.events.k8s.io in x", "patch events.events.k8s.io in x, any name"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			fitted, err := rbac.Fit(rbac.ServiceAccount("x", "app"), []api.Access{{Uses: c.uses}}, c.opts)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.rules, written(fitted.Roles)); diff != "" {
				t.Error(diff)
			}
			var added []string
			for _, a := range fitted.Proof.Added {
				added = append(added, a.Use)
			}
			if diff := cmp.Diff(c.added, added); diff != "" {
				t.Error(diff)
			}
			if p := fitted.Proof; p.Coverage != 1 || p.Covered != p.Observed || len(p.Excess) != 0 || p.Granted != p.Observed+len(p.Added) {
				t.Errorf("%+v", p)
			}
		})
	}
}

// TestFitReasons is the role of a workload with the evidence for each rule.
func TestFitReasons(t *testing.T) {
	seen := func(u api.Use, last string, agents ...string) api.Use { u.Last, u.Agents = last, agents; return u }
	var uses []api.Use
	events := use(t, "create core events in shop", 12)
	for i := range 9 {
		name := fmt.Sprint("checkout.", i)
		events.Created = append(events.Created, name)
		uses = append(uses, seen(use(t, "patch core events/"+name+" in shop", 10), "2026-11-19T22:14:03Z"))
	}
	const agent = "checkout/4.2.0 (linux/amd64) kubernetes/$Format"
	uses = append(uses, events,
		seen(use(t, "watch core configmaps/checkout-config in shop", 5046), "2026-11-20T08:57:41Z", agent),
		seen(use(t, "get core secrets/payment-keys in shop", 4032), "2026-11-20T08:55:00Z", agent, "curl/8"),
		seen(use(t, "create coordination.k8s.io leases in shop", 1), "2026-11-12T10:03:09Z"),
		seen(use(t, "get coordination.k8s.io leases/checkout-leader in shop", 214809), "2026-11-20T08:59:58Z", agent),
		seen(use(t, "update coordination.k8s.io leases/checkout-leader in shop", 343702), "2026-11-20T08:59:57Z", agent))
	fitted, err := rbac.Fit(rbac.ServiceAccount("shop", "checkout"), []api.Access{{Uses: uses, Denied: []api.Use{use(t, "list core nodes", 14)}}}, rbac.FitOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var reasons []string
	for _, r := range fitted.Roles[0].Rules {
		reasons = append(reasons, r.Reason)
	}
	want := []string{
		"watch 5,046x, last 2026-11-20T08:57:41Z, agent checkout/4.2.0; list added: informers need it",
		"create 12x, patch 90x on 9 names, last 2026-11-19T22:14:03Z; any name added: it created all 9 seen",
		"get 4,032x, last 2026-11-20T08:55:00Z, agents checkout/4.2.0, curl/8",
		"create 1x, 2026-11-12T10:03:09Z; a create cannot be limited to a name",
		"get 214,809x, update 343,702x, last 2026-11-20T08:59:58Z, agent checkout/4.2.0",
	}
	if diff := cmp.Diff(want, reasons); diff != "" {
		t.Error(diff)
	}
	p := fitted.Proof
	if p.Subject != "ServiceAccount shop/checkout" || p.Observed != 15 || p.Granted != 17 ||
		!slices.Equal(p.Denied, []api.CountedUse{{Use: "list nodes", Count: 14}}) {
		t.Errorf("%+v", p)
	}
}
