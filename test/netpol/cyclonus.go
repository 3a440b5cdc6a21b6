package main

import (
	"github.com/mattfenwick/cyclonus/pkg/matcher"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// askCyclonus asks the matcher of cyclonus 0.5.6. It holds that an ipBlock selects pods by
// their addresses. It knows no pods, only labels, so that it cannot be asked about a pod and
// itself. Where it errs, it is given what means the same:
//   - NotIn does not match where the key is missing, against labels.Requirement.Matches
//     (IsMatchExpressionMatchForLabels of pkg/kube/labelselector.go): NotIn asks for a shadow
//     of the key, which everything has.
//   - matchLabels with an empty value matches where the key is missing
//     (IsLabelsMatchLabelSelector): it becomes In.
func (w *world) askCyclonus() []string {
	var policies []*networkingv1.NetworkPolicy
	for _, p := range w.Policies {
		p = p.DeepCopy()
		rewrite(&p.Spec.PodSelector)
		for i := range p.Spec.Ingress {
			rewritePeers(p.Spec.Ingress[i].From)
		}
		for i := range p.Spec.Egress {
			rewritePeers(p.Spec.Egress[i].To)
		}
		policies = append(policies, p)
	}
	policy := matcher.BuildNetworkPolicies(false, policies)
	var answers []string
	for _, q := range w.Questions {
		if q.From == q.To {
			answers = append(answers, notAsked)
			continue
		}
		answers = append(answers, yesOrNo(w.allowed(policy, q, true) && w.allowed(policy, q, false)))
	}
	return answers
}

// allowed asks for each name of the port, since cyclonus takes one.
func (w *world) allowed(policy *matcher.Policy, q question, ingress bool) bool {
	traffic := matcher.Traffic{Source: w.peer(q.From), Destination: w.peer(q.To), ResolvedPort: int(q.Port), Protocol: q.Protocol}
	for _, name := range append(w.namesOf(q), "") {
		traffic.ResolvedPortName = name
		if policy.IsIngressOrEgressAllowed(&traffic, ingress).IsAllowed() {
			return true
		}
	}
	return false
}

func (w *world) pod(end string) *corev1.Pod {
	for _, pod := range w.Pods {
		if pod.Namespace+"/"+pod.Name == end {
			return pod
		}
	}
	return nil
}

func (w *world) peer(end string) *matcher.TrafficPeer {
	pod := w.pod(end)
	if pod == nil {
		return &matcher.TrafficPeer{IP: end}
	}
	peer := &matcher.TrafficPeer{IP: pod.Status.PodIPs[0].IP, Internal: &matcher.InternalPeer{PodLabels: shadowed(pod.Labels), Namespace: pod.Namespace}}
	for _, ns := range w.Namespaces {
		if ns.Name == pod.Namespace {
			peer.Internal.NamespaceLabels = shadowed(ns.Labels)
		}
	}
	return peer
}

func (w *world) namesOf(q question) []string {
	pod := w.pod(q.To)
	if pod == nil {
		return nil
	}
	var names []string
	for _, c := range append(sidecars(pod), pod.Spec.Containers...) {
		for _, p := range c.Ports {
			if p.ContainerPort == q.Port && p.Protocol == q.Protocol {
				names = append(names, p.Name)
			}
		}
	}
	return names
}

const (
	shadow = "shadow-"
	absent = "absent-in-truth"
)

// shadowed adds a shadow of every key that selectors ask for.
func shadowed(labels map[string]string) map[string]string {
	out := map[string]string{}
	for _, key := range []string{"app", "tier", corev1.LabelMetadataName} {
		out[shadow+key] = absent
	}
	for key, value := range labels {
		out[key], out[shadow+key] = value, value
	}
	return out
}

func rewritePeers(peers []networkingv1.NetworkPolicyPeer) {
	for i := range peers {
		for _, s := range []*metav1.LabelSelector{peers[i].PodSelector, peers[i].NamespaceSelector} {
			if s != nil {
				rewrite(s)
			}
		}
	}
}

func rewrite(s *metav1.LabelSelector) {
	for i := range s.MatchExpressions {
		if e := &s.MatchExpressions[i]; e.Operator == metav1.LabelSelectorOpNotIn {
			e.Key = shadow + e.Key
		}
	}
	for key, value := range s.MatchLabels {
		if value == "" {
			delete(s.MatchLabels, key)
			s.MatchExpressions = append(s.MatchExpressions, metav1.LabelSelectorRequirement{Key: key, Operator: metav1.LabelSelectorOpIn, Values: []string{value}})
		}
	}
}
