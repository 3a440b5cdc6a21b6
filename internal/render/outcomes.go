package render

import (
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// outcomes say what code in the workload gets, and what it does not get.
func (p page) outcomes() {
	var gets, not []entry
	for _, o := range p.item.Outcomes {
		e := p.outcome(o)
		if o.Possible || o.Unknown {
			gets = append(gets, e)
		} else {
			not = append(not, e)
		}
	}
	if len(gets) > 0 {
		title := text("What code in it gets, by configuration")
		if isAccount(p.item.Ref) {
			title = "What its token gives, by configuration"
		}
		p.heading(title, "")
		p.entries(labelAt, gets)
	}
	if len(not) > 0 {
		p.heading("Not possible", "")
		p.entries(labelAt, not)
	}
}

func (p page) outcome(o api.Outcome) entry {
	words := o.Text
	var mark line
	switch {
	case o.Unknown:
		mark = grade{p.unknown, "UNKNOWN", plain}.gutter()
	case !o.Possible:
		mark = line{{plain, "  " + p.pass}}
	case p.taken(o):
		mark = grade{p.accepted, "ACCEPTED", dim}.gutter()
		words += " (" + string(o.Severity) + ")"
	default:
		mark = p.severity(o.Severity).gutter()
	}
	e := entry{mark: mark, name: p.said(words), what: p.said(o.Detail)}
	for _, h := range o.Hops {
		e.below = append(e.below, p.hop(h))
	}
	return e
}

// hop is a step of a path: who does what, who it is then, and the grant.
func (p page) hop(h api.Hop) line {
	l := p.said(h.Subject + " " + h.Does)
	if h.Becomes != "" {
		l = l.then(1, line{{plain, p.to + " " + p.text(h.Becomes)}})
	}
	return l.then(1, p.origin(viaWords(h.Via, h.Via.Rules, false)))
}

// taken tells whether an outcome stands on accepted findings alone.
func (p page) taken(o api.Outcome) bool {
	accepted := false
	for _, f := range p.item.Findings {
		if slices.Contains(o.Because, f.Check) {
			if f.Status == api.StatusFail || f.Status == api.StatusUnknown {
				return false
			}
			accepted = accepted || f.Status == api.StatusAccepted
		}
	}
	return accepted
}

// worstOutcomes are the possible outcomes of the highest severity that nobody has accepted, of
// those that stand on what is reported.
func (p page) worstOutcomes() []api.Outcome {
	var worst []api.Outcome
	for _, o := range p.item.Outcomes {
		if !o.Possible || p.taken(o) || !o.Severity.AtLeast(api.SeverityLow) || !p.reported(o) {
			continue
		}
		if len(worst) > 0 && worst[0].Severity != o.Severity {
			if worst[0].Severity.AtLeast(o.Severity) {
				continue
			}
			worst = nil
		}
		worst = append(worst, o)
	}
	return worst
}

// reported tells whether a finding that an outcome stands on is in the report; some stand on none.
func (p page) reported(o api.Outcome) bool {
	return len(o.Because) == 0 || slices.ContainsFunc(p.item.Findings, func(f api.Finding) bool { return slices.Contains(o.Because, f.Check) })
}

// outcomeVerdict is the verdict by outcome, where no finding is worse.
func (p page) outcomeVerdict(name string) (line, bool) {
	worst := p.worstOutcomes()
	if len(worst) == 0 {
		return nil, false
	}
	failing := sorted(p.item.Findings, api.StatusFail)
	if len(failing) > 0 && !worst[0].Severity.AtLeast(failing[0].Severity) {
		return nil, false
	}
	g := p.severity(worst[0].Severity)
	who := "code in it "
	if isAccount(p.item.Ref) {
		who = "whoever holds its token "
	}
	if name != "" {
		name = " " + name
	}
	var because []string
	for _, f := range p.open {
		if slices.ContainsFunc(worst, func(o api.Outcome) bool { return slices.Contains(o.Because, f.Check) }) {
			because = append(because, f.Check)
		}
	}
	by := ""
	if because = distinct(because); len(because) > 0 {
		by = " (" + list(because) + ")"
	}
	return line{{g.ink, g.symbol + " " + g.word}, {plain, p.text(name + ": " + who + getsWords(worst) + by)}}, true
}

// getsWords say what is got, and what is reached.
func getsWords(outcomes []api.Outcome) string {
	var gets, reaches, parts []string
	for _, o := range outcomes {
		if o.ID == "network" {
			reaches = append(reaches, o.Text)
		} else {
			gets = append(gets, o.Text)
		}
	}
	if len(gets) > 0 {
		parts = append(parts, "gets "+list(distinct(gets)))
	}
	if len(reaches) > 0 {
		parts = append(parts, "reaches "+list(distinct(reaches)))
	}
	return strings.Join(parts, ", and ")
}
