package patch

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// splice puts a text in the place of what stands between two offsets.
type splice struct {
	start, end int
	text       string
}

func (s splice) in(text []byte) []byte {
	return slices.Concat(text[:s.start], []byte(s.text), text[s.end:])
}

// editor finds the ways to write one change.
type editor struct {
	*part
	change   change
	comment  string
	expected map[string]any
	ways     []splice
}

func (e *editor) way(start, end int, text string) { e.ways = append(e.ways, splice{start, end, text}) }

// walk goes to the deepest value on the path that is written, and proposes the edits there.
func (e *editor) walk(root *span) {
	s, behind := root, 0
	for i, step := range e.change.steps {
		if s.kind == aliasSpan {
			e.instead(s, e.change.steps[:i])
			return
		}
		next := s.child(step)
		if next == nil {
			if !e.change.removes && !step.IsItem() {
				e.insert(s, behind, e.change.steps[i:])
			}
			return
		}
		if i == len(e.change.steps)-1 && e.change.removes {
			e.remove(s, behind, step)
			return
		}
		behind = next.start
		if k := s.index(step.Name); k >= 0 && !step.IsItem() {
			behind = s.entries[k].colon
		}
		s = next
	}
	e.write(s, behind)
}

// write replaces a value.
func (e *editor) write(s *span, behind int) {
	if list, isList := e.change.value.([]any); isList && s.kind == sequenceSpan {
		e.withoutItems(s, list)
	}
	text := e.inline(e.change.value)
	switch {
	case s.kind == emptySpan:
		e.way(s.start, s.end, " "+text)
	case s.kind == scalarSpan || s.flow || s.kind == aliasSpan:
		e.way(s.start, s.end, text+e.trailing(s.end))
		e.way(s.start, s.end, text)
	default:
		e.way(behind, s.end, " "+text+e.trailing(s.end))
		e.way(behind, s.end, " "+text)
	}
}

// instead writes out what an alias stands for.
func (e *editor) instead(s *span, steps []workload.Step) {
	var node any = e.expected
	for _, step := range steps {
		node = workload.Child(node, step)
	}
	e.way(s.start, s.end, e.inline(node))
}

// trailing is the comment for a line that ends behind a value.
func (e *editor) trailing(end int) string {
	if e.json || e.comment == "" || len(bytes.TrimSpace(e.text[end:lineEnd(e.text, end)])) > 0 {
		return ""
	}
	return " # " + e.comment
}

// insert writes a new entry into a mapping; the rest of the steps leads from it to the value.
func (e *editor) insert(s *span, behind int, steps []workload.Step) {
	value := e.change.value
	for _, step := range slices.Backward(steps[1:]) {
		if step.IsItem() {
			return
		}
		value = map[string]any{step.Name: value}
	}
	key := steps[0].Name
	pair := e.inlineKey(key) + ": " + e.inline(value)
	switch {
	case s.kind == mappingSpan && s.flow:
		e.intoFlow(s, pair)
	case s.kind == mappingSpan && len(s.entries) > 0:
		e.intoBlock(s, key, value)
	case s.kind == emptySpan:
		e.belowKey(s, key, value)
		e.way(behind, behind, " {"+pair+"}")
	case s.kind == scalarSpan: // null, ~
		e.way(s.start, s.end, "{"+pair+"}")
	}
}

func (e *editor) intoFlow(s *span, pair string) {
	if len(s.entries) == 0 {
		e.way(s.start, s.end, "{"+pair+"}")
		return
	}
	last := s.entries[len(s.entries)-1]
	begin := e.lineStart(last.start)
	if indent := e.text[begin:last.start]; len(bytes.TrimLeft(indent, " \t")) == 0 && begin > 0 {
		e.way(last.value.end, last.value.end, ","+e.newline()+string(indent)+pair)
	}
	e.way(last.value.end, last.value.end, ", "+pair)
	first := s.entries[0].start
	e.way(first, first, pair+", ")
}

// intoBlock proposes the place behind the last entry, then those behind the others: behind a text
// that keeps the blank lines at its end, nothing can be written.
func (e *editor) intoBlock(s *span, key string, value any) {
	first := s.entries[0].start
	indent := strings.Repeat(" ", len([]rune(string(e.text[e.lineStart(first):first]))))
	lines := e.block(indent, key, value)
	for _, one := range slices.Backward(s.entries) {
		at := lineEnd(e.text, max(one.value.end, one.colon))
		e.way(at, at, e.newline()+strings.Join(lines, e.newline()))
	}
	e.way(first, first, strings.TrimLeft(strings.Join(lines, e.newline()), " ")+e.newline()+indent)
}

// belowKey writes the first entry under a key without a value.
func (e *editor) belowKey(s *span, key string, value any) {
	begin := e.lineStart(s.start)
	line := string(e.text[begin:s.start])
	indent := len(line) - len(strings.TrimLeft(line, " -"))
	at := lineEnd(e.text, s.end)
	e.way(at, at, e.newline()+strings.Join(e.block(strings.Repeat(" ", indent+indentWidth), key, value), e.newline()))
}

const indentWidth = 2

// block is an entry in lines.
func (e *editor) block(indent, key string, value any) []string {
	head := indent + e.inlineKey(key) + ":"
	fields, isMap := value.(map[string]any)
	if !isMap || len(fields) == 0 {
		line := head + " " + e.inline(value)
		if e.comment != "" {
			line += " # " + e.comment
		}
		return []string{line}
	}
	out := []string{head}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		out = append(out, e.block(indent+strings.Repeat(" ", indentWidth), name, fields[name])...)
	}
	return out
}

func (e *editor) lineStart(at int) int {
	for at > 0 && !endsLine(e.text[:at]) {
		at--
	}
	return at
}

// newline is the line break of the text.
func (e *editor) newline() string {
	if i := bytes.IndexByte(e.text, '\n'); i > 0 && e.text[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// inline is a value in one line.
func (e *editor) inline(value any) string {
	switch v := value.(type) {
	case map[string]any:
		var pairs []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			pairs = append(pairs, e.inlineKey(name)+": "+e.inline(v[name]))
		}
		return "{" + strings.Join(pairs, ", ") + "}"
	case []any:
		var items []string
		for _, item := range v {
			items = append(items, e.inline(item))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case string:
		return e.inlineKey(v)
	}
	text, _ := json.Marshal(value) // of what was decoded from JSON
	return string(text)
}

// inlineKey is a text; in YAML without quotes where it is plainly one.
func (e *editor) inlineKey(text string) string {
	plain := text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '_'
	})
	reserved := slices.Contains([]string{"y", "n", "yes", "no", "on", "off", "true", "false", "null"}, strings.ToLower(text))
	if plain && !reserved && !e.json {
		return text
	}
	out, _ := json.Marshal(text) // a text always has a JSON form
	return string(out)
}
