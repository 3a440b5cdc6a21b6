package source

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

const (
	// headSize is how much is there to find the format by.
	headSize = 64 << 10
	// ByteOrderMark begins some files that Windows wrote.
	ByteOrderMark = "\xef\xbb\xbf"
	// Empty is what a file with nothing in it is called.
	Empty = "empty"
	// windowLimit is that of zstd itself without its --long=28 and above.
	windowLimit = 128 << 20
)

// DamagedError tells that compressed data cannot be read further; what came before is good.
type DamagedError struct {
	// Reason is a few words without names or numbers, such as: gzip ends early.
	Reason string
	err    error
}

func (e *DamagedError) Error() string { return fmt.Sprintf("%s: %v", e.Reason, e.err) }

// Unwrap returns the error of the decoder.
func (e *DamagedError) Unwrap() error { return e.err }

// Stream is the content of a File, decompressed.
type Stream struct {
	File

	// Compression is "gzip", "zstd" or empty.
	Compression string

	from    io.Reader
	closers []func()
	head    []byte
	unread  []byte
	err     error
}

// Open opens the file and reads its head. What fails inside of compressed data is told by
// Read, after the data before it.
func (f File) Open() (*Stream, error) {
	raw, err := f.open()
	if err != nil {
		return nil, fmt.Errorf("read source: %w", err)
	}
	s := &Stream{File: f, closers: []func(){func() { _ = raw.Close() }}}
	if err := s.decompress(raw); err != nil {
		s.Close()
		return nil, fmt.Errorf("read source %s: %w", f.Name, err)
	}
	s.head = make([]byte, headSize)
	n, err := io.ReadFull(s.from, s.head)
	if s.err = err; err == io.ErrUnexpectedEOF { //nolint:errorlint // a decoder's own wraps this one
		s.err = io.EOF
	}
	s.head = s.head[:n]
	s.unread = s.head
	return s, nil
}

// decompress finds the compression by the first bytes.
func (s *Stream) decompress(raw io.Reader) error {
	buffered := bufio.NewReaderSize(raw, 256<<10)
	magic, err := buffered.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	s.from = buffered
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		s.Compression = "gzip"
		s.from = &decoder{name: "gzip", from: &lazyGzip{from: buffered}}
	case bytes.Equal(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}), len(magic) == 4 && magic[0]&0xf0 == 0x50 && bytes.Equal(magic[1:], []byte{0x2a, 0x4d, 0x18}):
		z, err := zstd.NewReader(buffered, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(windowLimit))
		if err != nil {
			return err
		}
		s.Compression = "zstd"
		s.closers = append(s.closers, z.Close)
		s.from = &decoder{name: "zstd", from: z}
	}
	return nil
}

// Head is the beginning, up to 64 KiB. Read starts with it.
func (s *Stream) Head() []byte { return s.head }

// Unreadable is what kept the first byte from being read, nil where it was or there is none.
func (s *Stream) Unreadable() error {
	if len(s.head) > 0 || errors.Is(s.err, io.EOF) {
		return nil
	}
	return s.err
}

// Read reads the whole, the head included. It fails with a DamagedError where compressed data
// does.
func (s *Stream) Read(p []byte) (int, error) {
	if len(s.unread) > 0 {
		n := copy(p, s.unread)
		s.unread = s.unread[n:]
		return n, nil
	}
	if s.err != nil {
		return 0, s.err
	}
	return s.from.Read(p)
}

// Close closes the file.
func (s *Stream) Close() {
	for _, close := range slices.Backward(s.closers) {
		close()
	}
	s.closers = nil
}

// lazyGzip reads the first header with the first Read, so that it fails there.
type lazyGzip struct {
	from *bufio.Reader
	gz   *gzip.Reader
}

func (l *lazyGzip) Read(p []byte) (int, error) {
	if l.gz == nil {
		gz, err := gzip.NewReader(l.from)
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return 0, err
		}
		l.gz = gz
	}
	return l.gz.Read(p)
}

// decoder makes a DamagedError of what fails for another reason than the end. What it reads
// from cannot tell a failed disk from bad data, so both are called damage.
type decoder struct {
	name string
	from io.Reader
}

func (d *decoder) Read(p []byte) (int, error) {
	n, err := d.from.Read(p)
	switch {
	case err == nil, err == io.EOF:
		return n, err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return n, &DamagedError{Reason: d.name + " ends early", err: err}
	}
	return n, &DamagedError{Reason: d.name + " is damaged", err: err}
}
