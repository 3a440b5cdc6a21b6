package netpol_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol/netpoltest"
)

// fitMaker draws situations with edges.
type fitMaker struct{ dice netpoltest.Dice }

func (m fitMaker) in(n int) bool { return m.dice.IntN(n) == 0 }

func (m fitMaker) draw() *fitCase {
	c := &fitCase{}
	for _, name := range []string{"a", "b"} {
		c.in.Objects.Namespaces = append(c.in.Objects.Namespaces, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
	}
	for i := range 3 + m.dice.IntN(6) {
		m.workload(c, i)
	}
	if m.in(2) {
		server := c.in.Workloads[0]
		c.in.DNS = []netpol.NameServer{{Service: "Service x/dns", Namespace: server.Ref.Namespace, Selector: server.Selector, Ports: dnsPorts()}}
	} else {
		c.in.NoDNS = "no Service"
	}
	for i := range m.dice.IntN(4) {
		c.in.Objects.Policies = append(c.in.Objects.Policies, m.policy(c, i))
	}
	for range m.dice.IntN(3) {
		c.in.Callers = append(c.in.Callers, m.caller(c))
	}
	for range m.dice.IntN(12) {
		c.edges = append(c.edges, m.edge(c))
	}
	for i := range c.in.Workloads {
		if !m.in(4) {
			c.subjects = append(c.subjects, c.in.Workloads[i].Ref)
		}
	}
	c.opts.Exact = m.in(5)
	c.opts.Denied = m.in(5)
	if m.in(6) {
		c.opts.Isolate = []networkingv1.PolicyType{networkingv1.PolicyTypeEgress}
	}
	return c
}

func dnsPorts() []netpol.PortRange {
	return []netpol.PortRange{{Protocol: "UDP", First: 53, Last: 53}, {Protocol: "TCP", First: 53, Last: 53}}
}

// workload draws one whose selector may include that of the one before it.
func (m fitMaker) workload(c *fitCase, i int) {
	namespace := []string{"a", "b"}[m.dice.IntN(2)]
	labels := map[string]string{"app": fmt.Sprintf("w%d", i)}
	selector := labels
	if i > 0 && m.in(5) {
		before := c.in.Workloads[i-1]
		namespace, labels = before.Ref.Namespace, maps.Clone(before.Pods[0].Labels)
		labels["part"] = fmt.Sprintf("p%d", i)
		selector = labels
	}
	w := netpol.Workload{Ref: api.Ref{APIVersion: "apps/v1", Kind: "Deployment", Namespace: namespace, Name: fmt.Sprintf("w%d", i)}, Selector: &metav1.LabelSelector{MatchLabels: selector}}
	for j := range 1 + m.dice.IntN(2) {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: fmt.Sprintf("w%d-%d", i, j), Labels: labels}}
		pod.Spec.Containers = []corev1.Container{{Name: "c", Ports: []corev1.ContainerPort{{ContainerPort: 80}}}}
		pod.Spec.NodeName, pod.Status.HostIP = fmt.Sprintf("n%d", j), fmt.Sprintf("192.168.0.%d", 1+j)
		pod.Status.PodIPs = []corev1.PodIP{{IP: fmt.Sprintf("10.0.%d.%d", i, 1+j)}}
		w.Pods = append(w.Pods, pod)
		c.in.Objects.Pods = append(c.in.Objects.Pods, pod)
	}
	c.in.Workloads = append(c.in.Workloads, w)
}

func (m fitMaker) policy(c *fitCase, i int) *networkingv1.NetworkPolicy {
	w := c.in.Workloads[m.dice.IntN(len(c.in.Workloads))]
	p := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: w.Ref.Namespace, Name: fmt.Sprintf("np%d", i)}}
	if m.in(6) && !slices.ContainsFunc(c.in.Objects.Policies, func(o *networkingv1.NetworkPolicy) bool { return o.Name == w.Ref.Name }) {
		p.Name = w.Ref.Name // would be replaced
	}
	p.Spec.PodSelector = *w.Selector
	peer := c.in.Workloads[m.dice.IntN(len(c.in.Workloads))]
	peers := []networkingv1.NetworkPolicyPeer{{PodSelector: peer.Selector, NamespaceSelector: &metav1.LabelSelector{}}}
	if m.in(4) {
		peers = []networkingv1.NetworkPolicyPeer{{IPBlock: &networkingv1.IPBlock{CIDR: "198.51.100.0/24"}}}
	}
	tcp, port := corev1.ProtocolTCP, intstr.FromInt32([]int32{80, 81}[m.dice.IntN(2)])
	ports := []networkingv1.NetworkPolicyPort{{Protocol: &tcp, Port: &port}}
	if m.in(2) {
		p.Spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
		p.Spec.Ingress = []networkingv1.NetworkPolicyIngressRule{{From: peers, Ports: ports}}
	} else {
		p.Spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeEgress}
		p.Spec.Egress = []networkingv1.NetworkPolicyEgressRule{{To: peers, Ports: ports}}
	}
	return p
}

func (m fitMaker) caller(c *fitCase) netpol.Caller {
	caller := netpol.Caller{To: c.in.Workloads[m.dice.IntN(len(c.in.Workloads))].Ref, Ports: []netpol.PortRange{{Protocol: "TCP", First: 80, Last: 80}}, Reason: "it is configured"}
	switch m.dice.IntN(3) {
	case 0:
		caller.Sources = []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}
	case 1:
		caller.From = &c.in.Workloads[m.dice.IntN(len(c.in.Workloads))].Ref
	}
	return caller
}

func (m fitMaker) edge(c *fitCase) api.Edge {
	e := api.Edge{
		Client: m.end(c), Server: m.end(c), Protocol: []string{"TCP", "TCP", "UDP", "ICMP"}[m.dice.IntN(4)], Port: []int32{80, 81, 53, 7000}[m.dice.IntN(4)],
		Count: int64(1 + m.dice.IntN(9)), Denied: m.in(10), Answered: !m.in(10), Certain: true, Seen: []string{"client"},
	}
	if m.in(2) {
		ref := c.in.Workloads[m.dice.IntN(len(c.in.Workloads))].Ref
		e.Server = api.EdgeEnd{Kind: api.EndWorkload, Workload: &ref}
	}
	return e
}

func (m fitMaker) end(c *fitCase) api.EdgeEnd {
	switch m.dice.IntN(12) {
	case 0:
		return api.EdgeEnd{Kind: api.EndAddress, Address: []string{"198.51.100.6", "198.51.100.7", "198.51.100.8", "2001:db8::7"}[m.dice.IntN(4)]}
	case 1:
		return api.EdgeEnd{Kind: []api.EndKind{api.EndNode, api.EndOwnNode, api.EndUnknown}[m.dice.IntN(3)], Reason: "unknown"}
	}
	ref := c.in.Workloads[m.dice.IntN(len(c.in.Workloads))].Ref
	return api.EdgeEnd{Kind: api.EndWorkload, Workload: &ref}
}

const randomSituations = 2_000

// TestFitHolds: whatever was observed is let through, nothing is that was not observed or
// added, no rule and no port can be left out, and neither order nor split of the input matters.
func TestFitHolds(t *testing.T) {
	random := newRandom(t)
	met := map[string]int{}
	for range randomSituations {
		c := fitMaker{random}.draw()
		sets, err := netpol.Fit(&c.in, c.edges, c.subjects, c.opts)
		if err != nil {
			t.Fatalf("%v\n%s", err, describe(c))
		}
		text := setsText(sets)
		for i := range sets {
			holdsSet(t, c, &sets[i], met)
		}
		if diff := cmp.Diff(text, shuffled(t, random, c)); diff != "" {
			t.Fatalf("another order: %s\n%s", diff, describe(c))
		}
		minimal(t, c, sets, met)
	}
	t.Log(met)
	for _, what := range []string{"policy", "added", "closed", "denied by others", "rule dropped", "port dropped", "inexpressible", "open"} {
		if met[what] < randomSituations/20 {
			t.Errorf("%s was met %d times", what, met[what])
		}
	}
}

func holdsSet(t *testing.T, c *fitCase, set *api.PolicySet, met map[string]int) {
	t.Helper()
	p := &set.Answer.Proof
	if p.Covered != p.Observed || p.Coverage != 1 || len(p.Excess) > 0 || p.Granted != p.Observed+len(p.Added) || c.opts.Exact && len(p.Added) > 0 ||
		(set.Answer.Without == "") != (len(set.Policies) == 1) || p.Tuples != nil && p.Tuples.After < 0 {
		t.Fatalf("%s\n%s", setsText([]api.PolicySet{*set}), describe(c))
	}
	met["policy"] += len(set.Policies)
	met["added"] += len(p.Added)
	met["closed"] += len(set.Answer.Closed)
	met["inexpressible"] += len(p.Inexpressible)
	met["open"] += len(set.Answer.Open)
	for _, d := range p.Denied {
		if d.By != "" {
			met["denied by others"]++
		}
	}
}

func describe(c *fitCase) string {
	var b strings.Builder
	for _, w := range c.in.Workloads {
		fmt.Fprintf(&b, "%s/%s %v\n", w.Ref.Namespace, w.Ref.Name, w.Selector.MatchLabels)
	}
	for _, p := range c.in.Objects.Policies {
		fmt.Fprintf(&b, "policy %s/%s %+v\n", p.Namespace, p.Name, p.Spec)
	}
	for i := range c.edges {
		e := &c.edges[i]
		fmt.Fprintf(&b, "%s > %s %s %d %dx denied %t answered %t\n", e.Client.Words(), e.Server.Words(), e.Protocol, e.Port, e.Count, e.Denied, e.Answered)
	}
	fmt.Fprintf(&b, "%+v dns %d subjects %v", c.opts, len(c.in.DNS), c.subjects)
	return b.String()
}

// shuffled gives the same situation in another order, with edges in parts.
func shuffled(t *testing.T, random *rand.Rand, c *fitCase) string {
	t.Helper()
	in := c.in
	in.Workloads, in.Objects.Pods, in.Objects.Policies = slices.Clone(in.Workloads), slices.Clone(in.Objects.Pods), slices.Clone(in.Objects.Policies)
	shuffle(random, in.Workloads)
	shuffle(random, in.Objects.Pods)
	var edges []api.Edge
	for _, e := range c.edges {
		if e.Count > 1 {
			part := e
			part.Count = 1
			e.Count--
			edges = append(edges, part)
		}
		edges = append(edges, e)
	}
	shuffle(random, edges)
	sets, err := netpol.Fit(&in, edges, c.subjects, c.opts)
	if err != nil {
		t.Fatal(err)
	}
	return setsText(sets)
}

func shuffle[T any](random *rand.Rand, list []T) {
	random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}
