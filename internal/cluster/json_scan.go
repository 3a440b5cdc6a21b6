package cluster

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

var errJSONEnd = errors.New("unexpected end of JSON input")

// jsonScan walks JSON text for what decoding it does not tell: the lines, keys that are set
// twice, and the head. Literals and the insides of strings are left to the decoder.
type jsonScan struct {
	data  []byte
	pos   int
	line  int
	lines lineBuilder
	head  head
}

// scanJSON scans one value that begins on line.
func scanJSON(data []byte, line int) (*jsonScan, error) {
	s := &jsonScan{data: data, line: line}
	s.blank()
	if err := s.value("", s.line, 0); err != nil {
		return nil, &lineError{s.line, err}
	}
	return s, nil
}

func (s *jsonScan) blank() {
	for ; s.pos < len(s.data); s.pos++ {
		switch s.data[s.pos] {
		case '\n':
			s.line++
		case ' ', '\t', '\r':
		default:
			return
		}
	}
}

// peek gives the next byte that is no white space, 0 at the end.
func (s *jsonScan) peek() byte {
	s.blank()
	if s.pos == len(s.data) {
		return 0
	}
	return s.data[s.pos]
}

func (s *jsonScan) unexpected(where string) error {
	if s.pos >= len(s.data) {
		return errJSONEnd
	}
	r, _ := utf8.DecodeRune(s.data[s.pos:])
	return fmt.Errorf("invalid character %q %s", r, where)
}

func (s *jsonScan) value(key string, line, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("is nested over %d deep", maxDepth)
	}
	node := s.lines.open(key, line)
	defer s.lines.close(node)
	switch s.peek() {
	case '{':
		return s.object(depth)
	case '[':
		return s.array(depth)
	case '"':
		_, err := s.text()
		return err
	}
	start := s.pos
	for s.pos < len(s.data) && bytes.IndexByte([]byte(",:]}[{\" \t\r\n"), s.data[s.pos]) < 0 {
		s.pos++
	}
	if s.pos == start {
		return s.unexpected("looking for beginning of value")
	}
	return nil
}

// text skips a string and gives it with its quotes.
func (s *jsonScan) text() ([]byte, error) {
	start := s.pos
	for s.pos++; s.pos < len(s.data); s.pos++ {
		switch s.data[s.pos] {
		case '\\':
			s.pos++
		case '"':
			s.pos++
			return s.data[start:s.pos], nil
		case '\n':
			return nil, errors.New(`invalid character '\n' in string literal`)
		}
	}
	s.pos = len(s.data)
	return nil, errJSONEnd
}

func (s *jsonScan) object(depth int) error {
	s.pos++
	if s.peek() == '}' {
		s.pos++
		return nil
	}
	var keys keySet
	for {
		if s.peek() != '"' {
			return s.unexpected("looking for beginning of object key string")
		}
		line := s.line
		key, err := s.key()
		if err != nil {
			return err
		}
		if !keys.add(key) {
			return fmt.Errorf("key %s is set twice", quoteShort(key))
		}
		if s.peek() != ':' {
			return s.unexpected("after object key")
		}
		s.pos++
		s.blank()
		start := s.pos
		if err := s.value(key, line, depth+1); err != nil {
			return err
		}
		if depth == 0 {
			s.head.see(key, s.data[start:s.pos])
		}
		if done, err := s.comma('}', "after object key:value pair"); done || err != nil {
			return err
		}
	}
}

func (s *jsonScan) key() (string, error) {
	raw, err := s.text()
	if err != nil {
		return "", err
	}
	if bytes.IndexByte(raw, '\\') < 0 && utf8.Valid(raw) {
		return string(raw[1 : len(raw)-1]), nil
	}
	var key string
	if err := json.Unmarshal(raw, &key); err != nil {
		return "", fmt.Errorf("key: %w", err)
	}
	return key, nil
}

func (s *jsonScan) array(depth int) error {
	s.pos++
	if s.peek() == ']' {
		s.pos++
		return nil
	}
	for {
		s.blank()
		if err := s.value("", s.line, depth+1); err != nil {
			return err
		}
		if done, err := s.comma(']', "after array element"); done || err != nil {
			return err
		}
	}
}

// comma goes over the comma before the next element, or over the end.
func (s *jsonScan) comma(end byte, where string) (done bool, err error) {
	switch s.peek() {
	case ',':
		s.pos++
		return false, nil
	case end:
		s.pos++
		return true, nil
	}
	return false, s.unexpected(where)
}
