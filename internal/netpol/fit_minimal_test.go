package netpol_test

import (
	"net/netip"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

// minimal takes each rule, and each port of a rule, out of the written policies: then something
// that was let through is not any more.
func minimal(t *testing.T, c *fitCase, sets []api.PolicySet, met map[string]int) {
	t.Helper()
	for i := range sets {
		if len(sets[i].Policies) == 0 {
			continue
		}
		d := &sets[i].Policies[0]
		minimalRules(t, c, sets, d, networkingv1.PolicyTypeIngress, &d.Ingress, met)
		minimalRules(t, c, sets, d, networkingv1.PolicyTypeEgress, &d.Egress, met)
	}
}

func minimalRules(t *testing.T, c *fitCase, sets []api.PolicySet, d *api.PolicyDraft, direction networkingv1.PolicyType, list *[]api.PolicyRuleDraft, met map[string]int) {
	t.Helper()
	rules := *list
	if len(rules) == 0 {
		return
	}
	whole := reached(t, c, sets, d, direction, nil)
	needed := func(what string, less []api.PolicyRuleDraft) {
		met[what]++
		*list = less
		if reached(t, c, sets, d, direction, whole) != nil {
			*list = rules
			t.Fatalf("%s of %s/%s, without need:\n%s\n%s", what, d.Namespace, d.Name, setsText(sets), describe(c))
		}
	}
	for j := range rules {
		needed("rule dropped", slices.Concat(rules[:j], rules[j+1:]))
		for k := range rules[j].Ports {
			less := rules[j]
			if less.Ports = slices.Concat(less.Ports[:k], less.Ports[k+1:]); len(less.Ports) > 0 {
				needed("port dropped", slices.Concat(rules[:j], []api.PolicyRuleDraft{less}, rules[j+1:]))
			}
		}
	}
	*list = rules
}

// reached says of each peer and port whether the policies that select the pods which a policy is
// for let them through, in one direction. Given what was reached before it is nil where
// something is not any more.
func reached(t *testing.T, c *fitCase, sets []api.PolicySet, d *api.PolicyDraft, direction networkingv1.PolicyType, before []bool) []bool {
	t.Helper()
	objects, own := written(c, sets), ownPods(c, d)
	objects.Policies = slices.DeleteFunc(objects.Policies, func(p *networkingv1.NetworkPolicy) bool {
		selector, err := metav1.LabelSelectorAsSelector(&p.Spec.PodSelector)
		return err != nil || p.Namespace != d.Namespace || !selector.Matches(labels.Set(own[0].Labels))
	})
	n := only(objects, direction)
	out := []bool{}
	for _, p := range everybody(c) {
		for _, words := range []string{"TCP 80", "UDP 80", "TCP 81", "UDP 81", "TCP 53", "UDP 53", "TCP 7000", "UDP 7000"} {
			from, to := netpol.Pods(own[0]), p
			if direction == networkingv1.PolicyTypeIngress {
				from, to = to, from
			}
			yes := n.Reach(from, to, ports(t, words)).Allowed == netpol.Yes
			if before != nil && before[len(out)] && !yes {
				return nil
			}
			out = append(out, yes)
		}
	}
	return out
}

// only is the network of policies in one direction, where they have it.
func only(objects netpol.Objects, direction networkingv1.PolicyType) *netpol.Network {
	var policies []*networkingv1.NetworkPolicy
	for _, p := range objects.Policies {
		if types := p.Spec.PolicyTypes; slices.Contains(types, direction) {
			p = p.DeepCopy()
			p.Spec.PolicyTypes = []networkingv1.PolicyType{direction}
			policies = append(policies, p)
		}
	}
	objects.Policies = policies
	return netpol.New(objects)
}

// everybody are a replica of each workload that is not there, and addresses.
func everybody(c *fitCase) []netpol.Peer {
	var all []netpol.Peer
	for i := range c.in.Workloads {
		replica := c.in.Workloads[i].Pods[0].DeepCopy()
		replica.Name += "-replica"
		all = append(all, netpol.Pods(replica))
	}
	for _, a := range []string{"198.51.100.6", "198.51.100.7", "198.51.100.8", "2001:db8::7", "203.0.113.99"} {
		all = append(all, netpol.Address(netip.MustParseAddr(a)))
	}
	return all
}

func ownPods(c *fitCase, d *api.PolicyDraft) []*corev1.Pod {
	for _, w := range c.in.Workloads {
		if w.Ref.Namespace == d.Namespace && w.Ref.Name == d.Name {
			return w.Pods
		}
	}
	return nil
}

// written are the objects with the policies of the sets in place of those that they replace.
func written(c *fitCase, sets []api.PolicySet) netpol.Objects {
	o := c.in.Objects
	o.Policies = slices.Clone(o.Policies)
	for i := range sets {
		for j := range sets[i].Policies {
			object := sets[i].Policies[j].Object()
			o.Policies = slices.DeleteFunc(o.Policies, func(p *networkingv1.NetworkPolicy) bool {
				return p.Namespace == object.Namespace && p.Name == object.Name
			})
			o.Policies = append(o.Policies, object)
		}
	}
	return o
}
