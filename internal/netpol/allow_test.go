package netpol_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

const allowing = `kind: NetworkPolicy
metadata: {name: a, namespace: shop}
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
  ingress:
  - ports: [{port: metrics}, {port: 80, endPort: 81}, {protocol: SCTP}]
    from:
    - {podSelector: {matchLabels: {app: api}}}
    - {podSelector: {}, namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ops}}}
  - ports: [{port: sql}]
  egress:
  - ports: [{port: dns, protocol: UDP}, {port: dns-tcp}, {port: 443}]
    to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8, 192.168.0.0/16]}}]
---
kind: NetworkPolicy
metadata: {name: b, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress:
  - ports: [{port: 9090}, {port: 80}, {port: 81}, {protocol: SCTP}]
    from: [{podSelector: {matchLabels: {app: api}}}]
  - from: [{namespaceSelector: {}}, {namespaceSelector: {matchExpressions: [{key: team, operator: In, values: [ops, dev]}]}, podSelector: {matchLabels: {app: probe}}}]
    ports: [{port: 8080}]
---
kind: NetworkPolicy
metadata: {name: c, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress: [{ports: [{port: 1, protocol: ICMP}]}]
`

// TestAllows: equal rules of several policies are one allowance, names of ports are resolved
// on the pod for ingress and kept for egress, and rules without a port on the pod are left out.
func TestAllows(t *testing.T) {
	objects := world(t, allowing)
	n := netpol.New(objects)
	for _, tc := range []struct {
		pod       string
		direction networkingv1.PolicyType
		want      []string
	}{
		{"shop/web", networkingv1.PolicyTypeIngress, []string{
			"TCP 8080 [] from all pods of all namespaces: yes, policy shop/b ingress rule 2",
			"TCP 8080 [] from pods app=probe of namespaces team in (dev,ops): yes, policy shop/b ingress rule 2",
			"TCP 80-81, 9090; SCTP [] from all pods of namespace ops: yes, policy shop/a ingress rule 1",
			"TCP 80-81, 9090; SCTP [] from pods app=api of namespace shop: yes, policy shop/a ingress rule 1, policy shop/b ingress rule 1",
			"all ports [] from anyone: depends, policy shop/c ingress rule 1",
		}},
		{"shop/db", networkingv1.PolicyTypeIngress, []string{
			"TCP 5432 [] from anyone: yes, policy shop/a ingress rule 2",
			"TCP 80-81, 9187; SCTP [] from all pods of namespace ops: yes, policy shop/a ingress rule 1",
			"TCP 80-81, 9187; SCTP [] from pods app=api of namespace shop: yes, policy shop/a ingress rule 1",
		}},
		{"shop/web", networkingv1.PolicyTypeEgress, []string{
			"TCP 443 [TCP dns-tcp UDP dns] from 0.0.0.0/0 except 10.0.0.0/8, 192.168.0.0/16: yes, policy shop/a egress rule 1",
		}},
		{"dev/box", networkingv1.PolicyTypeIngress, nil},
	} {
		var got []string
		for _, a := range n.Allows(podNamed(t, objects, tc.pod), tc.direction) {
			var rules []string
			for _, r := range a.Rules {
				rules = append(rules, r.String())
			}
			got = append(got, fmt.Sprintf("%s %v from %s: %s, %s", a.Ports, a.Names, a.Peer, a.Verdict, strings.Join(rules, ", ")))
		}
		slices.Sort(got)
		slices.Sort(tc.want)
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s %s:\n%s\nwant\n%s", tc.pod, tc.direction, strings.Join(got, "\n"), strings.Join(tc.want, "\n"))
		}
	}
}

// TestMatching: the pods behind an allowance.
func TestMatching(t *testing.T) {
	objects := world(t, allowing, `kind: Pod
metadata: {name: x, namespace: unread, labels: {app: probe}}
spec: {containers: [{name: c}]}`)
	n := netpol.New(objects)
	want := map[string]string{
		"all pods of namespace ops":                      "ops/probe ops/web, perhaps ops/agent",
		"pods app=api of namespace shop":                 "shop/api, perhaps ",
		"pods app=probe of namespaces team in (dev,ops)": "ops/probe, perhaps unread/x",
		"all pods of all namespaces":                     "dev/box kube-system/dns ops/probe ops/web shop/api shop/db shop/web unread/x, perhaps ops/agent",
		"anyone":                                         ", perhaps ",
		"0.0.0.0/0 except 10.0.0.0/8, 192.168.0.0/16":    ", perhaps ",
	}
	for _, direction := range []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress} {
		for _, a := range n.Allows(podNamed(t, objects, "shop/web"), direction) {
			sure, maybe := n.Matching(a.Peer)
			if got := names(sure) + ", perhaps " + names(maybe); got != want[a.Peer.String()] {
				t.Errorf("%s: %s", a.Peer, got)
			}
		}
	}
}

func names(pods []*corev1.Pod) string {
	var all []string
	for _, pod := range pods {
		all = append(all, pod.Namespace+"/"+pod.Name)
	}
	return strings.Join(all, " ")
}

// TestParts: a question about many is answered in parts, with the addresses that differ.
func TestParts(t *testing.T) {
	objects := world(t, `kind: NetworkPolicy
metadata: {name: p, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress:
  - from: [{ipBlock: {cidr: 203.0.113.0/24, except: [203.0.113.128/26]}}, {podSelector: {matchLabels: {app: api}}}]`)
	n := netpol.New(objects)
	var got []string
	for part := range n.Parts(peer(t, objects, "203.0.112.0/22"), peer(t, objects, "shop/web"), ports(t, "TCP 80")) {
		got = append(got, fmt.Sprint(part.Allowed, " ", part.From.Addresses))
	}
	for part := range n.Parts(peer(t, objects, "shop/*"), peer(t, objects, "shop/web"), ports(t, "TCP 80")) {
		got = append(got, fmt.Sprint(part.Allowed, " ", names(part.From.Pods), " ", part.Self))
	}
	want := []string{
		"no [203.0.112.0-203.0.112.255 203.0.113.128-203.0.113.191 203.0.114.0-203.0.115.255]",
		"yes [203.0.113.0-203.0.113.127 203.0.113.192-203.0.113.255]",
		"yes shop/api false", "no shop/db false", "yes shop/web true",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
	for range n.Parts(peer(t, objects, "shop/*"), peer(t, objects, "shop/*"), netpol.AllPorts()) {
		break // and the rest is not worked out
	}
}

// TestIsolated names the policies of each direction.
func TestIsolated(t *testing.T) {
	objects := world(t, allowing)
	n := netpol.New(objects)
	in := n.Isolated(podNamed(t, objects, "shop/web"), networkingv1.PolicyTypeIngress)
	out := n.Isolated(podNamed(t, objects, "shop/web"), networkingv1.PolicyTypeEgress)
	if in.Verdict != netpol.Yes || len(in.Policies) != 2 || in.Policies[1].Name != "b" || len(in.Refused) != 1 || in.Refused[0].Name != "c" {
		t.Errorf("%+v", in)
	}
	if out.Verdict != netpol.Yes || len(out.Policies) != 1 || out.Policies[0].Name != "a" {
		t.Errorf("%+v", out)
	}
	if i := n.Isolated(podNamed(t, objects, "dev/box"), networkingv1.PolicyTypeIngress); i.Verdict != netpol.No {
		t.Errorf("%+v", i)
	}
}
