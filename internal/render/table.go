package render

// table is a heading and rows of cells, two blanks apart. On a terminal the last column is
// cut to what is left; names alone are cut, in their middle, where that is not enough.
type table struct {
	heads []text
	rows  [][]line
	// names is how many columns at the left hold names.
	names int
	// headless leaves the heading out.
	headless bool
}

const (
	columnGap = 2
	// lastColumn is the least that is left to the last column: a severity and the mark of a cut.
	lastColumn = 9
)

func (s *screen) table(t table) {
	widths := t.widths()
	last := len(widths) - 1
	if s.width > 0 {
		taken := columnGap * last
		for _, w := range widths[:last] {
			taken += w
		}
		taken -= shrink(widths[:t.names], taken+min(widths[last], lastColumn)-s.width)
		widths[last] = s.width - taken
	}
	if !t.headless {
		s.tableRow(boldHeads(t.heads), widths, t.names)
	}
	for _, cells := range t.rows {
		s.tableRow(cells, widths, t.names)
	}
}

func boldHeads(heads []text) []line {
	var out []line
	for _, head := range heads {
		out = append(out, line{{bold, head}})
	}
	return out
}

func (t table) widths() []int {
	widths := make([]int, len(t.heads))
	for i, head := range t.heads {
		if !t.headless {
			widths[i] = head.width()
		}
	}
	for _, cells := range t.rows {
		for i, cell := range cells {
			widths[i] = max(widths[i], cell.width())
		}
	}
	return widths
}

// shrink takes cells from the widest of the columns until excess is gone, and returns how
// many it took.
func shrink(widths []int, excess int) int {
	taken := 0
	for len(widths) > 0 && taken < excess {
		widest := 0
		for i := range widths {
			if widths[i] > widths[widest] {
				widest = i
			}
		}
		widths[widest]--
		taken++
	}
	return taken
}

func (s *screen) tableRow(cells []line, widths []int, names int) {
	var l line
	column := 0
	for i, cell := range cells {
		switch {
		case s.width == 0:
		case i < names && cell.width() > widths[i]:
			cell = line{{cell[0].ink, cell[0].text.cutMiddle(widths[i], s.more)}}
		case i == len(cells)-1:
			cell = cell.cut(widths[i], s.more)
		}
		l = append(l, span{plain, blanks(column - l.width())})
		l = append(l, cell...)
		column += widths[i] + columnGap
	}
	s.write(l)
}
