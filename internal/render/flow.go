package render

import (
	"slices"
	"strconv"
	"strings"
)

// flowMap is a map in flow style of names and values in turn, without the empty ones.
func flowMap(pairs ...string) string {
	var fields []string
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			fields = append(fields, pairs[i]+": "+flowScalar(pairs[i+1]))
		}
	}
	return flowFields(fields)
}

// flowFields is a map in flow style of fields that are written already.
func flowFields(fields []string) string { return "{" + strings.Join(fields, ", ") + "}" }

// flowList is a list in flow style.
func flowList[T any](list []T, write func(T) string) string {
	written := make([]string, len(list))
	for i, value := range list {
		written[i] = write(value)
	}
	return "[" + strings.Join(written, ", ") + "]"
}

func flowScalars(values []string) string { return flowList(values, flowScalar) }

// flowScalar quotes what YAML would take for something else than this string.
func flowScalar(s string) string {
	other := []string{"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
	if isWord(s) && !slices.Contains(other, strings.ToLower(s)) {
		return s
	}
	return strconv.QuoteToASCII(string([]rune(s))) // as JSON does, each invalid byte becomes U+FFFD
}

// isWord tells letters, digits and ./_- behind a letter.
func isWord(s string) bool {
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		inside := letter || r >= '0' && r <= '9' || strings.ContainsRune("./_-", r)
		if !inside || i == 0 && !letter {
			return false
		}
	}
	return s != ""
}
