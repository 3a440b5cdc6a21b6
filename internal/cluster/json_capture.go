package cluster

import (
	"bytes"
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
	c.keep([]byte{b})
	return nil
}

func (c *jsonCapture) keep(part []byte) {
	if len(c.text)+len(part) > maxDocument {
		c.text, c.tooLarge = nil, errTooLarge
	}
	if c.tooLarge == nil {
		c.text = append(c.text, part...)
	}
}

// run moves all bytes up to the first that is not among them, and gives that one.
func (c *jsonCapture) run(among func(byte) bool) (byte, error) {
	in := c.stream.in
	for {
		if _, err := in.Peek(1); err != nil {
			return 0, err
		}
		// What is buffered can be had without an error.
		part, _ := in.Peek(in.Buffered())
		n := 0
		for n < len(part) && among(part[n]) {
			n++
		}
		c.keep(part[:n])
		c.stream.line += bytes.Count(part[:n], []byte("\n"))
		ended := n < len(part)
		var next byte
		if ended {
			next = part[n]
		}
		if _, err := in.Discard(n); ended || err != nil {
			return next, err
		}
	}
}

func isBlank(b byte) bool { return b == ' ' || b == '\n' || b == '\t' || b == '\r' }

// inString tells the bytes of a string that need no look.
func inString(b byte) bool { return b != '"' && b != '\\' && b != '\n' }

func inLiteral(b byte) bool {
	switch b {
	case ',', ':', '{', '}', '[', ']', '"':
		return false
	}
	return !isBlank(b)
}

// peek gives the next byte that is no white space, which is kept for the lines.
func (c *jsonCapture) peek() (byte, error) {
	next, err := c.run(isBlank)
	if err != nil {
		return 0, endOfJSON(err)
	}
	return next, nil
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
	if err := c.take(); err != nil {
		return err
	}
	for {
		next, err := c.run(inString)
		if err != nil {
			return endOfJSON(err)
		}
		if next == '\n' {
			return jsonError{fmt.Errorf("invalid character %q in string literal", next)}
		}
		if err := c.take(); err != nil {
			return err
		}
		if next == '"' {
			return nil
		}
		// What a backslash escapes ends nothing.
		if err := c.take(); err != nil {
			return err
		}
	}
}

// literal takes a number or a word; the decoder tells whether it is one.
func (c *jsonCapture) literal() error {
	_, err := c.run(inLiteral)
	return ignoreEOF(err)
}
