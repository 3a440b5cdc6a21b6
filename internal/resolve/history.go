package resolve

import "slices"

// history is what sources say of an address, or of an end of a connection.
type history struct {
	said []said
	// many tells that they were too many to keep: then none is told.
	many bool
}

// said is a pod that sources name, with the first and the last time.
type said struct {
	word        word
	first, last int64
	// undated tells that it was also named without a time, which may be any.
	undated bool
	// moved tells that its pods were on several nodes.
	moved bool
}

// maxSaid is that of pods at one address. The pods of one workload count as one.
const maxSaid = 8

// vicinity is how many seconds before and after the times at which a pod is named an address was
// the pod's too, where no other one ever had it.
const vicinity = 120

func note[K comparable](to *bounded[K, *history], key K, w *word, time int64) {
	h := to.all[key]
	if h == nil {
		if h = (&history{}); !to.put(key, h) || to.all[key] == nil {
			return
		}
	}
	h.note(w, time)
}

func (h *history) note(w *word, time int64) {
	if h.many {
		return
	}
	for i := range h.said {
		if h.said[i].word.same(w) {
			h.said[i].note(w, time)
			return
		}
	}
	if len(h.said) == maxSaid {
		h.said, h.many = nil, true
		return
	}
	kept := *w
	kept.labels = nil // they are not to be compared with a pod that has the address by now
	h.said = append(h.said, said{word: kept})
	h.said[len(h.said)-1].note(w, time)
}

// same tells whether two words name the same workload. All pods that were not read are one.
func (w *word) same(o *word) bool {
	if w.cluster != o.cluster || w.usable() != o.usable() {
		return false
	}
	return !w.usable() || w.end == o.end || w.end.Compare(o.end) == 0
}

// usable tells whether an end can be made of a word. A pod on the network of its node has no
// address of its own.
func (w *word) usable() bool { return w.end != nil && !w.isNode }

func (s *said) note(w *word, time int64) {
	s.word.read = s.word.read || w.read
	switch {
	case s.moved || w.node == "" || w.node == s.word.node:
	case s.word.node == "":
		s.word.node = w.node
	default:
		s.word.node, s.moved = "", true
	}
	if time == 0 {
		s.undated = true
		return
	}
	if s.first == 0 || time < s.first {
		s.first = time
	}
	s.last = max(s.last, time)
}

// at is the one word on a time, or from around seconds before it to as many after it; nil for
// none. Where several pods are named, it is none but from the first to the last time of each, and
// none at all of those whose times overlap.
func (h *history) at(s *stay, around int64) *word {
	if h == nil || s.first == 0 {
		return nil
	}
	if len(h.said) > 1 {
		around = 0
	}
	for i := range h.said {
		a := &h.said[i]
		if a.first == 0 || s.first < a.first-around || s.last > a.last+around {
			continue
		}
		for j := range h.said {
			if i != j && a.overlaps(&h.said[j]) {
				return nil
			}
		}
		if !a.word.usable() {
			return nil
		}
		return &a.word
	}
	return nil
}

// denies tells whether another pod is named at the time of a word.
func (h *history) denies(w *word, s *stay) bool {
	if h == nil {
		return false
	}
	at := &said{first: s.first, last: s.last}
	return slices.ContainsFunc(h.said, func(o said) bool { return !o.word.same(w) && o.overlaps(at) })
}

func (s *said) overlaps(o *said) bool {
	return s.undated || o.undated || s.first <= o.last && o.first <= s.last
}
