package netpol

import "slices"

// Reason is what a decision stands on, as half a sentence.
type Reason string

// The reasons.
const (
	// ReasonRule: the rule of the decision matches.
	ReasonRule Reason = "a rule allows it"
	// ReasonNoRule: the policy of the decision isolates the pod, and none of its rules match.
	ReasonNoRule Reason = "no rule allows it"
	// ReasonNoPolicy: a pod that no policy selects for a direction is not isolated in it.
	ReasonNoPolicy Reason = "no policy selects it"
	// ReasonRefused: the policy of the decision may not be in force.
	ReasonRefused Reason = "a policy may isolate it"
	// ReasonHostNetwork: plugins commonly leave pods on the host's network alone.
	ReasonHostNetwork Reason = "policies do not hold for the host's network"
	// ReasonSelf: a pod cannot block access to itself.
	ReasonSelf Reason = "a pod always reaches itself"
	// ReasonOwnNode: traffic from a pod's own node, such as the kubelet's probes, is allowed.
	ReasonOwnNode Reason = "its own node always reaches it"
	// ReasonOutside: policies select pods alone.
	ReasonOutside Reason = "no policy holds outside the cluster"
)

// Decision is what decides about one direction.
type Decision struct {
	// Verdict is Yes, No or Depends.
	Verdict Verdict
	Reason  Reason
	// Rule is empty where no policy is involved, and without a Number for a policy without a
	// rule that matches.
	Rule Rule
	// Ports are those of the question that it decides about.
	Ports Ports
	// Doubt is why the Verdict is Depends.
	Doubt Doubt
}

// String is such as "policy shop/redis ingress rule 1" or "no policy selects it".
func (d Decision) String() string {
	s := string(d.Reason)
	if d.Rule.Policy.Name != "" {
		s = d.Rule.String()
		if d.Reason != ReasonRule {
			s += ": " + string(d.Reason)
		}
	}
	if d.Doubt != "" {
		s += " (" + string(d.Doubt) + ")"
	}
	return s
}

// outcome is what one direction allows of the ports asked for.
type outcome struct {
	sure, maybe Ports
	decisions   []Decision
}

func (o *outcome) add(d Decision) { o.decisions = append(o.decisions, d) }

// onlySure leaves the decisions that are certain.
func (o *outcome) onlySure() {
	o.decisions = slices.DeleteFunc(o.decisions, func(d Decision) bool { return d.Verdict != Yes })
}

// doubtRefused makes the decisions from an index on those of policies that may not be in force.
func (o *outcome) doubtRefused(from int) {
	for i := from; i < len(o.decisions); i++ {
		if d := &o.decisions[i]; d.Verdict == Yes {
			d.Verdict, d.Doubt = Depends, DoubtRefused
		}
	}
}

func allowed(asked Ports, reason Reason) outcome {
	return outcome{asked, asked, []Decision{{Verdict: Yes, Reason: reason, Ports: asked}}}
}

// side is one direction of a question. Names of ports are those of the destination. Subject and
// destination are nil outside the cluster.
type side struct {
	direction            int
	subject, destination *group
	ports                Ports
}

func newSide(direction int, subject, destination *group, ports Ports) side {
	return side{direction, subject, destination, ports}
}

func (s *side) selected() []*policy { return s.subject.selected[s.direction] }
func (s *side) refused() []*policy  { return s.subject.refused[s.direction] }

// decide evaluates the policies against a peer.
func (s *side) decide(subject, peer *endpoint) outcome {
	switch {
	case s.subject == nil && !subject.node:
		return allowed(s.ports, ReasonOutside)
	case s.subject == nil || s.subject.host:
		return allowed(s.ports, ReasonHostNetwork)
	case len(s.selected())+len(s.refused()) == 0:
		return allowed(s.ports, ReasonNoPolicy)
	case len(s.selected()) == 0:
		return s.decideRefused(peer)
	}
	var o outcome
	for _, p := range s.selected() {
		sure, maybe := s.allow(p, peer, &o)
		o.sure, o.maybe = o.sure.Or(sure), o.maybe.Or(maybe)
	}
	for _, p := range s.refused() {
		known := len(o.decisions)
		_, maybe := s.allow(p, peer, &o)
		o.maybe = o.maybe.Or(maybe)
		o.doubtRefused(known)
	}
	return s.concluded(o)
}

// decideRefused: any of the policies, or none, may be in force. Sure is what each allows.
func (s *side) decideRefused(peer *endpoint) outcome {
	o := outcome{sure: s.ports, maybe: s.ports}
	for _, p := range s.refused() {
		sure, _ := s.allow(p, peer, &o)
		o.sure = o.sure.And(sure)
	}
	if o.sure.Covers(s.ports) {
		o.onlySure()
		return o
	}
	o.doubtRefused(0)
	for _, p := range s.refused() {
		o.add(Decision{Depends, ReasonRefused, Rule{Policy: p.ref}, s.ports, DoubtRefused})
	}
	return o
}

// allow is what the rules of a policy allow, surely and perhaps.
func (s *side) allow(p *policy, peer *endpoint, o *outcome) (sure, maybe Ports) {
	for r, peers := range p.about(s.direction, peer, false) {
		if !r.mayBe(s.ports) {
			continue
		}
		m, doubt := r.matchesAny(p, peers, peer)
		if m == never {
			continue
		}
		certain, possible, unsure := r.on(s.destination)
		certain, possible = certain.And(s.ports), possible.And(s.ports)
		if possible.Empty() {
			continue
		}
		if m == perhaps {
			certain = Ports{}
		} else {
			doubt = unsure
		}
		name := p.rule(s.direction, r.number)
		if !certain.Empty() {
			o.add(Decision{Yes, ReasonRule, name, certain, ""})
		}
		if !certain.Covers(possible) {
			o.add(Decision{Depends, ReasonRule, name, possible, doubt})
		}
		sure, maybe = sure.Or(certain), maybe.Or(possible)
	}
	return sure, maybe
}

// concluded leaves the decisions that count: the rules that allow, those that perhaps do where
// that makes a difference, and else the policies that isolate.
func (s *side) concluded(o outcome) outcome {
	if o.sure.Covers(s.ports) {
		o.onlySure()
	}
	if len(o.decisions) == 0 {
		for _, p := range s.selected() {
			rule := Rule{Policy: p.ref, Direction: directionTypes()[s.direction]}
			o.add(Decision{Verdict: No, Reason: ReasonNoRule, Rule: rule, Ports: s.ports})
		}
	}
	return o
}
