package render

import (
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// network is the fold of who reaches the pods and what they reach.
func (m *mdWriter) network(p page) {
	n := p.item.Network
	if n == nil {
		return
	}
	rows := [][]markdown{}
	if n.Host {
		rows = append(rows, []markdown{"policies", "", "none holds: on the host's network", ""})
	} else {
		rows = append(rows, m.directionRows(p, "egress", n.Egress)...)
		rows = append(rows, m.directionRows(p, "ingress", n.Ingress)...)
	}
	for _, e := range n.Exposed {
		rows = append(rows, []markdown{"exposed", "", mdProse(p.exposureWords(e)), mdCode(e.Via)})
	}
	if n.MTLS != "" {
		rows = append(rows, []markdown{"mTLS", "", mdProse(n.MTLS), ""})
	}
	for _, doubts := range [][]string{n.MayExpose, n.Unknown} {
		for _, words := range notes(doubts) {
			rows = append(rows, []markdown{markdown(m.unknown) + " unknown", "", mdProse(words), ""})
		}
	}
	for _, note := range notes(n.Notes) {
		rows = append(rows, []markdown{"note", "", mdProse(note), ""})
	}
	summary := "Network"
	if words := p.networkWords(n); words != "" {
		summary += ": " + words
	}
	m.fold(summary, []markdown{"What", "Ports", "Who", "By"}, len(rows), func(i int) { m.row(rows[i]...) })
}

// directionRows are a direction, and each rule of it.
func (m *mdWriter) directionRows(p page, name markdown, d api.Direction) [][]markdown {
	state, by := "isolated", p.policyWords(d.Policies)
	switch {
	case d.Unknown:
		state, by = "not known", ""
	case !d.Isolated:
		state, by = "open", "no policy selects it"
	case len(d.Rules) == 0:
		state = "nothing"
	}
	if words := reachWords(d); d.Isolated && words != "" {
		state += ": " + words
	}
	rows := [][]markdown{{name, "", mdProse(state), mdProse(by)}}
	for _, rule := range d.Rules {
		rows = append(rows, []markdown{
			name, mdProse(portsWords(rule.Ports)), mdProse(strings.TrimSpace(rule.Peer)),
			mdProse("policy " + rule.Policy + " rule " + number(rule.Rule)),
		})
	}
	return rows
}
