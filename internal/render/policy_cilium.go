package render

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// writeCilium writes YAML with the reasons for each rule above it. A direction that is closed and
// has no rule has an empty one: without any it would be open.
func writeCilium(b *bytes.Buffer, d *api.PolicyDraft) {
	o := d.Cilium()
	fmt.Fprintf(b, "apiVersion: %s\nkind: %s\nmetadata: %s\nspec:\n  endpointSelector: %s\n",
		o.APIVersion, o.Kind, flowMap("name", d.Name, "namespace", d.Namespace), flowSelector(&o.Spec.EndpointSelector))
	writeCiliumRules(b, d, networkingv1.PolicyTypeIngress, "ingress", d.Ingress, func(r *api.PolicyRuleDraft) [][]string {
		var out [][]string
		for _, rule := range r.CiliumIngress() {
			to := api.CiliumEgress{ToEndpoints: rule.FromEndpoints, ToEntities: rule.FromEntities, ToCIDR: rule.FromCIDR, ToCIDRSet: rule.FromCIDRSet, ToPorts: rule.ToPorts}
			out = append(out, ciliumLines("from", &to))
		}
		return out
	})
	writeCiliumRules(b, d, networkingv1.PolicyTypeEgress, "egress", d.Egress, func(r *api.PolicyRuleDraft) [][]string {
		var out [][]string
		for _, rule := range r.CiliumEgress() {
			out = append(out, ciliumLines("to", &rule))
		}
		return out
	})
}

func writeCiliumRules(b *bytes.Buffer, d *api.PolicyDraft, direction networkingv1.PolicyType, name string, rules []api.PolicyRuleDraft, lines func(*api.PolicyRuleDraft) [][]string) {
	if !slices.Contains(d.Types, direction) {
		return
	}
	if len(rules) == 0 {
		fmt.Fprintf(b, "  %s: [{}]\n", name)
		return
	}
	fmt.Fprintf(b, "  %s:\n", name)
	for i := range rules {
		writeComments(b, "  ", rules[i].Reasons)
		for _, rule := range lines(&rules[i]) {
			writeEntry(b, rule)
		}
	}
}

// ciliumLines are the fields of a rule; one always has some.
func ciliumLines(way string, r *api.CiliumEgress) []string {
	var lines []string
	if len(r.ToEndpoints) > 0 {
		lines = append(lines, listLines(way+"Endpoints", r.ToEndpoints, func(s metav1.LabelSelector) string { return flowSelector(&s) })...)
	}
	if len(r.ToEntities) > 0 {
		lines = append(lines, way+"Entities: "+flowScalars(r.ToEntities))
	}
	if len(r.ToCIDR) > 0 {
		lines = append(lines, listLines(way+"CIDR", r.ToCIDR, flowBlock)...)
	}
	if len(r.ToCIDRSet) > 0 {
		lines = append(lines, listLines(way+"CIDRSet", r.ToCIDRSet, func(c api.CiliumBlock) string {
			return flowFields([]string{"cidr: " + flowBlock(c.CIDR), "except: " + flowList(c.Except, flowBlock)})
		})...)
	}
	if len(r.ToFQDNs) > 0 {
		lines = append(lines, listLines(way+"FQDNs", r.ToFQDNs, flowName)...)
	}
	return append(lines, ciliumPortLines(r.ToPorts)...)
}

// listLines are one line where a list is short, else a line for each entry.
func listLines[T any](name string, list []T, write func(T) string) []string {
	if len(list) <= mostPorts {
		return []string{name + ": " + flowList(list, write)}
	}
	lines := []string{name + ":"}
	for _, entry := range list {
		lines = append(lines, "- "+write(entry))
	}
	return lines
}

func flowName(n api.CiliumName) string {
	return flowMap("matchName", n.MatchName, "matchPattern", n.MatchPattern)
}

// ciliumPortLines are one line for few ports without rules of their own.
func ciliumPortLines(all []api.CiliumPorts) []string {
	if len(all) == 0 {
		return nil
	}
	if len(all) == 1 && len(all[0].Ports) <= mostPorts && all[0].Rules == nil {
		return []string{"toPorts: [{ports: " + flowList(all[0].Ports, flowCiliumPort) + "}]"}
	}
	lines := []string{"toPorts:"}
	for _, ports := range all {
		fields := listLines("ports", ports.Ports, flowCiliumPort)
		if ports.Rules != nil {
			fields = append(fields, "rules: {dns: "+flowList(ports.Rules.DNS, flowName)+"}")
		}
		lines = append(lines, listEntry(fields)...)
	}
	return lines
}

func flowCiliumPort(p api.CiliumPort) string {
	fields := []string{"port: " + flowScalar(p.Port)}
	if p.EndPort != 0 {
		fields = append(fields, "endPort: "+strconv.Itoa(int(p.EndPort)))
	}
	return flowFields(append(fields, "protocol: "+flowScalar(p.Protocol)))
}
