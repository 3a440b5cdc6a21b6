package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// delta is one change, and which way it went.
type delta struct {
	api.Change
	// wider is 1 for more, -1 for less, 0 for neither or unknown.
	wider int
	// fact is set for one of a fact.
	fact *fact
	// key of a finding, as the new side names containers.
	key subjectKey
}

// comparison is of two sides that were narrowed to what they have in common.
type comparison struct {
	was, now *Posture
	opts     Options
	// covers are the checks whose finding stands for that of another one.
	kinds   vocabulary
	covers  map[string][]string
	grades  map[string]api.Severity
	notes   []string
	deltas  []delta
	changes *api.Changes
	// renamed are containers by workload and the name that the old side has.
	renamed map[api.Ref]map[string]string
}

// Changes are what differs between two postures. It depends on neither the order of their entries
// nor on the names of the sides. The error says that they have nothing to be compared by.
func Changes(was, now *Posture, opts Options) (*api.Changes, error) {
	w, n, notes, err := common(was, now)
	if err != nil {
		return nil, err
	}
	c := &comparison{was: w, now: n, opts: opts, notes: notes, kinds: newVocabulary(), covers: map[string][]string{}, grades: map[string]api.Severity{}, renamed: map[api.Ref]map[string]string{}}
	for _, doc := range opts.Checks {
		c.covers[doc.ID], c.grades[doc.ID] = doc.ImpliedBy, doc.Severity
	}
	c.changes = &api.Changes{
		APIVersion: api.Version, Kind: api.KindChanges, Baseline: was.Name, Posture: now.Name, Scope: scopeOf(now.Scope),
		Changes: []api.Change{}, Levels: []api.LevelChange{}, Unknown: unknownOfBoth(w, n), Notes: []string{},
	}
	c.noteVersions()
	c.workloads()
	c.noteAcceptances()
	c.finish()
	return c.changes, nil
}

// workloads compares each workload of either side.
func (c *comparison) workloads() {
	theirs := map[api.Ref]*workload{}
	for i := range c.was.workloads {
		theirs[sameObject(c.was.workloads[i].ref)] = &c.was.workloads[i]
	}
	for i := range c.now.workloads {
		n := &c.now.workloads[i]
		w := theirs[sameObject(n.ref)]
		delete(theirs, sameObject(n.ref))
		c.workload(w, n)
	}
	for i := range c.was.workloads {
		if w := &c.was.workloads[i]; theirs[sameObject(w.ref)] != nil {
			c.workload(w, nil)
		}
	}
}

// workload compares one; nil is a side that does not have it.
func (c *comparison) workload(w, n *workload) {
	p := pair{comparison: c, was: w, now: n}
	switch {
	case w == nil:
		p.was, p.hidden = &workload{ref: n.ref, idle: n.idle}, c.was.hidden(n.ref)
		p.missing = "was not there"
		p.wasHidden = p.hidden != ""
	case n == nil:
		p.now, p.hidden = &workload{ref: w.ref, idle: w.idle}, c.now.hidden(w.ref)
		p.missing = "is gone"
		p.nowHidden = p.hidden != ""
	}
	p.ref = p.now.ref
	if p.ref.Kind != "Namespace" {
		c.changes.Summary.Workloads++
	}
	if w != nil && n != nil {
		p.rename()
		p.levels()
	}
	found := p.findings()
	facts := p.facts(found)
	c.noteMissing(&p, len(found)+len(facts))
	from := len(c.deltas)
	c.deltas = append(append(c.deltas, found...), facts...)
	for i := range c.deltas[from:] {
		c.deltas[from+i].placeIn(p.now.source)
	}
}

// placeIn tells where a change stands in the file of the workload.
func (d *delta) placeIn(source *api.Source) {
	if source == nil {
		return
	}
	d.File, d.Line = source.File, source.Line
	if d.Now != nil && d.Now.Line > 0 {
		d.Line = d.Now.Line
	}
}

func (c *comparison) noteMissing(p *pair, changes int) {
	switch {
	case p.missing == "" || p.ref.Kind == "Namespace" || changes > 0 && p.hidden == "" && p.missing != "is gone":
	case p.hidden != "":
		c.notes = append(c.notes, fmt.Sprintf("%s may be there and could not be read: %s", p.ref.From(""), p.hidden))
	default:
		c.notes = append(c.notes, p.ref.From("")+" "+p.missing)
	}
}

func (p *pair) levels() {
	was, now := p.was.level, p.now.level
	if was != now && was != "" && now != "" && was != api.LevelUnknown && now != api.LevelUnknown {
		p.changes.Levels = append(p.changes.Levels, api.LevelChange{Ref: p.ref, Was: was, Now: now})
	}
}

// noteVersions says that the sides are of other versions, by which policies and defaults differ.
func (c *comparison) noteVersions() {
	for _, v := range []struct{ what, was, now string }{
		{"Kubernetes", c.was.Server, c.now.Server}, {"the Pod Security policy", c.was.PodSecurity, c.now.PodSecurity},
	} {
		if v.was != v.now && v.was != "" && v.now != "" {
			c.notes = append(c.notes, fmt.Sprintf("%s is %s, and was %s", v.what, v.now, v.was))
		}
	}
}

// unknownOfBoth are the failed reads of either side, each once.
func unknownOfBoth(w, n *Posture) []api.Unread {
	out := []api.Unread{}
	seen := map[string]bool{}
	for _, u := range slices.Concat(n.Unknown, w.Unknown) {
		if text := readText(u); !seen[text] {
			seen[text] = true
			out = append(out, u)
		}
	}
	slices.SortFunc(out, func(a, b api.Unread) int { return strings.Compare(readText(a), readText(b)) })
	return out
}

// finish counts and sorts.
func (c *comparison) finish() {
	s := &c.changes.Summary
	for _, d := range c.deltas {
		switch d.State {
		case api.ChangeNew:
			s.New++
		case api.ChangeWorsened:
			s.Worsened++
		case api.ChangeExpired:
			s.Expired++
		case api.ChangeIncomparable:
			s.Incomparable++
		case api.ChangeNewRule:
			s.NewRule++
		case api.ChangeResolved:
			s.Resolved++
		case api.ChangeImproved:
			s.Improved++
		case api.ChangeAccepted:
			s.Accepted++
		case api.ChangeUnchanged:
			s.Unchanged++
			continue
		}
		c.changes.Changes = append(c.changes.Changes, d.Change)
	}
	slices.SortFunc(c.changes.Changes, compareChanges)
	slices.SortFunc(c.changes.Levels, func(a, b api.LevelChange) int { return a.Ref.Compare(b.Ref) })
	c.changes.Notes = append(c.changes.Notes, set(c.notes)...)
}

// states in the order of Changes.
func states() []api.ChangeState {
	return []api.ChangeState{
		api.ChangeNew, api.ChangeWorsened, api.ChangeIncomparable, api.ChangeResolved, api.ChangeImproved,
		api.ChangeNewRule, api.ChangeExpired, api.ChangeAccepted, api.ChangeUnchanged,
	}
}

func compareChanges(a, b api.Change) int {
	return cmp.Or(
		cmp.Compare(slices.Index(states(), a.State), slices.Index(states(), b.State)),
		cmp.Compare(b.Severity.Rank(), a.Severity.Rank()),
		a.Ref.Compare(b.Ref),
		strings.Compare(a.Check, b.Check), strings.Compare(a.Container, b.Container),
		strings.Compare(a.Subject, b.Subject), strings.Compare(a.Fact, b.Fact), strings.Compare(a.Text, b.Text),
	)
}
