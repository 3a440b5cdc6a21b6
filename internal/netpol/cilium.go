package netpol

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Cilium enforces NetworkPolicies and CiliumNetworkPolicies together: either isolates a pod in a
// direction, and what any of them allows is allowed (docs.cilium.io, policy enforcement modes). So a
// CiliumNetworkPolicy is read into what a NetworkPolicy is read into, from the object as it is
// printed. What is not written here is refused, and then may be anything.

// readCilium reads CiliumNetworkPolicies; of those of one name the last one counts.
func (b *builder) readCilium(objects []*api.CiliumPolicy) {
	last := map[types.NamespacedName]*api.CiliumPolicy{}
	for _, o := range objects {
		last[types.NamespacedName{Namespace: o.Metadata.Namespace, Name: o.Metadata.Name}] = o
	}
	for _, o := range last {
		p := b.ciliumPolicy(o)
		p.namespace.policies = append(p.namespace.policies, p)
	}
}

func ciliumRef(namespace, name string) api.Ref {
	return api.Ref{APIVersion: "cilium.io/v2", Kind: api.FlavorCilium.Kind(), Namespace: namespace, Name: name}
}

// ciliumPolicy follows Sanitize of cilium/cilium pkg/policy/api/rule_validation.go.
func (b *builder) ciliumPolicy(o *api.CiliumPolicy) *policy {
	p := &policy{ref: ciliumRef(o.Metadata.Namespace, o.Metadata.Name), namespace: b.namespace(o.Metadata.Namespace)}
	subject, err := ciliumPeerOf(&o.Spec.EndpointSelector)
	if err == nil && subject.NamespaceSelector != nil {
		err = fmt.Errorf("endpointSelector: a policy is for its own namespace")
	}
	if err != nil {
		b.refuse(p, Rule{Policy: p.ref}, "%v", err)
		subject.PodSelector = &metav1.LabelSelector{}
	}
	if p.pods = b.selector(subject.PodSelector); p.pods.err != nil {
		b.refuse(p, Rule{Policy: p.ref}, "endpointSelector: %v", p.pods.err)
	}
	if len(o.Spec.Ingress)+len(o.Spec.Egress) == 0 || o.Metadata.Namespace == "" {
		b.refuse(p, Rule{Policy: p.ref}, "has no rules, or no namespace")
	}
	p.directions = [2]bool{ingress: len(o.Spec.Ingress) > 0, egress: len(o.Spec.Egress) > 0}
	for i := range o.Spec.Egress {
		for _, ports := range o.Spec.Egress[i].ToPorts {
			p.lookups = p.lookups || ports.Rules != nil && len(ports.Rules.DNS) > 0
		}
	}
	for i := range o.Spec.Ingress {
		r := &o.Spec.Ingress[i]
		b.ciliumRule(p, ingress, i+1, &ciliumRule{r.FromEndpoints, r.FromEntities, r.FromCIDR, r.FromCIDRSet, nil, r.ToPorts})
	}
	for i := range o.Spec.Egress {
		r := &o.Spec.Egress[i]
		b.ciliumRule(p, egress, i+1, &ciliumRule{r.ToEndpoints, r.ToEntities, r.ToCIDR, r.ToCIDRSet, r.ToFQDNs, r.ToPorts})
	}
	for d := range p.rules {
		p.index[d] = newRuleIndex(p.rules[d])
	}
	return p
}

// ciliumRule is a rule of either direction.
type ciliumRule struct {
	endpoints []metav1.LabelSelector
	entities  []string
	blocks    []string
	cut       []api.CiliumBlock
	names     []api.CiliumName
	ports     []api.CiliumPorts
}

// nobody tells a rule that lets nobody through: one without anything, and one with a list that is
// there and empty (mergeEndpointSelectors of pkg/policy).
func (r *ciliumRule) nobody() bool {
	empty := r.endpoints != nil && len(r.endpoints) == 0 || r.entities != nil && len(r.entities) == 0 ||
		r.blocks != nil && len(r.blocks) == 0 || r.cut != nil && len(r.cut) == 0
	return empty || r.sorts() == 0 && len(r.ports) == 0
}

// sorts counts the lists of peers that are there.
func (r *ciliumRule) sorts() int {
	sorts := 0
	for _, n := range []int{len(r.endpoints), len(r.entities), len(r.blocks), len(r.cut), len(r.names)} {
		sorts += min(n, 1)
	}
	return sorts
}

func (b *builder) ciliumRule(p *policy, d, number int, o *ciliumRule) {
	name := p.rule(d, number)
	if o.sorts() > 1 {
		b.refuse(p, name, "combines peers of two sorts, which is not supported")
	}
	if o.nobody() {
		return
	}
	r := rule{number: number}
	for i := range o.endpoints {
		peer, err := ciliumPeerOf(&o.endpoints[i])
		if err != nil {
			b.refuse(p, name, "peer %d: %v", i+1, err)
		}
		r.peers = append(r.peers, b.rulePeer(p, name, i+1, peer))
	}
	for _, block := range o.blocks {
		o.cut = append(o.cut, api.CiliumBlock{CIDR: block})
	}
	for i, block := range o.cut {
		peer := b.rulePeer(p, name, i+1, &networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{CIDR: block.CIDR, Except: block.Except}})
		peer.cilium = &ciliumPeer{}
		r.peers = append(r.peers, peer)
	}
	if peer := b.ciliumNamed(p, name, o); peer != nil {
		r.peers = append(r.peers, peer)
	}
	r.rulePorts = b.rulePorts(p, name, b.ciliumPorts(p, name, d, o.ports))
	p.rules[d] = append(p.rules[d], r)
}

// ciliumNamed is the peer of the entities or names of a rule.
func (b *builder) ciliumNamed(p *policy, name Rule, o *ciliumRule) *rulePeer {
	peer := &rulePeer{cilium: &ciliumPeer{}}
	var texts []string
	for _, text := range o.entities {
		known := entityOf(text)
		if known == 0 {
			b.refuse(p, name, "entity %q is not known", text)
			peer.refused = true
		}
		peer.cilium.entities |= known
		texts = append(texts, "entity "+text)
	}
	for _, n := range o.names {
		if n.MatchPattern != "" || !ciliumNameable(n.MatchName) {
			b.refuse(p, name, "%q is not a name that is written", n.MatchName+n.MatchPattern)
			peer.refused = true
		}
		peer.cilium.names = append(peer.cilium.names, n.MatchName)
		texts = append(texts, n.MatchName)
	}
	if len(texts) == 0 {
		return nil
	}
	peer.who = Who{Namespace: p.ref.Namespace, text: strings.Join(texts, ", "), policy: p, peer: peer}
	return peer
}

// ciliumPorts are the ports of a rule as those of a NetworkPolicy are written.
func (b *builder) ciliumPorts(p *policy, name Rule, d int, lists []api.CiliumPorts) []networkingv1.NetworkPolicyPort {
	var out []networkingv1.NetworkPolicyPort
	for i := range lists {
		l := &lists[i]
		if len(l.Ports) == 0 || len(l.Ports) > api.MostCiliumPorts {
			b.refuse(p, name, "has %d ports in a list", len(l.Ports))
		}
		if l.Rules != nil && (d == ingress || !slices.Contains(l.Rules.DNS, api.CiliumName{MatchPattern: "*"})) {
			b.refuse(p, name, "has rules of layer 7 that refuse something")
		}
		for _, port := range l.Ports {
			out = append(out, b.ciliumPort(p, name, port)...)
		}
	}
	return out
}

// ciliumPeerOf is a selector of Cilium as a peer of a NetworkPolicy: labels have a source before
// them, which is that of Kubernetes or any, and those of the namespace have names of their own
// (pkg/k8s/apis/cilium.io/const.go). One without a namespace is for that of the policy
// (getEndpointSelector of pkg/k8s/apis/cilium.io/utils).
func ciliumPeerOf(s *metav1.LabelSelector) (*networkingv1.NetworkPolicyPeer, error) {
	peer := &networkingv1.NetworkPolicyPeer{PodSelector: &metav1.LabelSelector{}}
	namespaces := func() *metav1.LabelSelector {
		if peer.NamespaceSelector == nil {
			peer.NamespaceSelector = &metav1.LabelSelector{}
		}
		return peer.NamespaceSelector
	}
	for key, value := range s.MatchLabels {
		to, plain, err := peer.PodSelector, "", error(nil)
		if plain, err = ciliumKey(key); err != nil {
			return peer, err
		}
		if of, found := namespaceLabel(plain); found {
			to, plain = namespaces(), of
		}
		if to.MatchLabels == nil {
			to.MatchLabels = map[string]string{}
		}
		if _, twice := to.MatchLabels[plain]; twice {
			return peer, fmt.Errorf("label %q is there twice", plain)
		}
		to.MatchLabels[plain] = value
	}
	for _, r := range s.MatchExpressions {
		plain, err := ciliumKey(r.Key)
		if err != nil {
			return peer, err
		}
		to := peer.PodSelector
		if of, found := namespaceLabel(plain); found {
			to, plain = namespaces(), of
		}
		r.Key = plain
		to.MatchExpressions = append(to.MatchExpressions, r)
	}
	return peer, nil
}

// ciliumKey is a label without its source.
func ciliumKey(key string) (string, error) {
	source, rest, found := strings.Cut(key, ":")
	switch {
	case !found:
		return key, nil
	case source == "k8s" || source == "any":
		return rest, nil
	}
	return "", fmt.Errorf("label %q is of a source that is not written", key)
}

// namespaceLabel is the label of a namespace that one of a pod stands for.
func namespaceLabel(key string) (string, bool) {
	if "k8s:"+key == api.CiliumNamespace {
		return corev1.LabelMetadataName, true
	}
	return strings.CutPrefix(key, "io.cilium.k8s.namespace.labels.")
}
