package audit

import (
	"bytes"
	"context"
	"errors"
	"io"
)

const (
	// blockSize is how much a worker takes at a time.
	blockSize = 256 << 10
	// maxLine is the length from which on a line is read without its bodies, which are all
	// that makes lines so long.
	maxLine = 4 << 20
)

// block is a part of a source that begins and ends between documents.
type block struct {
	data []byte
	// base is where it begins, in bytes of what was decompressed.
	base int64
	// docs are the documents; nil for one on each line.
	docs []span
	// elided is set for one document that was read without its bodies, unended for one line
	// that ends with the source.
	elided, unended bool
	source          *openSource
}

// cutter reads one source and cuts it into blocks. Cut are the same documents, whatever the
// size of the blocks.
type cutter struct {
	ctx    context.Context
	from   io.Reader
	pool   *pool
	out    chan<- *block
	source *openSource
	// base is where in the source the buffer at hand begins.
	base int64
	// read is how much was read.
	read int64
}

// pool lends the buffers of blocks, of which there are not more than it was made with.
type pool struct {
	size int
	free chan []byte
}

func newPool(size, buffers int) *pool {
	p := &pool{size: size, free: make(chan []byte, buffers)}
	for range buffers {
		p.free <- nil
	}
	return p
}

func (p *pool) take(atLeast int) []byte {
	if buf := <-p.free; len(buf) >= atLeast && buf != nil {
		return buf
	}
	return make([]byte, max(p.size, atLeast))
}

// give takes a buffer back, but does not keep those that long lines made grow.
func (p *pool) give(buf []byte) {
	if buf = buf[:cap(buf)]; len(buf) != p.size {
		buf = nil
	}
	p.free <- buf
}

// emit hands a block to the workers.
func (c *cutter) emit(b *block) error {
	b.source = c.source
	select {
	case c.out <- b:
		return nil
	case <-c.ctx.Done():
		return c.ctx.Err()
	}
}

// fill reads until the buffer is full. The error is io.EOF at the end alone.
func (c *cutter) fill(buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var m int
		m, err = c.from.Read(buf[n:])
		n += m
		c.read += int64(m)
	}
	if ctx := c.ctx.Err(); ctx != nil {
		err = ctx
	}
	return n, err
}

// grown is a buffer with the same content and more room, which ends at maxLine.
func grown(buf []byte) []byte {
	return append(make([]byte, 0, min(2*len(buf), maxLine)), buf...)[:min(2*len(buf), maxLine)]
}

// lines cuts what has one document on each line.
func (c *cutter) lines() error {
	buf, n := c.pool.take(0), 0
	for {
		m, err := c.fill(buf[n:])
		n += m
		if err != nil {
			return errors.Join(ended(err), c.emit(&block{data: buf[:n], base: c.base}))
		}
		end := bytes.LastIndexByte(buf[:n], '\n') + 1
		switch {
		case end > 0:
			next := c.pool.take(n - end + 1)
			left := copy(next, buf[end:n])
			if err := c.emit(&block{data: buf[:end], base: c.base}); err != nil {
				return err
			}
			c.base += int64(end)
			buf, n = next, left
		case n < maxLine:
			buf = grown(buf)
		default:
			if n, err = c.longLine(buf[:n]); err != nil {
				return err
			}
		}
	}
}

// ended is nil for the end of a source.
func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// longLine reads on in a line that fills the buffer, and leaves in there what follows it.
func (c *cutter) longLine(buf []byte) (left int, err error) {
	var e elider
	begin := c.base
	for n, failed := len(buf), error(nil); ; {
		if end := bytes.IndexByte(buf[:n], '\n'); end >= 0 {
			e.write(buf[:end])
			c.base += int64(end + 1)
			left = copy(buf, buf[end+1:n])
			return left, c.long(&e, begin, false)
		}
		e.write(buf[:n])
		c.base += int64(n)
		if failed != nil { // so will the next read
			return 0, c.long(&e, begin, true)
		}
		n, failed = c.fill(buf[:c.pool.size])
	}
}

// long emits a document without its bodies.
func (c *cutter) long(e *elider, begin int64, unended bool) error {
	if e.tooLong {
		c.source.fault(faultTooLong, begin)
		return nil
	}
	<-c.pool.free // gives the room that the worker will give back
	return c.emit(&block{data: e.out, base: begin, docs: []span{{0, int32(len(e.out))}}, elided: e.elided, unended: unended})
}
