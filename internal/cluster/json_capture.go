package cluster

import (
	"fmt"
	"unicode/utf8"
)

// jsonCapture takes the text of JSON values off a stream. It knows strings and nesting, and
// leaves the rest to scanJSON and the decoder.
type jsonCapture struct {
	stream *stream
	text   []byte
	// tooLarge is set once text would be over maxDocument; no more of it is kept.
	tooLarge error
}

// take moves one byte.
func (c *jsonCapture) take() error {
	b, err := c.stream.byte()
	if err != nil {
		return endOfJSON(err)
	}
	if len(c.text) >= maxDocument {
		c.text, c.tooLarge = nil, errTooLarge
	}
	if c.tooLarge == nil {
		c.text = append(c.text, b)
	}
	return nil
}

// peek gives the next byte that is no white space, which it moves over.
func (c *jsonCapture) peek() (byte, error) {
	for {
		head, err := c.stream.in.Peek(1)
		if err != nil {
			return 0, endOfJSON(err)
		}
		switch head[0] {
		case ' ', '\t', '\r', '\n':
			// White space is kept for the lines.
			if err := c.take(); err != nil {
				return 0, err
			}
		default:
			return head[0], nil
		}
	}
}

func (c *jsonCapture) unexpected(b byte, where string) error {
	r := rune(b)
	if b >= utf8.RuneSelf {
		head, _ := c.stream.in.Peek(utf8.UTFMax)
		r, _ = utf8.DecodeRune(head)
	}
	return jsonError{fmt.Errorf("invalid character %q %s", r, where)}
}

// value takes one value.
func (c *jsonCapture) value() error {
	var open []byte
	for {
		next, err := c.peek()
		if err != nil {
			return err
		}
		switch next {
		case '{', '[':
			// In ASCII, both closing brackets are two behind.
			open = append(open, next+2)
			err = c.take()
		case '}', ']':
			if len(open) == 0 || open[len(open)-1] != next {
				return c.unexpected(next, "looking for beginning of value")
			}
			open = open[:len(open)-1]
			err = c.take()
		case '"':
			err = c.string()
		case ',', ':':
			if len(open) == 0 {
				return c.unexpected(next, "looking for beginning of value")
			}
			err = c.take()
		default:
			err = c.literal()
		}
		switch {
		case err != nil:
			return err
		case len(open) == 0:
			return nil
		case len(open) > maxDepth:
			return jsonError{fmt.Errorf("is nested over %d deep", maxDepth)}
		}
	}
}

func (c *jsonCapture) string() error {
	for first, escaped := true, false; ; first = false {
		head, err := c.stream.in.Peek(1)
		if err != nil {
			return endOfJSON(err)
		}
		b := head[0]
		if b == '\n' {
			return jsonError{fmt.Errorf("invalid character %q in string literal", b)}
		}
		if err := c.take(); err != nil {
			return err
		}
		switch {
		case escaped:
			escaped = false
		case b == '\\':
			escaped = true
		case b == '"' && !first:
			return nil
		}
	}
}

// literal takes a number or a word; the decoder tells whether it is one.
func (c *jsonCapture) literal() error {
	for {
		if err := c.take(); err != nil {
			return err
		}
		head, err := c.stream.in.Peek(1)
		if err != nil {
			return ignoreEOF(err)
		}
		switch head[0] {
		case ' ', '\t', '\r', '\n', ',', ':', '{', '}', '[', ']', '"':
			return nil
		}
	}
}
