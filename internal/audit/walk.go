package audit

// mark is what a walk came to.
type mark int

const (
	// markNone is the end of what is there so far.
	markNone mark = iota
	// markBegin is behind the brace that begins a document, markEnd behind the one that ends it.
	markBegin
	markEnd
	// markList tells that the document begun is none: its items, or elements, are.
	markList
	// markBroken is where a document, or what is between them, cannot go on as JSON. A document
	// begun is over.
	markBroken
)

// walk finds documents in JSON texts one after the other, pretty-printed or not: objects, and
// the elements of top-level arrays and of the "items" of objects. It goes on from chunk to
// chunk, and checks no more than it takes to notice where one text is cut and another begins.
type walk struct {
	depth   int
	objects [maxDepth / 64]uint64
	// inText and escaped are of a string that is not at its end.
	inText, escaped bool
	// before is the last byte outside of strings that is no white space; a quote for a string.
	before byte
	// key is the beginning of the last string that began as a key of a top-level object.
	key   []byte
	inKey bool
	// items is the depth of the elements that are documents, 0 for none.
	items int
	// open is set in a document. lost is set in a line that is none, missed where that was told.
	open, lost, missed bool
}

// next goes on at i and returns where it stopped, and why.
func (w *walk) next(b []byte, i int) (int, mark) {
	for i < len(b) {
		if w.inText {
			var broken bool
			if i, broken = w.text(b, i); broken {
				return i, w.reset()
			}
			continue
		}
		c := b[i]
		switch {
		case w.lost:
			w.lost = c != '\n'
			i++
			continue
		case c == '\n', c == ' ', c == '\r', c == '\t':
			i++
			continue
		}
		i++
		m, stay := w.structure(c)
		if stay {
			i--
		}
		if m != markNone {
			return i, m
		}
	}
	return i, markNone
}

// structure goes over one byte outside of strings; stay is set where it is to be looked at again.
func (w *walk) structure(c byte) (m mark, stay bool) {
	before := w.before
	w.before = c
	switch c {
	case '{', '[':
		return w.begin(c, before)
	case '}', ']':
		if w.depth == 0 || (c == '}') != w.inObject() {
			return w.reset(), false
		}
		return w.end(), false
	case '"':
		if w.depth == 0 || before != '{' && before != '[' && before != ',' && before != ':' {
			w.lost = true
			return w.reset(), false
		}
		w.inText = true
		w.inKey = w.depth == 1 && before != ':' && w.inObject()
		if w.inKey {
			w.key = w.key[:0]
		}
		return markNone, false
	}
	if w.depth == 0 {
		w.lost = true
		return w.reset(), false
	}
	return markNone, false
}

// text goes on in a string. A bare line feed cannot be in one: there the document is cut.
func (w *walk) text(b []byte, i int) (end int, broken bool) {
	if w.escaped {
		w.escaped = false
		return i + 1, false
	}
	stop := stringStop(b, i)
	if w.inKey && len(w.key) < 16 {
		w.key = append(w.key, b[i:min(stop, i+16)]...)
	}
	switch {
	case stop == len(b):
		return stop, false
	case b[stop] == '"':
		w.inText = false
	case b[stop] == '\\':
		w.escaped = true
	case b[stop] == '\n':
		return stop + 1, true
	}
	return stop + 1, false
}

func (w *walk) inObject() bool { return w.objects[w.depth/64]&(1<<(w.depth%64)) != 0 }

func (w *walk) begin(c, before byte) (m mark, stay bool) {
	misplaced := w.depth > 0 && before != ':' && before != '[' && (before != ',' || w.inObject())
	if misplaced || w.depth+1 >= maxDepth {
		return w.reset(), c == '{' && misplaced
	}
	isItems := c == '[' && w.items == 0 && (w.depth == 0 || w.depth == 1 && string(w.key) == "items" && before == ':')
	w.depth++
	bit := uint64(1) << (w.depth % 64)
	w.objects[w.depth/64] &^= bit
	if c == '{' {
		w.objects[w.depth/64] |= bit
	}
	switch {
	case isItems:
		w.items = w.depth
		if w.open {
			w.open = false
			return markList, false
		}
	case c == '{' && !w.open && (w.depth == 1 || w.items == w.depth-1 && w.items > 0):
		w.open, w.missed = true, false
		w.key = w.key[:0]
		return markBegin, false
	}
	return markNone, false
}

func (w *walk) end() mark {
	w.depth--
	if w.items > w.depth {
		w.items = 0
	}
	if w.open && (w.depth == 0 || w.depth == w.items) {
		w.open = false
		return markEnd
	}
	return markNone
}

// reset begins anew outside of all documents. What is broken is told once until the next
// document.
func (w *walk) reset() mark {
	told := w.missed && !w.open
	*w = walk{key: w.key[:0], lost: w.lost, missed: true}
	if told {
		return markNone
	}
	return markBroken
}
