package netpol

import "slices"

func (e *endpoint) side() Side { return Side{Pods: e.pods, Addresses: e.addresses} }

// self tells two endpoints that are the same one pod.
func (e *endpoint) self(o *endpoint) bool {
	return len(e.pods) == 1 && len(o.pods) == 1 && e.pods[0].Name != "" && comparePods(e.pods[0], o.pods[0]) == 0
}

// sides are both directions of traffic between two endpoints.
type sides struct{ egress, ingress side }

// evaluate answers for endpoints within which all are alike.
func (q *sides) evaluate(from, to *endpoint, near match) Part {
	ports := q.egress.ports
	part := Part{From: from.side(), To: to.side(), Self: from.self(to)}
	var out, in outcome
	switch {
	case part.Self:
		out, in = allowed(ports, ReasonSelf), allowed(ports, ReasonSelf)
	default:
		out, in = q.egress.decide(from, to), q.ingress.decide(to, from)
		if from.host() {
			in = in.fromNode(near, ports)
		} else {
			out = out.toNode(near, ports)
		}
	}
	part.Egress, part.Ingress = out.decisions, in.decisions
	part.Ports = out.sure.And(in.sure)
	maybe := out.maybe.And(in.maybe)
	part.Allowed = verdict(!ports.Empty() && part.Ports.Covers(ports), !part.Ports.Empty(), !maybe.Empty())
	return part
}

// fromNode: a pod's own node always reaches it.
func (o outcome) fromNode(near match, ports Ports) outcome {
	switch {
	case near == never || o.sure.Covers(ports):
		return o
	case near == surely:
		return allowed(ports, ReasonOwnNode)
	}
	return o.perhapsNode(ports, DoubtSameNode)
}

func (o outcome) toNode(near match, ports Ports) outcome {
	if near == never || o.sure.Covers(ports) {
		return o
	}
	return o.perhapsNode(ports, DoubtOwnNode)
}

func (o outcome) perhapsNode(ports Ports, doubt Doubt) outcome {
	o.maybe = ports
	o.decisions = slices.DeleteFunc(o.decisions, func(d Decision) bool { return d.Verdict == No })
	o.add(Decision{Depends, ReasonOwnNode, Rule{}, ports, doubt})
	return o
}
