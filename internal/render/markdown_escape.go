package render

import (
	"fmt"
	"slices"
	"strings"
)

// markdown is text that is safe in a cell of a table, in a heading of a fold and in a line, of
// GitHub's Markdown and of others: nothing in it is markup, a mention, a reference or a link.
// Nothing but the functions of this file makes one of a string that was read; constants of
// this package are safe by themselves.
type markdown string

// mdCode shows a string as it is, as code: nothing in code is turned into a mention or link.
func mdCode(raw string) markdown {
	s := string(escape(raw, false, ""))
	if strings.TrimSpace(s) == "" {
		return ""
	}
	if strings.ContainsAny(s, "`|<>&\\") || s != strings.TrimSpace(s) {
		return mdTag(s)
	}
	return markdown("`" + s + "`")
}

// mdTag is code for places where Markdown has no code spans, and for strings that would end
// one: every sign in it is written as a character reference.
func mdTag(raw string) markdown {
	var b strings.Builder
	for _, r := range string(escape(raw, false, "")) {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r > '~', r == ' ', r == '-':
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "&#%d;", r)
		}
	}
	return markdown("<code>" + b.String() + "</code>")
}

// mdProse is a sentence in which words that may be more than words are shown as code.
func mdProse(sentence string) markdown {
	var out, code []string
	flush := func() {
		if len(code) == 0 {
			return
		}
		words := strings.Join(code, " ")
		bare := strings.TrimRight(words, ".,;:")
		if len(bare) < len(words)-1 || bare == "" {
			bare = words
		}
		out, code = append(out, string(mdCode(bare))+words[len(bare):]), nil
	}
	for word := range strings.FieldsSeq(string(escape(sentence, false, ""))) {
		if isPlainWord(word) || word == "→" || word == "←" {
			flush()
			out = append(out, word)
		} else {
			code = append(code, word)
		}
	}
	flush()
	return markdown(strings.Join(out, " "))
}

// isPlainWord tells a word of letters, or a number, with the punctuation of a sentence: no
// reference such as GH-12 or a commit, no address, no markup.
func isPlainWord(word string) bool {
	const longest = 40
	inner := strings.TrimSuffix(strings.TrimPrefix(word, "("), ")")
	inner = strings.TrimSuffix(strings.TrimRight(inner, ".,;:"), ")")
	if inner == "" || len(word) > longest || len(word) > len(inner)+3 {
		return false
	}
	letters, digits := 0, 0
	for i, r := range inner {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
			letters++
		case r >= '0' && r <= '9':
			digits++
		case (r == '-' || r == '\'') && i > 0 && i < len(inner)-1:
		default:
			return false
		}
	}
	if slices.ContainsFunc(strings.FieldsFunc(inner, isJoint), isCommit) {
		return false
	}
	return digits == 0 || letters == 0 && digits == len(inner)
}

func isJoint(r rune) bool { return r == '-' || r == '\'' }

// isCommit tells what GitHub makes a link to a commit of, where there is one: 7 to 40
// hexadecimal digits. A number of so many digits is one too, and of English words such rare
// ones as "defaced".
func isCommit(word string) bool {
	return len(word) >= 7 && strings.Trim(strings.ToLower(word), "0123456789abcdef") == ""
}
