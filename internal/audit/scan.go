package audit

// span is a part of a line; empty for what is absent.
type span struct{ from, to int32 }

func (s span) of(b []byte) []byte { return b[s.from:s.to] }

// scanned is where in a line the parts of its event are: of strings what is between the
// quotes, still escaped; of bodies, lists and extra the JSON.
type scanned struct {
	kind, level, id, stage, uri, verb, agent, received span
	decision, reason, constraint, code, message        span
	request, response                                  span
	user, impersonated                                 scannedUser
	object                                             scannedObject

	// seen has a bit for each key that is read, so that one that comes again is noticed.
	seen uint64

	// repeats is what of lines before may come again, nil for nothing; repeat is that of the
	// user, noted is set where its annotations are those of this line; sameAgent is the agent
	// where the user had it before.
	repeats   *repeats
	repeat    *repeat
	noted     bool
	sameAgent *text
	// headEnd is behind the level, where of what is read the kind alone came before it.
	headEnd int
}

// scannedUser of an impersonated user has its whole alone; pod is the list of pod names.
type scannedUser struct {
	present                              bool
	whole, name, uid, groups, extra, pod span
}

type scannedObject struct {
	present                                       bool
	group, resource, subresource, namespace, name span
}

// podNameKey is where the user of a bound token tells the pod.
const podNameKey = "authentication.kubernetes.io/pod-name"

// member goes over the value of one key; it is bad what is not for certain as decode wants it.
type member func(f *scanned, b []byte, k key, i int) int

// scan finds the parts of an event. It is true only where decode would succeed, too, and take
// the same for them; false says nothing.
func (f *scanned) scan(b []byte) bool {
	*f = scanned{repeats: f.repeats}
	if len(b) >= 1<<30 {
		return false
	}
	i := f.membersAgain(b)
	if i == bad || skipSpace(b, i) != len(b) {
		return false
	}
	if f.id == (span{}) || f.id.from == f.id.to || f.stage.from == f.stage.to || f.received.from == f.received.to {
		return false
	}
	kind := f.kind.of(b)
	return string(kind) == "Event" || len(kind) == 0 && f.level.from < f.level.to
}

// isPlain tells whether a string is as it is written: ASCII without escapes.
func isPlain(s []byte) bool {
	for _, c := range s {
		if c == '\\' || c >= 0x80 {
			return false
		}
	}
	return true
}

// members goes over the object that is the value of a key; i is at its brace.
func (f *scanned) members(b []byte, i int, of key, each member) int {
	if i >= len(b) || b[i] != '{' {
		return bad
	}
	if next := skipSpace(b, i+1); next < len(b) && b[next] == '}' {
		return next + 1
	}
	return f.membersFrom(b, i, keyCount+of, each)
}

// membersFrom goes on in an object; i is at the comma behind the value of a key, or at the brace
// before the first one; place is that of the next key in the order.
func (f *scanned) membersFrom(b []byte, i int, place key, each member) int {
	var none order
	last := &none
	if f.repeats != nil {
		last = &f.repeats.order
	}
	for {
		k, value := last.expected(b, i, place)
		if value == bad {
			if k, value = readKey(b, i+1); value == bad {
				return bad
			}
			last[place] = k
		}
		if value = skipSpace(b, value); value >= len(b) {
			return bad
		}
		if i = each(f, b, k, value); i == bad {
			return bad
		}
		if i = skipSpace(b, i); i >= len(b) {
			return bad
		}
		if b[i] == '}' {
			return i + 1
		}
		if b[i] != ',' {
			return bad
		}
		place = k
	}
}

// once notes a known key, and is false when it comes again.
func (f *scanned) once(k key) bool {
	bit := uint64(1) << k
	again := f.seen&bit != 0
	f.seen |= bit
	return !again
}

// text takes a string or null.
func (f *scanned) text(b []byte, i int, k key, to *span) int {
	end, _ := f.textOrNull(b, i, k, to)
	return end
}

// bare is text for what is compared as it is written, so that it may have no escapes.
func (f *scanned) bare(b []byte, i int, k key, to *span) int {
	end, escaped := f.textOrNull(b, i, k, to)
	if escaped {
		return bad
	}
	return end
}

func (f *scanned) textOrNull(b []byte, i int, k key, to *span) (end int, escaped bool) {
	if !f.once(k) {
		return bad, false
	}
	if b[i] != '"' {
		return skipWord(b, i, "null"), false
	}
	if end, escaped = skipText(b, i+1); end != bad {
		*to = span{int32(i + 1), int32(end - 1)}
	}
	return end, escaped
}

// texts takes an array of strings or null.
func (f *scanned) texts(b []byte, i int, k key, to *span) int {
	if !f.once(k) {
		return bad
	}
	end := skipTexts(b, i)
	if end != bad && b[i] == '[' {
		*to = span{int32(i), int32(end)}
	}
	return end
}

// skipTexts goes over null or an array of strings and nulls.
func skipTexts(b []byte, i int) int {
	if b[i] != '[' {
		return skipWord(b, i, "null")
	}
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == ']' {
		return i + 1
	}
	for {
		if i >= len(b) || b[i] != '"' && b[i] != 'n' {
			return bad
		}
		if i = skipScalar(b, i); i == bad {
			return bad
		}
		if i = skipSpace(b, i); i >= len(b) {
			return bad
		}
		if b[i] == ']' {
			return i + 1
		}
		if b[i] != ',' {
			return bad
		}
		i = skipSpace(b, i+1)
	}
}

// within takes an object or null.
func (f *scanned) within(b []byte, i int, k key, each member) int {
	if !f.once(k) {
		return bad
	}
	if b[i] == 'n' {
		return skipWord(b, i, "null")
	}
	return f.members(b, i, k, each)
}

// body takes any value, and null for none.
func (f *scanned) body(b []byte, i int, k key, to *span) int {
	if !f.once(k) {
		return bad
	}
	if b[i] == 'n' {
		return skipWord(b, i, "null")
	}
	end := skipValue(b, i)
	if end != bad {
		*to = span{int32(i), int32(end)}
	}
	return end
}
