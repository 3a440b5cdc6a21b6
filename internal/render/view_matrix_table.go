package render

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

const (
	// mostCells is of how many cells a matrix is written: 400 clients by 400 servers, as many pairs as a
	// map tells all of.
	mostCells = 160_000
	// mostAxes is from how many rows or columns on those without any use are left out.
	mostAxes = 40
	// mostCell is how many ports a cell of a terminal names, mostAxis how wide a name is on one that
	// is too narrow for all columns.
	mostCell, mostAxis = 3, 30
)

// flowMatrix writes the matrix, and returns what closes it.
func (s *screen) flowMatrix(m *api.FlowMap, headless bool) string {
	x := newFlowMatrix(m)
	counts := x.counts()
	rows, columns := len(x.rows), len(x.columns)
	if len(x.rows) > mostAxes || len(x.columns) > mostAxes {
		x.collapse()
	}
	large := len(x.rows)*len(x.columns) > mostCells
	if len(x.rows) > 0 && len(x.columns) > 0 && !large {
		s.matrixTables(x, headless)
	}
	if columns == 0 {
		return "nothing that " + flowScope(m) + " may reach is known to serve a port"
	}
	text := s.matrixLegend(m, counts)
	if large {
		return fmt.Sprintf("%s by %s are too many for a matrix: use --view edges or html, or name workloads; %s", counted(len(x.rows), "client"), counted(len(x.columns), "server"), text)
	}
	if left := rows - len(x.rows); left > 0 {
		text += "; " + counted(left, "client") + " without any use left out"
	}
	if left := columns - len(x.columns); left > 0 {
		text += "; " + counted(left, "server") + " without any use left out"
	}
	return text
}

// collapse leaves out who does not use anybody, and whom nobody uses.
func (x *flowMatrix) collapse() {
	rows, columns := x.rows, x.columns
	x.rows = slices.DeleteFunc(slices.Clone(rows), func(row matrixAxis) bool {
		return !slices.ContainsFunc(columns, func(column matrixAxis) bool { return x.used(row.id, column.id) })
	})
	x.columns = slices.DeleteFunc(slices.Clone(columns), func(column matrixAxis) bool {
		return !slices.ContainsFunc(rows, func(row matrixAxis) bool { return x.used(row.id, column.id) })
	})
}

// matrixTables are one table, or on a terminal that is too narrow several, of as many columns as
// fit each. Of a large matrix these have the rows that use any of their columns.
func (s *screen) matrixTables(x *flowMatrix, headless bool) {
	large := len(x.rows) > mostAxes || len(x.columns) > mostAxes
	for from := 0; from < len(x.columns); {
		to := s.matrixFit(x, from)
		columns := x.columns[from:to]
		rows := x.rows
		if large && len(columns) < len(x.columns) {
			rows = slices.DeleteFunc(slices.Clone(rows), func(row matrixAxis) bool {
				return !slices.ContainsFunc(columns, func(column matrixAxis) bool { return x.used(row.id, column.id) })
			})
		}
		if from > 0 {
			s.write(nil)
		}
		t := s.matrixTable(x, rows, columns)
		widths := t.widths()
		if !headless {
			s.matrixRow(boldHeads(t.heads), widths)
		}
		for _, cells := range t.rows {
			s.matrixRow(cells, widths)
		}
		from = to
	}
}

// matrixRow writes a row of which nothing is cut, and which may have hundreds of cells.
func (s *screen) matrixRow(cells []line, widths []int) {
	var l line
	for i, cell := range cells {
		l = append(append(l, cell...), span{plain, blanks(widths[i] - cell.width() + columnGap)})
	}
	s.write(l)
}

// matrixFit is behind the last column that fits, and always at least one.
func (s *screen) matrixFit(x *flowMatrix, from int) int {
	if s.width == 0 {
		return len(x.columns)
	}
	width := s.matrixTable(x, x.rows, nil).width()
	for i := from; i < len(x.columns); i++ {
		one := s.matrixTable(x, x.rows, x.columns[i:i+1])
		width += columnGap + one.widths()[1]
		if width > s.width && i > from {
			return i
		}
	}
	return len(x.columns)
}

func (s *screen) matrixTable(x *flowMatrix, rows, columns []matrixAxis) table {
	t := table{heads: []text{`FROM \ TO`}}
	for _, column := range columns {
		t.heads = append(t.heads, s.axisText(column))
	}
	for _, row := range rows {
		cells := []line{{{plain, s.axisText(row)}}}
		for _, column := range columns {
			cells = append(cells, s.matrixCell(x, row.id, column.id))
		}
		t.rows = append(t.rows, cells)
	}
	return t
}

func (s *screen) axisText(a matrixAxis) text {
	if s.width == 0 {
		return s.text(a.name)
	}
	return s.text(a.name).cutMiddle(mostAxis, s.more)
}

// matrixCell are the ports of a cell, or what is so of all of them.
func (s *screen) matrixCell(x *flowMatrix, from, to int) line {
	cell := x.cells[[2]int{from, to}]
	switch {
	case cell == nil && x.asked(from, to):
		return line{{plain, "-"}}
	case cell == nil:
		return line{{plain, ""}}
	case len(cell.ports) > 0:
		return s.matrixPorts(cell)
	case cell.allowed:
		return line{{plain, s.low}}
	case cell.unknown:
		return line{{plain, s.unknown}}
	}
	return line{{plain, "-"}}
}

// matrixPorts are by number; what was both used and refused is two.
func (s *screen) matrixPorts(cell *matrixCell) line {
	var out line
	ports := slices.Clone(cell.ports)
	slices.SortStableFunc(ports, func(a, b matrixPort) int {
		return cmp.Or(cmp.Compare(a.l.Port, b.l.Port), strings.Compare(flowPorts(a.l), flowPorts(b.l)), strings.Compare(string(a.state), string(b.state)))
	})
	ports = slices.CompactFunc(ports, func(a, b matrixPort) bool { return flowPorts(a.l) == flowPorts(b.l) && a.state == b.state })
	for i, p := range ports {
		if i == mostCell && s.width > 0 {
			return append(out, span{plain, s.text(fmt.Sprintf(" +%d", len(ports)-mostCell))})
		}
		if i > 0 {
			out = append(out, span{plain, ","})
		}
		words := s.text(matrixPortWords(p.l))
		switch p.state {
		case api.FlowBlocked:
			out = append(out, span{red, s.bad + words})
		case api.FlowConfigured:
			out = append(out, span{plain, "(" + words + ")"})
		default:
			out = append(out, span{plain, words})
		}
	}
	return out
}

// matrixPortWords are the number of a TCP port, and others with their protocol.
func matrixPortWords(l *api.FlowLink) string {
	numbers := flowNumbers(l)
	switch {
	case numbers == "":
		return l.Protocol
	case l.Protocol == "TCP" || l.Protocol == "":
		return numbers
	}
	return numbers + "/" + l.Protocol
}

// matrixLegend says what the cells mean, and how many there are.
func (s *screen) matrixLegend(m *api.FlowMap, c matrixCounts) string {
	parts := []string{"port used"}
	add := func(count int, words string) {
		if count > 0 {
			parts = append(parts, words)
		}
	}
	add(c.blocked, string(s.bad)+" tried and denied")
	add(c.configured, "(port) configured and never used")
	add(c.unused, string(s.low)+" allowed and never used")
	add(c.denied, "- denied today")
	add(c.unknown, string(s.unknown)+" not known")
	add(c.no, "blank not asked")
	text := strings.Join(parts, ", ") + ": "
	if m.UnusedLeftOut {
		return text + counted(c.used, "pair") + " in use"
	}
	text += fmt.Sprintf("%s of %s are used", number(c.used), counted(c.allowed, "allowed pair"))
	if slices.ContainsFunc(m.Rules, func(r api.FlowRule) bool { return r.Written }) {
		text += fmt.Sprintf(", with the new policies %s of %s", number(c.usedAfter), number(c.after))
	}
	return text
}
