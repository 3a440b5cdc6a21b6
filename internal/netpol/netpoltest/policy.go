package netpoltest

import (
	"fmt"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func (m Maker) policy(i int) *networkingv1.NetworkPolicy {
	p := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("np%d", i), Namespace: one(m.Dice, namespaces()...)}}
	if !m.in(3) {
		p.Spec.PodSelector = *m.selector()
	}
	p.Spec.PolicyTypes = one(m.Dice, nil,
		[]networkingv1.PolicyType{networkingv1.PolicyTypeIngress}, []networkingv1.PolicyType{networkingv1.PolicyTypeEgress},
		[]networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress})
	for range m.Dice.IntN(3) {
		p.Spec.Ingress = append(p.Spec.Ingress, networkingv1.NetworkPolicyIngressRule{From: m.peers(), Ports: m.ports()})
	}
	for range m.Dice.IntN(3) {
		p.Spec.Egress = append(p.Spec.Egress, networkingv1.NetworkPolicyEgressRule{To: m.peers(), Ports: m.ports()})
	}
	if m.Broken && m.in(10) {
		p.Namespace = ""
	}
	if m.Broken && m.in(10) {
		p.Spec.PolicyTypes = append(p.Spec.PolicyTypes, one(m.Dice, "ingress", "", networkingv1.PolicyTypeEgress))
	}
	return p
}

func (m Maker) peers() []networkingv1.NetworkPolicyPeer {
	var peers []networkingv1.NetworkPolicyPeer
	for range m.Dice.IntN(4) {
		peers = append(peers, m.peer())
	}
	return peers
}

func (m Maker) peer() networkingv1.NetworkPolicyPeer {
	if m.Broken && m.in(12) {
		return networkingv1.NetworkPolicyPeer{}
	}
	var peer networkingv1.NetworkPolicyPeer
	kind := m.Dice.IntN(4)
	if kind == 0 {
		peer.IPBlock = m.block()
		if !m.Broken || !m.in(8) {
			return peer
		}
	}
	if kind != 2 {
		peer.PodSelector = m.selector()
	}
	if kind >= 2 {
		peer.NamespaceSelector = m.selector()
		if m.in(4) {
			peer.NamespaceSelector = &metav1.LabelSelector{MatchLabels: map[string]string{"kubernetes.io/metadata.name": one(m.Dice, namespaces()...)}}
		}
	}
	return peer
}

func (m Maker) selector() *metav1.LabelSelector {
	s := &metav1.LabelSelector{}
	if m.in(5) {
		return s
	}
	for _, key := range keys() {
		switch m.Dice.IntN(5) {
		case 0:
			s.MatchLabels = map[string]string{key: one(m.Dice, values()...)}
		case 1:
			s.MatchExpressions = append(s.MatchExpressions, m.expression(key))
		}
	}
	return s
}

func (m Maker) expression(key string) metav1.LabelSelectorRequirement {
	e := metav1.LabelSelectorRequirement{Key: key, Operator: one(m.Dice,
		metav1.LabelSelectorOpIn, metav1.LabelSelectorOpNotIn, metav1.LabelSelectorOpExists, metav1.LabelSelectorOpDoesNotExist)}
	if e.Operator == metav1.LabelSelectorOpIn || e.Operator == metav1.LabelSelectorOpNotIn {
		for range 1 + m.Dice.IntN(2) {
			e.Values = append(e.Values, one(m.Dice, values()...))
		}
	}
	if m.Broken && m.in(6) {
		e.Operator, e.Values = one(m.Dice, "", "in", metav1.LabelSelectorOpIn, metav1.LabelSelectorOpExists), one(m.Dice, nil, []string{"\x00 "})
	}
	return e
}

func (m Maker) block() *networkingv1.IPBlock {
	if m.Broken && m.in(4) {
		return &networkingv1.IPBlock{CIDR: one(m.Dice, "", "10.0.0.1", "::/0", "::ffff:10.0.0.0/104", "10.0.0.9/8", "0.0.0.0/33"), Except: one(m.Dice, nil, []string{"10.0.0.0/8"}, []string{"x"})}
	}
	switch m.Dice.IntN(4) {
	case 0:
		return &networkingv1.IPBlock{CIDR: "0.0.0.0/0", Except: one(m.Dice, nil, []string{"10.0.0.0/8"}, []string{"1.2.3.128/25", "10.0.1.0/24"})}
	case 1:
		return &networkingv1.IPBlock{CIDR: "10.0.0.0/16", Except: one(m.Dice, nil, []string{"10.0.1.0/24", "10.0.1.128/25"}, []string{"10.0.0.0/17", "10.0.128.0/17"})}
	case 2:
		return &networkingv1.IPBlock{CIDR: one(m.Dice, "1.2.3.4/32", "1.2.3.0/24", "8.0.0.0/7")}
	}
	return &networkingv1.IPBlock{CIDR: one(m.Dice, "10.0.0.0/24", "10.0.1.0/24", "10.0.1.7/24")}
}

func (m Maker) ports() []networkingv1.NetworkPolicyPort {
	var ports []networkingv1.NetworkPolicyPort
	if m.in(2) {
		return ports
	}
	for range 1 + m.Dice.IntN(3) {
		ports = append(ports, m.port())
	}
	return ports
}

func (m Maker) port() networkingv1.NetworkPolicyPort {
	var p networkingv1.NetworkPolicyPort
	if !m.in(4) {
		protocol := one(m.Dice, protocols()...)
		p.Protocol = &protocol
	}
	switch m.Dice.IntN(5) {
	case 0: // all ports of the protocol
	case 1:
		name := intstr.FromString(one(m.Dice, portNames()...))
		p.Port = &name
	case 2:
		first, last := intstr.FromInt32(one[int32](m.Dice, 1, 80, 81)), one[int32](m.Dice, 81, 90, 65535)
		p.Port, p.EndPort = &first, &last
	default:
		number := intstr.FromInt32(one(m.Dice, numbers()...))
		p.Port = &number
	}
	if m.Broken && m.in(6) {
		port, end := one(m.Dice, intstr.FromInt32(0), intstr.FromString("80"), intstr.FromString(""), intstr.FromInt32(70000)), one[int32](m.Dice, -1, 79, 70000)
		p.Port, p.EndPort = one(m.Dice, nil, &port), one(m.Dice, nil, &end)
	}
	return p
}
