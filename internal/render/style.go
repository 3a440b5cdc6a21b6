package render

import (
	"io"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// ink is how a piece of text is set.
type ink int

const (
	plain ink = iota
	bold
	critical
	red
	yellow
	dim
	green
)

// palette renders inks; an empty one renders them all plain.
type palette []lipgloss.Style

// newPalette fixes the profile to the colours 1 to 6 that every terminal theme defines, so
// that nothing asks the terminal, the environment or the background.
func newPalette(color bool) palette {
	if !color {
		return nil
	}
	r := lipgloss.NewRenderer(io.Discard, termenv.WithProfile(termenv.ANSI))
	r.SetColorProfile(termenv.ANSI)
	r.SetHasDarkBackground(true)
	style := r.NewStyle
	return palette{
		plain:    style(),
		bold:     style().Bold(true),
		critical: style().Bold(true).Foreground(lipgloss.Color("1")),
		red:      style().Foreground(lipgloss.Color("1")),
		yellow:   style().Foreground(lipgloss.Color("3")),
		dim:      style().Faint(true),
		green:    style().Foreground(lipgloss.Color("2")),
	}
}

func (p palette) render(i ink, t text) string {
	if p == nil || i == plain {
		return string(t)
	}
	return p[i].Render(string(t))
}

// width is the number of cells that t takes on a terminal.
func (t text) width() int {
	if harmless(string(t)) {
		return len(t)
	}
	return lipgloss.Width(string(t))
}
