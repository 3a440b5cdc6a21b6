package netpol_test

import (
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

// addYAML adds the documents of a text to objects.
func addYAML(t testing.TB, objects *netpol.Objects, text string) {
	t.Helper()
	for document := range strings.SplitSeq(text, "\n---\n") {
		var kind metav1.TypeMeta
		decode(t, document, &kind, yaml.Unmarshal)
		switch kind.Kind {
		case "Namespace":
			o := &corev1.Namespace{}
			decode(t, document, o, yaml.UnmarshalStrict)
			objects.Namespaces = append(objects.Namespaces, o)
		case "Pod":
			o := &corev1.Pod{}
			decode(t, document, o, yaml.UnmarshalStrict)
			objects.Pods = append(objects.Pods, o)
		case "NetworkPolicy":
			o := &networkingv1.NetworkPolicy{}
			decode(t, document, o, yaml.UnmarshalStrict)
			objects.Policies = append(objects.Policies, o)
		default:
			t.Fatalf("a document of kind %q:\n%s", kind.Kind, document)
		}
	}
}

func decode(t testing.TB, text string, into any, unmarshal func([]byte, any, ...yaml.JSONOpt) error) {
	t.Helper()
	if err := unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
}

// world is that of testdata/world.yaml, with more documents.
func world(t testing.TB, more ...string) netpol.Objects {
	t.Helper()
	text, err := os.ReadFile("testdata/world.yaml")
	if err != nil {
		t.Fatal(err)
	}
	objects := netpol.Objects{Whole: true}
	addYAML(t, &objects, string(text))
	for _, text := range more {
		addYAML(t, &objects, text)
	}
	return objects
}

func podNamed(t testing.TB, objects netpol.Objects, name string) *corev1.Pod {
	t.Helper()
	for _, pod := range objects.Pods {
		if pod.Namespace+"/"+pod.Name == name {
			return pod
		}
	}
	t.Fatalf("no pod %q", name)
	return nil
}

// peer reads "shop/web", "shop/*", "internet", an address or a block.
func peer(t testing.TB, objects netpol.Objects, text string) netpol.Peer {
	t.Helper()
	if text == "internet" {
		return netpol.Internet()
	}
	if a, err := netip.ParseAddr(text); err == nil {
		return netpol.Address(a)
	}
	if p, err := netip.ParsePrefix(text); err == nil {
		return netpol.Addresses(p)
	}
	if namespace, all := strings.CutSuffix(text, "/*"); all {
		return netpol.Namespace(namespace)
	}
	return netpol.Pods(podNamed(t, objects, text))
}

// ports reads "TCP 80", or "any".
func ports(t testing.TB, text string) netpol.Ports {
	t.Helper()
	if text == "any" {
		return netpol.AllPorts()
	}
	protocol, digits, _ := strings.Cut(text, " ")
	number, err := strconv.ParseInt(digits, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	p, err := netpol.Port(corev1.Protocol(protocol), int32(number))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// ask answers a line such as "shop/web > shop/db TCP 5432": the verdict, and what decides.
func ask(t testing.TB, n *netpol.Network, objects netpol.Objects, line string) (verdict, why string) {
	t.Helper()
	from, rest, _ := strings.Cut(line, " > ")
	to, port, _ := strings.Cut(rest, " ")
	a := n.Reach(peer(t, objects, from), peer(t, objects, to), ports(t, port))
	return string(a.Allowed), fmt.Sprintf("egress %s; ingress %s", listed(a.Egress), listed(a.Ingress))
}

func listed(decisions []netpol.Decision) string {
	var parts []string
	for _, d := range decisions {
		parts = append(parts, d.String())
	}
	return strings.Join(parts, ", ")
}

func itoa(n int32) string { return strconv.Itoa(int(n)) }

// textPolicy is a policy of any text.
func textPolicy(cidr, except, name, key, operator, value string, port, end int32) *networkingv1.NetworkPolicy {
	selector := metav1.LabelSelector{
		MatchLabels:      map[string]string{key: value},
		MatchExpressions: []metav1.LabelSelectorRequirement{{Key: key, Operator: metav1.LabelSelectorOperator(operator), Values: []string{value}}},
	}
	named, numbered, protocol := intstr.FromString(name), intstr.FromInt32(port), corev1.Protocol(operator)
	rule := networkingv1.NetworkPolicyIngressRule{
		From: []networkingv1.NetworkPolicyPeer{
			{IPBlock: &networkingv1.IPBlock{CIDR: cidr, Except: []string{except}}}, {PodSelector: &selector}, {NamespaceSelector: &selector},
		},
		Ports: []networkingv1.NetworkPolicyPort{{Port: &named}, {Port: &numbered, EndPort: &end}, {Protocol: &protocol}},
	}
	return &networkingv1.NetworkPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "a"},
		Spec: networkingv1.NetworkPolicySpec{
			PodSelector: selector, PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyType(operator)},
			Ingress: []networkingv1.NetworkPolicyIngressRule{rule}, Egress: []networkingv1.NetworkPolicyEgressRule{{To: rule.From, Ports: rule.Ports}},
		},
	}
}
