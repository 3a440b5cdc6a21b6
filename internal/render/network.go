package render

import (
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// isNetwork tells whether a check is about who reaches the pods and what they reach.
func isNetwork(check string) bool {
	return slices.Contains([]string{
		"netpol-none-ingress", "netpol-none-egress", "netpol-allow-all", "hostnetwork-bypass", "exposed", "dangerous-service", "mtls",
	}, check)
}

// mostRulesShown is how many rules of a direction are told without --show network.
const mostRulesShown = 6

// network says what policies let through, and what else decides who reaches the pods.
func (p page) network() {
	n := p.item.Network
	if n == nil {
		return
	}
	var findings []api.Finding
	for _, f := range p.of("") {
		if isNetwork(f.Check) {
			findings = append(findings, f)
		}
	}
	p.heading("Network", p.networkWords(n))
	if n.Host {
		p.row(row{value: p.said("on the host's network: no policy holds for it")})
	} else {
		findings = p.direction("egress", n.Egress, findings)
		findings = p.direction("ingress", n.Ingress, findings)
	}
	for _, e := range n.Exposed {
		p.row(row{label: line{{plain, "exposed"}}, value: p.said(exposureWords(e)), origin: p.origin(e.Via)})
	}
	if n.MTLS != "" {
		p.row(row{label: line{{plain, "mTLS"}}, value: p.said(n.MTLS)})
	}
	for _, r := range p.findingRows(findings, false) {
		p.row(r)
	}
	for _, note := range append(slices.Clone(n.Unknown), n.Notes...) {
		p.indented(labelAt, p.said(note))
	}
}

// networkWords are what stands beside the heading.
func (p page) networkWords(n *api.Network) string {
	var parts []string
	for i, s := range n.Services {
		if i == mostGrants {
			parts = append(parts, "and more")
			break
		}
		words := s.Service + " " + number(int(s.Port))
		if s.Target != number(int(s.Port)) {
			words += " to " + s.Target
		}
		parts = append(parts, words)
	}
	words := ""
	if len(parts) > 0 {
		words = "Service " + strings.Join(parts, ", ") + "   "
	}
	switch {
	case strings.HasPrefix(n.Enforced, "nothing"):
		return words + "policies not enforced: " + strings.TrimPrefix(n.Enforced, "nothing: ")
	case n.Enforced != "":
		return words + "policies enforced by " + n.Enforced + " (derived)"
	}
	return strings.TrimRight(words, " ")
}

// direction writes what a direction lets through, and returns the findings that it did not
// tell.
func (p page) direction(name string, d api.Direction, findings []api.Finding) []api.Finding {
	var own, rest []api.Finding
	for _, f := range findings {
		if f.Check == "netpol-none-"+name {
			own = append(own, f)
		} else {
			rest = append(rest, f)
		}
	}
	r := row{label: line{{plain, text(name)}}, checks: p.checks(own)}
	if len(own) > 0 {
		r.mark = p.gradeOf(own[0]).gutter()
		r.notes = append(r.notes, p.acceptance(own[0])...)
	}
	switch {
	case d.Unknown:
		r.value = p.said("not known")
	case !d.Isolated:
		r.value, r.origin = p.said("open"), p.origin("no policy selects it")
	case len(d.Rules) == 0:
		r.value, r.origin = p.said("nothing"), p.origin(policyWords(d.Policies))
	default:
		r.value, r.origin = p.said("isolated"), p.origin(policyWords(d.Policies))
		r.notes = append(r.notes, p.said(reachWords(d)))
	}
	p.row(r)
	for i, rule := range d.Rules {
		if i == mostRulesShown && !p.shows("network") {
			p.indented(valueAt, p.said("and "+counted(len(d.Rules)-i, "more rule")+" (--show network)"))
			break
		}
		p.row(row{
			label: p.said(strings.Join(rule.Ports, ", ")), value: p.said(rule.Peer),
			origin: p.origin("policy " + rule.Policy + " rule " + number(rule.Rule)),
		})
	}
	return rest
}

func policyWords(names []string) string {
	if len(names) == 1 {
		return "policy " + names[0]
	}
	return "policies " + list(names)
}

// reachWords say which of the peers that matter everywhere are let through.
func reachWords(d api.Direction) string {
	words := map[string][]string{}
	for _, r := range d.Reach {
		words[r.Allowed] = append(words[r.Allowed], r.Peer)
	}
	var parts []string
	for _, of := range [][2]string{{"yes", ""}, {"partly", "some of "}, {"depends", "perhaps "}, {"no", "not "}, {"unknown", "not known: "}} {
		if len(words[of[0]]) > 0 {
			parts = append(parts, of[1]+strings.Join(words[of[0]], ", "))
		}
	}
	return strings.Join(parts, "; ")
}

func exposureWords(e api.Exposure) string {
	words := number(int(e.Port)) + " to " + e.Target
	if len(e.Hosts) > 0 {
		words = list(e.Hosts) + " " + words
	}
	switch e.TLS {
	case "yes":
		words += ", TLS"
	case "no":
		words += ", no TLS"
	case "passthrough":
		words += ", TLS passed through"
	}
	if len(e.From) > 0 {
		words += ", from " + list(e.From)
	}
	return words
}
