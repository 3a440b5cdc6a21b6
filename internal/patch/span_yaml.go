package patch

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

var errYAML = errors.New("is not YAML that can be edited")

// yamlSpans finds where the values of one YAML document stand. The parser says where they begin;
// where they end is read from the text. What is read wrongly shows when the edited text is read
// again.
type yamlSpans struct {
	text []byte
	// lines are the offsets at which lines begin, by the breaks that the parser knows.
	lines []int
}

// spansOf are those of a text with one document; nil where it has none.
func spansOf(text []byte) (s *span, err error) {
	defer func() {
		// The parser panics on states that it takes for impossible.
		if r := recover(); r != nil {
			s, err = nil, fmt.Errorf("%w: %v", errYAML, r)
		}
	}()
	var doc yaml.Node
	if err := yaml.NewDecoder(bytes.NewReader(text)).Decode(&doc); err != nil {
		return nil, err
	}
	if len(doc.Content) != 1 {
		return nil, nil
	}
	y := &yamlSpans{text: text, lines: lineStarts(text)}
	return y.value(doc.Content[0], 0, 0)
}

func lineStarts(text []byte) []int {
	lines := []int{0}
	for i := 0; i < len(text); {
		n := breakAt(text, i)
		if n == 0 {
			i++
			continue
		}
		i += n
		lines = append(lines, i)
	}
	return lines
}

// breakAt is the length of a line break as YAML 1.1 knows them, 0 for none.
func breakAt(text []byte, i int) int {
	switch rest := text[i:]; {
	case bytes.HasPrefix(rest, []byte("\r\n")), bytes.HasPrefix(rest, []byte("\u0085")):
		return 2
	case rest[0] == '\n', rest[0] == '\r':
		return 1
	case bytes.HasPrefix(rest, []byte("\u2028")), bytes.HasPrefix(rest, []byte("\u2029")):
		return 3
	}
	return 0
}

// offset of a place that the parser names; it counts characters.
func (y *yamlSpans) offset(n *yaml.Node) int {
	if n.Line < 1 || n.Line > len(y.lines) {
		return len(y.text)
	}
	at := y.lines[n.Line-1]
	for range n.Column - 1 {
		if at >= len(y.text) {
			break
		}
		_, size := utf8.DecodeRune(y.text[at:])
		at += size
	}
	return at
}

// value is where a node stands; behind is the offset behind the colon or dash before it.
func (y *yamlSpans) value(n *yaml.Node, behind, depth int) (*span, error) {
	if depth > mostNested {
		return nil, errYAML
	}
	if n.Kind == yaml.ScalarNode && n.Value == "" && n.Style == 0 && n.Anchor == "" {
		return &span{kind: emptySpan, start: behind, end: behind}, nil
	}
	s := &span{start: y.offset(n), flow: n.Style&yaml.FlowStyle != 0}
	var err error
	switch n.Kind {
	case yaml.MappingNode:
		s.kind = mappingSpan
		err = y.mapping(s, n, depth)
	case yaml.SequenceNode:
		s.kind = sequenceSpan
		err = y.sequence(s, n, depth)
	case yaml.AliasNode:
		s.kind, s.end = aliasSpan, y.word(s.start)
	default:
		s.end = y.scalar(n, y.properties(s.start))
	}
	if err == nil && s.flow {
		s.end, err = y.closed(max(s.end, y.properties(s.start)+1))
	}
	if err == nil && (s.end < s.start || s.end > len(y.text)) {
		err = errYAML
	}
	return s, err
}

func (y *yamlSpans) mapping(s *span, n *yaml.Node, depth int) error {
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode {
			return errYAML
		}
		e := entry{key: key.Value, start: y.offset(key)}
		e.colon = y.scalar(key, y.properties(e.start))
		for e.colon < len(y.text) && isBlank(y.text[e.colon]) {
			e.colon++
		}
		if e.colon >= len(y.text) || y.text[e.colon] != ':' {
			return errYAML
		}
		e.colon++
		var err error
		if e.value, err = y.value(n.Content[i+1], e.colon, depth+1); err != nil {
			return err
		}
		s.entries = append(s.entries, e)
		s.end = max(e.value.end, e.colon)
	}
	return nil
}

func (y *yamlSpans) sequence(s *span, n *yaml.Node, depth int) error {
	s.end = s.start
	for _, item := range n.Content {
		value, err := y.value(item, min(s.end+1, len(y.text)), depth+1)
		if err != nil {
			return err
		}
		s.items = append(s.items, value)
		s.end = value.end
	}
	return nil
}

// properties is the offset behind an anchor and a tag.
func (y *yamlSpans) properties(at int) int {
	for at < len(y.text) && (y.text[at] == '&' || y.text[at] == '!') {
		at = y.word(at)
		for at < len(y.text) && isBlank(y.text[at]) {
			at++
		}
	}
	return at
}

func (y *yamlSpans) word(at int) int {
	for at < len(y.text) && !isBlank(y.text[at]) && !bytes.ContainsRune([]byte(",]}"), rune(y.text[at])) {
		at++
	}
	return at
}

// scalar is the end of one that begins at an offset.
func (y *yamlSpans) scalar(n *yaml.Node, at int) int {
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return y.quoted(at, '"')
	case n.Style&yaml.SingleQuotedStyle != 0:
		return y.quoted(at, '\'')
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return y.block(at)
	}
	return y.plain(n.Value, at)
}

func (y *yamlSpans) quoted(at int, quote byte) int {
	for at++; at < len(y.text); at++ {
		switch {
		case y.text[at] == '\\' && quote == '"':
			at++
		case y.text[at] != quote:
		case quote == '\'' && at+1 < len(y.text) && y.text[at+1] == quote:
			at++
		default:
			return at + 1
		}
	}
	return at
}

// block is the end of the lines below a | or >, without blank ones behind.
func (y *yamlSpans) block(at int) int {
	end, indent := y.lineEnd(at), -1
	for next := end; next < len(y.text); {
		next += breakAt(y.text, next)
		to := y.lineEnd(next)
		line := y.text[next:to]
		blanks := len(line) - len(bytes.TrimLeft(line, " "))
		if blanks == len(line) {
			if next = to; next >= len(y.text) {
				break
			}
			continue
		}
		if indent < 0 {
			indent = blanks
		}
		if blanks < indent || blanks == 0 {
			break
		}
		end, next = to, to
	}
	return end
}

// lineEnd is the offset of the next line break, or the end of the text.
func (y *yamlSpans) lineEnd(at int) int { return lineEnd(y.text, at) }

func lineEnd(text []byte, at int) int {
	for at < len(text) && breakAt(text, at) == 0 {
		at++
	}
	return at
}

// plain is the end of the words of a plain scalar, which may go over several lines.
func (y *yamlSpans) plain(value string, at int) int {
	for word := range strings.FieldsSeq(value) {
		for at < len(y.text) && isBlank(y.text[at]) {
			at++
		}
		if !bytes.HasPrefix(y.text[at:], []byte(word)) {
			break
		}
		at += len(word)
	}
	return at
}

// closed is the offset behind the bracket that closes a collection, of which nothing but commas,
// blanks and comments is left.
func (y *yamlSpans) closed(at int) (int, error) {
	for ; at < len(y.text); at++ {
		switch c := y.text[at]; {
		case c == '}' || c == ']':
			return at + 1, nil
		case c == '#' && at > 0 && (isBlank(y.text[at-1]) || y.text[at-1] == ','):
			at = y.lineEnd(at)
		case c != ',' && !isBlank(c):
			return at, errYAML
		}
	}
	return at, errYAML
}
