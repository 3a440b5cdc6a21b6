package plugin

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/yaml"

	onlineshop "github.com/kubectl-harden/kubectl-harden/internal/testkit/shop"
)

// tuple is one use that a policy lets through, or the shop needs: by whom, with whom.
type tuple struct {
	workload  string
	direction networkingv1.PolicyType
	// peer is the name of a workload, an address, or "any".
	peer string
	port string
}

func (t tuple) String() string {
	return fmt.Sprintf("%s %s %s %s", t.workload, t.direction, t.peer, t.port)
}

const (
	in, out = networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress
	anyPeer = "any"
)

func portText(protocol corev1.Protocol, port int32) string {
	return fmt.Sprintf("%s %d", protocol, port)
}

// policiesOf are those of the documents; unknown fields are errors.
func policiesOf(t *testing.T, text string) []*networkingv1.NetworkPolicy {
	t.Helper()
	var policies []*networkingv1.NetworkPolicy
	for document := range strings.SplitSeq(text, "\n---\n") {
		p := &networkingv1.NetworkPolicy{}
		if err := yaml.UnmarshalStrict([]byte(document), p); err != nil {
			t.Fatalf("%v in\n%s", err, document)
		}
		if p.Kind == "" { // comments alone
			continue
		}
		if p.Kind != "NetworkPolicy" || p.APIVersion != "networking.k8s.io/v1" {
			t.Fatalf("%s %s", p.APIVersion, p.Kind)
		}
		policies = append(policies, p)
	}
	return policies
}

// selected are the names of the workloads whose pods a selector matches in namespaces. It knows
// nothing of the plugin.
func selected(t *testing.T, s *onlineshop.Shop, pods *metav1.LabelSelector, inNamespace func(string) bool) []string {
	t.Helper()
	selector, err := metav1.LabelSelectorAsSelector(pods)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, w := range s.Workloads {
		matches := 0
		all := s.PodsOf(w)
		for _, pod := range all {
			if inNamespace(pod.Namespace) && selector.Matches(labels.Set(pod.Labels)) && !w.HostNetwork {
				matches++
			}
		}
		if matches > 0 && matches < len(all) {
			t.Errorf("%s selects %d of %d pods of %s", selector, matches, len(all), w.Name)
		}
		if matches > 0 {
			names = append(names, w.Name)
		}
	}
	return names
}

// peersOf are whom one element of a rule names.
func peersOf(t *testing.T, s *onlineshop.Shop, namespace string, peer networkingv1.NetworkPolicyPeer) []string {
	t.Helper()
	if peer.IPBlock != nil {
		return blockOf(t, peer.IPBlock)
	}
	if peer.PodSelector == nil || len(peer.PodSelector.MatchLabels)+len(peer.PodSelector.MatchExpressions) == 0 {
		t.Errorf("a peer that selects all pods in %s: %+v", namespace, peer)
		return nil
	}
	inNamespace := func(name string) bool { return name == namespace }
	if peer.NamespaceSelector != nil {
		selector, err := metav1.LabelSelectorAsSelector(peer.NamespaceSelector)
		if err != nil || selector.Empty() {
			t.Errorf("any namespace: %+v %v", peer, err)
		}
		inNamespace = func(name string) bool { return selector.Matches(labels.Set{corev1.LabelMetadataName: name}) }
	}
	names := selected(t, s, peer.PodSelector, inNamespace)
	if len(names) == 0 {
		t.Errorf("a peer that selects nothing in %s: %+v", namespace, peer)
	}
	return names
}

// blockOf are the addresses of a block, which are few, or all there are.
func blockOf(t *testing.T, block *networkingv1.IPBlock) []string {
	t.Helper()
	prefix, err := netip.ParsePrefix(block.CIDR)
	if err != nil || prefix != prefix.Masked() || len(block.Except) > 0 {
		t.Fatalf("%+v: %v", block, err)
	}
	if prefix.Bits() == 0 {
		return []string{anyPeer}
	}
	if prefix.Addr().BitLen()-prefix.Bits() > 8 {
		t.Fatalf("a wide block %s", prefix)
	}
	var names []string
	for a := prefix.Addr(); prefix.Contains(a); a = a.Next() {
		names = append(names, a.String())
	}
	return names
}

// tuplesOf are what policies let through, by reading them.
func tuplesOf(t *testing.T, s *onlineshop.Shop, policies []*networkingv1.NetworkPolicy) map[tuple]bool {
	t.Helper()
	all := map[tuple]bool{}
	for _, p := range policies {
		if p.Name == "default-deny" {
			continue
		}
		subjects := selected(t, s, &p.Spec.PodSelector, func(name string) bool { return name == p.Namespace })
		if len(subjects) != 1 {
			t.Errorf("policy %s/%s selects %q", p.Namespace, p.Name, subjects)
			continue
		}
		add := func(d networkingv1.PolicyType, peers []networkingv1.NetworkPolicyPeer, ports []networkingv1.NetworkPolicyPort) {
			if !slices.Contains(p.Spec.PolicyTypes, d) {
				t.Errorf("policy %s/%s has rules for %s and does not close it", p.Namespace, p.Name, d)
			}
			var names []string
			for _, peer := range peers {
				names = append(names, peersOf(t, s, p.Namespace, peer)...)
			}
			if len(peers) == 0 {
				names = []string{anyPeer}
			}
			if len(ports) == 0 {
				t.Errorf("policy %s/%s has a rule for all ports", p.Namespace, p.Name)
			}
			for _, port := range ports {
				for _, name := range names {
					for _, text := range portsOf(t, port) {
						all[tuple{subjects[0], d, name, text}] = true
					}
				}
			}
		}
		for _, r := range p.Spec.Ingress {
			add(in, r.From, r.Ports)
		}
		for _, r := range p.Spec.Egress {
			add(out, r.To, r.Ports)
		}
	}
	return all
}

func portsOf(t *testing.T, port networkingv1.NetworkPolicyPort) []string {
	t.Helper()
	if port.Protocol == nil || port.Port == nil || port.Port.Type != intstr.Int || port.EndPort != nil {
		t.Errorf("the port %+v", port)
		return nil
	}
	return []string{portText(*port.Protocol, port.Port.IntVal)}
}

// neededTuples are those of the truth, seen from each workload.
func neededTuples(s *onlineshop.Shop, edges []onlineshop.Edge) map[tuple]bool {
	all := map[tuple]bool{}
	name := func(end string) string {
		if end == onlineshop.APIServer {
			return s.APIServer.Addr().String()
		}
		return end
	}
	for _, e := range edges {
		port := portText(e.Protocol, e.Port)
		if s.Workload(e.From) != nil {
			all[tuple{e.From, out, name(e.To), port}] = true
		}
		if s.Workload(e.To) != nil {
			all[tuple{e.To, in, name(e.From), port}] = true
		}
	}
	return all
}

// mayBeAdded are what a workload of the shop may need although it was not seen.
func mayBeAdded(s *onlineshop.Shop) map[tuple]bool {
	all := map[tuple]bool{}
	for _, port := range []string{"UDP 53", "TCP 53"} {
		for _, w := range s.Workloads {
			if w.Name != "coredns" {
				all[tuple{w.Name, out, "coredns", port}] = true
				all[tuple{"coredns", in, w.Name, port}] = true
			}
		}
		all[tuple{"coredns", in, anyPeer, port}] = true  // everybody asks for names
		all[tuple{"coredns", out, anyPeer, port}] = true // dnsPolicy Default
	}
	all[tuple{"traefik", in, anyPeer, "TCP 8443"}] = true // its load balancer
	for _, scraped := range []string{"cart", "checkout"} {
		all[tuple{scraped, in, "prometheus", "TCP 9090"}] = true
	}
	all[tuple{"web", in, "traefik", "TCP 8080"}] = true // Ingress web
	return all
}

// covered tells whether a needed tuple is let through: as it is, or by a rule for anybody.
func covered(got map[tuple]bool, need tuple) bool {
	anybody := need
	anybody.peer = anyPeer
	return got[need] || got[anybody]
}

// checkTuples compares what is let through with the truth. Those of without, other policies let
// through already.
func checkTuples(t *testing.T, s *onlineshop.Shop, got map[tuple]bool, edges []onlineshop.Edge, without ...tuple) {
	t.Helper()
	needed, addable := neededTuples(s, edges), mayBeAdded(s)
	for need := range needed {
		if s.Workload(need.workload).HostNetwork || slices.Contains(without, need) {
			continue
		}
		if !covered(got, need) {
			t.Errorf("missing: %s", need)
		}
	}
	for use := range got {
		if slices.Contains(without, use) {
			t.Errorf("another policy already lets it through: %s", use)
		}
		if !needed[use] && !addable[use] {
			t.Errorf("too much: %s", use)
		}
	}
}
