package netpol

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Who is whom a rule names.
type Who struct {
	// Everybody is inside and outside the cluster; the other fields are empty.
	Everybody bool
	// Namespace is that of the policy, whose pods are meant where NamespaceSelector is nil.
	Namespace                      string
	NamespaceSelector, PodSelector *metav1.LabelSelector
	// Block is set where addresses are named.
	Block *networkingv1.IPBlock

	text string
	// policy is one of those that have the peer, all in one namespace.
	policy *policy
	peer   *rulePeer
}

// String is such as "anyone", "10.0.0.0/8 except 10.1.0.0/16", "all pods of namespace shop",
// "pods app=web of namespaces team=a".
func (w Who) String() string { return w.text }

// who describes a peer of a rule.
func who(p *policy, peer *rulePeer, written *networkingv1.NetworkPolicyPeer) Who {
	w := Who{
		Namespace: p.ref.Namespace, NamespaceSelector: written.NamespaceSelector, PodSelector: written.PodSelector,
		Block: written.IPBlock, policy: p, peer: peer,
	}
	switch {
	case peer.refused:
		w.text = "a peer that cannot be read"
	case w.Block != nil:
		w.text = strings.Join(append([]string{w.Block.CIDR}, w.Block.Except...), ", ")
		w.text = strings.Replace(w.text, ", ", " except ", 1)
	default:
		w.text = podsText(peer.pods) + namespacesText(p, peer.namespaces)
	}
	return w
}

func podsText(pods *selector) string {
	if pods.everything() {
		return "all pods"
	}
	return "pods " + pods.text
}

func namespacesText(p *policy, namespaces *selector) string {
	switch {
	case namespaces == nil:
		return " of namespace " + p.ref.Namespace
	case namespaces.everything():
		return " of all namespaces"
	}
	if name, found := strings.CutPrefix(namespaces.text, corev1.LabelMetadataName+"="); found && len(namespaces.requirements) == 1 {
		return " of namespace " + name
	}
	return " of namespaces " + namespaces.text
}

// Matching are the pods that a Who of an Allowance names, surely and perhaps, by namespace
// and name. Everybody and blocks name no pods here.
func (n *Network) Matching(w Who) (sure, maybe []*corev1.Pod) {
	if w.peer == nil || w.peer.block != nil || w.peer.refused {
		return nil, nil
	}
	for _, g := range n.sorted {
		switch m, _ := w.peer.matches(w.policy, &endpoint{group: g, pods: g.pods}); m {
		case surely:
			sure = append(sure, g.pods...)
		case perhaps:
			maybe = append(maybe, g.pods...)
		}
	}
	return sortedPods(sure), sortedPods(maybe)
}
