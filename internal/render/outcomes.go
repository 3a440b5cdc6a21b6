package render

import (
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// mostOutcomes is how many possible outcomes are told unasked.
const mostOutcomes = 16

// outcomes say what code in the workload gets, and what it does not get.
func (p page) outcomes() {
	var gets, not []entry
	taken, possible := takenOf(p.item), 0
	for _, o := range p.item.Outcomes {
		if possible += count(o.Possible); o.Possible && possible > mostOutcomes && !p.shows("outcomes") {
			continue
		}
		e := p.outcome(o, taken(o))
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
		if more := possible - mostOutcomes; more > 0 && !p.shows("outcomes") {
			p.indented(labelAt, p.said("and "+number(more)+" more (--show outcomes)"))
		}
	}
	if len(not) > 0 {
		p.heading("Not possible", "")
		p.entries(labelAt, not)
	}
}

func (p page) outcome(o api.Outcome, taken bool) entry {
	words := o.Text
	var mark line
	switch {
	case o.Unknown:
		mark = p.unknownMark()
	case !o.Possible:
		mark = line{{plain, "  " + p.pass}}
	case taken:
		mark = grade{p.accepted, "ACCEPTED", dim}.gutter()
		words += " (" + string(o.Severity) + ")"
	default:
		mark = p.severity(o.Severity).gutter()
	}
	e := entry{mark: mark, name: p.said(words), what: p.said(p.detailWords(o))}
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

// takenOf tells of outcomes whether they stand on accepted findings alone.
func takenOf(item *api.Item) func(api.Outcome) bool {
	open, accepted := map[string]bool{}, map[string]bool{}
	for _, f := range item.Findings {
		switch f.Status {
		case api.StatusFail, api.StatusUnknown:
			open[f.Check] = true
		case api.StatusAccepted:
			accepted[f.Check] = true
		}
	}
	return func(o api.Outcome) bool {
		of := func(known map[string]bool) bool {
			return slices.ContainsFunc(o.Because, func(check string) bool { return known[check] })
		}
		return !of(open) && of(accepted)
	}
}

// worstOutcomes are the possible outcomes of the highest severity that nobody has accepted, of
// those that stand on what is reported.
func (p page) worstOutcomes() []api.Outcome {
	var worst []api.Outcome
	taken := takenOf(p.item)
	for _, o := range p.item.Outcomes {
		if !o.Possible || taken(o) || !o.Severity.AtLeast(api.SeverityLow) || !p.reported(o) {
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

// detailWords say by what an outcome is, or is not; what of the rights is not known stands
// with the rights.
func (p page) detailWords(o api.Outcome) string {
	id := p.item.Identity
	if !o.Unknown || id == nil || len(id.Unknown) == 0 || o.Detail == "" {
		return o.Detail
	}
	parts := strings.Split(o.Detail, "; ")
	if slices.ContainsFunc(parts, func(part string) bool { return !slices.Contains(id.Unknown, part) }) {
		return o.Detail
	}
	if len(p.asked) > 0 && !slices.Contains(p.asked, "identity") {
		return strings.Join(alikeUnknowns(parts), "; ")
	}
	return "not known: see rights above"
}
