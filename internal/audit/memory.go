package audit

import (
	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
)

const (
	// memoryBudget is about how much all workers together may remember, in bytes.
	memoryBudget = 20 << 20
	// knownSize is that of what is known beside its key, on average; usersSize that of users.
	knownSize, usersSize = 150, 200
)

// memory is what a worker remembers of events, so that those like one before need no second
// look. When it is full it forgets what was not looked at since it was half full; numbers are
// not given twice.
type memory struct {
	// room is for known alone, and as much again for old; named is how much users and texts
	// have left.
	room, left, named int
	known, old        map[string]*known
	users             map[string]*users
	texts             map[string]*text
	next              uint32

	// key and who are of the event at hand.
	key           []byte
	who           *users
	agent, reason *text
}

// text is a string with a number.
type text struct {
	id         uint32
	raw, value string
}

// users are those of an event.
type users struct {
	id           uint32
	user         User
	impersonated *User
	// inSet are those of user and impersonated in the Set, nil before the first time there.
	inSet [2]*observation.User
	// pod (namespace/name) is where the user's requests come from, as far as it is known.
	pod string
}

func newUsers(id uint32, user User, impersonated *User) *users {
	u := &users{id: id, user: user, impersonated: impersonated}
	if pods := user.Extra[podNameKey]; len(pods) > 0 {
		if namespace, _, ok := api.AccountOf(user.Name); ok {
			u.pod = namespace + "/" + pods[0]
		}
	}
	return u
}

// real is the user in the Set, other the impersonated one; both are for its Do alone.
func (u *users) real(set *observation.Set) *observation.User { return u.in(set, 0, &u.user) }

func (u *users) other(set *observation.Set) *observation.User { return u.in(set, 1, u.impersonated) }

func (u *users) in(set *observation.Set, i int, user *User) *observation.User {
	if u.inSet[i] == nil {
		u.inSet[i] = set.User(user.Name, user.Groups)
	}
	return u.inSet[i]
}

func newMemory(workers int) *memory {
	m := &memory{room: memoryBudget * 2 / 5 / workers}
	m.forget()
	return m
}

// forget forgets all. What has numbers goes with what has them in its key.
func (m *memory) forget() {
	m.left, m.named = m.room, m.room/2
	m.known, m.old = map[string]*known{}, nil
	m.users, m.texts = map[string]*users{}, map[string]*text{}
}

// find is what is known of the event of a line.
func (m *memory) find(f *scanned, line []byte) (*known, bool) {
	if m.named < 0 {
		m.forget()
	}
	m.who = m.usersOf(f, line)
	m.agent, m.reason = m.agentOf(f, line), m.reasonOf(f, line)
	m.key = f.appendKey(m.key[:0], line, m.who.id, m.agent.id, m.reason.id)
	k, ok := m.known[string(m.key)]
	if !ok {
		if k, ok = m.old[string(m.key)]; ok {
			m.remember(k)
		}
	}
	return k, ok
}

// remember keeps what is known of the event at hand.
func (m *memory) remember(k *known) {
	if m.left < 0 {
		m.old, m.known, m.left = m.known, make(map[string]*known, len(m.known)), m.room
	}
	m.known[string(m.key)] = k
	m.left -= len(m.key) + knownSize
}

// usersOf is the same for the same users as they are written in the line.
func (m *memory) usersOf(f *scanned, line []byte) *users {
	if r := f.repeat; r != nil && r.users != nil && !f.impersonated.present {
		return r.users
	}
	raw := f.user.whole.of(line)
	if f.impersonated.present {
		m.key = append(append(m.key[:0], raw...), f.impersonated.whole.of(line)...)
		raw = m.key
	}
	u, ok := m.users[string(raw)]
	if !ok {
		m.next++
		user, impersonated := f.users(line)
		u = newUsers(m.next, user, impersonated)
		m.users[string(raw)] = u
		m.named -= 2*len(raw) + usersSize
	}
	if f.repeat != nil && !f.impersonated.present {
		f.repeat.users = u
	}
	return u
}

// agentOf is mostly one that the user had before.
func (m *memory) agentOf(f *scanned, line []byte) *text {
	if f.sameAgent != nil {
		return f.sameAgent
	}
	t := m.text(line, f.agent)
	if r := f.repeat; r != nil && len(t.raw) <= maxAgent {
		copy(r.agents[1:], r.agents[:])
		r.agents[0] = t
	}
	return t
}

// reasonOf is known where the annotations were compared.
func (m *memory) reasonOf(f *scanned, line []byte) *text {
	if !f.noted {
		return m.text(line, f.reason)
	}
	if f.repeat.noted == nil {
		f.repeat.noted = m.text(line, f.reason)
	}
	return f.repeat.noted
}

// text is the same for the same string as it is written.
func (m *memory) text(line []byte, s span) *text {
	raw := s.of(line)
	t, ok := m.texts[string(raw)]
	if !ok {
		m.next++
		t = &text{id: m.next, raw: string(raw), value: unquote(line, s)}
		m.texts[t.raw] = t
		m.named -= 2*len(raw) + usersSize
	}
	return t
}

// event is that of the line at hand, as far as learn looks at it.
func (m *memory) event(f *scanned, line []byte) Event {
	e := f.rest(line)
	e.User, e.Impersonated = m.who.user, m.who.impersonated
	e.Agent, e.Reason = m.agent.value, m.reason.value
	return e
}
