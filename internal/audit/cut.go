package audit

import (
	"context"
	"errors"
	"io"

	"github.com/kubectl-harden/kubectl-harden/internal/source"
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

// Read counts what it reads.
func (c *cutter) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.read += int64(n)
	return n, err
}

// fill reads until the buffer is full. The error is io.EOF at the end alone.
func (c *cutter) fill(buf []byte) (int, error) { return source.Fill(c.ctx, c, buf) }

// lines cuts what has one document on each line.
func (c *cutter) lines() error {
	cut := source.Cutter{
		From: c, Delimiter: "\n", Size: c.pool.size, Longest: maxLine, Base: c.base, Buffer: c.pool.take,
		Block: func(data []byte, base int64) error { return c.emit(&block{data: data, base: base}) },
		Long:  func(base int64) source.LongRecord { return &longLine{cutter: c, begin: base} },
	}
	return cut.Cut(c.ctx)
}

// longLine is a line of which the bodies are left out.
type longLine struct {
	*cutter
	elider elider
	begin  int64
}

// Part reads a part of the line.
func (l *longLine) Part(data []byte) { l.elider.write(data) }

// End emits the line.
func (l *longLine) End(unended bool) error { return l.long(&l.elider, l.begin, unended) }

// ended is nil for the end of a source.
func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
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
