package audit

// maxKept is how long a line may be without its bodies.
const maxKept = 16 << 20

// elider copies an event without the values of requestObject and responseObject, which it
// makes null and does not look into. It goes on from chunk to chunk.
type elider struct {
	out   []byte
	depth int
	// inText and escaped are of a string that is not at its end.
	inText, escaped bool
	// key is the beginning of the last key of the event, ready is set behind its colon, skip in
	// a value that is left out.
	key         []byte
	inKey       bool
	before      byte
	ready, skip bool
	elided      bool
	// tooLong is set when the rest is longer than maxKept; nothing more is kept then.
	tooLong bool
}

func (e *elider) write(b []byte) {
	for i := 0; i < len(b); {
		from := i
		wasSkipped := e.skip
		i = e.step(b, i)
		switch {
		case e.tooLong:
			return
		case e.skip && !wasSkipped:
			e.out = append(e.out, "null"...)
			e.elided = true
		case !e.skip:
			e.keep(b[from:i])
		}
	}
}

func (e *elider) keep(b []byte) {
	if len(e.out)+len(b) > maxKept {
		e.tooLong = true
		e.out = nil
		return
	}
	if len(e.out)+len(b) > cap(e.out) {
		e.out = append(make([]byte, 0, min(max(2*cap(e.out), len(e.out)+len(b), 64<<10), maxKept)), e.out...)
	}
	e.out = append(e.out, b...)
}

// step goes over a byte, or the bytes of a string up to one that counts.
func (e *elider) step(b []byte, i int) int {
	if e.inText {
		return e.text(b, i)
	}
	c := b[i]
	if c <= ' ' {
		return i + 1
	}
	if e.ready {
		e.ready = false
		e.skip = string(e.key) == "requestObject" || string(e.key) == "responseObject"
	}
	switch c {
	case '"':
		e.inText = true
		e.inKey = e.depth == 1 && (e.before == '{' || e.before == ',')
		if e.inKey {
			e.key = e.key[:0]
		}
	case ':':
		e.ready = e.depth == 1
	case '{', '[':
		e.depth++
	case '}', ']':
		if e.depth--; e.depth == 0 {
			e.skip = false
		}
	case ',':
		if e.depth == 1 {
			e.skip = false
		}
	}
	e.before = c
	return i + 1
}

func (e *elider) text(b []byte, i int) int {
	if e.escaped {
		e.escaped = false
		return i + 1
	}
	stop := stringStop(b, i)
	if e.inKey && len(e.key) < 16 {
		e.key = append(e.key, b[i:min(stop, i+16)]...)
	}
	if stop == len(b) {
		return stop
	}
	switch b[stop] {
	case '"':
		e.inText = false
	case '\\':
		e.escaped = true
	}
	return stop + 1
}
