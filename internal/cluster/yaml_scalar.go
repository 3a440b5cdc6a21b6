package cluster

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
	kyaml "sigs.k8s.io/yaml"
)

const quotedStyles = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle

var errTag = errors.New("verbatim tags and %TAG directives are not supported")

// scalar writes a scalar as kubectl reads it, which is YAML 1.1: yes and on are true, 010 is 8.
// What is plainly a string, a number or a boolean is written here; all else is decided by
// kubectl's own parser, so that the two cannot differ.
func (w *yamlWriter) scalar(n *yaml.Node) error {
	tag, isString, err := w.reading(n)
	if err != nil {
		return err
	}
	switch {
	case isString:
		w.out = appendString(w.out, n.Value)
		return nil
	case tag == "" && isPlainWord(n.Value):
		w.out = append(w.out, n.Value...)
		return nil
	}
	list, err := kyaml.YAMLToJSON(fmt.Appendf(nil, "- %s\n", source(tag, n.Value)))
	if err != nil {
		return w.scalarError(n, tag)
	}
	value := bytes.TrimSuffix(bytes.TrimPrefix(bytes.TrimSpace(list), []byte("[")), []byte("]"))
	if len(value) == 0 || value[0] == '[' || value[0] == '{' {
		w.out = appendString(w.out, n.Value)
		return nil
	}
	w.out = append(w.out, value...)
	return nil
}

// key gives the key of a mapping as kubectl reads it: always a string, "true" for yes.
func (w *yamlWriter) key(n *yaml.Node) (string, error) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind != yaml.ScalarNode {
		return "", &lineError{w.line(n), errors.New("a key is a list or a mapping, where text is expected")}
	}
	tag, isString, err := w.reading(n)
	if err != nil || isString {
		return n.Value, err
	}
	object, err := kyaml.YAMLToJSON(fmt.Appendf(nil, "? %s\n: 0\n", source(tag, n.Value)))
	if err != nil {
		return "", &lineError{w.line(n), fmt.Errorf("key %s is not text", quoteShort(n.Value))}
	}
	var pair map[string]json.RawMessage
	if err := json.Unmarshal(object, &pair); err != nil || len(pair) != 1 {
		return "", &lineError{w.line(n), fmt.Errorf("key %s cannot be read", quoteShort(n.Value))}
	}
	for key := range pair {
		return key, nil
	}
	return "", nil
}

// scalarError says what kubectl's parser has against a scalar, without the value.
func (w *yamlWriter) scalarError(n *yaml.Node, tag string) error {
	if tag == "" {
		return &lineError{w.line(n), errors.New("is not a finite number")}
	}
	return &lineError{w.line(n), fmt.Errorf("does not fit its tag %s", tag)}
}

// source writes a scalar that is no plain string, so that it can be parsed by itself: what has
// a tag is read in the same way in quotes.
func source(tag, value string) string {
	if tag == "" {
		return value
	}
	return fmt.Sprintf("%s \"%s\"", tag, escapeYAML(value))
}

// reading tells whether a scalar is a string, and if not, the tag that decides what it is.
func (w *yamlWriter) reading(n *yaml.Node) (tag string, isString bool, err error) {
	if n.Style&yaml.TaggedStyle != 0 {
		switch n.Tag {
		case "!!bool", "!!int", "!!float", "!!null", "!!timestamp", "!!binary":
			return n.Tag, false, w.checkTag(n)
		default:
			return "", true, w.checkTag(n)
		}
	}
	if n.Style&quotedStyles != 0 || isText(n.Value) {
		return "", true, nil
	}
	// The node does not show the tag "!", which makes a string of anything.
	bang, verbatim := w.tagInText(n)
	if verbatim {
		return "", false, &lineError{w.line(n), errTag}
	}
	return "", bang, nil
}

// isText tells whether a plain scalar can be nothing but a string. It may say no of one.
func isText(s string) bool {
	if s == "" {
		return false
	}
	switch c := s[0]; {
	case c >= '0' && c <= '9', c == '+', c == '-', c == '.':
		// Numbers, .inf and .nan; a time is a string to kubectl.
		return strings.Trim(s, "0123456789abcdefABCDEFxXoO_+-.iInN") != ""
	case c == '~', c == '<':
		return len(s) > 2
	case len(s) > 5:
		return true
	}
	switch strings.ToLower(s) {
	case "y", "yes", "n", "no", "on", "off", "true", "false", "null":
		return false
	}
	return true
}

// isPlainWord tells numbers and words that JSON writes in the same way.
func isPlainWord(s string) bool {
	if s == "true" || s == "false" || s == "null" {
		return true
	}
	digits := strings.TrimPrefix(s, "-")
	if digits == "" || len(digits) > 15 || (digits[0] == '0' && s != "0") {
		return false
	}
	return strings.Trim(digits, "0123456789") == ""
}

// escapeYAML writes s for a double-quoted scalar on one line.
func escapeYAML(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r >= ' ' && r < 0x7f && r != '"' && r != '\\' {
			b.WriteRune(r)
			continue
		}
		fmt.Fprintf(&b, `\U%08X`, r)
	}
	return b.String()
}

// appendString writes s as a JSON string.
func appendString(out []byte, s string) []byte {
	const hex = "0123456789abcdef"
	out = append(out, '"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		out = append(out, s[start:i]...)
		if c < ' ' {
			out = append(out, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		} else {
			out = append(out, '\\', c)
		}
		start = i + 1
	}
	return append(append(out, s[start:]...), '"')
}
