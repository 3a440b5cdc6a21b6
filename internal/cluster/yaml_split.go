package cluster

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
)

// maxStructure bounds the line breaks, commas and brackets of a YAML document, and with them
// the nodes that parsing it makes.
const maxStructure = 4 << 20

var (
	// errTooLarge tells that a document or item is over maxDocument; the stream stands behind it.
	errTooLarge      = errors.New("is over 64 MB")
	errTooMuchYAML   = errors.New("is over 64 MB of YAML: use kubectl get -o json, which is read item by item")
	errTooManyValues = errors.New("has over 4 million values of YAML: use kubectl get -o json, which is read item by item")
)

// yamlText is one document of a stream as text.
type yamlText struct {
	data []byte
	// line of the first byte in its file.
	line int
	// content and directive tell what the document has beside comments.
	content, directive bool
	tooLarge           bool
}

// yamlDocuments reads the rest of the stream, split at its document markers.
func (s *stream) yamlDocuments(ctx context.Context) error {
	for {
		if ctx.Err() != nil {
			return nil
		}
		text, err := s.yamlText()
		if err != nil && !errors.Is(err, io.EOF) {
			// What was cut off could read as something else.
			return err
		}
		if text.content {
			s.file.documents++
			s.yamlDocument(ctx, text)
		}
		if err != nil {
			return nil
		}
	}
}

func (s *stream) yamlDocument(ctx context.Context, text yamlText) {
	number := s.file.documents
	switch {
	case text.tooLarge:
		s.file.fail(number, text.line, errTooMuchYAML)
	case bytes.IndexByte(text.data, 0) >= 0:
		s.file.fail(number, text.line, errBinary)
	case structure(text.data) > maxStructure:
		s.file.fail(number, text.line, errTooManyValues)
	default:
		file := s.file
		s.load.do(ctx, file, func() loadResult { return yamlObjects(file, number, text) })
	}
}

// structure counts what makes nodes.
func structure(data []byte) int {
	n := bytes.Count(data, []byte("\n")) + bytes.Count(data, []byte(","))
	return n + bytes.Count(data, []byte("[")) + bytes.Count(data, []byte("{"))
}

// yamlText reads the lines up to the next marker. The error is io.EOF with the last document.
func (s *stream) yamlText() (yamlText, error) {
	text := yamlText{line: s.line}
	if s.held != nil {
		text.line--
		text.add(s.held)
		s.held = nil
	}
	return s.endYAML(text)
}

// endYAML reads the rest of a document up to the next marker.
func (s *stream) endYAML(text yamlText) (yamlText, error) {
	for {
		start := s.line
		line, err := s.readLine(s.scratch[:0], maxDocument-len(text.data))
		s.scratch = line
		tooLarge := errors.Is(err, errTooLarge)
		switch {
		case err != nil && !tooLarge && !errors.Is(err, io.EOF):
			return text, err
		case isMarker(line, "..."):
			if text.content || err != nil {
				return text, err
			}
			text = yamlText{line: s.line}
			continue
		case isMarker(line, "---") && text.content:
			s.held = bytes.Clone(line)
			if errors.Is(err, io.EOF) {
				// A marker at the very end begins no document worth reading again.
				s.held = nil
			}
			return text, err
		case isMarker(line, "---") && !text.directive:
			text = yamlText{line: start}
		}
		text.tooLarge = text.tooLarge || tooLarge
		text.add(line)
		if errors.Is(err, io.EOF) {
			return text, err
		}
	}
}

// add appends a line; nothing of a document that is too large is kept.
func (t *yamlText) add(line []byte) {
	rest := line
	if isMarker(line, "---") {
		rest = line[3:]
	}
	trimmed := bytes.TrimLeft(rest, " \t\r\n")
	switch {
	case len(trimmed) == 0 || trimmed[0] == '#':
	case line[0] == '%' && !t.content:
		t.directive = true
	default:
		t.content = true
	}
	if t.tooLarge {
		t.data, t.content = nil, true
		return
	}
	t.data = append(t.data, line...)
}

// isMarker tells whether line is a document marker, alone or before content.
func isMarker(line []byte, marker string) bool {
	if !bytes.HasPrefix(line, []byte(marker)) {
		return false
	}
	return len(line) == len(marker) || bytes.IndexByte([]byte(" \t\r\n"), line[len(marker)]) >= 0
}

// readLine appends the next line with its end to buf. A line over limit is read to its end
// and given cut, with errTooLarge; the last line comes with io.EOF when nothing ends it.
func (s *stream) readLine(buf []byte, limit int) ([]byte, error) {
	var tooLarge error
	for {
		part, err := s.in.ReadSlice('\n')
		if tooLarge == nil {
			buf = append(buf, part...)
		}
		if len(buf) > limit {
			buf, tooLarge = buf[:min(len(buf), sniffLength)], errTooLarge
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil:
			return buf, err
		}
		s.line++
		return buf, tooLarge
	}
}
