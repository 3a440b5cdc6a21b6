package netpol_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

const (
	manyNamespaces = 600
	manyPods       = 5_000
	manyPolicies   = 14_000
)

// large is of the size of a real cluster that was published: 5,000 pods in 600 namespaces with
// 14,000 policies. Every policy differs; a quarter of the rules are dead.
func large() netpol.Objects {
	random := rand.New(rand.NewPCG(1, 2))
	o := netpol.Objects{Whole: true}
	for i := range manyNamespaces {
		o.Namespaces = append(o.Namespaces, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
			Name: fmt.Sprint("n", i), Labels: map[string]string{"team": fmt.Sprint("t", i%50), "stage": fmt.Sprint("s", i%3)},
		}})
	}
	for i := range manyPods {
		o.Pods = append(o.Pods, &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("p", i), Namespace: fmt.Sprint("n", i%manyNamespaces), Labels: map[string]string{
				"app": fmt.Sprint("a", i%900), "part": fmt.Sprint("x", i%7), "pod-template-hash": fmt.Sprint("h", i), "release": fmt.Sprint("r", i%40),
			}},
			Spec:   corev1.PodSpec{NodeName: fmt.Sprint("node", i%100), Containers: []corev1.Container{{Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: int32(8000 + i%5)}}}}},
			Status: corev1.PodStatus{PodIPs: []corev1.PodIP{{IP: fmt.Sprintf("10.%d.%d.1", i/250, i%250)}}, HostIP: fmt.Sprintf("192.168.0.%d", 1+i%100)},
		})
	}
	for i := range manyPolicies {
		o.Policies = append(o.Policies, largePolicy(random, i))
	}
	return o
}

func largePolicy(random *rand.Rand, i int) *networkingv1.NetworkPolicy {
	equals := func(key, value string) *metav1.LabelSelector {
		return &metav1.LabelSelector{MatchLabels: map[string]string{key: value}}
	}
	matching := func(key string, operator metav1.LabelSelectorOperator, values ...string) *metav1.LabelSelector {
		return &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: key, Operator: operator, Values: values}}}
	}
	tcp, http, number, end := corev1.ProtocolTCP, intstr.FromString("http"), intstr.FromInt32(int32(1+random.IntN(9000))), int32(10_000)
	app := func() string { return fmt.Sprint("a", random.IntN(1200)) }
	p := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("np", i), Namespace: fmt.Sprint("n", i%manyNamespaces)}}
	p.Spec.PodSelector = *matching("app", metav1.LabelSelectorOpIn, app(), app(), fmt.Sprint("a", (i%manyNamespaces+manyNamespaces*random.IntN(9))%900))
	if i%20 == 0 {
		p.Spec.PodSelector = metav1.LabelSelector{}
	}
	p.Spec.Ingress = []networkingv1.NetworkPolicyIngressRule{
		{From: []networkingv1.NetworkPolicyPeer{
			{PodSelector: equals("app", app())},
			{NamespaceSelector: equals("team", fmt.Sprint("t", random.IntN(60))), PodSelector: matching("part", metav1.LabelSelectorOpNotIn, fmt.Sprint("x", random.IntN(9)), app())},
			{NamespaceSelector: &metav1.LabelSelector{}, PodSelector: equals("app", app())},
		}, Ports: []networkingv1.NetworkPolicyPort{{Protocol: &tcp, Port: &http}, {Protocol: &tcp, Port: &number, EndPort: &end}}},
		{From: []networkingv1.NetworkPolicyPeer{{IPBlock: &networkingv1.IPBlock{
			CIDR: fmt.Sprintf("172.%d.0.0/16", 100+random.IntN(100)),
		}}}},
	}
	block := p.Spec.Ingress[1].From[0].IPBlock
	block.Except = []string{strings.Replace(block.CIDR, "0.0/16", "1.0/24", 1)}
	p.Spec.Egress = []networkingv1.NetworkPolicyEgressRule{
		{To: []networkingv1.NetworkPolicyPeer{{NamespaceSelector: equals("kubernetes.io/metadata.name", fmt.Sprint("n", random.IntN(700))), PodSelector: matching("release", metav1.LabelSelectorOpExists)}}},
		{To: []networkingv1.NetworkPolicyPeer{{IPBlock: &networkingv1.IPBlock{CIDR: "0.0.0.0/0", Except: []string{"10.0.0.0/8", "169.254.169.254/32"}}}}},
	}
	if i%10 == 3 {
		p.Spec.Egress = nil
	}
	return p
}

// BenchmarkLarge: the network with its notes, and for every group of pods whether it is
// isolated and what it is allowed.
func BenchmarkLarge(b *testing.B) {
	objects := large()
	b.ReportAllocs()
	var groups, isolated, allowances, notes int
	for b.Loop() {
		n := netpol.New(objects)
		groups, notes, isolated, allowances = len(n.Groups()), len(n.Notes()), 0, 0
		for _, group := range n.Groups() {
			for _, direction := range []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress} {
				if n.Isolated(group[0], direction).Verdict == netpol.Yes {
					isolated++
				}
				allowances += len(n.Allows(group[0], direction))
			}
		}
	}
	b.ReportMetric(float64(groups), "groups")
	b.ReportMetric(float64(isolated), "isolated")
	b.ReportMetric(float64(allowances), "allowances")
	b.ReportMetric(float64(notes), "notes")
}

// BenchmarkInternet: whether every group reaches the internet, and the internet it.
func BenchmarkInternet(b *testing.B) {
	n := netpol.New(large())
	port, err := netpol.Port("TCP", 443)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, group := range n.Groups() {
			n.Reach(netpol.Pods(group[0]), netpol.Internet(), port)
			n.Reach(netpol.Internet(), netpol.Pods(group[0]), port)
		}
	}
}

// BenchmarkBuild: the network alone.
func BenchmarkBuild(b *testing.B) {
	objects := large()
	b.ReportAllocs()
	for b.Loop() {
		netpol.New(objects)
	}
}

// BenchmarkPair: one question about two pods.
func BenchmarkPair(b *testing.B) {
	objects := large()
	n := netpol.New(objects)
	port, err := netpol.Port("TCP", 8000)
	if err != nil {
		b.Fatal(err)
	}
	i := 0
	for b.Loop() {
		i++
		n.Reach(netpol.Pods(objects.Pods[i%manyPods]), netpol.Pods(objects.Pods[i*7%manyPods]), port)
	}
}

// TestWorkFollowsGroups: pods that differ in labels which no selector asks for are one group,
// and a question about all of them is a question about one.
func TestWorkFollowsGroups(t *testing.T) {
	objects := netpol.Objects{Policies: []*networkingv1.NetworkPolicy{{
		ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "n"}, Spec: networkingv1.NetworkPolicySpec{PodSelector: metav1.LabelSelector{MatchLabels: map[string]string{"app": "a"}}},
	}}}
	for i := range manyPods {
		objects.Pods = append(objects.Pods, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
			Name: fmt.Sprint("p", i), Namespace: "n", Labels: map[string]string{"app": "a", "statefulset.kubernetes.io/pod-name": fmt.Sprint("p", i)},
		}})
	}
	n := netpol.New(objects)
	if groups := n.Groups(); len(groups) != 1 || len(groups[0]) != manyPods {
		t.Fatalf("%d groups", len(groups))
	}
	if a := n.Reach(netpol.Namespace("n"), netpol.Pods(objects.Pods...), netpol.AllPorts()); a.Allowed != netpol.No || a.Parts != 1 {
		t.Errorf("%s in %d parts", a.Allowed, a.Parts)
	}
}
