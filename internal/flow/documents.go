package flow

import "bytes"

// documents finds JSON objects in text that comes in parts: one after the other, the elements of a
// top-level array, and those of the "items" of an object. It checks no more than it takes to
// notice where one is cut and another begins; encoding/json reads what it finds.
type documents struct {
	// found takes an object, which is good until it returns, and where it begins.
	found func(text []byte, at int64)
	// fault is told of what is none; the offset is that of its beginning.
	fault func(reason string, at int64)
	// ignored tells of words outside of objects that they are as they should be; nil for none.
	ignored func(line []byte) bool

	text []byte
	// root and begin are where the outermost bracket and the object at hand are.
	root, begin int64
	depth       int
	// items is the depth of the array whose elements are objects to find, 0 for none.
	items int
	open  bool
	// fresh is set behind the bracket that begins an object, oneLine for one that goes on behind
	// that in the same line: it ends there, too.
	fresh, oneLine  bool
	inText, escaped bool
	// before is the last byte outside of strings that is no white space; a quote for a string.
	before byte
	key    []byte
	inKey  bool
	// words are the beginning of a line outside of objects; lost tells that the rest of it is
	// none.
	words   []byte
	wordsAt int64
	lost    bool
}

// maxOutside is how much of a line is looked at.
const maxOutside = 64

// feed goes on with the next part, which begins at an offset.
func (d *documents) feed(part []byte, offset int64) {
	for i, c := range part {
		at := offset + int64(i)
		switch {
		case d.inText:
			d.string(c)
		case c == '\n':
			d.line()
		case c == ' ' || c == '\t' || c == '\r':
			d.keep(c)
		case d.depth == 0 && (d.lost || !d.opens(c)):
			d.outside(c, at)
		default:
			d.structure(c, at)
		}
	}
}

// end tells of what is left.
func (d *documents) end() {
	if d.depth > 0 {
		d.broken()
	}
	d.line()
}

func (d *documents) keep(c byte) {
	switch {
	case d.depth == 0 && len(d.words) > 0 && len(d.words) < maxOutside:
		d.words = append(d.words, c)
	case d.open && len(d.text) <= maxRecord:
		d.text = append(d.text, c)
	}
}

// string goes on in a string. A line feed cannot be in one: there it is cut.
func (d *documents) string(c byte) {
	if c == '\n' {
		d.broken()
		d.line()
		return
	}
	d.keep(c)
	switch {
	case d.escaped:
		d.escaped = false
	case c == '\\':
		d.escaped = true
	case c == '"':
		d.inText, d.inKey = false, false
	case d.inKey && len(d.key) < maxOutside:
		d.key = append(d.key, c)
	}
}

// line is for the end of one.
func (d *documents) line() {
	switch {
	case d.fresh:
		d.fresh = false
	case d.open && d.oneLine:
		d.broken()
	}
	if len(d.words) > 0 && !d.lost && !d.allowed() {
		d.fault(faultNotJSON, d.wordsAt)
	}
	d.words, d.lost = d.words[:0], false
	if d.open {
		d.keep('\n')
	}
}

func (d *documents) allowed() bool { return d.ignored != nil && d.ignored(bytes.TrimSpace(d.words)) }

// opens tells whether a bracket begins a text. Behind other words than those allowed it does not,
// and nothing does in the rest of the line.
func (d *documents) opens(c byte) bool {
	if c != '{' && c != '[' {
		return false
	}
	if len(d.words) == 0 || d.allowed() {
		return true
	}
	d.fault(faultNotJSON, d.wordsAt)
	d.lost = true
	return false
}

// outside is for what is no part of a text.
func (d *documents) outside(c byte, at int64) {
	if len(d.words) == 0 {
		d.wordsAt = at
	}
	if len(d.words) < maxOutside {
		d.words = append(d.words, c)
	}
}

// structure goes over one byte outside of strings.
func (d *documents) structure(c byte, at int64) {
	if d.fresh {
		d.fresh, d.oneLine = false, true
	}
	if (c == '{' || c == '[') && d.depth > 0 && !bytes.ContainsRune([]byte("{[:,"), rune(d.before)) {
		d.broken()
	}
	before := d.before
	d.before = c
	switch c {
	case '{', '[':
		d.enter(c, at)
	case '}', ']':
		d.leave(c)
	case '"':
		d.inText, d.inKey = true, d.depth == 1 && (before == '{' || before == ',')
		if d.inKey {
			d.key = d.key[:0]
		}
		d.keep(c)
	default:
		d.keep(c)
	}
}

// enter goes into brackets.
func (d *documents) enter(c byte, at int64) {
	if d.depth == 0 {
		d.root, d.items = at, 0
		d.words, d.key = d.words[:0], d.key[:0]
	}
	array := c == '['
	switch {
	case array && d.depth == 0:
		d.items = 1
	case array && d.depth == 1 && d.items == 0 && string(d.key) == "items":
		d.items, d.open = 2, false
	case !array && d.depth == d.items:
		d.open, d.begin, d.text = true, at, d.text[:0]
		d.fresh, d.oneLine = true, false
	}
	d.depth++
	d.keep(c)
}

// leave goes out of brackets.
func (d *documents) leave(c byte) {
	d.keep(c)
	d.depth--
	if d.open && d.depth == d.items && c == '}' {
		d.open = false
		if len(d.text) > maxRecord {
			d.fault(faultTooLong, d.begin)
		} else {
			d.found(d.text, d.begin)
		}
	}
	if d.depth < d.items {
		d.items = -1 // behind the list there are no more
	}
}

// broken gives up the text at hand.
func (d *documents) broken() {
	at := d.root
	if d.open {
		at = d.begin
	}
	d.fault(faultCut, at)
	d.depth, d.items, d.open, d.inText, d.inKey, d.escaped, d.fresh = 0, 0, false, false, false, false, false
}
