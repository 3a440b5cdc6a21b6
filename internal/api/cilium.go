package api

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// The parts of CiliumNetworkPolicies that are written here (docs.cilium.io, policy language;
// cilium/cilium pkg/policy/api: rule.go, ingress.go, egress.go, l4.go, fqdn.go). Fields that are not
// written are not there: whoever reads an object of others with these types has to refuse it.

// CiliumPolicy is a CiliumNetworkPolicy of cilium.io/v2.
type CiliumPolicy struct {
	APIVersion string         `json:"apiVersion"`
	Kind       string         `json:"kind"`
	Metadata   CiliumMetadata `json:"metadata"`
	Spec       CiliumSpec     `json:"spec"`
}

// CiliumMetadata is what names it.
type CiliumMetadata struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace,omitempty"`
}

// CiliumSpec is a Rule of Cilium. A direction with at least one rule is isolated, one without any
// is not: enableDefaultDeny is left to its default (Sanitize of rule_validation.go).
type CiliumSpec struct {
	// EndpointSelector selects pods of the policy's own namespace; an empty one all of them.
	EndpointSelector metav1.LabelSelector `json:"endpointSelector"`
	Ingress          []CiliumIngress      `json:"ingress,omitempty"`
	Egress           []CiliumEgress       `json:"egress,omitempty"`
}

// CiliumIngress is a rule. At most one of its From fields is there; with none it is for anybody on
// ToPorts, and without these it lets nobody through: so `ingress: [{}]` closes the direction
// (docs.cilium.io, layer 3, ingress default deny; ParseNetworkPolicy of pkg/k8s/network_policy.go
// writes a NetworkPolicy without rules so).
type CiliumIngress struct {
	FromEndpoints []metav1.LabelSelector `json:"fromEndpoints,omitempty"`
	FromEntities  []string               `json:"fromEntities,omitempty"`
	FromCIDR      []string               `json:"fromCIDR,omitempty"`
	FromCIDRSet   []CiliumBlock          `json:"fromCIDRSet,omitempty"`
	ToPorts       []CiliumPorts          `json:"toPorts,omitempty"`
}

// CiliumEgress is a rule, as CiliumIngress is.
type CiliumEgress struct {
	ToEndpoints []metav1.LabelSelector `json:"toEndpoints,omitempty"`
	ToEntities  []string               `json:"toEntities,omitempty"`
	ToCIDR      []string               `json:"toCIDR,omitempty"`
	ToCIDRSet   []CiliumBlock          `json:"toCIDRSet,omitempty"`
	ToFQDNs     []CiliumName           `json:"toFQDNs,omitempty"`
	ToPorts     []CiliumPorts          `json:"toPorts,omitempty"`
}

// CiliumBlock is a block of addresses with exceptions.
type CiliumBlock struct {
	CIDR   string   `json:"cidr"`
	Except []string `json:"except,omitempty"`
}

// CiliumName is a name of DNS: matchName means one, matchPattern has * for any letters.
type CiliumName struct {
	MatchName    string `json:"matchName,omitempty"`
	MatchPattern string `json:"matchPattern,omitempty"`
}

// CiliumPorts are at most MostCiliumPorts ports. With Rules they are redirected to a proxy, and
// what these do not match is refused.
type CiliumPorts struct {
	Ports []CiliumPort `json:"ports,omitempty"`
	Rules *CiliumRules `json:"rules,omitempty"`
}

// CiliumPort is a port; "0" is any port of its protocol.
type CiliumPort struct {
	Port     string `json:"port"`
	EndPort  int32  `json:"endPort,omitempty"`
	Protocol string `json:"protocol"`
}

// CiliumRules are those of layer 7.
type CiliumRules struct {
	DNS []CiliumName `json:"dns,omitempty"`
}

// MostCiliumPorts is maxPorts of pkg/policy/api/rule_validation.go.
const MostCiliumPorts = 40

// CiliumNamespace is the label that has the namespace of a pod, with the source of labels of
// Kubernetes before it. A selector of a peer without it is for the policy's own namespace.
const CiliumNamespace = "k8s:io.kubernetes.pod.namespace"

// The entities that are written (pkg/policy/api/entity.go).
const (
	CiliumAPIServer  = "kube-apiserver"
	CiliumHost       = "host"
	CiliumRemoteNode = "remote-node"
	CiliumAll        = "all"
)

// CiliumNodes are the entities of all nodes, with what is on their networks: a policy is on each
// node, and there host is its own and remote-node are the others.
func CiliumNodes() []string { return []string{CiliumHost, CiliumRemoteNode} }

// Cilium is the policy as a CiliumNetworkPolicy.
func (d *PolicyDraft) Cilium() *CiliumPolicy {
	o := &CiliumPolicy{
		APIVersion: "cilium.io/v2", Kind: FlavorCilium.Kind(), Metadata: CiliumMetadata{d.Name, d.Namespace},
		Spec: CiliumSpec{EndpointSelector: d.PodSelector},
	}
	if slices.Contains(d.Types, networkingv1.PolicyTypeIngress) {
		for i := range d.Ingress {
			o.Spec.Ingress = append(o.Spec.Ingress, d.Ingress[i].CiliumIngress()...)
		}
		if len(d.Ingress) == 0 {
			o.Spec.Ingress = []CiliumIngress{{}}
		}
	}
	if slices.Contains(d.Types, networkingv1.PolicyTypeEgress) {
		for i := range d.Egress {
			o.Spec.Egress = append(o.Spec.Egress, d.Egress[i].CiliumEgress()...)
		}
		if len(d.Egress) == 0 {
			o.Spec.Egress = []CiliumEgress{{}}
		}
	}
	return o
}

// CiliumIngress is the rule as one of ingress, or as several where it has peers of several sorts.
func (r *PolicyRuleDraft) CiliumIngress() []CiliumIngress {
	var out []CiliumIngress
	plain := PolicyRuleDraft{Peers: r.Peers, Cilium: &CiliumTerms{Entities: r.Terms().Entities}, Ports: r.Ports}
	for _, to := range plain.CiliumEgress() {
		out = append(out, CiliumIngress{
			FromEndpoints: to.ToEndpoints, FromEntities: to.ToEntities, FromCIDR: to.ToCIDR, FromCIDRSet: to.ToCIDRSet, ToPorts: to.ToPorts,
		})
	}
	return out
}

// CiliumEgress is the rule as one of egress, or as one for each sort of peers that it has: Cilium
// takes one of them in a rule.
func (r *PolicyRuleDraft) CiliumEgress() []CiliumEgress {
	ports := ciliumPorts(r)
	var pods, plain, cut CiliumEgress
	for i := range r.Peers {
		switch p := &r.Peers[i]; {
		case p.IPBlock == nil:
			pods.ToEndpoints = append(pods.ToEndpoints, ciliumSelector(p))
		case len(p.IPBlock.Except) == 0:
			plain.ToCIDR = append(plain.ToCIDR, p.IPBlock.CIDR)
		default:
			cut.ToCIDRSet = append(cut.ToCIDRSet, CiliumBlock{p.IPBlock.CIDR, p.IPBlock.Except})
		}
	}
	named := CiliumEgress{ToEntities: slices.Clone(r.Terms().Entities)}
	var names CiliumEgress
	for _, name := range r.Terms().Names {
		names.ToFQDNs = append(names.ToFQDNs, CiliumName{MatchName: name})
	}
	if len(r.Peers)+len(r.Terms().Entities)+len(r.Terms().Names)+len(ports) == 0 {
		named.ToEntities = []string{CiliumAll}
	}
	var out []CiliumEgress
	for _, e := range []CiliumEgress{pods, named, plain, cut, names} {
		if len(e.ToEndpoints)+len(e.ToEntities)+len(e.ToCIDR)+len(e.ToCIDRSet)+len(e.ToFQDNs) > 0 {
			e.ToPorts = ports
			out = append(out, e)
		}
	}
	if len(out) == 0 {
		out = append(out, CiliumEgress{ToPorts: ports})
	}
	return out
}

// ciliumSelector is that of a peer: of another namespace it says which one.
func ciliumSelector(p *networkingv1.NetworkPolicyPeer) metav1.LabelSelector {
	var s metav1.LabelSelector
	if p.PodSelector != nil {
		s = *p.PodSelector.DeepCopy()
	}
	if p.NamespaceSelector == nil {
		return s
	}
	named := map[string]string{}
	for key, value := range p.NamespaceSelector.MatchLabels {
		named[ciliumNamespaceKey(key)] = value
	}
	maps.Copy(named, s.MatchLabels)
	s.MatchLabels = named
	for _, r := range p.NamespaceSelector.MatchExpressions {
		r.Key = ciliumNamespaceKey(r.Key)
		s.MatchExpressions = append(s.MatchExpressions, r)
	}
	if len(p.NamespaceSelector.MatchLabels)+len(p.NamespaceSelector.MatchExpressions) == 0 {
		s.MatchExpressions = append(s.MatchExpressions, metav1.LabelSelectorRequirement{Key: CiliumNamespace, Operator: metav1.LabelSelectorOpExists})
	}
	return s
}

// ciliumNamespaceKey is the label of a pod that has one of its namespace.
func ciliumNamespaceKey(key string) string {
	if key == corev1.LabelMetadataName {
		return CiliumNamespace
	}
	return "k8s:io.cilium.k8s.namespace.labels." + key
}

// ciliumPorts are those of a rule, with those of Lookups last. Any name may be asked for there:
// with rules for names a proxy refuses all others, and what else the workload looks up, such as its
// Services and each name behind its search domains, would not resolve any more.
func ciliumPorts(r *PolicyRuleDraft) []CiliumPorts {
	var plain, lookups []CiliumPort
	for i := range r.Ports {
		port := ciliumPort(&r.Ports[i])
		if slices.ContainsFunc(r.Terms().Lookups, func(l networkingv1.NetworkPolicyPort) bool { return ciliumPort(&l) == port }) {
			lookups = append(lookups, port)
		} else {
			plain = append(plain, port)
		}
	}
	var out []CiliumPorts
	for chunk := range slices.Chunk(plain, MostCiliumPorts) {
		out = append(out, CiliumPorts{Ports: chunk})
	}
	for chunk := range slices.Chunk(lookups, MostCiliumPorts) {
		out = append(out, CiliumPorts{Ports: chunk, Rules: &CiliumRules{DNS: []CiliumName{{MatchPattern: "*"}}}})
	}
	return out
}

func ciliumPort(p *networkingv1.NetworkPolicyPort) CiliumPort {
	out := CiliumPort{Port: "0", Protocol: "TCP"}
	if p.Protocol != nil {
		out.Protocol = strings.ToUpper(string(*p.Protocol))
	}
	if p.Port != nil {
		out.Port = p.Port.String()
	}
	if p.EndPort != nil && p.Port != nil && p.Port.Type == intstr.Int {
		out.EndPort = *p.EndPort
	}
	if out.Port == "1" && out.EndPort == 65535 {
		out.Port, out.EndPort = "0", 0
	}
	return out
}
