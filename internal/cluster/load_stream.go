package cluster

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
)

// maxDocument bounds a YAML document and one item of a JSON list, in bytes.
const maxDocument = 64 << 20

// sniffLength is how far the content is looked at to tell what it is.
const sniffLength = 4096

var (
	utf8Mark  = []byte("\xef\xbb\xbf")
	errBinary = errors.New("is not text: it has NUL bytes")
)

// stream reads the documents of one file.
type stream struct {
	load *loader
	file *inputFile
	in   *bufio.Reader
	// line of the next byte, from 1.
	line int
	// held is a marker line that ended one document and begins the next.
	held []byte
	// scratch is where lines are read to.
	scratch []byte
	// notYAML tells that what is no JSON turned out to be no YAML either.
	notYAML bool
}

// readStream reads all documents of one file. The error is of ctx alone.
func (l *loader) readStream(ctx context.Context, f *inputFile, r io.Reader) error {
	s := &stream{load: l, file: f, in: bufio.NewReaderSize(&lasting{r: r}, 64<<10), line: 1}
	if err := s.sniff(); err != nil {
		f.fail(0, 0, err)
		return nil
	}
	for {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("read %s: %w", printable(f.name), err)
		}
		more, err := s.next(ctx)
		if err != nil {
			// A place in the input that reading cannot go on from; what came before is kept.
			f.fail(0, s.line, fmt.Errorf("read: %w", cause(err)))
			return nil
		}
		if !more {
			return nil
		}
	}
}

// sniff refuses what is no text and drops a byte order mark.
func (s *stream) sniff() error {
	head, err := s.in.Peek(sniffLength)
	if len(head) == 0 && err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read: %w", cause(err))
	}
	switch {
	case bytes.HasPrefix(head, []byte("\x1f\x8b")), bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")):
		return errors.New("is compressed; decompress it first")
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return errors.New("is UTF-16 text; convert it to UTF-8 first")
	case bytes.IndexByte(head, 0) >= 0:
		return errBinary
	case bytes.HasPrefix(head, utf8Mark):
		_, err = s.in.Discard(len(utf8Mark))
		return err
	}
	return nil
}

// lasting gives an error again to whoever asks again, so that a look ahead may ignore it.
type lasting struct {
	r   io.Reader
	err error
}

func (l *lasting) Read(p []byte) (int, error) {
	if l.err != nil {
		return 0, l.err
	}
	n, err := l.r.Read(p)
	l.err = err
	return n, err
}

// next reads a JSON value, or all YAML documents up to the end, and tells whether there may
// be more.
func (s *stream) next(ctx context.Context) (bool, error) {
	head, err := s.in.Peek(sniffLength)
	if len(head) == 0 && err != nil {
		return false, ignoreEOF(err)
	}
	start := jsonBegins(head)
	if start < 0 {
		return false, s.yamlDocuments(ctx)
	}
	for range start {
		if _, err := s.byte(); err != nil {
			return false, err
		}
	}
	return s.jsonObject(ctx)
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// jsonBegins gives the place of a JSON object behind white space and document markers that
// stand alone, -1 for anything else. A quoted first key tells it from YAML.
func jsonBegins(head []byte) int {
	rest := head
	for {
		rest = bytes.TrimLeft(rest, " \t\r\n")
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		if !ended || string(bytes.TrimRight(line, " \t\r")) != "---" {
			break
		}
		rest = after
	}
	inside, found := bytes.CutPrefix(rest, []byte("{"))
	inside = bytes.TrimLeft(inside, " \t\r\n")
	if !found || len(inside) == 0 || (inside[0] != '"' && inside[0] != '}') {
		return -1
	}
	return len(head) - len(rest)
}

func (s *stream) byte() (byte, error) {
	c, err := s.in.ReadByte()
	if c == '\n' && err == nil {
		s.line++
	}
	return c, err
}
