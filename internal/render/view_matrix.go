package render

import (
	"cmp"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// flowMatrix has clients as rows and servers as columns.
type flowMatrix struct {
	m             *api.FlowMap
	rows, columns []matrixAxis
	cells         map[[2]int]*matrixCell
}

// matrixAxis is a place, or all that are alike outside of workloads.
type matrixAxis struct {
	// id is the index of the place, or one of the negative ones.
	id   int
	name string
}

// The axes of what is no workload.
const (
	axisServer = -1 - iota
	axisNodes
	axisOutside
	axisUnknown
)

// matrixCell is what one client does and may do at one server.
type matrixCell struct {
	// ports are used, blocked and configured ones, as they are printed.
	ports []matrixPort
	// used counts ports that are used and allowed; allowed and unknown tell of any port, also one that
	// is never used. after is the same for the policies of the run.
	used             int
	allowed, unknown bool
	after            bool
}

type matrixPort struct {
	l     *api.FlowLink
	state api.FlowState
}

func newFlowMatrix(m *api.FlowMap) *flowMatrix {
	x := &flowMatrix{m: m, cells: map[[2]int]*matrixCell{}}
	rows, columns := map[int]bool{}, map[int]bool{}
	for i := range m.Places {
		if m.Places[i].Subject {
			rows[i] = true
		}
	}
	for i := range m.Links {
		l := &m.Links[i]
		from, to := axisOf(m, l.From), axisOf(m, l.To)
		state, _ := flowState(l)
		seen := l.Count > 0 || len(l.Configured) > 0
		if seen {
			rows[from], columns[to] = true, true
		} else if state == api.FlowUnused && to >= 0 && m.Places[to].Subject {
			columns[to] = true
		}
		x.add(from, to, l, state, seen)
	}
	x.rows, x.columns = x.axes(rows), x.axes(columns)
	return x
}

func (x *flowMatrix) add(from, to int, l *api.FlowLink, state api.FlowState, seen bool) {
	cell := x.cells[[2]int{from, to}]
	if cell == nil {
		cell = &matrixCell{}
		x.cells[[2]int{from, to}] = cell
	}
	if seen {
		cell.ports = append(cell.ports, matrixPort{l, state})
	}
	if state == api.FlowUsed {
		cell.used++
	}
	cell.allowed = cell.allowed || state == api.FlowUsed || l.Now.Verdict == api.FlowAllowed && !l.Denied
	cell.unknown = cell.unknown || l.Now.Verdict == api.FlowUndecided
	cell.after = cell.after || l.After.Verdict == api.FlowAllowed
}

// axisOf is a workload itself, and for others what they are.
func axisOf(m *api.FlowMap, i int) int {
	switch m.Places[i].Kind {
	case api.EndWorkload:
		return i
	case api.EndAPIServer:
		return axisServer
	case api.EndNode, api.EndOwnNode:
		return axisNodes
	case api.EndAddress, api.EndName:
		return axisOutside
	}
	return axisUnknown
}

// axes are sorted by name, those of no workload last.
func (x *flowMatrix) axes(ids map[int]bool) []matrixAxis {
	count := map[string]int{}
	for i := range x.m.Places {
		count[axisName(&x.m.Places[i])]++
	}
	var out []matrixAxis
	for id := range ids {
		a := matrixAxis{id: id}
		if id >= 0 {
			p := &x.m.Places[id]
			if a.name = axisName(p); count[a.name] > 1 {
				a.name = flowShort(p)
			}
		} else {
			a.name = [...]string{"apiserver", "nodes", "outside", "unknown"}[-1-id]
		}
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b matrixAxis) int {
		if (a.id < 0) != (b.id < 0) || a.id < 0 {
			return cmp.Compare(b.id, a.id)
		}
		return cmp.Or(strings.Compare(a.name, b.name), cmp.Compare(a.id, b.id))
	})
	return out
}

// axisName is the name of a workload, with its namespace where that is not the reader's.
func axisName(p *api.FlowPlace) string {
	switch {
	case p.Ref == nil:
		return ""
	case flowNamespace(p) != "" || p.Ref.Namespace == "":
		return p.Ref.Name
	}
	return p.Ref.Namespace + "/" + p.Ref.Name
}

// asked tells the pairs of which the map also knows what is allowed alone.
func (x *flowMatrix) asked(from, to int) bool {
	subject := func(id int) bool { return id >= 0 && x.m.Places[id].Subject }
	switch {
	case x.m.UnusedLeftOut:
		return false
	case subject(from):
		return to >= 0 || to == axisServer || to == axisOutside
	}
	return subject(to) && (from >= 0 || from == axisOutside)
}

// matrixCounts are of pairs that may reach each other, and of those that do.
type matrixCounts struct {
	allowed, used, after, usedAfter                  int
	unused, denied, blocked, configured, unknown, no int
}

func (x *flowMatrix) counts() matrixCounts {
	var c matrixCounts
	one := func(count *int, is bool) {
		if is {
			*count++
		}
	}
	for _, from := range x.rows {
		for _, to := range x.columns {
			cell := x.cells[[2]int{from.id, to.id}]
			if cell == nil {
				one(&c.denied, x.asked(from.id, to.id))
				one(&c.no, !x.asked(from.id, to.id))
				continue
			}
			one(&c.allowed, cell.allowed)
			one(&c.used, cell.used > 0)
			one(&c.after, cell.after)
			one(&c.usedAfter, cell.after && cell.used > 0)
			one(&c.unused, len(cell.ports) == 0 && cell.allowed)
			one(&c.unknown, len(cell.ports) == 0 && !cell.allowed && cell.unknown)
			one(&c.denied, len(cell.ports) == 0 && !cell.allowed && !cell.unknown)
			for _, p := range cell.ports {
				one(&c.blocked, p.state == api.FlowBlocked)
				one(&c.configured, p.state == api.FlowConfigured)
			}
		}
	}
	return c
}

// used tells whether anything was seen, or is configured, in a cell.
func (x *flowMatrix) used(from, to int) bool {
	cell := x.cells[[2]int{from, to}]
	return cell != nil && len(cell.ports) > 0
}
