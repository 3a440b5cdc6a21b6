package render

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// dayWidth is how much of a time its day is.
const dayWidth = len("2006-01-02")

// flowEdges writes a line for each edge, and returns what closes them.
func (s *screen) flowEdges(m *api.FlowMap, headless bool) string {
	rows, unused := flowRows(m)
	if len(rows) > 0 {
		s.edgeTable(m, rows, headless)
	}
	return edgeCounts(m, rows, unused)
}

func (s *screen) edgeTable(m *api.FlowMap, rows []flowRow, headless bool) {
	t := table{heads: []text{"FROM", "TO", "PORT", "SVC", "SEEN", "ENDS", "LAST"}, names: 2, headless: headless}
	told := make([]line, len(rows))
	below := false
	for i := range rows {
		told[i] = s.edgeNote(m, &rows[i])
		below = below || len(told[i]) > 0
		t.rows = append(t.rows, s.edgeCells(&rows[i]))
	}
	if wide := t.with("NOTE", told); below && (s.width == 0 || wide.width() <= s.width) {
		t, below = wide, false
	}
	last := len(t.heads) - 1
	if s.width > 0 && t.width() > s.width && !slices.Contains(t.heads, "NOTE") {
		for _, cells := range t.rows {
			cells[last] = cells[last].cut(dayWidth, "") // the day alone
		}
	}
	widths := t.widths()
	if s.width > 0 {
		shrink(widths[:t.names], t.width()-s.width)
	}
	if !headless {
		s.tableRow(boldHeads(t.heads), widths, t.names)
	}
	for i, cells := range t.rows {
		s.tableRow(cells, widths, t.names)
		if below && len(told[i]) > 0 {
			s.indented(indent, told[i])
		}
	}
}

// with is the table with one more column.
func (t table) with(head text, cells []line) table {
	t.heads = append(slices.Clip(t.heads), head)
	rows := make([][]line, len(t.rows))
	for i := range t.rows {
		rows[i] = append(slices.Clip(t.rows[i]), cells[i])
	}
	t.rows = rows
	return t
}

// width is how much the table takes where nothing is cut.
func (t table) width() int {
	sum := columnGap * (len(t.heads) - 1)
	for _, w := range t.widths() {
		sum += w
	}
	return sum
}

func (s *screen) edgeCells(r *flowRow) []line {
	l := &r.link
	seen, ends, last := "-", "-", "-"
	if l.Count > 0 {
		seen, ends, last = number(int(l.Count))+"x", endsWords(l.Seen), l.Last
	}
	var cells []line
	for _, words := range []string{r.from.words, r.to.words, flowPorts(l), servicePorts(l), seen, ends} {
		cells = append(cells, line{{plain, s.text(words)}})
	}
	return append(cells, line{{dim, s.text(last)}})
}

// endsWords say which sides were looked at.
func endsWords(seen []string) string {
	client, server := slices.Contains(seen, api.SeenFromClient), slices.Contains(seen, api.SeenFromServer)
	switch {
	case client && server:
		return "both"
	case client:
		return api.SeenFromClient
	case server:
		return api.SeenFromServer
	case slices.Contains(seen, api.SeenFromBetween):
		return api.SeenFromBetween
	}
	return ""
}

// servicePorts are those of the Services dialled that lead to another port.
func servicePorts(l *api.FlowLink) string {
	var ports []int
	for _, service := range l.Services {
		_, text, _ := strings.Cut(service[strings.LastIndexByte(service, '/')+1:], ":")
		if n, err := strconv.Atoi(text); err == nil && n != int(l.Port) {
			ports = append(ports, n)
		}
	}
	slices.Sort(ports)
	var out []string
	for _, n := range slices.Compact(ports) {
		out = append(out, strconv.Itoa(n))
	}
	return strings.Join(out, ",")
}

// edgeNote is what is not plain about an edge.
func (s *screen) edgeNote(m *api.FlowMap, r *flowRow) line {
	l := &r.link
	var parts []line
	say := func(mark text, i ink, words string) {
		part := line{{i, s.text(words)}}
		if mark != "" {
			part = append(line{{i, mark + " "}}, part...)
		}
		parts = append(parts, part)
	}
	if len(l.Names) > 0 {
		say("", plain, strings.Join(l.Names, ", "))
	}
	if l.Count == 0 && len(l.Configured) > 0 {
		say("", plain, "configured, never observed: "+strings.Join(l.Configured, ", "))
	}
	switch {
	case l.Now.Verdict == api.FlowNotAllowed:
		say(s.bad, red, "denied today by "+policiesOf(m, &l.Now))
	case l.Denied:
		say(s.bad, red, "refused, or not answered, when it was tried")
	case l.Now.Verdict == api.FlowUndecided:
		say(s.unknown, plain, "not known whether it is allowed"+dependsOn(m, &l.Now))
	}
	switch {
	case l.After.Verdict == l.Now.Verdict:
	case l.After.Verdict == api.FlowNotAllowed && l.Denied:
		say("", plain, "denied by the new "+policiesOf(m, &l.After)+" as well")
	case l.After.Verdict == api.FlowNotAllowed:
		say(s.bad, red, "would be denied by the new "+policiesOf(m, &l.After))
	case l.After.Verdict == api.FlowAllowed:
		say("", plain, "the new policies allow it")
	default:
		say(s.unknown, plain, "with the new policies it is not known"+dependsOn(m, &l.After))
	}
	if l.Guessed {
		say("", plain, "direction guessed from the ports")
	}
	var out line
	for i, part := range parts {
		if i > 0 {
			out = append(out, span{plain, "; "})
		}
		out = append(out, part...)
	}
	return out
}

// policiesOf names the policies of a decision, each once.
func policiesOf(m *api.FlowMap, d *api.FlowDecision) string {
	var names []string
	for _, i := range d.Rules {
		if name := m.Rules[i].Policy; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "a policy"
	}
	return strings.Join(someMore(names), ", ")
}

func dependsOn(m *api.FlowMap, d *api.FlowDecision) string {
	if len(d.Rules) == 0 {
		return ""
	}
	return ": " + policiesOf(m, d)
}

// edgeCounts close the edges. All states add up to the edges.
func edgeCounts(m *api.FlowMap, rows []flowRow, unused int) string {
	if len(rows) == 0 {
		return "no edge of " + flowScope(m) + " was observed or is configured" + unusedWords(m, unused)
	}
	counts := map[api.FlowState]int{}
	then, unknown := 0, 0
	for i := range rows {
		counts[rows[i].state]++
		if rows[i].refusedThen {
			then++
		}
		if rows[i].state == api.FlowUsed && rows[i].link.Now.Verdict == api.FlowUndecided {
			unknown++
		}
	}
	text := counted(len(rows), "edge")
	var states []string
	for _, state := range []api.FlowState{api.FlowUsed, api.FlowBlocked, api.FlowConfigured} {
		if n := counts[state]; n > 0 && n < len(rows) {
			states = append(states, number(n)+" "+string(state))
		} else if n > 0 && state != api.FlowUsed {
			states = append(states, "all "+string(state))
		}
	}
	if len(states) > 0 {
		text += ": " + strings.Join(states, ", ")
	}
	if unknown > 0 {
		text += fmt.Sprintf("; of %s it is not known whether they are allowed", number(unknown))
	}
	if then > 0 {
		text += "; " + number(then) + " would be denied by the new policies"
	}
	return text + unusedWords(m, unused)
}

func unusedWords(m *api.FlowMap, unused int) string {
	if unused == 0 || m.UnusedLeftOut {
		return ""
	}
	if unused == 1 {
		return "; 1 more is allowed and never used"
	}
	return "; " + number(unused) + " more are allowed and never used"
}

func flowScope(m *api.FlowMap) string {
	if m.Scope == "" {
		return "what was asked for"
	}
	return m.Scope
}
