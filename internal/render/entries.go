package render

// entry is one line of a list on a page: its mark, a name, what is said of it, and by whom.
type entry struct {
	mark, name, what, by line
	// below stand under what is said, each on a line of its own.
	below []line
}

const (
	// mostName and mostWhat are the widths beyond which a cell no longer widens its column;
	// mostNarrow is that of a name on a narrow terminal.
	mostName, mostNarrow = 48, 30
	mostWhat             = 44
)

// entries writes a list in columns that begin at one. What does not fit into a line goes under
// what is said; on a narrow terminal it does so for the whole list, which then reads alike.
func (s *screen) entries(at int, list []entry) {
	name, what, most := 0, 0, mostName
	if s.narrow() {
		most = mostNarrow
	}
	for _, e := range list {
		name = max(name, min(e.name.width(), most))
		if len(e.by) > 0 {
			what = max(what, min(e.what.width(), mostWhat))
		}
	}
	whatAt := at + name + columnGap
	byAt := whatAt + what + columnGap
	lines := make([]line, len(list))
	fits, stacked := make([]bool, len(list)), false
	for i, e := range list {
		lines[i] = e.mark.at(at, e.name).at(whatAt, e.what).at(byAt, e.by)
		fits[i] = s.width == 0 || lines[i].width() <= s.edge() && e.name.width() <= name
		stacked = stacked || !fits[i] && s.narrow() && len(e.by) > 0
	}
	for i, e := range list {
		if fits[i] && !stacked {
			s.write(lines[i])
		} else {
			s.stackEntry(e, at, whatAt)
		}
		for _, l := range e.below {
			s.indented(at+indent, l)
		}
	}
}

func (s *screen) stackEntry(e entry, at, whatAt int) {
	head := e.mark.at(at, e.name)
	if head.width() >= whatAt {
		s.hang(e.mark, at, e.name)
		head = nil
		if both := e.what.then(1, e.by); len(e.by) > 0 && at+indent+both.width() <= s.edge() {
			s.hang(nil, at+indent, both)
			return
		}
	}
	if len(e.what) == 0 && len(head) > 0 {
		s.write(head)
	}
	s.hang(head, whatAt, e.what)
	s.hang(nil, whatAt, e.by)
}

// heading begins a section: its title, and what is said of it as a whole.
func (s *screen) heading(title text, words string) {
	head := line{{bold, title}}
	if words == "" {
		s.write(head)
		return
	}
	s.hang(head, head.width()+headGap, s.said(words))
}

// indented writes a line at a column; what it goes on with is indented by more.
func (s *screen) indented(column int, l line) {
	if s.width == 0 {
		s.write(line{}.at(column, l))
		return
	}
	for i, part := range l.fold(s.edge() - column - indent) {
		if i == 1 {
			column += indent
		}
		s.write(line{}.at(column, part))
	}
}

// said is a plain line of words that may have been read.
func (s *screen) said(words string) line {
	if words == "" {
		return nil
	}
	return line{{plain, s.text(words)}}
}
