package render

// row is one fact of a page: its mark in the gutter, what it is about, its value, who set
// it, and the checks that it fails.
type row struct {
	mark, label, value, origin, checks line
	// notes stand under the value.
	notes []line
}

// Columns of a row.
const (
	labelAt  = 13
	valueAt  = 26
	originAt = 44
	// checksFrom is how far from the edge the checks start: the longest of the usual names.
	checksFrom = 21
	checksGap  = 2
	// pageWidth is the width beyond which a line is tiring to read.
	pageWidth = 120
	// valueLeast is what the checks must leave to a value in one line with them.
	valueLeast = 28
)

// edge is the column where the lines of a page end.
func (s *screen) edge() int {
	if s.width == 0 {
		return narrowBelow
	}
	return min(s.width, pageWidth)
}

func (s *screen) row(r row) {
	if one, fits := s.oneLine(r); fits {
		s.write(one)
	} else {
		s.stack(r)
	}
	for _, note := range r.notes {
		s.hang(nil, valueAt, note)
	}
}

// start is the column of the value: that of the label where there is none.
func (r row) start() int {
	if len(r.label) == 0 {
		return labelAt
	}
	return valueAt
}

// oneLine puts the checks into their column; where the origin reaches into it, or the line is
// too long, it does not fit. On a pipe one line has to do, whatever its columns.
func (s *screen) oneLine(r row) (l line, fits bool) {
	l = r.mark.at(labelAt, r.label).at(r.start(), r.value).at(originAt, r.origin)
	checksAt := s.edge() - max(checksFrom, r.checks.width())
	switch {
	case s.width == 0:
		return l.at(max(s.edge()-checksFrom, l.width()+1), r.checks), true
	case len(r.checks) == 0:
		return l, !s.narrow() && l.width() <= s.edge()
	}
	return l.at(checksAt, r.checks), !s.narrow() && l.width() < checksAt
}

// stack puts the origin under the value, and the checks under both where they leave no room.
func (s *screen) stack(r row) {
	head := r.mark.at(labelAt, r.label.cut(valueAt-labelAt-1, s.more))
	start := r.start()
	checksAt := s.edge() - r.checks.width()
	if !s.narrow() {
		checksAt = min(checksAt, s.edge()-checksFrom)
	}
	beside := len(r.checks) > 0 && checksAt-checksGap-start >= valueLeast
	if beside {
		lines := r.value.fold(checksAt - checksGap - start)
		s.write(head.at(start, lines[0]).at(checksAt, r.checks))
		for _, rest := range lines[1:] {
			s.write(line{}.at(start, rest))
		}
	} else {
		s.hang(head, start, r.value)
	}
	s.hang(nil, valueAt, r.origin)
	if !beside {
		s.hang(nil, valueAt, r.checks)
	}
}

// hang writes a body behind a head, at a column where it also goes on in further lines.
func (s *screen) hang(head line, column int, body line) {
	if len(body) == 0 {
		return
	}
	if s.width == 0 {
		s.write(head.at(column, body))
		return
	}
	for _, part := range body.fold(s.edge() - column) {
		s.write(head.at(column, part))
		head = nil
	}
}
