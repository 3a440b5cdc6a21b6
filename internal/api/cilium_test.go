package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func ciliumTestPort(protocol corev1.Protocol, number, end int32) networkingv1.NetworkPolicyPort {
	p := networkingv1.NetworkPolicyPort{Protocol: &protocol}
	if number > 0 {
		port := intstr.FromInt32(number)
		p.Port = &port
	}
	if end > 0 {
		p.EndPort = &end
	}
	return p
}

// TestCiliumRules: a draft as rules of egress, and of ingress.
func TestCiliumRules(t *testing.T) {
	pods := func(labels, namespaces *metav1.LabelSelector) networkingv1.NetworkPolicyPeer {
		return networkingv1.NetworkPolicyPeer{PodSelector: labels, NamespaceSelector: namespaces}
	}
	label := func(key, value string) *metav1.LabelSelector {
		return &metav1.LabelSelector{MatchLabels: map[string]string{key: value}}
	}
	block := func(cidr string, except ...string) networkingv1.NetworkPolicyPeer {
		return networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{CIDR: cidr, Except: except}}
	}
	tcp := []networkingv1.NetworkPolicyPort{ciliumTestPort("TCP", 80, 0)}
	const ports = `,"toPorts":[{"ports":[{"port":"80","protocol":"TCP"}]}]`
	for _, c := range []struct {
		rule PolicyRuleDraft
		want string
	}{
		{PolicyRuleDraft{}, `[{"toEntities":["all"]}]`},
		{PolicyRuleDraft{Ports: tcp}, `[{` + ports[1:] + `}]`},
		{PolicyRuleDraft{Peers: []networkingv1.NetworkPolicyPeer{pods(label("app", "a"), nil)}, Ports: tcp}, `[{"toEndpoints":[{"matchLabels":{"app":"a"}}]` + ports + `}]`},
		{PolicyRuleDraft{Peers: []networkingv1.NetworkPolicyPeer{pods(label("app", "a"), label("kubernetes.io/metadata.name", "n"))}}, `[{"toEndpoints":[{"matchLabels":{"app":"a","k8s:io.kubernetes.pod.namespace":"n"}}]}]`},
		{PolicyRuleDraft{Peers: []networkingv1.NetworkPolicyPeer{pods(nil, label("team", "x"))}}, `[{"toEndpoints":[{"matchLabels":{"k8s:io.cilium.k8s.namespace.labels.team":"x"}}]}]`},
		{PolicyRuleDraft{Peers: []networkingv1.NetworkPolicyPeer{pods(nil, &metav1.LabelSelector{})}}, `[{"toEndpoints":[{"matchExpressions":[{"key":"k8s:io.kubernetes.pod.namespace","operator":"Exists"}]}]}]`},
		{PolicyRuleDraft{Peers: []networkingv1.NetworkPolicyPeer{pods(&metav1.LabelSelector{}, nil)}}, `[{"toEndpoints":[{}]}]`},
		{PolicyRuleDraft{Peers: []networkingv1.NetworkPolicyPeer{block("198.51.100.0/24"), block("10.0.0.0/8", "10.1.0.0/16"), pods(label("app", "a"), nil)}}, `[{"toEndpoints":[{"matchLabels":{"app":"a"}}]},{"toCIDR":["198.51.100.0/24"]},{"toCIDRSet":[{"cidr":"10.0.0.0/8","except":["10.1.0.0/16"]}]}]`},
		{PolicyRuleDraft{Cilium: &CiliumTerms{Entities: CiliumNodes()}, Ports: tcp}, `[{"toEntities":["host","remote-node"]` + ports + `}]`},
		{PolicyRuleDraft{Cilium: &CiliumTerms{Names: []string{"a.example", "b.example"}}, Ports: tcp}, `[{"toFQDNs":[{"matchName":"a.example"},{"matchName":"b.example"}]` + ports + `}]`},
		{PolicyRuleDraft{Ports: []networkingv1.NetworkPolicyPort{ciliumTestPort("UDP", 0, 0), ciliumTestPort("TCP", 1, 65535), ciliumTestPort("SCTP", 5, 9)}}, `[{"toPorts":[{"ports":[{"port":"0","protocol":"UDP"},{"port":"0","protocol":"TCP"},{"port":"5","endPort":9,"protocol":"SCTP"}]}]}]`},
		{PolicyRuleDraft{Ports: append([]networkingv1.NetworkPolicyPort{ciliumTestPort("UDP", 53, 0)}, tcp...), Cilium: &CiliumTerms{Lookups: []networkingv1.NetworkPolicyPort{ciliumTestPort("UDP", 53, 0)}}}, `[{"toPorts":[{"ports":[{"port":"80","protocol":"TCP"}]},{"ports":[{"port":"53","protocol":"UDP"}],"rules":{"dns":[{"matchPattern":"*"}]}}]}]`},
	} {
		raw, err := json.Marshal(c.rule.CiliumEgress())
		if err != nil || string(raw) != c.want {
			t.Errorf("%+v: %v\n got %s\nwant %s", c.rule, err, raw, c.want)
		}
		if len(c.rule.Terms().Names)+len(c.rule.Terms().Lookups) > 0 {
			continue // of egress alone
		}
		raw, err = json.Marshal(c.rule.CiliumIngress())
		from := strings.NewReplacer("toE", "fromE", "toC", "fromC").Replace(c.want)
		if err != nil || string(raw) != from {
			t.Errorf("ingress: %v\n got %s\nwant %s", err, raw, from)
		}
	}
}

// TestCiliumCloses: a direction without rules is closed by an empty one, and one that is not of the
// policy has none.
func TestCiliumCloses(t *testing.T) {
	d := PolicyDraft{Flavor: FlavorCilium, Name: "a", Namespace: "n", Types: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}}
	raw, err := json.Marshal(d.Cilium())
	if want := `{"apiVersion":"cilium.io/v2","kind":"CiliumNetworkPolicy","metadata":{"name":"a","namespace":"n"},"spec":{"endpointSelector":{},"ingress":[{}]}}`; err != nil || string(raw) != want {
		t.Errorf("%v\n got %s\nwant %s", err, raw, want)
	}
	d.Types = []networkingv1.PolicyType{networkingv1.PolicyTypeEgress}
	if o := d.Cilium(); o.Spec.Ingress != nil || len(o.Spec.Egress) != 1 {
		t.Errorf("%+v", o)
	}
}

// TestObjectWithoutCilium: what a NetworkPolicy cannot name does not become anybody in it.
func TestObjectWithoutCilium(t *testing.T) {
	d := PolicyDraft{
		Flavor: FlavorCilium, Ingress: []PolicyRuleDraft{{Cilium: &CiliumTerms{Entities: CiliumNodes()}}}, Egress: []PolicyRuleDraft{{Cilium: &CiliumTerms{Names: []string{"a.example"}}}, {Cilium: &CiliumTerms{Entities: []string{CiliumAPIServer}}}, {}},
	}
	if o := d.Object(); len(o.Spec.Ingress) != 0 || len(o.Spec.Egress) != 1 {
		t.Errorf("%+v", o.Spec)
	}
}

// TestCiliumManyPorts: Cilium refuses lists of more ports than it takes.
func TestCiliumManyPorts(t *testing.T) {
	var r PolicyRuleDraft
	for i := range int32(95) {
		r.Ports = append(r.Ports, ciliumTestPort("TCP", 1000+i, 0))
	}
	seen := map[string]bool{}
	lists := r.CiliumEgress()[0].ToPorts
	for _, l := range lists {
		if len(l.Ports) > MostCiliumPorts {
			t.Errorf("%d ports", len(l.Ports))
		}
		for _, p := range l.Ports {
			seen[fmt.Sprint(p)] = true
		}
	}
	if len(lists) != 3 || len(seen) != 95 {
		t.Errorf("%d lists, %d ports", len(lists), len(seen))
	}
}
