package render

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

const (
	// mostArrows is how many arrows a picture has between workloads; with more it has them between
	// namespaces, and as many of these.
	mostArrows = 60
	// fewUnused is up to how many pairs that are allowed and never used are drawn.
	fewUnused = 10
	// mostLabelPorts is how many ports an arrow names.
	mostLabelPorts = 4
)

// picture is a map as boxes in groups, and arrows between them.
type picture struct {
	groups []pictureGroup
	arrows []pictureArrow
	// comments are lines that are not drawn.
	comments []text
}

type pictureGroup struct {
	label text
	boxes []pictureBox
}

type pictureBox struct{ id, label text }

type pictureArrow struct {
	from, to text
	labels   []text
	state    api.FlowState
}

// pictureMaker draws a map.
type pictureMaker struct {
	m     *api.FlowMap
	ascii bool
	// boxes by their keys, in groups by their labels.
	boxes  map[string]drawnBox
	arrows map[arrowKey]*drawnArrow
}

type drawnBox struct{ group, label string }

type arrowKey struct {
	from, to string
	state    api.FlowState
}

type drawnArrow struct {
	labels []string
	edges  int
}

func newPicture(m *api.FlowMap, ascii bool) *picture {
	d := &pictureMaker{m: m, ascii: ascii, boxes: map[string]drawnBox{}, arrows: map[arrowKey]*drawnArrow{}}
	rows, unused := flowRows(m)
	for i := range rows {
		d.row(&rows[i])
	}
	comments := []string{edgeCounts(m, rows, unused)}
	comments = append(comments, d.unused()...)
	comments = append(comments, d.lonely()...)
	if n := len(d.arrows); n > mostArrows {
		d.byGroup()
		comments = append(comments, fmt.Sprintf("%s arrows between workloads are drawn as %s between namespaces", number(n), number(len(d.arrows))))
	}
	if n := len(d.arrows); n > mostArrows {
		d.cut()
		comments = append(comments, fmt.Sprintf("the %d arrows of the most edges are drawn, %s are left out", mostArrows, number(n-mostArrows)))
	}
	p := d.picture()
	for _, c := range append(comments, notes(m.Notes)...) {
		p.comments = append(p.comments, escape(c, ascii, ""))
	}
	return p
}

// row draws an edge: all ports of one state between two ends are one arrow.
func (d *pictureMaker) row(r *flowRow) {
	state := r.state
	if r.refusedThen {
		state = api.FlowBlocked
	}
	d.arrow(r.from, r.to, state, flowPorts(&r.link))
}

func (d *pictureMaker) arrow(from, to flowEnd, state api.FlowState, label string) {
	key := arrowKey{d.box(from), d.box(to), state}
	a := d.arrows[key]
	if a == nil {
		a = &drawnArrow{}
		d.arrows[key] = a
	}
	a.edges++
	if label != "" && !slices.Contains(a.labels, label) {
		a.labels = append(a.labels, label)
	}
}

// box is the key of an end's box.
func (d *pictureMaker) box(e flowEnd) string {
	p := &d.m.Places[e.place]
	label := e.words
	if p.Ref != nil {
		label = p.Ref.Short()
	}
	key := fmt.Sprintf("%09d", e.place)
	if e.block.IsValid() {
		key += " " + e.words
	}
	d.boxes[key] = drawnBox{groupOf(p), label}
	return key
}

// groupOf is the label of the box that a place is drawn in.
func groupOf(p *api.FlowPlace) string {
	switch p.Kind {
	case api.EndWorkload:
		if p.Ref != nil {
			return "namespace " + p.Ref.Namespace
		}
	case api.EndAPIServer, api.EndNode, api.EndOwnNode:
		return "cluster"
	case api.EndAddress, api.EndName:
		return "outside"
	}
	return "unknown"
}

// unused draws the pairs that are allowed alone where they are few, and else says how many there are.
func (d *pictureMaker) unused() []string {
	pairs := map[[2]int][]string{}
	var order [][2]int
	for i := range d.m.Links {
		l := &d.m.Links[i]
		if l.Now.Verdict != api.FlowAllowed || l.State(&l.Now) != api.FlowUnused {
			continue
		}
		pair := [2]int{l.From, l.To}
		if pairs[pair] == nil {
			order = append(order, pair)
		}
		pairs[pair] = append(pairs[pair], flowPorts(l))
	}
	if len(order) > fewUnused || len(d.arrows)+len(order) > mostArrows {
		return []string{counted(len(order), "pair") + " that may reach each other and never did: not drawn"}
	}
	for _, pair := range order {
		for _, label := range pairs[pair] {
			d.arrow(flowEndOf(d.m, pair[0]), flowEndOf(d.m, pair[1]), api.FlowUnused, label)
		}
	}
	return nil
}

// lonely draws the subjects without any arrow, where they are not too many.
func (d *pictureMaker) lonely() []string {
	drawn := map[int]bool{}
	for i := range d.m.Places {
		_, drawn[i] = d.boxes[fmt.Sprintf("%09d", i)]
	}
	var left []int
	for i := range d.m.Places {
		if d.m.Places[i].Subject && !drawn[i] {
			left = append(left, i)
		}
	}
	if len(left)+len(d.boxes) > mostArrows && len(left) > 0 {
		return []string{counted(len(left), "workload") + " without an arrow not drawn"}
	}
	for _, i := range left {
		d.box(flowEndOf(d.m, i))
	}
	return nil
}

// byGroup draws a box for each group, and arrows between these.
func (d *pictureMaker) byGroup() {
	arrows, boxes := d.arrows, d.boxes
	d.arrows, d.boxes = map[arrowKey]*drawnArrow{}, map[string]drawnBox{}
	for key, a := range arrows {
		grouped := arrowKey{boxes[key.from].group, boxes[key.to].group, key.state}
		for _, group := range []string{grouped.from, grouped.to} {
			d.boxes[group] = drawnBox{"", group}
		}
		sum := d.arrows[grouped]
		if sum == nil {
			sum = &drawnArrow{}
			d.arrows[grouped] = sum
		}
		sum.edges += a.edges
		sum.labels = []string{counted(sum.edges, "edge")}
	}
}

func (d *pictureMaker) sortedArrows() []arrowKey {
	var keys []arrowKey
	for key := range d.arrows {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b arrowKey) int {
		return cmp.Or(strings.Compare(a.from, b.from), strings.Compare(a.to, b.to), strings.Compare(string(a.state), string(b.state)))
	})
	return keys
}

// cut leaves the arrows of the most edges, and their boxes.
func (d *pictureMaker) cut() {
	keys := d.sortedArrows()
	slices.SortStableFunc(keys, func(a, b arrowKey) int { return cmp.Compare(d.arrows[b].edges, d.arrows[a].edges) })
	boxes := d.boxes
	d.boxes = map[string]drawnBox{}
	for i, key := range keys {
		if i >= mostArrows {
			delete(d.arrows, key)
			continue
		}
		d.boxes[key.from], d.boxes[key.to] = boxes[key.from], boxes[key.to]
	}
}

// picture gives the boxes names of their own.
func (d *pictureMaker) picture() *picture {
	p := &picture{}
	groups := map[string][]string{}
	for key, box := range d.boxes {
		groups[box.group] = append(groups[box.group], key)
	}
	ids := map[string]text{}
	var labels []string
	for label := range groups {
		labels = append(labels, label)
	}
	slices.Sort(labels)
	for _, label := range labels {
		keys := groups[label]
		slices.SortFunc(keys, func(a, b string) int {
			return cmp.Or(strings.Compare(d.boxes[a].label, d.boxes[b].label), strings.Compare(a, b))
		})
		group := pictureGroup{label: escape(label, d.ascii, "")}
		for _, key := range keys {
			ids[key] = text(fmt.Sprintf("n%d", len(ids)))
			group.boxes = append(group.boxes, pictureBox{ids[key], d.label(d.boxes[key].label)})
		}
		p.groups = append(p.groups, group)
	}
	for _, key := range d.sortedArrows() {
		a := pictureArrow{from: ids[key.from], to: ids[key.to], state: key.state}
		labels := d.arrows[key].labels
		for i, label := range labels {
			if i == mostLabelPorts {
				a.labels = append(a.labels, text(fmt.Sprintf("and %d more", len(labels)-i)))
				break
			}
			a.labels = append(a.labels, d.label(label))
		}
		p.arrows = append(p.arrows, a)
	}
	return p
}

func (d *pictureMaker) label(raw string) text {
	if strings.TrimSpace(raw) == "" {
		return "(no name)"
	}
	return escape(raw, d.ascii, "")
}

// pictureColors are those of arrows; what is configured is dashed.
func pictureColors() map[api.FlowState]string {
	return map[api.FlowState]string{api.FlowUsed: "#1a7f37", api.FlowUnused: "#bf8700", api.FlowBlocked: "#cf222e", api.FlowConfigured: "#57606a"}
}

// pictureStates are those that are drawn, in the order of the legend.
func pictureStates() []api.FlowState {
	return []api.FlowState{api.FlowUsed, api.FlowUnused, api.FlowBlocked, api.FlowConfigured}
}

// pictureLegend is a comment.
const pictureLegend = "green: used; amber: allowed and never used; red: observed, and denied now or by the new policies; dashed: configured alone"

func joinLabels(labels []text) text {
	var out []string
	for _, l := range labels {
		out = append(out, string(l))
	}
	return text(strings.Join(out, ", "))
}
