package observation

import (
	"encoding/json"
	"maps"
	"slices"
	"sort"

	rbacv1 "k8s.io/api/rbac/v1"
)

// secondsOfDay is the length of a day in UTC.
const secondsOfDay = 24 * 60 * 60

// Entry is the evidence for one use.
type Entry struct {
	// into is where this one went when the names became too many.
	into           *Entry
	count, started int64
	first, last    int64
	days           []day
	agents, grants samples
	more           *detail
}

// day counts the requests of one day since 1970.
type day struct{ number, count int64 }

// detail is what few entries have.
type detail struct {
	via     samples
	applied bool
	unnamed bool
	created names
	// rules as JSON; many is set where there are more than are kept.
	rules map[string]struct{}
	many  bool
}

// end is the entry itself or where it went.
func (e *Entry) end() *Entry {
	for e.into != nil {
		e = e.into
	}
	return e
}

func (e *Entry) detail() *detail {
	if e.more == nil {
		e.more = &detail{created: newNames(maxNames), rules: map[string]struct{}{}}
	}
	return e.more
}

func (e *Entry) add(ev Evidence, s *Set) {
	ended := int64(0)
	if ev.Ended {
		ended = 1
	}
	if ev.Started {
		e.started++
	}
	e.count += ended
	if ev.At != 0 {
		e.at(ev.At, ev.At)
		e.onDay(ev.At/secondsOfDay, ended)
	}
	if e.agents.wants(ev.Agent) {
		e.agents.add(s.intern(ev.Agent))
	}
	if e.grants.wants(ev.Grant) {
		e.grants.add(s.intern(ev.Grant))
	}
}

// at makes the time of the entry reach from first to last.
func (e *Entry) at(first, last int64) {
	if e.first == 0 || first < e.first {
		e.first = first
	}
	e.last = max(e.last, last)
}

// onDay counts requests of a day; events mostly come in the order of their time.
func (e *Entry) onDay(number, n int64) {
	if end := len(e.days) - 1; end >= 0 && e.days[end].number == number {
		e.days[end].count += n
		return
	}
	i := sort.Search(len(e.days), func(i int) bool { return e.days[i].number >= number })
	if i < len(e.days) && e.days[i].number == number {
		e.days[i].count += n
		return
	}
	e.days = slices.Insert(e.days, i, day{number, n})
}

// merge adds all of another entry.
func (e *Entry) merge(o *Entry) {
	e.count += o.count
	e.started += o.started
	if o.first != 0 {
		e.at(o.first, o.last)
	}
	for _, d := range o.days {
		e.onDay(d.number, d.count)
	}
	for _, a := range o.agents {
		e.agents.add(a)
	}
	for _, g := range o.grants {
		e.grants.add(g)
	}
	if o.more != nil {
		e.detail().merge(o.more)
	}
}

func (d *detail) merge(o *detail) {
	for _, v := range o.via {
		d.via.add(v)
	}
	d.applied = d.applied || o.applied
	d.unnamed = d.unnamed || o.unnamed
	d.created.merge(o.created)
	maps.Copy(d.rules, o.rules)
	d.many = d.many || o.many
	d.limit()
}

func (d *detail) addRules(rules []rbacv1.PolicyRule) {
	for _, r := range rules {
		text, err := json.Marshal(r)
		if err != nil {
			d.many = true // cannot be said, so it cannot make the use needless
			continue
		}
		d.rules[string(text)] = struct{}{}
	}
	d.limit()
}

func (d *detail) limit() {
	if d.many = d.many || len(d.rules) > maxRules; d.many {
		clear(d.rules)
	}
}

// samples are the smallest strings seen, sorted.
type samples []string

// wants tells whether add would change anything.
func (s samples) wants(text string) bool {
	if text == "" || slices.Contains(s, text) {
		return false
	}
	return len(s) < maxSamples || text < s[len(s)-1]
}

func (s *samples) add(text string) {
	if !s.wants(text) {
		return
	}
	i, _ := slices.BinarySearch(*s, text)
	*s = slices.Insert(*s, i, text)
	if len(*s) > maxSamples {
		*s = (*s)[:maxSamples]
	}
}
