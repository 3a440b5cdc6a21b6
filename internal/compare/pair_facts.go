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
	if at := (cell{kind: kindRight}); p.otherAccount() && !slices.Contains(cells, at) {
		cells = append(cells, at)
	}
	var out []delta
	for _, at := range cells {
		m := meeting{pair: p, cell: at, kind: p.kinds[at.kind]}
		m.was, m.wasUnknown = inCell(p.was.facts, at)
		m.now, m.nowUnknown = inCell(p.now.facts, at)
		m.doubts()
		for _, d := range m.compare() {
			if d.State == api.ChangeUnchanged {
				out = append(out, d) // counted, and not told
				continue
			}
			for _, left := range p.fold(found, d, m.kind) {
				left.Severity = p.grade(left, m.kind)
				out = append(out, left)
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
	switch {
	case m.kind.rank == nil || m.hidden != "":
		return m.sets()
	case m.missing != "":
		return m.lone()
	case len(m.was) < 2 && len(m.now) < 2:
		return m.values()
	}
	return m.sets()
}

// lone are values of a workload that one side does not have: what protects it is neither a risk
// when it comes nor one less when it goes. What a namespace protects is more than itself, and files
// that do not have it leave its labels to the cluster.
func (m *meeting) lone() []delta {
	switch {
	case m.cell.kind == kindEnforce && (len(m.was) > 0 && m.comparison.now.files() || len(m.now) > 0 && m.comparison.was.files()):
		return []delta{m.delta(append(m.was, m.now...)[0], api.ChangeIncomparable, 0, "the namespace "+m.missing)}
	case m.cell.kind == kindEnforce && len(m.was) > 0:
		return []delta{m.delta(m.was[0], api.ChangeWorsened, 1, "the namespace "+m.missing)}
	case m.cell.kind == kindEnforce && len(m.now) > 0:
		return []delta{m.delta(m.now[0], api.ChangeImproved, -1, "the namespace "+m.missing)}
	}
	protects := func(f fact) bool { return m.kind.rank(f) < m.kind.absent }
	m.was, m.now = slices.DeleteFunc(m.was, protects), slices.DeleteFunc(m.now, protects)
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
	theirs, mine := m.kind.kin(m.was), m.kind.kin(m.now)
	for _, f := range m.kind.beyond(m.now, m.was) {
		switch related := theirs.of(f); {
		case m.wasUnknown:
			out = append(out, m.delta(f, api.ChangeIncomparable, 0, m.wasWhy))
		case len(related) > 0:
			out = append(out, m.delta(f, api.ChangeWorsened, 1, "was "+factWords(related)))
		default:
			out = append(out, m.delta(f, api.ChangeNew, 1, ""))
		}
	}
	for _, f := range m.kind.beyond(m.was, m.now) {
		switch related := mine.of(f); {
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
	before := map[string]bool{}
	for _, f := range m.was {
		before[f.line()] = true
	}
	for _, f := range m.now {
		if before[f.line()] {
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
	case m.cell.kind == kindRight && m.otherAccount():
		return []delta{m.delta(f, api.ChangeIncomparable, 0, "the account is another one, and the files do not hold what a cluster grants it")}
	}
	return nil
}

// otherAccount tells files of both sides that give a workload with a token different accounts: what
// clusters grant these beside the files is not the same, as it is for one account.
func (p *pair) otherAccount() bool {
	holds := func(f fact) bool { return f.kind == kindToken }
	if !slices.ContainsFunc(p.was.facts, holds) && !slices.ContainsFunc(p.now.facts, holds) {
		return false
	}
	accounts := func(w *workload) []fact {
		known, _ := inCell(w.facts, cell{kind: kindAccount})
		return known
	}
	same := func(a, b fact) bool { return a.line() == b.line() }
	return p.missing == "" && p.comparison.was.files() && p.comparison.now.files() && !slices.EqualFunc(accounts(p.was), accounts(p.now), same)
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
