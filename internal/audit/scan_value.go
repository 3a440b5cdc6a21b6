package audit

import (
	"encoding/binary"
	"math/bits"
)

// The functions of this file go over JSON as strictly as json.Valid. Each takes where to begin
// and returns where it ended, or bad for what is no JSON or cannot be told here.
const bad = -1

// maxDepth is how deep values may be nested here; encoding/json goes further.
const maxDepth = 512

// skipSpace skips white space.
func skipSpace(b []byte, i int) int {
	for i < len(b) && b[i] <= ' ' && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// stops has the high bit of a byte set where w, eight bytes of a string, holds a quote, a
// backslash or a control character. The lowest bit is that of the first such byte, those above
// it may lie. With the bit of 2 turned a quote is next to the control characters.
func stops(w uint64) uint64 {
	quote, slash := w^(ones*2), w^(ones*'\\')
	return ((quote-ones*0x21)&^quote | (slash-ones)&^slash) & highs
}

// stringStop returns the first byte from i on that is a quote, a backslash or a control
// character; len(b) for none.
func stringStop(b []byte, i int) int {
	for ; i+8 <= len(b); i += 8 {
		if stop := stops(binary.LittleEndian.Uint64(b[i:])); stop != 0 {
			return i + bits.TrailingZeros64(stop)/8
		}
	}
	for i < len(b) && b[i] != '"' && b[i] != '\\' && b[i] >= ' ' {
		i++
	}
	return i
}

// skipText goes over a string from behind its quote to behind the last one, and tells whether
// it holds an escape. Most of the time is spent here.
func skipText(b []byte, i int) (end int, escaped bool) {
	for i+8 <= len(b) {
		stop := stops(binary.LittleEndian.Uint64(b[i:]))
		if stop == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(stop) / 8
		if b[i] == '"' {
			return i + 1, escaped
		}
		escaped = true
		if i = skipEscape(b, i); i == bad {
			return bad, false
		}
	}
	for i < len(b) && b[i] != '"' {
		if b[i] != '\\' && b[i] >= ' ' {
			i++
			continue
		}
		escaped = true
		if i = skipEscape(b, i); i == bad {
			return bad, false
		}
	}
	if i >= len(b) {
		return bad, false
	}
	return i + 1, escaped
}

// skipEscape goes over an escape; i is at its backslash.
func skipEscape(b []byte, i int) int {
	if b[i] != '\\' || i+1 >= len(b) {
		return bad
	}
	i++
	switch b[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1
	case 'u':
		if i+5 > len(b) {
			return bad
		}
		for _, c := range b[i+1 : i+5] {
			if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
				return bad
			}
		}
		return i + 5
	}
	return bad
}

func skipDigits(b []byte, i int) int {
	begin := i
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		i++
	}
	if i == begin {
		return bad
	}
	return i
}

func skipNumber(b []byte, i int) int {
	if i < len(b) && b[i] == '-' {
		i++
	}
	if i < len(b) && b[i] == '0' {
		i++
	} else if i = skipDigits(b, i); i == bad {
		return bad
	}
	if i < len(b) && b[i] == '.' {
		if i = skipDigits(b, i+1); i == bad {
			return bad
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		return skipDigits(b, i)
	}
	return i
}

// skipScalar goes over a value that is no object and no array.
func skipScalar(b []byte, i int) int {
	switch c := b[i]; {
	case c == '"':
		end, _ := skipText(b, i+1)
		return end
	case c == '-', c >= '0' && c <= '9':
		return skipNumber(b, i)
	case c == 't':
		return skipWord(b, i, "true")
	case c == 'f':
		return skipWord(b, i, "false")
	case c == 'n':
		return skipWord(b, i, "null")
	}
	return bad
}

func skipWord(b []byte, i int, w string) int {
	if len(b)-i < len(w) || string(b[i:i+len(w)]) != w {
		return bad
	}
	return i + len(w)
}

// skipValue goes over any value; i is at its first byte.
func skipValue(b []byte, i int) int {
	if i >= len(b) {
		return bad
	}
	if b[i] == '{' || b[i] == '[' {
		return skipNested(b, i)
	}
	return skipScalar(b, i)
}

// skipNested goes over an object or array without recursion: a bit for each level tells which.
func skipNested(b []byte, i int) int {
	var objects [maxDepth / 64]uint64
	depth := 0
	for i < len(b) {
		// At the beginning of a value.
		c := b[i]
		if c != '{' && c != '[' {
			if i = skipScalar(b, i); i == bad {
				return bad
			}
			if i, depth = skipEnds(b, i, depth, &objects); i == bad || depth == 0 {
				return i
			}
			continue
		}
		if depth++; depth >= maxDepth {
			return bad
		}
		i = skipSpace(b, i+1)
		bit := uint64(1) << (depth % 64)
		objects[depth/64] &^= bit
		switch {
		case i < len(b) && b[i] == c+2: // "}" and "]" are two behind their openings
			if i, depth = skipEnds(b, i+1, depth-1, &objects); i == bad || depth == 0 {
				return i
			}
		case c == '{':
			objects[depth/64] |= bit
			if i = skipKey(b, i); i == bad {
				return bad
			}
		}
	}
	return bad
}

// skipEnds goes from behind a value over the ends of what holds it to the next value.
func skipEnds(b []byte, i, depth int, objects *[maxDepth / 64]uint64) (next, left int) {
	for depth > 0 {
		i = skipSpace(b, i)
		if i >= len(b) {
			return bad, depth
		}
		inObject := objects[depth/64]&(1<<(depth%64)) != 0
		switch c := b[i]; {
		case c == ',' && inObject:
			return skipKey(b, skipSpace(b, i+1)), depth
		case c == ',':
			return skipSpace(b, i+1), depth
		case c == '}' && inObject, c == ']' && !inObject:
			i++
			depth--
		default:
			return bad, depth
		}
	}
	return i, 0
}

// skipKey goes over a key and its colon to the beginning of the value.
func skipKey(b []byte, i int) int {
	if i >= len(b) || b[i] != '"' {
		return bad
	}
	if i, _ = skipText(b, i+1); i == bad {
		return bad
	}
	if i = skipSpace(b, i); i >= len(b) || b[i] != ':' {
		return bad
	}
	return skipSpace(b, i+1)
}
