package render

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// text is printable as it stands: no control, bidirectional or invisible character is in it.
// Nothing but escape makes one of a string that was read; constants of this package are
// printable by themselves.
type text string

// escape writes what a terminal would obey, or not show, as visible escapes such as \x1b and
// \u202e; characters of keep stay. With ascii everything beyond ASCII is escaped too, but for
// the symbols that have a spelling of their own.
func escape(s string, ascii bool, keep string) text {
	if harmless(s) {
		return text(s)
	}
	var b strings.Builder
	stacked := 0
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		if unicode.In(r, unicode.Mn, unicode.Me) {
			stacked++
		} else {
			stacked = 0
		}
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case strings.ContainsRune(keep, r):
			b.WriteRune(r)
		case !visible(r) || stacked > maxStacked:
			b.WriteString(visibleEscape(r))
		case ascii && r >= utf8.RuneSelf:
			b.WriteString(spellASCII(r))
		default:
			b.WriteRune(r)
		}
		s = s[size:]
	}
	return text(b.String())
}

// maxStacked is how many combining marks may stand on one character before they are a means
// to draw over the lines beside.
const maxStacked = 2

func harmless(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// visible leaves out what is printable by its category and yet shows nothing: variation
// selectors, fillers of Hangul, the empty Braille pattern.
func visible(r rune) bool {
	const emptyBraille = '\u2800'
	return unicode.IsPrint(r) && r != emptyBraille &&
		!unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

func visibleEscape(r rune) string {
	return strings.Trim(strconv.QuoteRuneToASCII(r), "'")
}

// spellASCII spells a character beyond ASCII without a UTF-8 locale.
func spellASCII(r rune) string {
	utf8, ascii := newSymbols(false).all(), newSymbols(true).all()
	for i, symbol := range utf8 {
		if string(symbol) == string(r) {
			return string(ascii[i])
		}
	}
	return visibleEscape(r)
}

// Printable makes a string that was read fit for a line of stderr.
func Printable(s string) string { return string(escape(s, false, "")) }
