package netpol

import "sync"

// memo keeps what is made for each key, also where several ask at a time. Its zero value is empty.
type memo[K comparable, V any] struct {
	lock  sync.Mutex
	known map[K]V
}

// of is the same for all who ask for a key. Where two make it at once, one is kept.
func (m *memo[K, V]) of(key K, made func() V) V {
	m.lock.Lock()
	known, found := m.known[key]
	m.lock.Unlock()
	if found {
		return known
	}
	value := made()
	m.lock.Lock()
	defer m.lock.Unlock()
	if known, found := m.known[key]; found {
		return known
	}
	if m.known == nil {
		m.known = map[K]V{}
	}
	m.known[key] = value
	return value
}
