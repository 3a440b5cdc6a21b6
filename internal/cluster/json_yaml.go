package cluster

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
)

// yamlInstead reads as YAML what begins as JSON does and is none, as kubectl reads it: flow style with
// quoted keys that has comments, tags or strings over several lines. The text was read from the
// stream, whose rest up to the next marker belongs to it. It tells whether that is YAML; where it
// is not, the stream stands where it stood. One failure is enough for a stream: each costs a look at
// all of its rest.
func (s *stream) yamlInstead(head []byte, number, line int) bool {
	if s.notYAML || len(head) == 0 {
		return false
	}
	stood := s.line
	text, err := s.endYAML(yamlText{data: bytes.Clone(head), line: line, content: true})
	readable := err == nil || errors.Is(err, io.EOF)
	if readable && !text.tooLarge && bytes.IndexByte(text.data, 0) < 0 && structure(text.data) <= maxStructure {
		if _, failed := parseYAML(text.data); failed == nil {
			result := yamlObjects(s.file, number, text)
			s.file.results = append(s.file.results, &result)
			return true
		}
	}
	s.notYAML = true
	if !text.tooLarge {
		rest := slices.Concat(text.data[len(head):], s.held)
		s.in = bufio.NewReaderSize(&lasting{r: io.MultiReader(bytes.NewReader(rest), s.in)}, 64<<10)
	}
	s.line, s.held = stood, nil
	return false
}
