package render

import (
	"strings"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// configuredSet is a workload of which nothing was observed, and n edges are configured.
func configuredSet(name string, types []networkingv1.PolicyType, n int, added ...api.ReasonedUse) *api.PolicySet {
	set := simpleSet(name, types, 0, 604, added...)
	set.Answer.Configured, set.Answer.Unobserved, set.Answer.Unconfigured = n, added, []api.ReasonedUse{}
	for i := range set.Policies[0].Ingress {
		set.Policies[0].Ingress[i].Reasons = []string{"added: " + api.ConfiguredReason + "never observed: env CART_ADDR of container app"}
	}
	return set
}

func configuredUse(use, where string) api.ReasonedUse {
	return api.ReasonedUse{Use: use, Reason: api.ConfiguredReason + "never observed: " + where}
}

// configuredSets are the shop with nothing observed: the first screen of network policies.
func configuredSets() []*api.PolicySet {
	cart := configuredSet("cart", both(), 1, append(dnsUses(), configuredUse("TCP 6379 of sts/redis", "env REDIS_ADDR of container app"))...)
	const nothing = "nothing configured"
	open := func(set *api.PolicySet, direction networkingv1.PolicyType, reason string, names ...string) *api.PolicySet {
		set.Answer.Open = append(set.Answer.Open, api.OpenDirection{Direction: direction, Reason: reason, Names: names})
		return set
	}
	of := func(kind, name, why string) *api.PolicySet {
		return without(api.Ref{Kind: kind, Namespace: "shop", Name: name}, why)
	}
	return []*api.PolicySet{
		cart,
		open(configuredSet("catalog", both()[:1], 0, configuredUse("TCP 3550 from deploy/web", "env CATALOG_ADDR of container app")), outbound, nothing),
		open(configuredSet("checkout", both()[:1], 3), outbound, "api.payments.example is a name", "api.payments.example"),
		open(configuredSet("mail", both()[:1], 1), outbound, "smtp.example.net is a name", "smtp.example.net"),
		open(open(of("CronJob", "nightly", nothing), inbound, nothing), outbound, nothing),
		of("DaemonSet", "node-agent", "it is on the network of its nodes, where policies do not hold"),
		open(of("StatefulSet", "redis", "redis-in already allows its edges"), outbound, nothing),
		func() *api.PolicySet {
			web := of("Deployment", "web", "web already allows its edges")
			web.Answer.Configured = 3
			return web
		}(),
	}
}

// gapSets were observed, and differ from what is configured.
func gapSets() []*api.PolicySet {
	cart, web := cartSet(), simpleSet("web", both(), 5, 1204)
	cart.Answer.Unobserved = []api.ReasonedUse{{Use: "TCP 6380 of sts/sessions", Reason: "env SESSIONS of container app"}}
	cart.Answer.Unconfigured = []api.ReasonedUse{}
	for _, use := range []string{"TCP 443 of 198.51.100.7 (cdn.example)", "TCP 6443 of kube-apiserver", "TCP 7070 of deploy/other", "UDP 9 of 198.51.100.9", "UDP 99 of 198.51.100.9"} {
		cart.Answer.Unconfigured = append(cart.Answer.Unconfigured, api.ReasonedUse{Use: use, Reason: "12x"})
	}
	web.Answer.Unobserved = []api.ReasonedUse{{Use: "TCP 5432 of data/sts/db", Reason: "arg 2 of container app"}}
	cart.Answer.Proof.LeftOut = []api.CountedUse{{Use: "TCP 9 of deploy/x", By: "--exclude-edge *->deploy/x"}, {Use: "TCP 8 of deploy/x", Count: 2, By: "--exclude-edge *->deploy/x"}}
	return []*api.PolicySet{cart, web}
}

// staticRun took configuration alone.
func staticRun() *api.PolicyRun {
	return &api.PolicyRun{
		Namespace: "shop", Taken: []api.SourceNote{{Name: "static", Text: "8 edges from env"}},
		NotTaken: []api.SourceNote{
			{Name: "hubble", Text: "no Service hubble-relay in any namespace"}, {Name: "conntrack", Text: "on each node, as root", Command: "conntrack -L > NODE.conntrack"},
		},
	}
}

// TestPolicyAnswersConfigured: the first line says what the run stands on, and no line says how
// often something was seen that was not.
func TestPolicyAnswersConfigured(t *testing.T) {
	for want, sets := range map[string][]*api.PolicySet{
		"shop: nothing observed; 8 edges read from configuration, all allowed; 4 policies written\n":                    configuredSets(),
		"NetworkPolicy shop/cart: nothing observed; 1 edge read from configuration alone, allowed, 3 added, 0 excess\n": configuredSets()[:1],
	} {
		printed := printPolicyAnswers(t, sets, staticRun(), Options{})
		if !strings.HasPrefix(printed, want) || strings.Contains(printed, " 0x") || !strings.Contains(printed, "\nNext: conntrack -L > NODE.conntrack, ") {
			t.Errorf("got\n%s\nwant\n%s", printed, want)
		}
	}
	sets := configuredSets()
	sets[0].Answer.Configured, sets[0].Answer.NotAllowed = 0, 1
	if printed := printPolicyAnswers(t, sets, &api.PolicyRun{Namespace: "shop"}, Options{}); !strings.Contains(printed, "; 7 of 8 edges read from configuration allowed; ") {
		t.Error(printed)
	}
	printed := printPolicies(t, configuredSets()[:1], &api.PolicyRun{Namespace: "shop"}, Options{Format: "yaml"})
	if !strings.HasPrefix(printed, "# proof     nothing observed, 3 added, 0 excess\n") {
		t.Error(printed)
	}
}

// TestPolicyAnswersGaps: each is one line, and names three.
func TestPolicyAnswersGaps(t *testing.T) {
	printed := printPolicyAnswers(t, gapSets(), flowsRun("shop"), Options{})
	for _, want := range []string{
		"\nunseen     configured, never observed: cart: TCP 6380 of sts/sessions (env SESSIONS of container app); web: TCP 5432 of data/sts/db (arg 2 of container app)\n",
		"\nno config  observed, and in no configuration that was read: cart: TCP 443 of 198.51.100.7 (cdn.example) (12x); cart: TCP 6443 of kube-apiserver (12x); cart: TCP 7070 of deploy/other (12x); 2 more\n",
	} {
		if !strings.Contains(printed, want) {
			t.Errorf("no %q in\n%s", want, printed)
		}
	}
}

// TestPolicyAnswersConfiguredHostile: names and words of configuration come from others.
func TestPolicyAnswersConfiguredHostile(t *testing.T) {
	for _, h := range testkit.HostileStrings() {
		for _, sets := range [][]*api.PolicySet{configuredSets(), configuredSets()[:1], gapSets()} {
			for _, set := range sets {
				a := set.Answer
				a.Open = append(a.Open, api.OpenDirection{Direction: outbound, Reason: h.Value + " is a name", Names: []string{h.Value}})
				a.Proof.Added = append(a.Proof.Added, configuredUse(h.Value, h.Value))
				a.Unobserved = append(a.Unobserved, api.ReasonedUse{Use: h.Value, Reason: h.Value})
				a.Unconfigured = append(a.Unconfigured, api.ReasonedUse{Use: h.Value, Reason: h.Value})
			}
			for _, opts := range []Options{{}, {Width: 80}, {Width: 80, ASCII: true}} {
				testkit.CheckHarmless(t, "text", printPolicyAnswers(t, sets, flowsRun("shop"), opts))
			}
		}
	}
}
