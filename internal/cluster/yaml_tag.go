package cluster

import (
	"bytes"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// checkTag refuses tags that the parser resolves in a way its nodes no longer show.
func (w *yamlWriter) checkTag(n *yaml.Node) error {
	_, verbatim := w.tagInText(n)
	if verbatim || bytes.HasPrefix(w.text.data, []byte("%TAG")) || bytes.Contains(w.text.data, []byte("\n%TAG")) {
		return &lineError{w.line(n), errTag}
	}
	return nil
}

// tagInText looks at the source for the tag "!", which a node does not show, and for a tag in
// angle brackets, which could be any.
func (w *yamlWriter) tagInText(n *yaml.Node) (bang, verbatim bool) {
	if bytes.IndexByte(w.text.data, '!') < 0 {
		return false, false
	}
	rest := w.at(n)
	for {
		rest = bytes.TrimLeft(rest, blanks+"\ufeff")
		switch {
		case bytes.HasPrefix(rest, []byte("#")):
			_, rest, _ = bytes.Cut(rest, []byte("\n"))
		case bytes.HasPrefix(rest, []byte("&")):
			end := bytes.IndexAny(rest, blanks)
			if end < 0 {
				return false, false
			}
			rest = rest[end:]
		case bytes.HasPrefix(rest, []byte("!<")):
			return false, true
		default:
			after, found := bytes.CutPrefix(rest, []byte("!"))
			return found && len(bytes.TrimLeft(firstRune(after), blanks)) == 0, false
		}
	}
}

// blanks are the white space and the line breaks of YAML 1.1.
const blanks = " \t\r\n\u0085\u2028\u2029"

func firstRune(b []byte) []byte {
	_, size := utf8.DecodeRune(b)
	return b[:size]
}

// at is the text from where a node begins, its anchor and tag included.
func (w *yamlWriter) at(n *yaml.Node) []byte {
	if w.starts == nil {
		w.starts = lineStarts(w.text.data)
	}
	if n.Line < 1 || n.Line > len(w.starts) {
		return nil
	}
	rest := w.text.data[w.starts[n.Line-1]:]
	for range n.Column - 1 {
		rest = rest[len(firstRune(rest)):]
	}
	return rest
}

// lineStarts gives the offsets of the lines as the parser counts them, which knows the line
// breaks of YAML 1.1.
func lineStarts(data []byte) []int {
	starts := []int{0}
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		i += size
		switch r {
		case '\r':
			if i < len(data) && data[i] == '\n' {
				i++
			}
			starts = append(starts, i)
		case '\n', '\u0085', '\u2028', '\u2029':
			starts = append(starts, i)
		}
	}
	return starts
}
