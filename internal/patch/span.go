package patch

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// span is a value in a text, with where it stands.
type span struct {
	kind spanKind
	// start and end are offsets in bytes; both are behind the colon for an empty value.
	start, end int
	// flow tells what stands in brackets.
	flow bool
	// entries are those of a mapping, items those of a sequence.
	entries []entry
	items   []*span
}

type spanKind int

const (
	scalarSpan spanKind = iota
	emptySpan
	mappingSpan
	sequenceSpan
	aliasSpan
)

// entry is a key with its value.
type entry struct {
	key string
	// start of the key, and the offset behind its colon.
	start, colon int
	value        *span
}

// child is the value one step inside; nil without.
func (s *span) child(step workload.Step) *span {
	if step.IsItem() {
		if step.Item >= 0 && step.Item < len(s.items) {
			return s.items[step.Item]
		}
		return nil
	}
	if i := s.index(step.Name); i >= 0 {
		return s.entries[i].value
	}
	return nil
}

// index is the place of a key among the entries; -1 without it.
func (s *span) index(key string) int {
	for i := range s.entries {
		if s.entries[i].key == key {
			return i
		}
	}
	return -1
}

// mostNested is how deep a text may be nested.
const mostNested = 1000

var errJSON = errors.New("is not JSON that can be edited")

// jsonSpans reads the value at an offset of a JSON text.
type jsonSpans struct {
	text []byte
	at   int
}

func (j *jsonSpans) blanks() {
	for j.at < len(j.text) && isBlank(j.text[j.at]) {
		j.at++
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// take moves over one byte, if it is the next.
func (j *jsonSpans) take(c byte) bool {
	j.blanks()
	if j.at < len(j.text) && j.text[j.at] == c {
		j.at++
		return true
	}
	return false
}

func (j *jsonSpans) value(depth int) (*span, error) {
	j.blanks()
	if j.at >= len(j.text) || depth > mostNested {
		return nil, errJSON
	}
	s := &span{start: j.at, flow: true}
	var err error
	switch j.text[j.at] {
	case '{':
		s.kind = mappingSpan
		err = j.list('}', func() error { return j.entry(s, depth) })
	case '[':
		s.kind = sequenceSpan
		err = j.list(']', func() error {
			item, err := j.value(depth + 1)
			s.items = append(s.items, item)
			return err
		})
	case '"':
		_, err = j.string()
	default:
		for j.at < len(j.text) && !isBlank(j.text[j.at]) && j.text[j.at] != ',' && j.text[j.at] != '}' && j.text[j.at] != ']' {
			j.at++
		}
	}
	s.end = j.at
	if s.end == s.start {
		return nil, errJSON
	}
	return s, err
}

func (j *jsonSpans) list(closing byte, one func() error) error {
	j.at++
	if j.take(closing) {
		return nil
	}
	for {
		if err := one(); err != nil {
			return err
		}
		switch {
		case j.take(closing):
			return nil
		case !j.take(','):
			return errJSON
		}
	}
}

func (j *jsonSpans) entry(s *span, depth int) error {
	j.blanks()
	e := entry{start: j.at}
	var err error
	if e.key, err = j.string(); err != nil {
		return err
	}
	if !j.take(':') {
		return errJSON
	}
	e.colon = j.at
	e.value, err = j.value(depth + 1)
	s.entries = append(s.entries, e)
	return err
}

func (j *jsonSpans) string() (string, error) {
	start := j.at
	if j.at >= len(j.text) || j.text[j.at] != '"' {
		return "", errJSON
	}
	for j.at++; j.at < len(j.text) && j.text[j.at] != '"'; j.at++ {
		if j.text[j.at] == '\\' {
			j.at++
		}
	}
	if j.at >= len(j.text) {
		return "", errJSON
	}
	j.at++
	var out string
	if err := json.Unmarshal(j.text[start:j.at], &out); err != nil {
		return "", fmt.Errorf("%w: %w", errJSON, err)
	}
	return out, nil
}
