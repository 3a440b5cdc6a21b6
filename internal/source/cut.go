package source

import (
	"bytes"
	"context"
	"errors"
	"io"
)

// Cutter cuts a source into blocks behind delimiters: cut are the same records, whatever the size
// of the blocks. A record that is too long for a block comes in parts.
type Cutter struct {
	From io.Reader
	// Delimiter ends a record; the last one may be without. It does not end as it begins.
	Delimiter string
	// Size is how much is read at a time, Longest the length from which on a record comes in
	// parts.
	Size, Longest int
	// Base is where in the source From begins.
	Base int64

	// Buffer lends a buffer of Size or more, and of at least as many bytes as it is asked for.
	Buffer func(atLeast int) []byte
	// Block takes whole records, with the buffer that they are in. The last block may be
	// empty, and may end without the delimiter.
	Block func(data []byte, base int64) error
	// Long is told where a record begins that comes in parts, and takes these.
	Long func(base int64) LongRecord
}

// LongRecord is a record that comes in parts, without its delimiter.
type LongRecord interface {
	// Part takes a part, which is to be copied.
	Part(data []byte)
	// End is told whether the source ended within the record, or failed.
	End(unended bool) error
}

// Fill reads until the buffer is full. The error is io.EOF at the end alone.
func Fill(ctx context.Context, from io.Reader, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var m int
		m, err = from.Read(buf[n:])
		n += m
		if ended := ctx.Err(); ended != nil {
			err = ended
		}
	}
	return n, err
}

// Cut cuts all, until anything fails. What fails in reading is told when all before it was
// handed on.
func (c *Cutter) Cut(ctx context.Context) error {
	buf, n := c.Buffer(0), 0
	for {
		m, err := Fill(ctx, c.From, buf[n:])
		n += m
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return errors.Join(err, c.Block(buf[:n], c.Base))
		}
		end := bytes.LastIndex(buf, []byte(c.Delimiter))
		switch {
		case end >= 0:
			end += len(c.Delimiter)
			next := c.Buffer(n - end + 1)
			left := copy(next, buf[end:])
			if err := c.Block(buf[:end], c.Base); err != nil {
				return err
			}
			c.Base += int64(end)
			buf, n = next, left
		case n < c.Longest:
			buf = Grown(buf, c.Longest)
		default:
			if n, err = c.long(ctx, buf); err != nil {
				return err
			}
		}
	}
}

// Grown is a buffer with the same content and twice the room, but not more than longest.
func Grown(buf []byte, longest int) []byte {
	size := min(2*len(buf), longest)
	return append(make([]byte, 0, size), buf...)[:size]
}

// long reads on in a record that fills the buffer, and leaves in there what follows it. What
// fails in reading fails again.
func (c *Cutter) long(ctx context.Context, buf []byte) (left int, err error) {
	record := c.Long(c.Base)
	keep := len(c.Delimiter) - 1 // the delimiter may lie across two readings
	for n, failed := len(buf), error(nil); ; {
		if end := bytes.Index(buf[:n], []byte(c.Delimiter)); end >= 0 {
			record.Part(buf[:end])
			end += len(c.Delimiter)
			c.Base += int64(end)
			left = copy(buf, buf[end:n])
			return left, record.End(false)
		}
		kept := min(keep, n)
		if failed != nil {
			kept = 0
		}
		record.Part(buf[:n-kept])
		c.Base += int64(n - kept)
		switch {
		case ctx.Err() != nil:
			return 0, ctx.Err()
		case failed != nil:
			return 0, record.End(true)
		}
		copy(buf, buf[n-kept:n])
		n, failed = Fill(ctx, c.From, buf[kept:min(len(buf), max(c.Size, 2*len(c.Delimiter)))])
		n += kept
	}
}
