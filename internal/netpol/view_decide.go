package netpol

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// mapEnd is an end as the evaluator takes it.
type mapEnd struct {
	parts []endpoint
	// unknown tells one that may be any pod or address.
	unknown bool
	// node tells a node of which nothing is known: it may be that of the pod at the other end,
	// which ownNode is for sure.
	node, ownNode bool
}

// decideEdge is what a network says of an edge.
func (m *mapper) decideEdge(v int, client, server *api.EdgeEnd, key *mapLinkKey) api.FlowDecision {
	ports, portless := AllPorts(), true
	if i := protocolIndex(corev1.Protocol(key.protocol)); i >= 0 && (key.anyPort || validPort(key.port)) {
		portless, ports = false, spanOf(i, span{key.port, key.port})
		if key.anyPort {
			ports = spanOf(i, span{1, maxPort})
		}
	}
	from, to := m.end(v, client, key.port, false), m.end(v, server, key.port, true)
	if key.from == key.to {
		to = m.self(to)
	}
	d := m.decide(v, from, to, ports)
	if portless && (d.Verdict != api.FlowAllowed || len(d.Rules) > 0) {
		d.Verdict = api.FlowUndecided // the API knows TCP, UDP and SCTP alone
	}
	return d
}

// end finds what an end is in a network. Addresses that were seen outside stay outside, also where
// a pod has them now.
func (m *mapper) end(v int, e *api.EdgeEnd, port int32, server bool) mapEnd {
	n := m.networks[v]
	switch e.Kind {
	case api.EndWorkload:
		if w := m.workload(e); w != nil {
			return known(m.partsOf(v, w))
		}
		if e.Workload != nil && len(e.Labels) > 0 {
			return known(n.endpoints(Pods(podOf(*e.Workload, e.Labels))))
		}
	case api.EndAPIServer:
		return m.serverEnd(e, port, server)
	case api.EndNode:
		return mapEnd{parts: someNode(), node: true}
	case api.EndOwnNode:
		return mapEnd{parts: someNode(), node: true, ownNode: true}
	case api.EndName:
		return known(anyAddresses())
	case api.EndAddress:
		if e.AnyAddress {
			return known(anyAddresses())
		}
		if a, err := netip.ParseAddr(e.Address); err == nil {
			return known([]endpoint{{addresses: addresses{rangeOf(single(a))}}})
		}
	}
	return mapEnd{unknown: true}
}

func known(parts []endpoint) mapEnd { return mapEnd{parts: parts, unknown: len(parts) == 0} }

// someNode is a node of which nothing is known.
func someNode() []endpoint {
	return []endpoint{{addresses: prefixRanges("0.0.0.0/32"), node: true}}
}

func anyAddresses() []endpoint {
	return []endpoint{{addresses: prefixRanges("0.0.0.0/0")}, {addresses: prefixRanges("::/0")}}
}

// serverEnd is the API server: where it was seen, or else where it is. Where blocks do not hold for
// it, it is as any node.
func (m *mapper) serverEnd(e *api.EdgeEnd, port int32, server bool) mapEnd {
	var at []netip.Addr
	if a, err := netip.ParseAddr(e.Address); err == nil {
		at = append(at, a.Unmap().WithZone(""))
	}
	for _, own := range m.in.APIServer {
		if e.Address == "" && (!server || int32(own.Port()) == port) {
			at = append(at, own.Addr().Unmap())
		}
	}
	if len(at) == 0 {
		return mapEnd{parts: someNode(), node: true}
	}
	var parts []endpoint
	for _, a := range at {
		parts = append(parts, endpoint{addresses: addresses{rangeOf(single(a))}, node: m.in.Plugin.NoNodeBlocks})
	}
	return known(parts)
}

// partsOf are all pods of a workload, in the groups that policies can tell apart.
func (m *mapper) partsOf(v int, w *fitWorkload) []endpoint {
	if parts, found := m.parts[v][w]; found {
		return parts
	}
	parts := m.networks[v].endpoints(Pods(w.pods...))
	for i := range parts {
		parts[i].podsOwn()
	}
	m.parts[v][w] = parts
	return parts
}

// self are the pods of a workload as they are for each other: the only one stands for others.
func (m *mapper) self(own mapEnd) mapEnd {
	parts := slices.Clone(own.parts)
	for i := range parts {
		if e := &parts[i]; len(e.pods) == 1 {
			pod := *e.pods[0]
			pod.Name += "-other"
			e.pods = []*corev1.Pod{&pod}
		}
	}
	return mapEnd{parts: parts, unknown: own.unknown}
}

// decide asks about all parts of both ends.
func (m *mapper) decide(v int, from, to mapEnd, ports Ports) api.FlowDecision {
	n := m.networks[v]
	switch {
	case from.ownNode:
		return api.FlowDecision{Verdict: api.FlowAllowed}
	case from.unknown || to.unknown:
		return m.decideHalf(v, from, to)
	case m.in.PoliciesUnread == "" && !isolated(from.parts, egress) && !isolated(to.parts, ingress):
		return api.FlowDecision{Verdict: api.FlowAllowed}
	}
	d := m.decided(v, n.answerOf(from.parts, to.parts, ports))
	if d.Verdict == api.FlowNotAllowed && (from.node || to.node) {
		d.Verdict = api.FlowUndecided
	}
	if d.Verdict == api.FlowUndecided && len(d.Rules) == 0 {
		d.Rules = m.isolating(v, from, to)
	}
	return d
}

// answerOf asks about all parts of two ends.
func (n *Network) answerOf(from, to []endpoint, ports Ports) Answer {
	var sum tally
	var first Part
	for i := range from {
		for j := range to {
			for part := range n.pair(&from[i], &to[j], ports) {
				switch sum.parts++; sum.parts {
				case 1:
					first = part // mostly the only one
				case 2:
					sum = tally{}
					sum.add(first)
					sum.add(part)
				default:
					sum.parts--
					sum.add(part)
				}
			}
		}
	}
	if sum.parts == 1 {
		return Answer{Allowed: first.Allowed, Egress: first.Egress, Ingress: first.Ingress}
	}
	return sum.answer()
}

func isolated(parts []endpoint, d int) bool {
	return slices.ContainsFunc(parts, func(e endpoint) bool { return e.group.isolates(d) })
}

// decided puts an answer into the words of a map. What only some pods or addresses may do is not
// decided; neither is what policies that were not read may change.
func (m *mapper) decided(v int, a Answer) api.FlowDecision {
	all := slices.Concat(a.Egress, a.Ingress)
	out := api.FlowDecision{Verdict: api.FlowUndecided}
	cited := func(d Decision) bool { return d.Verdict != Yes }
	switch a.Allowed {
	case Yes:
		out.Verdict = api.FlowAllowed
		cited = func(d Decision) bool { return d.Verdict == Yes }
	case No:
		out.Verdict = api.FlowNotAllowed
		cited = func(d Decision) bool { return d.Verdict == No }
	}
	if m.in.PoliciesUnread != "" && (a.Allowed != Yes || slices.ContainsFunc(all, func(d Decision) bool { return d.Reason == ReasonNoPolicy })) {
		out.Verdict = api.FlowUndecided
	}
	for _, d := range all {
		if cited(d) && d.Rule.Policy.Name != "" {
			out.Rules = append(out.Rules, m.rules.index(v, d.Rule))
		}
	}
	slices.Sort(out.Rules)
	out.Rules = slices.Compact(out.Rules)
	return out
}

// decideHalf decides where one end may be any pod or node: policies that may be for it, and rules
// that may name it, leave it open.
func (m *mapper) decideHalf(v int, from, to mapEnd) api.FlowDecision {
	if len(m.rules.objects[v]) == 0 && m.in.PoliciesUnread == "" {
		return api.FlowDecision{Verdict: api.FlowAllowed}
	}
	return api.FlowDecision{Verdict: api.FlowUndecided, Rules: m.isolating(v, from, to)}
}

// isolating are the policies that close either end.
func (m *mapper) isolating(v int, from, to mapEnd) []int {
	var rules []int
	for d, parts := range [2][]endpoint{ingress: to.parts, egress: from.parts} {
		for i := range parts {
			if !parts[i].group.isolates(d) {
				continue
			}
			for _, p := range slices.Concat(parts[i].group.selected[d], parts[i].group.refused[d]) {
				rules = append(rules, m.rules.index(v, p.rule(d, 0)))
			}
		}
	}
	slices.Sort(rules)
	return slices.Compact(rules)
}
