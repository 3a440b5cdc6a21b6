package render

import (
	"slices"
	"strings"
)

// span is a piece of a line in one ink.
type span struct {
	ink  ink
	text text
}

// line is what stands between two line ends, before it is fitted to a width.
type line []span

func (l line) width() int {
	n := 0
	for _, s := range l {
		n += s.text.width()
	}
	return n
}

// at appends more at a column, or one blank behind l where l is longer.
func (l line) at(column int, more line) line {
	if len(more) == 0 {
		return l
	}
	gap := column
	if len(l) > 0 {
		gap = max(column-l.width(), 1)
	}
	return slices.Concat(l, line{{plain, blanks(gap)}}, more)
}

// then appends more behind a gap.
func (l line) then(gap int, more line) line {
	if len(l) == 0 {
		return more
	}
	return l.at(l.width()+gap, more)
}

// trimmed is the line without the blanks at its end.
func (l line) trimmed() line {
	out := slices.Clone(l)
	for len(out) > 0 {
		last := &out[len(out)-1]
		if last.text = text(strings.TrimRight(string(last.text), " ")); last.text != "" {
			break
		}
		out = out[:len(out)-1]
	}
	return out
}

// inked is the line in one ink.
func (l line) inked(i ink) line {
	out := slices.Clone(l)
	for k := range out {
		out[k].ink = i
	}
	return out
}

// cut shortens a line to width cells; the mark of the cut is among them.
func (l line) cut(width int, mark text) line {
	if l.width() <= width {
		return l
	}
	left := width - mark.width()
	var out line
	for _, s := range l {
		head := s.text.head(left)
		out = append(out, span{s.ink, head})
		left -= head.width()
		if head != s.text {
			break
		}
	}
	out[len(out)-1].text += mark
	return out
}

// head is the longest beginning of at most width cells.
func (t text) head(width int) text {
	used := 0
	for i, r := range t {
		if used += text(r).width(); used > width {
			return t[:i]
		}
	}
	return t
}

// tail is the longest end of at most width cells.
func (t text) tail(width int) text {
	skip, used := t.width()-width, 0
	for i, r := range t {
		if used >= skip {
			return t[i:]
		}
		used += text(r).width()
	}
	return ""
}

// cutMiddle shortens a name and keeps both its ends.
func (t text) cutMiddle(width int, mark text) text {
	if t.width() <= width {
		return t
	}
	keep := max(width-mark.width(), 0)
	return t.head(keep-keep/2) + mark + t.tail(keep/2)
}

func blanks(n int) text { return text(strings.Repeat(" ", max(n, 0))) }
