package render

import (
	"slices"
	"strconv"
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
		p.row(row{label: p.said("policies"), value: p.said("none holds: on the host's network")})
	} else {
		findings = p.direction("egress", n.Egress, findings)
		findings = p.direction("ingress", n.Ingress, findings)
	}
	for i, e := range n.Exposed {
		if i == mostRulesShown && !p.shows("network") {
			p.indented(valueAt, p.said("and "+counted(len(n.Exposed)-i, "more way")+" in (--show network)"))
			break
		}
		p.row(row{label: p.said("exposed"), value: p.said(p.exposureWords(e)), origin: p.origin(e.Via)})
	}
	if n.MTLS != "" {
		p.row(row{label: p.said("mTLS"), value: p.said(n.MTLS)})
	}
	for _, r := range p.findingRows(findings, false) {
		p.row(r)
	}
	p.networkDoubts("exposed", n.MayExpose)
	p.networkDoubts("network", n.Unknown)
	for _, note := range notes(n.Notes) {
		p.row(row{label: p.said("note"), value: p.said(note)})
	}
}

// networkDoubts are lines of what could not be judged.
func (p page) networkDoubts(label string, doubts []string) {
	for _, words := range notes(doubts) {
		p.row(row{mark: p.unknownMark(), label: p.said(label), value: p.said(words)})
	}
}

func (s *screen) unknownMark() line { return grade{s.unknown, "UNKNOWN", plain}.gutter() }

// networkWords are what stands beside the heading: the Services, and what enforces policies.
func (p page) networkWords(n *api.Network) string {
	var parts []string
	if len(n.Services) > 0 {
		words := p.serviceWords(n.Services)
		if len(n.Exposed)+len(n.MayExpose) == 0 && !n.Derived {
			words += ", not exposed"
		}
		parts = append(parts, words)
	}
	policies := len(n.Egress.Policies)+len(n.Ingress.Policies) > 0
	switch reason, nothing := strings.CutPrefix(n.Enforced, "nothing"); {
	case nothing:
		parts = append(parts, "policies not enforced"+strings.TrimSuffix(": "+strings.TrimPrefix(reason, ": "), ": "))
	case n.Enforced != "":
		parts = append(parts, "policies enforced by "+n.Enforced+" (derived)")
	case policies && !n.Derived:
		parts = append(parts, "what enforces policies is not known")
	}
	if n.Derived {
		parts = append(parts, "by the files alone")
	}
	return strings.Join(parts, "; ")
}

// serviceWords are the ports of Services, and those of the pods where they are others.
func (p page) serviceWords(services []api.ServicePort) string {
	var parts []string
	last := ""
	for i, s := range services {
		if i == mostGrants && !p.shows("network") {
			parts = append(parts, number(len(services)-i)+" more (--show network)")
			break
		}
		words := portText(s.Port, s.Protocol)
		if s.Target != "" && s.Target != strconv.Itoa(int(s.Port)) && s.Target != strconv.Itoa(int(s.Port)) {
			words += " to " + s.Target
		}
		if name := s.Service + " " + s.Type; name != last {
			last = name
			if s.Type != "" && s.Type != "ClusterIP" {
				words = "(" + s.Type + ") " + words
			}
			words = "Service " + s.Service + " " + words
		}
		parts = append(parts, words)
	}
	return strings.Join(parts, ", ")
}

func portText(port int32, protocol string) string {
	words := strconv.Itoa(int(port))
	if protocol != "" && protocol != "TCP" {
		words += "/" + protocol
	}
	return words
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
	r := row{label: p.said(name), checks: p.checks(own)}
	if len(own) > 0 {
		r.mark = p.gradeOf(own[0]).gutter()
		r.notes = append(r.notes, p.acceptance(own[0])...)
	}
	switch {
	case d.Unknown:
		r.value = p.said("not known")
		if len(own) == 0 {
			r.mark = p.unknownMark()
		}
	case !d.Isolated:
		r.value, r.origin = p.said("open"), p.origin("no policy selects it")
	case len(d.Rules) == 0:
		r.value, r.origin = p.said("nothing"), p.origin(p.policyWords(d.Policies))
	default:
		r.value, r.origin = p.said("isolated"), p.origin(p.policyWords(d.Policies))
		if words := reachWords(d); words != "" {
			r.notes = append(r.notes, p.said(words))
		}
	}
	p.row(r)
	for i, rule := range d.Rules {
		if i == mostRulesShown && !p.shows("network") {
			p.indented(valueAt, p.said("and "+counted(len(d.Rules)-i, "more rule")+" (--show network)"))
			break
		}
		p.row(p.ruleRow(rule))
	}
	return rest
}

// ruleRow is a rule: its ports as the label where they are short.
func (p page) ruleRow(rule api.NetworkRule) row {
	r := row{
		label: p.said(portsWords(rule.Ports)), value: p.said(rule.Peer),
		origin: p.origin("policy " + rule.Policy + " rule " + number(rule.Rule)),
	}
	if r.label.width() >= valueAt-labelAt {
		r.label, r.value = nil, p.said(portsWords(rule.Ports)+" of "+rule.Peer)
	}
	return r
}

// portsWords are ports with their protocol behind each of them, but for TCP: from "53; UDP 53"
// and such.
func portsWords(ports []string) string {
	var out []string
	for _, words := range ports {
		for part := range strings.SplitSeq(words, "; ") {
			protocol, numbers, found := strings.Cut(part, " ")
			switch known := slices.Contains([]string{"TCP", "UDP", "SCTP"}, protocol); {
			case known && !found:
				out = append(out, "any/"+protocol)
			case known && protocol != "TCP":
				for n := range strings.SplitSeq(numbers, ", ") {
					out = append(out, n+"/"+protocol)
				}
			case known:
				out = append(out, numbers)
			default:
				out = append(out, part)
			}
		}
	}
	return strings.Join(out, ", ")
}

func (p page) policyWords(names []string) string {
	if len(names) == 1 {
		return "policy " + names[0]
	}
	return "policies " + p.list("network", names)
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

// exposureWords say from where a way in comes, and to which port of the pods.
func (p page) exposureWords(e api.Exposure) string {
	var parts []string
	if len(e.Hosts) > 0 {
		parts = append(parts, p.list("network", e.Hosts))
	}
	if e.Port != 0 {
		parts = append(parts, strconv.Itoa(int(e.Port)))
	}
	if e.Target != "" && e.Target != strconv.Itoa(int(e.Port)) {
		parts = append(parts, "to "+e.Target)
	}
	words := []string{strings.Join(parts, " ")}
	if len(e.Paths) > 0 {
		words = append(words, "paths "+p.list("network", e.Paths))
	}
	words = append(words, map[string]string{
		api.TLSYes: "TLS", api.TLSNo: "no TLS", api.TLSPassthrough: "TLS passed through", api.TLSUnknown: "TLS not known",
	}[e.TLS])
	words = append(words, map[string]string{api.ReachNodes: "on the nodes' addresses", api.ReachPrivate: "in a private network"}[e.Reach])
	if len(e.From) > 0 {
		words = append(words, "from "+p.list("network", e.From))
	}
	if e.Derived {
		words = append(words, "nothing shows that it is served")
	}
	return strings.Join(distinct(words), ", ")
}
