package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
)

// Sizes of a picture, in units of SVG.
const (
	fontSize   = 14.0
	advance    = 8.4 // of a column: 0.6 of the size, as in most monospaced fonts
	lineHeight = 20.0
	margin     = 20.0
	bar        = 36.0
)

// colours of the codes of a terminal, on a background that both pages of GitHub, the light and
// the dark one, set off.
func colours() map[int]string {
	return map[int]string{0: "#e6edf3", 31: "#ff7b72", 32: "#56d364", 33: "#e3b341"}
}

const (
	background = "#161b22"
	border     = "#57606a"
	barColour  = "#21262d"
	dimColour  = "#9198a1"
)

// window is a terminal as a picture.
type window struct {
	title, about string
	columns      int
	lines        []string
}

// svg draws the window. Every piece of text has its column as its place and the columns that it
// takes as its length, so that it fits whichever font there is.
func (w window) svg() ([]byte, error) {
	var b bytes.Buffer
	width, height := 2*margin+float64(w.columns)*advance, bar+2*margin+float64(len(w.lines))*lineHeight
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%g" height="%g" viewBox="0 0 %g %g" role="img" aria-labelledby="title about">`+"\n", width, height, width, height)
	fmt.Fprintf(&b, "<title id=\"title\">%s</title>\n<desc id=\"about\">%s</desc>\n", escaped(w.title), escaped(w.about))
	fmt.Fprintf(&b, `<rect x="0.5" y="0.5" width="%g" height="%g" rx="9.5" fill="%s" stroke="%s"/>`+"\n", width-1, height-1, background, border)
	fmt.Fprintf(&b, `<path d="M1 %g V10 A9 9 0 0 1 10 1 H%g A9 9 0 0 1 %g 10 V%g Z" fill="%s"/>`+"\n", bar, width-10, width-1, bar, barColour)
	for i, fill := range []string{"#ff5f57", "#febc2e", "#28c840"} {
		fmt.Fprintf(&b, `<circle cx="%g" cy="%g" r="6" fill="%s"/>`+"\n", margin+2+20*float64(i), bar/2, fill)
	}
	fmt.Fprintf(&b, `<text x="%g" y="%g" text-anchor="middle" font-family="system-ui, -apple-system, 'Segoe UI', sans-serif" font-size="13" fill="%s">%s</text>`+"\n",
		width/2, bar/2+4.5, dimColour, escaped(w.title))
	fmt.Fprintf(&b, `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace" font-size="%g" fill="%s">`+"\n", fontSize, colours()[0])
	for i, line := range w.lines {
		if err := w.line(&b, i, line); err != nil {
			return nil, err
		}
	}
	b.WriteString("</g>\n</svg>\n")
	return b.Bytes(), nil
}

func (w window) line(b *bytes.Buffer, row int, line string) error {
	pieces, columns, err := readLine(line)
	if err != nil {
		return err
	}
	if columns > w.columns {
		return fmt.Errorf("a line of %d columns in a window of %d: %q", columns, w.columns, line)
	}
	y := bar + margin + (float64(row)+0.72)*lineHeight
	for _, p := range pieces {
		fmt.Fprintf(b, `<text x="%.1f" y="%.1f" textLength="%.1f" lengthAdjust="spacingAndGlyphs"%s>%s</text>`+"\n",
			margin+float64(p.column)*advance, y, float64(len([]rune(p.text)))*advance, p.ink.attributes(), escaped(p.text))
	}
	return nil
}

func (k ink) attributes() string {
	var out strings.Builder
	if k.bold {
		out.WriteString(` font-weight="700"`)
	}
	switch {
	case k.colour != 0:
		fmt.Fprintf(&out, ` fill="%s"`, colours()[k.colour])
	case k.dim:
		fmt.Fprintf(&out, ` fill="%s"`, dimColour)
	}
	return out.String()
}

func escaped(text string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(text)) // a buffer takes everything
	return b.String()
}
