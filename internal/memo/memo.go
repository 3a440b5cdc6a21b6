// Package memo keeps what was worked out.
package memo

import "sync"

// Table keeps one value for each key, also where several ask at a time. Its zero value is empty.
type Table[K comparable, V any] struct {
	lock  sync.Mutex
	known map[K]V
}

// Of is the same for all who ask for a key. Where two work it out at once, one value is kept.
func (t *Table[K, V]) Of(key K, work func() V) V {
	t.lock.Lock()
	known, found := t.known[key]
	t.lock.Unlock()
	if found {
		return known
	}
	value := work()
	t.lock.Lock()
	defer t.lock.Unlock()
	if known, found := t.known[key]; found {
		return known
	}
	if t.known == nil {
		t.known = map[K]V{}
	}
	t.known[key] = value
	return value
}
