package workload

import (
	"regexp"
	"strings"
)

// RedactWords redacts a command with its arguments: the values of flags in both forms, and
// within a word what a shell would run.
func RedactWords(words []string) []string {
	out := make([]string, len(words))
	var before wordsBefore
	for i, word := range words {
		out[i] = before.redact(word)
		before.add(word)
	}
	return out
}

// shellWord is a word of a command line, with its quotes.
var shellWord = regexp.MustCompile(`(?:"[^"]*"|'[^']*'|[^\s"'])+|["']`)

// wordsBefore is what the words before one say about it.
type wordsBefore struct {
	// flag is the name of the flag whose value the word may be.
	flag string
	// client is the program, where it is one that takes its password with -p.
	client string
}

func (b *wordsBefore) add(word string) {
	b.flag = flagName(word)
	if strings.ContainsAny(word, ";|&") {
		b.client = ""
	}
	base := word[strings.LastIndexByte(word, '/')+1:]
	for _, client := range []string{"mysql", "mariadb", "mongo"} {
		if b.flag == "" && strings.HasPrefix(base, client) && !strings.ContainsAny(base, " =:") {
			b.client = client
		}
	}
}

// isCredential tells the value of the flag.
func (b *wordsBefore) isCredential(value string) bool {
	return isCredential(b.flag, value) || b.client == "mongo" && b.flag == "p" && !harmlessValue(value)
}

// redact redacts a word behind a flag, or behind any other word.
func (b *wordsBefore) redact(word string) string {
	isValue := b.flag != "" && !strings.HasPrefix(word, "-")
	text := strings.Trim(word, `"'`)
	switch password, short := strings.CutPrefix(text, "-p"); {
	case isValue && b.isCredential(text):
		return strings.Replace(word, text, Redacted, 1)
	case isValue && (b.flag == "u" || b.flag == "user") && !isPlainURL(text):
		if user, password, found := strings.Cut(text, ":"); found && !harmlessValue(password) {
			return strings.Replace(word, text, user+":"+Redacted, 1)
		}
	case short && b.client != "" && !harmlessValue(strings.Trim(password, `"'`)):
		return "-p" + Redacted
	}
	if !strings.ContainsAny(word, " \t\n") {
		return RedactText(word)
	}
	return RedactText(redactShell(word))
}

// isPlainURL tells a URL without user info: what stands before its colon is a scheme and no user.
func isPlainURL(text string) bool {
	scheme, rest, found := strings.Cut(text, "://")
	return found && scheme != "" && !strings.ContainsAny(scheme, ":/") && !strings.Contains(rest, "@")
}

// redactShell redacts the words within one.
func redactShell(word string) string {
	var b strings.Builder
	var before wordsBefore
	end := 0
	for _, at := range shellWord.FindAllStringIndex(word, -1) {
		b.WriteString(word[end:at[0]])
		inner := word[at[0]:at[1]]
		if inner == word {
			return word
		}
		b.WriteString(before.redact(inner))
		before.add(inner)
		end = at[1]
	}
	return b.String() + word[end:]
}

// flagName is the name of a flag whose value is the next word.
func flagName(word string) string {
	if !strings.HasPrefix(word, "-") || strings.ContainsAny(word, "= ") {
		return ""
	}
	return strings.TrimLeft(word, "-")
}
