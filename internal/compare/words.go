package compare

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A line of a baseline is words a blank apart, each a list of items with commas between. An item
// that would not be read back as itself stands in double quotes, as strconv.QuoteToASCII writes it.

// quoted is an item as it is written.
func quoted(item string) string {
	if item != "" && !strings.ContainsFunc(item, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune(`",\`, r)
	}) {
		return item
	}
	return strconv.QuoteToASCII(strings.ToValidUTF8(item, "\uFFFD"))
}

func joined(words [][]string) string {
	out := make([]string, len(words))
	for i, items := range words {
		list := make([]string, len(items))
		for k, item := range items {
			list[k] = quoted(item)
		}
		out[i] = strings.Join(list, ",")
	}
	return strings.Join(out, " ")
}

// split reads what joined wrote.
func split(line string) ([][]string, error) {
	words := [][]string{nil}
	for rest := line; ; {
		item, after, err := nextItem(rest)
		if err != nil {
			return nil, err
		}
		words[len(words)-1] = append(words[len(words)-1], item)
		if after == "" {
			return words, nil
		}
		if rest = after[1:]; after[0] == ' ' {
			words = append(words, nil)
		}
	}
}

func nextItem(text string) (item, rest string, err error) {
	if strings.HasPrefix(text, `"`) {
		prefix, err := strconv.QuotedPrefix(text)
		if err != nil {
			return "", "", fmt.Errorf("%s is not quoted to its end", strconv.QuoteToASCII(text))
		}
		if item, err = strconv.Unquote(prefix); err != nil {
			return "", "", err
		}
		rest = text[len(prefix):]
	} else {
		end := strings.IndexAny(text, " ,")
		if end < 0 {
			end = len(text)
		}
		if item, rest = text[:end], text[end:]; item == "" {
			return "", "", fmt.Errorf("a word of %s is empty", strconv.QuoteToASCII(text))
		}
	}
	if rest != "" && rest[0] != ' ' && rest[0] != ',' {
		return "", "", fmt.Errorf("%s goes on behind the quotes", strconv.QuoteToASCII(text))
	}
	return item, rest, nil
}

// one is a word of a single item.
func one(item string) []string { return []string{item} }

// set is a sorted list without repetition.
func set(items []string) []string { return slices.Compact(slices.Sorted(slices.Values(items))) }

// clean is a string as it is kept: valid UTF-8.
func clean(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
