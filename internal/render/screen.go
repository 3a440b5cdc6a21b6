package render

import (
	"fmt"
	"strings"
)

// screen composes lines for one stream.
type screen struct {
	// width is 0 where nothing is cut or folded: on a pipe, and with wide.
	width int
	// terminal tells a terminal from a pipe.
	terminal bool
	ascii    bool
	// wide shows lists whole that a page is brief about.
	wide    bool
	palette palette
	symbols
	content strings.Builder
}

// minWidth is what a narrower terminal gets too: below it, folding serves nobody.
const minWidth = 80

func newScreen(opts Options) *screen {
	s := &screen{ascii: opts.ASCII, wide: isWide(opts.Format), palette: newPalette(opts.Color), symbols: newSymbols(opts.ASCII)}
	s.terminal = opts.Width > 0
	if s.terminal && !isWide(opts.Format) {
		s.width = max(opts.Width, minWidth)
	}
	return s
}

// text makes a string that was read printable.
func (s *screen) text(raw string) text { return escape(raw, s.ascii, "") }

// textf makes a sentence with strings that were read in it printable.
func (s *screen) textf(format string, args ...any) text { return s.text(fmt.Sprintf(format, args...)) }

// write ends a line as it is, without trailing blanks.
func (s *screen) write(l line) {
	l = l.trimmed()
	for i := 0; i < len(l); {
		piece := l[i]
		for i++; i < len(l) && l[i].ink == piece.ink; i++ {
			piece.text += l[i].text
		}
		s.content.WriteString(s.palette.render(piece.ink, piece.text))
	}
	s.content.WriteByte('\n')
}

// fits tells whether a line needs no folding.
func (s *screen) fits(l line) bool { return s.width == 0 || l.width() <= s.width }

// flow writes a line; what does not fit goes on in further lines, indented.
func (s *screen) flow(l line) {
	if s.fits(l) {
		s.write(l)
		return
	}
	for i, part := range l.fold(s.width - indent) {
		if i > 0 {
			part = line{}.at(indent, part)
		}
		s.write(part)
	}
}

const (
	indent  = 2
	headGap = 3
)

// parts writes the parts of a line a gap apart, in several lines where one does not hold them.
func (s *screen) parts(gap int, parts ...line) {
	var l line
	for _, p := range parts {
		if len(l) > 0 && !s.fits(l.then(gap, p)) {
			s.flow(l)
			l = line{}.at(indent, p)
			continue
		}
		l = l.then(gap, p)
	}
	s.flow(l)
}

// columns below which an origin goes under its value and the heads of counts shrink.
const narrowBelow = 100

func (s *screen) narrow() bool { return s.width > 0 && s.width < narrowBelow }
