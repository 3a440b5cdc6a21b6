package patch

import (
	"bytes"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// withoutItems removes the items that the new list does not have, and keeps what is between the
// others.
func (e *editor) withoutItems(s *span, keep []any) {
	var node any = e.content
	for _, step := range e.change.steps {
		node = workload.Child(node, step)
	}
	before, _ := node.([]any)
	if len(before) != len(s.items) {
		return
	}
	var kept, gone []*span
	for i, item := range s.items {
		if len(keep) > 0 && equal(before[i], keep[0]) {
			keep, kept = keep[1:], append(kept, item)
		} else {
			gone = append(gone, item)
		}
	}
	switch {
	case len(keep) > 0 || len(gone) == 0:
	case s.flow:
		var words []string
		for _, item := range kept {
			words = append(words, string(e.text[item.start:item.end]))
		}
		e.way(s.start, s.end, "["+strings.Join(words, ", ")+"]")
	default:
		e.withoutLines(gone)
	}
}

// withoutLines removes items that stand on lines of their own, in one splice.
func (e *editor) withoutLines(gone []*span) {
	whole := splice{start: -1}
	for _, item := range gone {
		cut := e.lines(max(bytes.LastIndexByte(e.text[:item.start], '-'), 0), item.end)
		switch {
		case whole.start < 0:
			whole = cut
		case cut.start < whole.end:
			return
		default:
			whole.text += string(e.text[whole.end:cut.start])
			whole.end = cut.end
		}
	}
	e.ways = append(e.ways, whole)
}

// lines is the splice that removes what stands between two offsets with the rest of their lines.
func (e *editor) lines(start, end int) splice {
	begin := start
	for begin > 0 && (e.text[begin-1] == ' ' || e.text[begin-1] == '\t') {
		begin--
	}
	to := lineEnd(e.text, end)
	ended := to < len(e.text)
	if ended {
		to += breakAt(e.text, to)
	}
	switch {
	case begin > 0 && !endsLine(e.text[:begin]): // behind the dash of an item
		for to < len(e.text) && e.text[to] == ' ' {
			to++
		}
		return splice{start, to, ""}
	case !ended && begin > 0: // the last line, which nothing ends
		return splice{begin - lastBreak(e.text[:begin]), to, ""}
	}
	return splice{begin, to, ""}
}

func endsLine(text []byte) bool { return lastBreak(text) > 0 }

// lastBreak is the length of the line break that a text ends with, 0 for none.
func lastBreak(text []byte) int {
	switch {
	case bytes.HasSuffix(text, []byte("\r\n")):
		return 2
	case bytes.HasSuffix(text, []byte("\n")), bytes.HasSuffix(text, []byte("\r")):
		return 1
	}
	return 0
}

// remove takes an entry out of a mapping.
func (e *editor) remove(s *span, behind int, step workload.Step) {
	i := s.index(step.Name)
	if i < 0 || step.IsItem() {
		return
	}
	one := s.entries[i]
	switch {
	case len(s.entries) == 1 && s.flow:
		e.way(s.start, s.end, "{}")
	case len(s.entries) == 1:
		e.way(behind, s.end, " {}")
		e.way(s.start, s.end, "{}")
	case s.flow && i+1 < len(s.entries):
		e.way(one.start, s.entries[i+1].start, "")
	case s.flow:
		e.way(s.entries[i-1].value.end, one.value.end, "")
	default:
		cut := e.lines(one.start, max(one.value.end, one.colon))
		e.ways = append(e.ways, cut)
		if i+1 < len(s.entries) { // up to the next key, with the comments between
			e.way(one.start, s.entries[i+1].start, "")
		}
	}
}
