package netpol_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol/netpoltest"
)

// TestRulesOfOnePolicy: policies add up, so that one with all the rules of several, among rules
// that name nobody, is what each rule in a policy of its own is.
func TestRulesOfOnePolicy(t *testing.T) {
	random := newRandom(t)
	count := map[netpol.Verdict]int{}
	for range 2_000 {
		maker := netpoltest.Maker{Dice: random}
		w := maker.World()
		together, apart := joinedRules(w)
		one, many := netpol.New(objectsOf(together)), netpol.New(objectsOf(apart))
		for range questionsPerCase {
			q := maker.Question(w)
			got, want := answerTo(t, one, together, q), answerTo(t, many, apart, q)
			if got.Allowed != want.Allowed || !got.Ports.Equal(want.Ports) {
				t.Fatalf("%v: %s on %s for one policy, %s on %s for many", q, got.Allowed, got.Ports, want.Allowed, want.Ports)
			}
			if got, want := ruleDecisions(got), ruleDecisions(want); !slices.Equal(got, want) {
				t.Fatalf("%v: %q for one policy, %q for many", q, got, want)
			}
			if !inOrder(got.Egress) || !inOrder(got.Ingress) {
				t.Fatalf("%v: rules out of order: %v %v", q, got.Egress, got.Ingress)
			}
			count[got.Allowed]++
		}
	}
	for _, v := range []netpol.Verdict{netpol.Yes, netpol.No, netpol.Depends} {
		if count[v] < 100 {
			t.Errorf("%d answers are %s", count[v], v)
		}
	}
}

func inOrder(decisions []netpol.Decision) bool {
	return slices.IsSortedFunc(decisions, func(a, b netpol.Decision) int { return cmp.Compare(a.Rule.Number, b.Rule.Number) })
}

// ruleDecisions are the decisions by rules, but for the names and numbers of these.
func ruleDecisions(a netpol.Answer) []string {
	var all []string
	for _, d := range slices.Concat(a.Egress, a.Ingress) {
		if d.Reason == netpol.ReasonRule {
			all = append(all, fmt.Sprint(d.Verdict, d.Rule.Direction, d.Ports, d.Doubt))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// joinedRules are two worlds of policies for all pods of a namespace: one that has all rules, and
// one for each rule.
func joinedRules(w netpoltest.World) (together, apart netpoltest.World) {
	together, apart = w, w
	together.Policies, apart.Policies = nil, nil
	all := map[string]*networkingv1.NetworkPolicy{}
	for _, p := range w.Policies {
		one := all[p.Namespace]
		if one == nil {
			one = emptyPolicy(p.Namespace, "all")
			for i := range 10 {
				nobody := networkingv1.NetworkPolicyPeer{PodSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": fmt.Sprint("n", i), "tier": "x"}}}
				one.Spec.Ingress = append(one.Spec.Ingress, networkingv1.NetworkPolicyIngressRule{From: []networkingv1.NetworkPolicyPeer{nobody, nobody}})
				one.Spec.Egress = append(one.Spec.Egress, networkingv1.NetworkPolicyEgressRule{To: []networkingv1.NetworkPolicyPeer{nobody, nobody}})
			}
			all[p.Namespace] = one
			together.Policies = append(together.Policies, one)
			apart.Policies = append(apart.Policies, emptyPolicy(p.Namespace, "none"))
		}
		one.Spec.Ingress = append(one.Spec.Ingress, p.Spec.Ingress...)
		one.Spec.Egress = append(one.Spec.Egress, p.Spec.Egress...)
		for i := range p.Spec.Ingress {
			part := emptyPolicy(p.Namespace, fmt.Sprintf("%s-in-%d", p.Name, i))
			part.Spec.Ingress = p.Spec.Ingress[i : i+1]
			apart.Policies = append(apart.Policies, part)
		}
		for i := range p.Spec.Egress {
			part := emptyPolicy(p.Namespace, fmt.Sprintf("%s-out-%d", p.Name, i))
			part.Spec.Egress = p.Spec.Egress[i : i+1]
			apart.Policies = append(apart.Policies, part)
		}
	}
	return together, apart
}

func emptyPolicy(namespace, name string) *networkingv1.NetworkPolicy {
	return &networkingv1.NetworkPolicy{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec:       networkingv1.NetworkPolicySpec{PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress}},
	}
}

// TestSelectorsOfOneKey: a value that looks like an expression is none.
func TestSelectorsOfOneKey(t *testing.T) {
	objects := world(t, `kind: NetworkPolicy
metadata: {name: p, namespace: shop}
spec:
  podSelector: {}
  ingress:
  - from:
    - podSelector: {matchExpressions: [{key: app, operator: In, values: [cart, tier, Exists]}]}
    - podSelector: {matchExpressions: [{key: app, operator: In, values: [cart]}, {key: tier, operator: Exists}]}`)
	n := netpol.New(objects)
	for _, pod := range objects.Pods {
		if pod.Namespace == "shop" {
			if a := n.Allows(pod, networkingv1.PolicyTypeIngress); len(a) < 2 {
				t.Fatalf("%d peers are told apart: %v", len(a), a)
			}
			return
		}
	}
}
