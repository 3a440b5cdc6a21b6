package observation

import (
	"encoding/json"
	"maps"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
)

// Entry is the evidence for one use.
type Entry struct {
	// into is where this one went when the names became too many.
	into *Entry
	times
	started        int64
	agents, grants samples
	more           *detail
}

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

func (e *Entry) note(ev Evidence, s *Set) {
	ended := int64(0)
	if ev.Ended {
		ended = 1
	}
	if ev.Started {
		e.started++
	}
	e.see(ev.At, ended)
	if e.agents.wants(ev.Agent) {
		e.agents.add(s.intern(ev.Agent))
	}
	if e.grants.wants(ev.Grant) {
		e.grants.add(s.intern(ev.Grant))
	}
}

// merge adds all of another entry.
func (e *Entry) merge(o *Entry) {
	e.add(&o.times)
	e.started += o.started
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
