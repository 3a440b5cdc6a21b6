package flow

import (
	"bytes"
	"context"
	"errors"
	"io"
)

const (
	// blockSize is how much is decoded at a time.
	blockSize = 256 << 10
	// maxRecord is the length from which on a record is skipped.
	maxRecord = 4 << 20
)

// block is a part of a source that begins and ends between records.
type block struct {
	data []byte
	// base is where it begins, in bytes of what was decompressed.
	base int64
	// skipped is where records begin that are too long, and are left out before data.
	skipped []int64
	// done gives what was decoded.
	done chan *batch
}

// cutter reads one source and cuts it into blocks behind each delimiter.
type cutter struct {
	from      io.Reader
	delimiter []byte
	size      int
	// base is where in the source the buffer at hand begins.
	base int64
	// skipped is for the next block.
	skipped []int64
}

// blocks hands all blocks to emit, until that fails; only the last one may end without the
// delimiter, and it may be empty. What fails in reading is told when all before it was handed on.
func (c *cutter) blocks(ctx context.Context, emit func(*block) error) error {
	buf, n := make([]byte, c.size), 0
	for {
		m, err := c.fill(ctx, buf[n:])
		n += m
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return errors.Join(emit(c.block(buf[:n])), err)
		}
		end := bytes.LastIndex(buf[:n], c.delimiter)
		switch {
		case end >= 0:
			end += len(c.delimiter)
			next := make([]byte, max(c.size, 2*(n-end)))
			left := copy(next, buf[end:n])
			if err := emit(c.block(buf[:end])); err != nil {
				return err
			}
			buf, n = next, left
		case n < maxRecord:
			buf = append(make([]byte, 0, 2*n), buf...)[:2*n]
		default:
			if n, err = c.skip(ctx, buf); err != nil {
				return err
			}
		}
	}
}

func (c *cutter) block(data []byte) *block {
	b := &block{data: data, base: c.base, skipped: c.skipped, done: make(chan *batch, 1)}
	c.base += int64(len(data))
	c.skipped = nil
	return b
}

// fill reads until the buffer is full.
func (c *cutter) fill(ctx context.Context, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var m int
		m, err = c.from.Read(buf[n:])
		n += m
		if ctx.Err() != nil {
			err = ctx.Err()
		}
	}
	return n, err
}

// skip reads on in a record that fills the buffer, and leaves in there what follows it. What
// fails in reading fails again.
func (c *cutter) skip(ctx context.Context, buf []byte) (left int, err error) {
	c.skipped = append(c.skipped, c.base)
	keep := len(c.delimiter) - 1 // the delimiter may lie across two readings
	for n := len(buf); ; {
		if end := bytes.Index(buf[:n], c.delimiter); end >= 0 {
			end += len(c.delimiter)
			c.base += int64(end)
			return copy(buf, buf[end:n]), nil
		}
		kept := min(keep, n)
		c.base += int64(n - kept)
		copy(buf, buf[n-kept:n])
		m, failed := c.fill(ctx, buf[kept:])
		if n = kept + m; failed != nil && !bytes.Contains(buf[:n], c.delimiter) {
			c.base += int64(n)
			return 0, ctx.Err()
		}
	}
}
