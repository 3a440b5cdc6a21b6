package observation

import (
	"slices"
	"strings"
	"sync"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// What a Set keeps at most.
const (
	// maxNames is that of names per user, verb, resource and namespace, of paths per user and
	// verb, and of names that creates made.
	maxNames = 1024
	// maxPods is that of pods of one user, and maxStarted that of pods that a scheduler bound.
	maxPods    = 1024
	maxStarted = 1 << 16
	// maxSamples is that of agents, grants and Via of one use, of Services of an edge, and of
	// names of an address.
	maxSamples = 3
	// maxRules is that of the rules in Unless of one use.
	maxRules = 256
	// maxNamed is that of addresses that have names.
	maxNamed = 1 << 16
	// maxAddresses is that of outside addresses of the edges that differ in them alone,
	// maxPorts that of ports of the edges that differ in these alone.
	maxAddresses = 1024
	maxPorts     = 1024
	// maxSquare bounds the edges that differ in outside addresses and ports alone.
	maxSquare = 1 << 16
)

// Set adds up checks and edges with their evidence. Do serializes those who use it at the same time.
type Set struct {
	mu      sync.Mutex
	users   map[string]*User
	edges   edges
	named   answers
	sources []api.ObservedSource
	started names
	strings map[string]string
	// last is what User returned, for groups that must not change: most checks follow another
	// of the same user.
	last struct {
		groups []string
		user   *User
	}
	from, to int64
}

// User is one user name with the groups of some of its requests, and what it did in these.
// Requests with other groups are another's: what they may do comes by other grants.
type User struct {
	name     string
	groups   []string
	requests int64
	pods     names
	places   map[place]*uses
}

// place is an action without its name or path.
type place struct {
	verb, group, resource, namespace, hidden string
	denied                                   bool
}

// NewSet is empty.
func NewSet() *Set {
	return &Set{users: map[string]*User{}, edges: newEdges(), named: newAnswers(), strings: map[string]string{}, started: newNames(maxStarted)}
}

// Do calls f while nobody else is in Do. All other methods that change a Set want to be
// called from within, or by its only user.
func (s *Set) Do(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// Entry is where the evidence for a check adds up. It stays good while the Set grows.
func (s *Set) Entry(c *Check) *Entry {
	e := s.User(c.User, c.Groups).entry(s, place{c.Verb, c.Group, c.Resource, c.Namespace, c.Hidden, c.Denied}, c.Name+c.Path)
	s.describe(e, c)
	return e.end()
}

// User is that of a name and groups in any order, made when it is new.
func (s *Set) User(name string, groups []string) *User {
	if s.last.user != nil && s.last.user.name == name && same(s.last.groups, groups) {
		return s.last.user
	}
	s.last.groups = groups
	s.last.user = s.userOf(name, groups)
	return s.last.user
}

// same tells slices that are one.
func same(a, b []string) bool { return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0]) }

func (s *Set) userOf(name string, groups []string) *User {
	groups = slices.Compact(slices.Sorted(slices.Values(groups)))
	key := strings.Join(append([]string{name}, groups...), "\x00")
	u := s.users[key]
	if u == nil {
		u = &User{name: s.intern(name), pods: newNames(maxPods), places: map[place]*uses{}}
		for _, g := range groups {
			u.groups = append(u.groups, s.intern(g))
		}
		s.users[key] = u
	}
	return u
}

// entry is that of a place and a name. A check has a name or a path, never both.
func (u *User) entry(s *Set, p place, name string) *Entry {
	at := u.at(s, p)
	if name != "" && at.any != nil {
		return at.any
	}
	e := at.find(name)
	if e == nil {
		e = &Entry{}
		at.add(s.intern(name), e)
	}
	return e.end()
}

// at is the uses of a place, made when they are new.
func (u *User) at(s *Set, p place) *uses {
	at := u.places[p]
	if at == nil {
		at = &uses{}
		u.places[place{s.intern(p.verb), s.intern(p.group), s.intern(p.resource), s.intern(p.namespace), s.intern(p.hidden), p.denied}] = at
	}
	return at
}

// describe adds what is not evidence of one event.
func (s *Set) describe(e *Entry, c *Check) {
	if c.Via == "" && c.Created == "" && !c.Unnamed && !c.Applied && len(c.Unless) == 0 {
		return
	}
	d := e.detail()
	d.via.add(c.Via)
	d.applied = d.applied || c.Applied
	d.unnamed = d.unnamed || c.Unnamed
	if c.Created != "" {
		d.created.add(c.Created)
	}
	d.addRules(c.Unless)
}

// Add adds what one event says to an entry of this Set.
func (s *Set) Add(e *Entry, ev Evidence) {
	e.end().note(ev, s)
	s.extend(ev.At)
}

// Request counts requests, which came from a pod (namespace/name) or, with an empty pod, from
// elsewhere.
func (u *User) Request(pod string, n int64) {
	u.requests += n
	if pod != "" {
		u.pods.add(pod)
	}
}

// Started notes that a pod (namespace/name) was bound to a node.
func (s *Set) Started(pod string) { s.started.add(pod) }

// AddSource notes a source that was read, and makes the window reach over its own.
func (s *Set) AddSource(source api.ObservedSource) {
	s.sources = append(s.sources, source)
	s.extend(unix(source.Window.From))
	s.extend(unix(source.Window.To))
}

// extend makes the window reach a time.
func (s *Set) extend(at int64) {
	if at == 0 {
		return
	}
	if s.from == 0 || at < s.from {
		s.from = at
	}
	s.to = max(s.to, at)
}

// intern returns one copy of equal strings, so that the Set does not keep what they are cut
// from. It forgets rather than grow without end.
func (s *Set) intern(text string) string {
	if text == "" {
		return ""
	}
	if known, ok := s.strings[text]; ok {
		return known
	}
	if len(s.strings) >= 1<<15 {
		clear(s.strings)
	}
	text = string([]byte(text))
	s.strings[text] = text
	return text
}
