package flow

import "bytes"

// scan reads JSON that is plain: no escapes and nothing but ASCII in the strings that are
// wanted, and whole numbers without a sign. Of what is otherwise it says that it is lost, and
// encoding/json has to look: what it reads, encoding/json reads, too, and to the same end
// (RFC 8259; FuzzHubble compares).
type scan struct {
	text []byte
	at   int
	lost bool
}

// lose gives up.
func (s *scan) lose() { s.lost, s.at = true, len(s.text) }

// peek is the next byte behind white space, 0 at the end.
func (s *scan) peek() byte {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return c
		}
	}
	return 0
}

// take takes one byte behind white space, and is lost where it is another.
func (s *scan) take(c byte) {
	if s.peek() != c || s.lost {
		s.lose()
		return
	}
	s.at++
}

// open begins an object.
func (s *scan) open() { s.take('{') }

// member is the next key of an object, with the colon taken; more is false behind the last one.
func (s *scan) member(first bool) (key []byte, more bool) {
	switch c := s.peek(); {
	case c == '}':
		s.at++
		return nil, false
	case !first:
		s.take(',')
	}
	key = s.plain()
	s.take(':')
	return key, !s.lost
}

// plain is a string without escapes.
func (s *scan) plain() []byte {
	s.take('"')
	for i := s.at; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '"':
			text := s.text[s.at:i]
			s.at = i + 1
			return text
		case c < ' ', c == '\\', c >= 0x80:
			s.lose()
			return nil
		}
	}
	s.lose()
	return nil
}

// number is a whole number up to a limit.
func (s *scan) number(limit int64) (n int64) {
	s.peek()
	begin := s.at
	for ; s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9'; s.at++ {
		if n = 10*n + int64(s.text[s.at]-'0'); n > limit {
			s.lose()
			return 0
		}
	}
	digits := s.at - begin
	if digits == 0 || digits > 1 && s.text[begin] == '0' || s.at < len(s.text) && bytes.IndexByte([]byte(".eE"), s.text[s.at]) >= 0 {
		s.lose()
	}
	return n
}

// word takes a word if it is next.
func (s *scan) word(word string) bool {
	s.peek()
	if !bytes.HasPrefix(s.text[s.at:], []byte(word)) {
		return false
	}
	s.at += len(word)
	return true
}

// boolean is true or false.
func (s *scan) boolean() bool {
	if s.word("true") {
		return true
	}
	if !s.word("false") {
		s.lose()
	}
	return false
}

// value is the text of any value.
func (s *scan) value() []byte {
	s.peek()
	begin := s.at
	s.skip(0)
	if s.lost {
		return nil
	}
	return s.text[begin:s.at]
}

// skip passes a value. Within it, strings may have anything but escapes of unusual kinds.
func (s *scan) skip(depth int) {
	const deep = 64
	switch c := s.peek(); {
	case s.lost, depth > deep:
		s.lose()
	case c == '"':
		s.skipText()
	case c == '{', c == '[':
		s.skipAll(c+2, depth) // the closing one of both comes two after it in ASCII
	case c >= '0' && c <= '9':
		s.number(1e17)
	case !s.word("true") && !s.word("false") && !s.word("null"):
		s.lose()
	}
}

func (s *scan) skipAll(end byte, depth int) {
	s.at++
	if s.peek() == end {
		s.at++
		return
	}
	for !s.lost {
		if end == '}' {
			s.peek()
			s.skipText()
			s.take(':')
		}
		s.skip(depth + 1)
		if s.peek() == end {
			s.at++
			return
		}
		s.take(',')
	}
}

func (s *scan) skipText() {
	s.take('"')
	for i := s.at; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '"':
			s.at = i + 1
			return
		case c < ' ':
			s.lose()
			return
		case c == '\\':
			if i++; i == len(s.text) || bytes.IndexByte([]byte(`"\/bfnrt`), s.text[i]) < 0 {
				s.lose()
				return
			}
		}
	}
	s.lose()
}
