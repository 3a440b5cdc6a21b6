package render

import (
	"fmt"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// changesView prints changes as text.
type changesView struct {
	*screen
	changes *api.Changes
	// only is the workload that all are of; nil where there are several.
	only *api.Ref
	// spaces tells that several namespaces are concerned.
	spaces bool
	// graded is the width of the longest severity.
	graded int
	// levels that differ, and were not told yet.
	levels map[api.Ref]api.LevelChange
}

func (v changesView) rows() {
	v.levels = map[api.Ref]api.LevelChange{}
	for _, l := range v.changes.Levels {
		v.levels[l.Ref] = l
	}
	for i := range v.changes.Changes {
		v.spaces = v.spaces || v.changes.Changes[i].Ref.Namespace != v.changes.Changes[0].Ref.Namespace
	}
	lines := make([]changeLine, 0, len(v.changes.Changes))
	if v.wide {
		for i := range v.changes.Changes {
			lines = append(lines, changeLine{v.changes.Changes[i], []api.Ref{v.changes.Changes[i].Ref}, 1})
		}
	} else {
		lines = folded(v.changes)
	}
	t := table{heads: make([]text, 4), headless: true}
	for i := range lines {
		v.graded = max(v.graded, v.severity(lines[i].Severity).word.width())
	}
	for i := range lines {
		t.rows = append(t.rows, v.cells(&lines[i]))
	}
	widths := changeWidths(t)
	for i := range lines {
		v.changeRow(&lines[i], t.rows[i], widths)
	}
}

// placeColumn is where workloads and containers are named.
const placeColumn = 2

// changeWidths are those of the first columns, but for lines that stand for many.
func changeWidths(t table) []int {
	widths := make([]int, 4)
	for _, cells := range t.rows {
		if len(cells) < 4 {
			widths[0] = max(widths[0], cells[0].width())
			continue
		}
		for i, cell := range cells {
			if i != placeColumn || cells[i+1].width() > 0 { // nothing stands behind the others
				widths[i] = max(widths[i], cell.width())
			}
		}
	}
	return widths
}

// changeRow writes one line, and what was under it. Where the terminal leaves no room for the words,
// they go on below; on a pipe all is one line.
func (v changesView) changeRow(l *changeLine, cells []line, widths []int) {
	var head line
	column := 0
	for i := range len(cells) - 1 {
		head = head.at(column, cells[i])
		column += widths[i] + columnGap
	}
	body := cells[len(cells)-1]
	note := v.note(l)
	if v.width == 0 {
		switch {
		case note != "" && body.width() > 0:
			body = append(body, v.said("; "+note)...)
		case note != "":
			body = v.said(note)
		}
		v.write(head.at(column, body))
		return
	}
	under := widths[0] + columnGap + v.graded + columnGap
	if room := v.width - column; head.width() < column && (room >= valueLeast || room >= body.width() && room > 0) {
		v.hangTo(head, column, body)
	} else {
		v.flow(head)
		v.hangTo(nil, under, body)
	}
	if note != "" {
		v.hangTo(nil, under, v.said(note))
	}
}

// hangTo is hang up to the width of the terminal.
func (v changesView) hangTo(head line, column int, body line) {
	if len(body) == 0 {
		if len(head) > 0 {
			v.write(head)
		}
		return
	}
	for _, part := range body.fold(max(v.width-column, 1)) {
		v.write(head.at(column, part))
		head = nil
	}
}

// cells are state, severity with check, where, and what.
func (v changesView) cells(l *changeLine) []line {
	g := v.severity(l.Severity)
	symbol, ink := v.stateMark(l.State, g)
	state := line{{ink, symbol + " " + text(stateWord(l.State))}}
	if l.many() {
		words := fmt.Sprintf("%s of %s", l.things(), v.workload(l.Ref))
		if l.Text != "" {
			words += ", " + l.Text
		}
		return []line{state, {{inkOfState(l.State, plain), v.text(words)}}}
	}
	severity := line{{inkOfState(l.State, g.ink), g.word}}.at(v.graded+columnGap, line{{plain, v.text(what(&l.Change))}})
	return []line{state, severity, {{plain, v.text(v.where(l))}}, v.words(l)}
}

// things are findings, facts or both.
func (l *changeLine) things() string {
	if l.State == api.ChangeAccepted {
		return counted(l.count, "finding")
	}
	return number(l.count) + " findings and facts"
}

// what is the check, or the kind of a fact.
func what(c *api.Change) string {
	if c.Check != "" {
		return c.Check
	}
	kind, _ := factParts(c)
	return kind
}

// factParts are the kind of a fact and what is behind it, without its container.
func factParts(c *api.Change) (kind, rest string) {
	fact := c.Fact
	if c.Container != "" {
		if _, behind, found := strings.Cut(fact, " "); found {
			fact = behind
		}
	}
	kind, rest, _ = strings.Cut(fact, " ")
	return kind, rest
}

func stateWord(s api.ChangeState) string { return strings.ReplaceAll(string(s), "-", " ") }

func (v changesView) stateMark(s api.ChangeState, g grade) (text, ink) {
	switch s {
	case api.ChangeNew:
		return "+", g.ink
	case api.ChangeWorsened:
		return "~", g.ink
	case api.ChangeExpired:
		return v.bad, g.ink
	case api.ChangeIncomparable:
		return v.unknown, plain
	case api.ChangeResolved, api.ChangeImproved:
		return "-", green
	case api.ChangeAccepted:
		return v.accepted, dim
	}
	return v.low, plain
}

// inkOfState keeps the colour of a severity for what speaks against the posture.
func inkOfState(s api.ChangeState, severity ink) ink {
	switch s {
	case api.ChangeNew, api.ChangeWorsened, api.ChangeExpired:
		return severity
	case api.ChangeAccepted:
		return dim
	}
	return plain
}

func (v changesView) workload(ref api.Ref) string {
	if v.spaces && ref.Namespace != "" {
		return ref.Namespace + "/" + shortName(ref)
	}
	return shortName(ref)
}

// where is the workload with its container, of one workload the container alone.
func (v changesView) where(l *changeLine) string {
	var names []string
	if v.only == nil {
		for _, ref := range l.refs {
			names = append(names, v.workload(ref))
		}
	}
	words := strings.Join(names, ", ")
	if l.Container != "" && len(l.refs) == 1 {
		words = strings.TrimSpace(words + " " + l.Container)
	}
	return words
}

// words say what it is now, and of what is less now nothing but what else there is to know.
func (v changesView) words(l *changeLine) line {
	var parts []string
	parts = append(parts, present(changePlace(&l.Change))...)
	_, fact := factParts(&l.Change)
	switch l.State {
	case api.ChangeNew, api.ChangeNewRule, api.ChangeExpired:
		if l.Now != nil && l.Now.Message != "" {
			parts = append(parts, l.Now.Message)
		} else if l.Subject != "" {
			parts = append(parts, l.Subject)
		}
	case api.ChangeResolved, api.ChangeImproved, api.ChangeIncomparable, api.ChangeAccepted, api.ChangeWorsened:
		if l.Subject != "" {
			parts = append(parts, l.Subject)
		}
	}
	if fact != "" {
		parts = append(parts, fact)
	}
	if l.Text != "" && v.note(l) == "" {
		parts = append(parts, l.Text)
	}
	if level := v.level(l); level != "" {
		parts = append(parts, level)
	}
	out := line{{inkOfState(l.State, plain), v.text(strings.Join(parts, "  "))}}
	if len(parts) == 0 {
		return nil
	}
	if inkOfState(l.State, plain) != dim {
		out[0].ink = plain
	}
	return out
}

// level is told with the first change of a workload that became better or worse.
func (v changesView) level(l *changeLine) string {
	level, differs := v.levels[l.Ref]
	if !differs || v.only != nil || l.State == api.ChangeAccepted || l.State == api.ChangeIncomparable {
		return ""
	}
	delete(v.levels, l.Ref)
	return levelChange(level, v.to)
}

// note stands under a line: what was before something new, and why something is not comparable.
func (v changesView) note(l *changeLine) string {
	switch l.State {
	case api.ChangeNew, api.ChangeIncomparable, api.ChangeExpired, api.ChangeNewRule:
		return l.Text
	}
	return ""
}
