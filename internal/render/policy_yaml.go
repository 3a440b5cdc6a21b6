package render

import (
	"bytes"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// writePolicy writes YAML with the reasons for each rule above it. A direction that is closed
// and has no rule has no key but its type.
func writePolicy(b *bytes.Buffer, d *api.PolicyDraft) {
	if d.Flavor == api.FlavorCilium {
		writeCilium(b, d)
		return
	}
	fmt.Fprintf(b, "apiVersion: %s\nkind: NetworkPolicy\nmetadata: %s\nspec:\n  podSelector: %s\n",
		networkingv1.SchemeGroupVersion, flowMap("name", d.Name, "namespace", d.Namespace), flowSelector(&d.PodSelector))
	if len(d.Types) > 0 {
		var types []string
		for _, t := range d.Types {
			types = append(types, string(t))
		}
		fmt.Fprintf(b, "  policyTypes: %s\n", flowScalars(types))
	}
	writeDirection(b, "ingress", "from", d.Ingress)
	writeDirection(b, "egress", "to", d.Egress)
}

func writeDirection(b *bytes.Buffer, name, peers string, rules []api.PolicyRuleDraft) {
	if len(rules) > 0 {
		fmt.Fprintf(b, "  %s:\n", name)
	}
	for i := range rules {
		writeComments(b, "  ", rules[i].Reasons)
		writeEntry(b, append(peerLines(peers, rules[i].Peers), portLines(rules[i].Ports)...))
	}
}

// writeEntry writes the fields of a rule.
func writeEntry(b *bytes.Buffer, fields []string) {
	for _, l := range listEntry(fields) {
		b.WriteString("  " + l + "\n")
	}
}

// listEntry is an entry of a list, whose fields are lines.
func listEntry(fields []string) []string {
	if len(fields) == 0 {
		return []string{"- {}"}
	}
	lines := []string{"- " + fields[0]}
	for _, f := range fields[1:] {
		lines = append(lines, "  "+f)
	}
	return lines
}

// peerLines are one line where it is easy to read, else a line for each field of each peer.
func peerLines(name string, peers []networkingv1.NetworkPolicyPeer) []string {
	if len(peers) == 0 {
		return nil
	}
	lines := []string{name + ":"}
	for i := range peers {
		fields := peerFields(&peers[i])
		if len(fields) < 2 && len(peers) == 1 {
			return []string{name + ": [" + flowFields(fields) + "]"}
		}
		lines = append(lines, listEntry(fields)...)
	}
	return lines
}

func peerFields(p *networkingv1.NetworkPolicyPeer) []string {
	var fields []string
	if p.NamespaceSelector != nil {
		fields = append(fields, "namespaceSelector: "+flowSelector(p.NamespaceSelector))
	}
	if p.PodSelector != nil {
		fields = append(fields, "podSelector: "+flowSelector(p.PodSelector))
	}
	if block := p.IPBlock; block != nil {
		inner := []string{"cidr: " + flowBlock(block.CIDR)}
		if len(block.Except) > 0 {
			inner = append(inner, "except: "+flowList(block.Except, flowBlock))
		}
		fields = append(fields, "ipBlock: "+flowFields(inner))
	}
	return fields
}

// mostPorts is how many ports are easy to read on one line.
const mostPorts = 3

func portLines(ports []networkingv1.NetworkPolicyPort) []string {
	if len(ports) == 0 {
		return nil
	}
	return listLines("ports", ports, flowPort)
}

func flowPort(p networkingv1.NetworkPolicyPort) string {
	var fields []string
	if p.Protocol != nil {
		fields = append(fields, "protocol: "+flowScalar(string(*p.Protocol)))
	}
	switch {
	case p.Port == nil:
	case p.Port.Type == intstr.Int:
		fields = append(fields, "port: "+strconv.Itoa(int(p.Port.IntVal)))
	default:
		fields = append(fields, "port: "+flowScalar(p.Port.StrVal))
	}
	if p.EndPort != nil {
		fields = append(fields, "endPort: "+strconv.Itoa(int(*p.EndPort)))
	}
	return flowFields(fields)
}

func flowSelector(s *metav1.LabelSelector) string {
	var fields, labels []string
	for _, key := range slices.Sorted(maps.Keys(s.MatchLabels)) {
		labels = append(labels, flowKey(key)+": "+flowScalar(s.MatchLabels[key]))
	}
	if len(labels) > 0 {
		fields = append(fields, "matchLabels: "+flowFields(labels))
	}
	if len(s.MatchExpressions) > 0 {
		fields = append(fields, "matchExpressions: "+flowList(s.MatchExpressions, flowRequirement))
	}
	return flowFields(fields)
}

func flowRequirement(r metav1.LabelSelectorRequirement) string {
	fields := []string{"key: " + flowScalar(r.Key), "operator: " + flowScalar(string(r.Operator))}
	if len(r.Values) > 0 {
		fields = append(fields, "values: "+flowScalars(r.Values))
	}
	return flowFields(fields)
}

// flowBlock is a block of addresses, quoted where its colons would end a key.
func flowBlock(block string) string {
	if prefix, err := netip.ParsePrefix(block); err == nil && prefix.Addr().Is4() {
		return prefix.String()
	}
	return flowScalar(block)
}

// flowKey is a key of a map. A reader looks for the colon behind one only so far: YAML 1.2, 7.4.2.
func flowKey(key string) string {
	const far = 1024
	quoted := flowScalar(key)
	if len(quoted) > far {
		return "? " + quoted
	}
	return quoted
}
