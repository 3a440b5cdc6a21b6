package netpol

import (
	"cmp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

// Allowance is what rules allow an isolated pod: a peer and ports.
type Allowance struct {
	Peer  Who
	Ports Ports
	// Names are ports of egress that each destination resolves, such as "TCP http".
	Names []string
	// Rules allow the same, by policy.
	Rules []Rule
	// Verdict is Yes, or Depends with a Doubt about the rules. That a block may hold for pods
	// as well is not said here.
	Verdict Verdict
	Doubt   Doubt
}

// Allows is what the rules of all policies that select a pod allow it in a direction, sorted
// by ports and peer. It is empty both where nothing is allowed and where nothing isolates the
// pod: ask Isolated first. Rules that can match nothing on the pod are left out.
func (n *Network) Allows(pod *corev1.Pod, direction networkingv1.PolicyType) []Allowance {
	g, d := n.groupOf(pod), directionIndex(direction)
	if g.host {
		return nil
	}
	m := merger{index: map[mergeKey]int{}}
	for _, p := range slices.Concat(g.selected[d], g.refused[d]) {
		for i := range p.rules[d] {
			m.rule(p, &p.rules[d][i], d, g)
		}
	}
	slices.SortFunc(m.list, func(a, b merged) int {
		return cmp.Or(strings.Compare(a.what, b.what), strings.Compare(a.Peer.text, b.Peer.text), strings.Compare(string(a.Verdict), string(b.Verdict)), strings.Compare(string(a.Doubt), string(b.Doubt)))
	})
	all := make([]Allowance, len(m.list))
	for i := range m.list {
		all[i] = m.list[i].Allowance
	}
	return all
}

// merged is an allowance with its ports as text.
type merged struct {
	Allowance
	what string
}

// merger puts equal allowances together.
type merger struct {
	list  []merged
	index map[mergeKey]int
}

type mergeKey struct {
	what, who string
	verdict   Verdict
	doubt     Doubt
}

func (m *merger) rule(p *policy, r *rule, d int, g *group) {
	a := merged{Allowance{Ports: r.ports, Names: r.namesText, Verdict: Yes, Rules: []Rule{p.rule(d, r.number)}}, r.text}
	if d == ingress && (len(r.names) > 0 || r.refused) {
		var sure Ports
		if sure, a.Ports, a.Doubt = r.on(g); !sure.Covers(a.Ports) {
			a.Verdict = Depends
		}
		a.Names, a.what = nil, a.Ports.String()
	}
	if p.refused {
		a.Verdict, a.Doubt = Depends, DoubtRefused
	}
	if a.Ports.Empty() && len(a.Names) == 0 {
		return
	}
	if len(r.peers) == 0 {
		a.Peer = Who{Everybody: true, text: "anyone"}
		m.add(a)
	}
	for i := range r.peers {
		a.Peer = r.peers[i].who
		m.add(a)
	}
}

func (m *merger) add(a merged) {
	key := mergeKey{a.what, a.Peer.text, a.Verdict, a.Doubt}
	if i, found := m.index[key]; found {
		if known := m.list[i].Rules; known[len(known)-1] != a.Rules[0] {
			m.list[i].Rules = append(slices.Clip(known), a.Rules[0])
		}
		return
	}
	m.index[key] = len(m.list)
	m.list = append(m.list, a)
}
