package rbac

import "slices"

// walk looks for the places in reach of one identity, nearest first.
type walk struct {
	*Graph
	from    Identity
	visited map[place]bool
	found   map[Goal]Path
	// levels are the places by the steps that they take.
	levels [MaxSteps + 1][]*reached
	// people are the subjects so far; raisers are those of them who change roles of others.
	people, raisers []somebody
	// later are the ways that take more steps than the level they were found at.
	later [MaxSteps + 1][]*reached
}

// reached is a place on the way, by an edge from another. Beside that one somebody else may be
// needed, whose rights are used: who becomes another keeps what he had.
type reached struct {
	place        place
	from, beside *reached // from is nil at the start, beside where nobody is needed
	by           *edge
}

type somebody struct {
	*leads
	at *reached
}

// before are all that is reached on the way, itself last, each once.
func (r *reached) before(known []*reached) []*reached {
	if r == nil || r.from == nil || slices.Contains(known, r) {
		return known
	}
	return append(r.beside.before(r.from.before(known)), r)
}

// steps are those from the start.
func (r *reached) steps() []Step {
	var steps []Step
	for _, to := range r.before(nil) {
		from := to.from.place.String()
		if last := len(steps) - 1; to.beside != nil && last >= 0 {
			from = steps[last].To
		}
		steps = append(steps, Step{From: from, To: to.place.String(), Does: to.by.does, Power: to.by.power, Beside: to.by.beside})
	}
	return steps
}

// expand goes one step further from all places of a level.
func (w *walk) expand(step int) {
	people, raisers := len(w.people), len(w.raisers)
	for _, at := range w.levels[step] {
		l := w.leadsFrom(at, w.from)
		w.visit(l.edges, step+1, at, nil)
		if l.isSomebody() {
			w.people = append(w.people, somebody{l, at})
		}
		if len(l.escalates) > 0 {
			w.raisers = append(w.raisers, somebody{l, at})
		}
	}
	for i, by := range w.raisers {
		known := people // with those before them earlier raisers have met
		if i >= raisers {
			known = 0
		}
		for _, who := range w.people[known:] {
			if by.at != who.at {
				w.meet(who, by)
			}
		}
	}
	for _, r := range w.later[step+1] {
		if !w.visited[r.place] {
			w.visited[r.place] = true
			w.arrive([]*reached{r}, step+1)
		}
	}
}

// meet is about what somebody gains by roles that another one changes.
func (w *walk) meet(who, by somebody) {
	raised := &leads{Graph: w.Graph, at: who.leads.at, id: who.id, bound: who.bound, powers: who.powers}
	for _, x := range by.escalates {
		raised.raise(by.leads, x)
	}
	steps := len(by.at.before(who.at.before(nil))) + 1
	if steps > MaxSteps || len(raised.edges) == 0 {
		return
	}
	w.visit(sortEdges(raised.edges), steps, who.at, by.at)
}

// visit notes the ends of edges that were not visited before, in their order; goals alone
// where it is the last step.
func (w *walk) visit(edges []edge, step int, at, beside *reached) {
	var next []*reached
	last := step == MaxSteps
	add := func(to place, by *edge) {
		if _, goal := to.goal(); last && !goal || w.visited[to] {
			return
		}
		w.visited[to] = beside == nil
		next = append(next, &reached{to, at, beside, by})
	}
	for i := range edges {
		e := &edges[i]
		if !e.to.isSet() {
			add(e.to, e)
			continue
		}
		if whole := (place{kind: e.to.kind}); w.visited[e.to] || w.visited[whole] {
			continue // so are its members
		}
		if last && e.to.kind != placePods && e.to.kind != placePodsOf {
			continue // they are subjects
		}
		w.visited[e.to] = beside == nil
		for _, member := range w.members[e.to] {
			add(member, e)
		}
	}
	slices.SortStableFunc(next, func(a, b *reached) int { return a.place.compare(b.place) })
	if beside != nil {
		w.later[step] = append(w.later[step], next...)
		return
	}
	w.arrive(next, step)
}

func (w *walk) arrive(all []*reached, step int) {
	w.levels[step] = append(w.levels[step], all...)
	for _, r := range all {
		goal, is := r.place.goal()
		if _, known := w.found[goal]; is && !known {
			w.found[goal] = Path{goal, r.steps()}
		}
	}
}
