package compare

import (
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// facts compares those of both sides, kind by kind. What a finding of the same direction says is
// not said again.
func (p *pair) facts(found []delta) []delta {
	var cells []cell
	for _, f := range slices.Concat(p.was.facts, p.now.facts) {
		if !slices.Contains(cells, f.cell()) {
			cells = append(cells, f.cell())
		}
	}
	var out []delta
	for _, at := range cells {
		m := meeting{pair: p, cell: at, kind: p.kinds[at.kind]}
		m.was, m.wasUnknown = inCell(p.was.facts, at)
		m.now, m.nowUnknown = inCell(p.now.facts, at)
		m.doubts()
		for _, d := range m.compare() {
			if !fold(found, d, m.kind) {
				d.Severity = p.grade(d, m.kind)
				out = append(out, d)
			}
		}
	}
	return out
}

func inCell(facts []fact, at cell) (known []fact, unknown bool) {
	for _, f := range facts {
		switch {
		case f.cell() != at:
		case f.kind == unknownFact:
			unknown = true
		default:
			known = append(known, f)
		}
	}
	return known, unknown
}

// fold puts a change of a fact into that of a finding which says the same. Findings about volumes
// do not say which container mounts them, and how.
func fold(found []delta, d delta, k *kind) bool {
	if d.State == api.ChangeUnchanged || k.name == kindMount {
		return false
	}
	checks := k.checks(*d.fact)
	for i := range found {
		f := &found[i]
		same := f.wider == d.wider && (f.wider != 0 || f.State == api.ChangeIncomparable)
		if same && slices.Contains(checks, f.Check) && (f.key.container == "" || d.fact.container == "" || f.key.container == d.fact.container) {
			if f.Text == "" && f.wider > 0 {
				f.Text = d.Text
			}
			return true
		}
	}
	return false
}

// grade is the severity of a fact: that of a finding about the same, else that of its kind.
func (p *pair) grade(d delta, k *kind) api.Severity {
	worst := api.Severity("")
	checks := k.checks(*d.fact)
	for _, f := range slices.Concat(p.was.findings, p.now.findings) {
		if slices.Contains(checks, f.Check) && !f.unknown() && (f.container == "" || d.fact.container == "" || f.container == d.fact.container) &&
			f.Severity.Rank() > worst.Rank() {
			worst = f.Severity
		}
	}
	if worst == "" || k.severity(*d.fact).Rank() == api.SeverityInfo.Rank() {
		return k.severity(*d.fact)
	}
	if d.wider != 0 && worst.Rank() < api.SeverityLow.Rank() {
		return api.SeverityLow
	}
	return worst
}

// meeting compares the facts of one kind and container.
type meeting struct {
	*pair
	cell                   cell
	kind                   *kind
	was, now               []fact
	wasUnknown, nowUnknown bool
	// why a side does not know.
	wasWhy, nowWhy string
}

// doubts finds the side that does not know for other reasons than its own facts.
func (m *meeting) doubts() {
	was, now := m.comparison.was, m.comparison.now
	m.wasWhy, m.nowWhy = "was unknown", "unknown now"
	switch {
	case m.wasHidden:
		m.wasUnknown, m.wasWhy = true, "was unknown: "+m.hidden
	case m.nowHidden:
		m.nowUnknown, m.nowWhy = true, "unknown now: "+m.hidden
	case m.missing != "" || !m.kind.fromCluster:
	case was.files() && !now.files():
		m.wasUnknown, m.wasWhy = true, "was unknown: no cluster was asked"
	case now.files() && !was.files():
		m.nowUnknown, m.nowWhy = true, "unknown now: no cluster was asked"
	}
}

func (m *meeting) compare() []delta {
	if m.kind.rank != nil && m.missing == "" && len(m.was) < 2 && len(m.now) < 2 {
		return m.values()
	}
	return m.sets()
}

// values compares one value with one.
func (m *meeting) values() []delta {
	w, n := m.value(m.was), m.value(m.now)
	same := factLine(m.was) == factLine(m.now)
	shown := append(slices.Clone(m.now), m.was...)
	if len(shown) == 0 {
		shown = []fact{m.unknown()}
	}
	switch {
	case m.wasUnknown && m.nowUnknown && same:
		return []delta{m.sameUnknown(shown[0])}
	case m.wasUnknown && !same, m.wasUnknown && !m.nowUnknown && len(m.now) == 0 && !m.comparison.was.files():
		return []delta{m.delta(shown[0], api.ChangeIncomparable, 0, m.wasWhy)}
	case m.nowUnknown && !same, m.nowUnknown && !m.wasUnknown && len(m.was) == 0 && !m.comparison.now.files():
		return []delta{m.delta(shown[0], api.ChangeIncomparable, 0, m.nowWhy)}
	case same:
		return []delta{m.delta(shown[0], api.ChangeUnchanged, 0, "")}
	case n > w && len(m.was) > 0:
		return []delta{m.delta(shown[0], api.ChangeWorsened, 1, m.words("was", m.was, m.now))}
	case n > w:
		return []delta{m.delta(shown[0], api.ChangeNew, 1, "")}
	case n < w && len(m.now) > 0:
		return []delta{m.delta(shown[0], api.ChangeImproved, -1, m.words("was", m.was, m.now))}
	case n < w:
		return []delta{m.delta(shown[0], api.ChangeResolved, -1, "")}
	}
	return []delta{
		m.delta(m.now[0], api.ChangeNew, 1, "was "+m.was[0].line()),
		m.delta(m.was[0], api.ChangeResolved, -1, "now "+m.now[0].line()),
	}
}

func (m *meeting) value(facts []fact) int {
	if len(facts) == 0 {
		return m.kind.absent
	}
	return m.kind.rank(facts[0])
}

// words say what a value was; of a protection that is gone or came there is nothing but that.
func (m *meeting) words(word string, was, now []fact) string {
	switch {
	case len(now) == 0:
		return "gone"
	case len(was) == 0:
		return ""
	}
	return word + " " + was[0].value()
}

func factLine(facts []fact) string {
	if len(facts) == 0 {
		return ""
	}
	return facts[0].line()
}

// sets compares facts of which there are several.
func (m *meeting) sets() []delta {
	var out []delta
	for _, f := range m.kind.beyond(m.now, m.was) {
		switch related := m.kind.relatives(f, m.was); {
		case m.wasUnknown:
			out = append(out, m.delta(f, api.ChangeIncomparable, 0, m.wasWhy))
		case len(related) > 0:
			out = append(out, m.delta(f, api.ChangeWorsened, 1, "was "+factWords(related)))
		default:
			out = append(out, m.delta(f, api.ChangeNew, 1, ""))
		}
	}
	for _, f := range m.kind.beyond(m.was, m.now) {
		switch related := m.kind.relatives(f, m.now); {
		case m.nowUnknown:
			out = append(out, m.delta(f, api.ChangeIncomparable, 0, m.nowWhy))
		case len(related) > 0:
			out = append(out, m.delta(f, api.ChangeImproved, -1, "now "+factWords(related)))
		default:
			text := ""
			if m.missing != "" {
				text = "the workload " + m.missing
			}
			out = append(out, m.delta(f, api.ChangeResolved, -1, text))
		}
	}
	for _, f := range m.now {
		if slices.ContainsFunc(m.was, func(w fact) bool { return w.line() == f.line() }) {
			out = append(out, m.delta(f, api.ChangeUnchanged, 0, ""))
		}
	}
	return append(out, m.unknowns()...)
}

// unknowns tells that a side could not know all of them.
func (m *meeting) unknowns() []delta {
	f := m.unknown()
	_, was := inCell(m.pair.was.facts, m.cell)
	_, now := inCell(m.pair.now.facts, m.cell)
	switch {
	case was && now:
		return []delta{m.sameUnknown(f)}
	case was && m.missing == "":
		return []delta{m.delta(f, api.ChangeIncomparable, 0, m.wasWhy)}
	case now:
		return []delta{m.delta(f, api.ChangeIncomparable, 0, m.nowWhy)}
	case was:
		return []delta{m.delta(f, api.ChangeIncomparable, 0, m.wasWhy)}
	}
	return nil
}

func (m *meeting) unknown() fact {
	return fact{container: m.cell.container, kind: unknownFact, args: [][]string{one(m.cell.kind)}}
}

func (m *meeting) sameUnknown(f fact) delta {
	m.changes.Summary.Unknown++
	return m.delta(f, api.ChangeUnchanged, 0, "")
}

// factWords are a few facts without their kind.
func factWords(facts []fact) string {
	const most = 3
	var words []string
	for _, f := range facts {
		words = append(words, f.value())
	}
	if len(words) > most {
		words = append(words[:most], "more")
	}
	return strings.Join(words, "; ")
}

func (m *meeting) delta(f fact, state api.ChangeState, wider int, text string) delta {
	return delta{fact: &f, wider: wider, Change: api.Change{
		State: state, Ref: m.ref, Fact: f.line(), Container: nameOfKey(f.container), Text: text,
	}}
}
