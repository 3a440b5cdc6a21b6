package cluster

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// printable returns s with everything that a terminal could act on escaped, as text from a
// manifest can stand in a message.
func printable(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }) < 0 {
		return s
	}
	var b strings.Builder
	for i, size := 0, 0; i < len(s); i += size {
		var r rune
		r, size = utf8.DecodeRuneInString(s[i:])
		switch {
		case unicode.IsPrint(r) && r != utf8.RuneError:
			b.WriteRune(r)
		default:
			quoted := strconv.Quote(s[i : i+size])
			b.WriteString(quoted[1 : len(quoted)-1])
		}
	}
	return b.String()
}

// quoteShort quotes s, cut to what a message can hold.
func quoteShort(s string) string {
	const most = 60
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return strconv.QuoteToGraphic(s)
}

// keySet holds the keys of one object; few objects have more than fit into its list.
type keySet struct {
	list [16]string
	n    int
	more map[string]struct{}
}

// add tells whether key is new.
func (s *keySet) add(key string) bool {
	if slices.Contains(s.list[:s.n], key) {
		return false
	}
	if s.n < len(s.list) {
		s.list[s.n] = key
		s.n++
		return true
	}
	if s.more == nil {
		s.more = map[string]struct{}{}
	}
	if _, known := s.more[key]; known {
		return false
	}
	s.more[key] = struct{}{}
	return true
}
