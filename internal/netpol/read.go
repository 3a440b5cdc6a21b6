package netpol

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// policy reads a NetworkPolicy. What validation refuses makes the whole policy refused.
func (b *builder) policy(o *networkingv1.NetworkPolicy) *policy {
	p := &policy{ref: policyRef(o.Namespace, o.Name), namespace: b.namespace(o.Namespace), pods: b.selector(&o.Spec.PodSelector)}
	if p.pods.err != nil {
		b.refuse(p, Rule{Policy: p.ref}, "podSelector: %v", p.pods.err)
	}
	b.readTypes(p, &o.Spec)
	for _, why := range b.refused[types.NamespacedName{Namespace: o.Namespace, Name: o.Name}] {
		b.refuse(p, Rule{Policy: p.ref}, "%s", why)
		if len(o.Spec.PolicyTypes) == 0 {
			p.directions = [2]bool{true, true} // the rules that are the default may be lost
		}
	}
	p.rules[ingress] = make([]rule, len(o.Spec.Ingress))
	for i := range o.Spec.Ingress {
		r := &o.Spec.Ingress[i]
		p.rules[ingress][i] = b.rule(p, p.rule(ingress, i+1), r.From, r.Ports)
	}
	p.rules[egress] = make([]rule, len(o.Spec.Egress))
	for i := range o.Spec.Egress {
		r := &o.Spec.Egress[i]
		p.rules[egress][i] = b.rule(p, p.rule(egress, i+1), r.To, r.Ports)
	}
	for d := range p.rules {
		p.index[d] = newRuleIndex(p.rules[d])
	}
	for d, direction := range directionTypes() {
		if len(p.rules[d]) > 0 && !p.directions[d] && !p.refused {
			b.note(NoteDead, p.ref, "has %d rules for %s, which its policyTypes leave out: they do nothing", len(p.rules[d]), direction)
		}
	}
	return p
}

// refuse notes what validation refuses in a rule, or in the policy.
func (b *builder) refuse(p *policy, rule Rule, format string, args ...any) {
	p.refused = true
	if rule.Number == 0 {
		b.note(NoteRefused, p.ref, format, args...)
		return
	}
	b.noteRule(NoteRefused, rule, ": "+format, args...)
}

// readTypes defaults as SetDefaults_NetworkPolicy of k8s.io/kubernetes
// pkg/apis/networking/v1/defaults.go does.
func (b *builder) readTypes(p *policy, spec *networkingv1.NetworkPolicySpec) {
	if len(spec.PolicyTypes) == 0 {
		p.directions = [2]bool{ingress: true, egress: len(spec.Egress) > 0}
		return
	}
	if len(spec.PolicyTypes) > 2 {
		b.refuse(p, Rule{Policy: p.ref}, "has %d policyTypes", len(spec.PolicyTypes))
	}
	types := directionTypes()
	for _, t := range spec.PolicyTypes {
		if d := slices.Index(types[:], t); d >= 0 {
			p.directions[d] = true
		} else {
			b.refuse(p, Rule{Policy: p.ref}, "policyType %q is not Ingress or Egress", t)
			p.directions = [2]bool{true, true} // either may be meant
		}
	}
}

func (b *builder) rule(p *policy, name Rule, peers []networkingv1.NetworkPolicyPeer, ports []networkingv1.NetworkPolicyPort) rule {
	r := rule{number: name.Number, peers: make([]*rulePeer, len(peers))}
	for i := range peers {
		r.peers[i] = b.rulePeer(p, name, i+1, &peers[i])
	}
	r.rulePorts = b.rulePorts(p, name, ports)
	return r
}

// rulePeer reads equal selectors of a namespace once; what is refused is noted each time.
func (b *builder) rulePeer(p *policy, name Rule, number int, o *networkingv1.NetworkPolicyPeer) *rulePeer {
	key := ""
	if o.IPBlock == nil {
		b.key = appendPeerKey(strconv.AppendQuote(b.key[:0], p.ref.Namespace), o)
		if known := b.peers[string(b.key)]; known != nil {
			return known
		}
		key = string(b.key)
	}
	peer, err := b.peer(o, name)
	if err != nil {
		b.refuse(p, name, "peer %d: %v", number, err)
		peer.refused = true
	}
	peer.who = who(p, peer, o)
	if key != "" && err == nil {
		b.peers[key] = peer
	}
	return peer
}

func appendPeerKey(key []byte, o *networkingv1.NetworkPolicyPeer) []byte {
	if o.NamespaceSelector != nil {
		key = appendSelectorKey(append(key, " namespaces "...), o.NamespaceSelector)
	}
	if o.PodSelector != nil {
		key = appendSelectorKey(append(key, " pods "...), o.PodSelector)
	}
	return key
}

// rulePorts reads equal ports once.
func (b *builder) rulePorts(p *policy, name Rule, ports []networkingv1.NetworkPolicyPort) *rulePorts {
	b.key = appendPortsKey(b.key[:0], ports)
	if known := b.ports[string(b.key)]; known != nil {
		return known
	}
	key, r := string(b.key), &rulePorts{}
	var spans [3][]span
	for i := range ports {
		if err := r.addPort(&ports[i], &spans); err != nil {
			b.refuse(p, name, "port %d: %v", i+1, err)
			r.refused = true
		}
	}
	for i := range spans {
		r.ports.spans[i] = joined(spans[i])
	}
	if len(ports) == 0 {
		r.ports = AllPorts()
	}
	for _, name := range r.names {
		r.namesText = append(r.namesText, string(protocols()[name.protocol])+" "+name.name)
	}
	slices.Sort(r.namesText)
	r.text = strings.TrimSpace(r.ports.String() + " " + strings.Join(r.namesText, " "))
	if !r.refused {
		b.ports[key] = r
	}
	return r
}

func appendPortsKey(key []byte, ports []networkingv1.NetworkPolicyPort) []byte {
	for i := range ports {
		p := &ports[i]
		if p.Protocol != nil {
			key = strconv.AppendQuote(key, string(*p.Protocol))
		}
		if p.Port != nil {
			key = strconv.AppendInt(append(key, ' '), int64(p.Port.Type), 10)
			key = strconv.AppendQuote(strconv.AppendInt(append(key, ' '), int64(p.Port.IntVal), 10), p.Port.StrVal)
		}
		if p.EndPort != nil {
			key = strconv.AppendInt(append(key, '-'), int64(*p.EndPort), 10)
		}
		key = append(key, ';')
	}
	return key
}

// peer follows ValidateNetworkPolicyPeer of k8s.io/kubernetes pkg/apis/networking/validation.
func (b *builder) peer(o *networkingv1.NetworkPolicyPeer, rule Rule) (*rulePeer, error) {
	peer := &rulePeer{}
	if o.IPBlock != nil {
		if o.PodSelector != nil || o.NamespaceSelector != nil {
			return peer, fmt.Errorf("has an ipBlock and a selector")
		}
		var err error
		peer.block, err = b.block(o.IPBlock, rule)
		return peer, err
	}
	if o.PodSelector == nil && o.NamespaceSelector == nil {
		return peer, fmt.Errorf("names nobody")
	}
	peer.pods = b.selector(&metav1.LabelSelector{})
	if o.PodSelector != nil {
		peer.pods = b.selector(o.PodSelector)
	}
	if peer.pods.err != nil {
		return peer, fmt.Errorf("podSelector: %w", peer.pods.err)
	}
	if o.NamespaceSelector == nil {
		return peer, nil
	}
	peer.namespaces = b.selector(o.NamespaceSelector)
	if peer.namespaces.err != nil {
		return peer, fmt.Errorf("namespaceSelector: %w", peer.namespaces.err)
	}
	return peer, nil
}

// block follows ValidateIPBlock of k8s.io/kubernetes pkg/apis/networking/validation.
func (b *builder) block(o *networkingv1.IPBlock, rule Rule) (*block, error) {
	whole, hint, err := parseBlock(o.CIDR)
	if err != nil {
		return nil, fmt.Errorf("ipBlock: %w", err)
	}
	if hint != "" {
		b.noteRule(NoteOdd, rule, ": ipBlock %s", hint)
	}
	var cut []AddressRange
	for _, text := range o.Except {
		except, hint, err := parseBlock(text)
		if err != nil {
			return nil, fmt.Errorf("ipBlock: except: %w", err)
		}
		if hint != "" {
			b.noteRule(NoteOdd, rule, ": except %s", hint)
		}
		if !whole.Contains(except.Addr()) || except.Bits() <= whole.Bits() {
			return nil, fmt.Errorf("ipBlock: except %q is not a part of %q", text, o.CIDR)
		}
		cut = append(cut, rangeOf(except))
	}
	return &block{rangeOf(whole).without(newAddresses(cut))}, nil
}
