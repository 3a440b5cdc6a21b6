package main

import (
	"fmt"
	"slices"
	"strings"
)

// ink is how a piece of a line is set; the zero value is plain.
type ink struct {
	bold, dim bool
	// colour is the code of a colour of the terminal, from 31 on; 0 for none.
	colour int
}

// piece is a part of a line that is set in one way and has no gap.
type piece struct {
	column int
	text   string
	ink    ink
}

// readLine takes a line of a terminal apart. Every character takes one column.
func readLine(line string) (pieces []piece, columns int, err error) {
	var now ink
	for len(line) > 0 {
		if codes, found := strings.CutPrefix(line, "\x1b["); found {
			code, rest, ends := strings.Cut(codes, "m")
			if !ends {
				return nil, 0, fmt.Errorf("%q does not end", line)
			}
			if now, err = now.set(code); err != nil {
				return nil, 0, err
			}
			line = rest
			continue
		}
		text := line
		if i := strings.IndexByte(line, '\x1b'); i >= 0 {
			text = line[:i]
		}
		line = line[len(text):]
		pieces = append(pieces, split(text, columns, now)...)
		columns += len([]rune(text))
	}
	return pieces, columns, nil
}

// set applies the codes of an escape sequence.
func (k ink) set(codes string) (ink, error) {
	for code := range strings.SplitSeq(codes, ";") {
		switch code {
		case "", "0":
			k = ink{}
		case "1":
			k.bold = true
		case "2":
			k.dim = true
		case "31", "32", "33":
			k.colour = int(code[1]-'0') + 30
		default:
			return k, fmt.Errorf("no ink for the code %q", code)
		}
	}
	return k, nil
}

// split gives each column of a text that is behind a gap, or whose glyph may come from another
// font, a piece of its own.
func split(text string, column int, k ink) []piece {
	runes := []rune(text)
	var out []piece
	for i := 0; i < len(runes); {
		end := i + 1
		switch {
		case runes[i] == ' ':
		case runes[i] > '~':
			out = append(out, piece{column + i, string(runes[i]), k})
		default:
			for end < len(runes) && runes[end] <= '~' && !slices.Equal(runes[end:min(end+2, len(runes))], []rune("  ")) {
				end++
			}
			out = append(out, piece{column + i, strings.TrimRight(string(runes[i:end]), " "), k})
		}
		i = end
	}
	return out
}
