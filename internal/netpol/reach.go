package netpol

import (
	corev1 "k8s.io/api/core/v1"
)

// Answer tells whether one peer reaches another.
type Answer struct {
	// Allowed is No where a peer has no pods: nobody is reached.
	Allowed Verdict
	// Ports are those of the question that some part of one peer surely reaches on some part
	// of the other.
	Ports Ports
	// Egress and Ingress are what decides about leaving the one and entering the other, each
	// decision once, over all Parts.
	Egress, Ingress []Decision
	// Parts counts them; a pod's traffic to itself is none where there is other traffic.
	Parts int
}

// Part is a part of a question within which all pods and addresses are alike.
type Part struct {
	From, To Side
	// Self tells the traffic of a pod to itself.
	Self            bool
	Allowed         Verdict
	Ports           Ports
	Egress, Ingress []Decision
}

// Side is one end of a Part: pods or addresses.
type Side struct {
	Pods      []*corev1.Pod
	Addresses []AddressRange
}

// Reach tells whether all of one peer reach all of another on the ports. Connections count
// by who opens them: replies are always allowed.
func (n *Network) Reach(from, to Peer, ports Ports) Answer {
	return n.ReachAll(from, []Target{{to, ports}})
}

// Target is a peer with the ports that it is asked about.
type Target struct {
	To    Peer
	Ports Ports
}

// ReachAll tells whether all of a peer reach every target on its own ports.
func (n *Network) ReachAll(from Peer, targets []Target) Answer {
	var sum tally
	var self *Part
	for _, t := range targets {
		for part := range n.Parts(from, t.To, t.Ports) {
			if part.Self {
				self = &part
				continue
			}
			sum.add(part)
		}
	}
	if sum.parts == 0 && self != nil {
		sum.add(*self)
	}
	return sum.answer()
}

// tally adds parts up.
type tally struct {
	parts             int
	less, some, maybe bool
	ports             Ports
	decisions         [2]decisionList
}

func (t *tally) add(p Part) {
	t.parts++
	t.ports = t.ports.Or(p.Ports)
	t.less = t.less || p.Allowed != Yes
	t.some = t.some || p.Allowed == Yes || p.Allowed == Partly
	t.maybe = t.maybe || p.Allowed != No
	t.decisions[egress].add(p.Egress)
	t.decisions[ingress].add(p.Ingress)
}

func (t *tally) answer() Answer {
	a := Answer{Allowed: No, Ports: t.ports, Egress: t.decisions[egress].list, Ingress: t.decisions[ingress].list, Parts: t.parts}
	if t.parts > 0 {
		a.Allowed = verdict(!t.less, t.some, t.maybe)
	}
	return a
}

// verdict is of what is sure for all, sure for some, and perhaps for some.
func verdict(all, some, maybe bool) Verdict {
	switch {
	case all:
		return Yes
	case some:
		return Partly
	case maybe:
		return Depends
	}
	return No
}

// decisionList has each decision once; the ports of equal ones add up.
type decisionList struct {
	list  []Decision
	index map[decisionKey]int
}

type decisionKey struct {
	verdict Verdict
	reason  Reason
	rule    Rule
	doubt   Doubt
}

func (l *decisionList) add(decisions []Decision) {
	if l.index == nil {
		l.index = map[decisionKey]int{}
	}
	for _, d := range decisions {
		key := decisionKey{d.Verdict, d.Reason, d.Rule, d.Doubt}
		if i, found := l.index[key]; found {
			l.list[i].Ports = l.list[i].Ports.Or(d.Ports)
			continue
		}
		l.index[key] = len(l.list)
		l.list = append(l.list, d)
	}
}
