package flow

import (
	"context"
	"io"

	"github.com/kubectl-harden/kubectl-harden/internal/source"
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
	// base is where it begins, in bytes of what was decompressed, size how long it is.
	base, size int64
	// skipped is where records begin that are too long, and are left out before data.
	skipped []int64
	// done gives what was decoded.
	done chan *batch
	// free takes the buffer back, once nothing is read in it any more.
	free chan<- []byte
}

// cutter reads one source and cuts it into blocks behind each delimiter.
type cutter struct {
	from      io.Reader
	delimiter string
	size      int
	// skipped is for the next block.
	skipped []int64
	// free are buffers of blocks that were decoded.
	free chan []byte
}

// buffer is one that is free, or a new one.
func (c *cutter) buffer(atLeast int) []byte {
	select {
	case buf := <-c.free:
		if len(buf) >= max(c.size, atLeast) {
			return buf
		}
	default:
	}
	return make([]byte, max(c.size, atLeast))
}

// blocks hands all blocks to emit, until that fails; only the last one may end without the
// delimiter, and it may be empty. What fails in reading is told when all before it was handed on.
func (c *cutter) blocks(ctx context.Context, emit func(*block) error) error {
	cut := source.Cutter{
		From: c.from, Delimiter: c.delimiter, Size: c.size, Longest: maxRecord,
		Buffer: c.buffer,
		Block: func(data []byte, base int64) error {
			b := &block{data: data, base: base, skipped: c.skipped, done: make(chan *batch, 1), free: c.free}
			c.skipped = nil
			return emit(b)
		},
		Long: func(base int64) source.LongRecord {
			c.skipped = append(c.skipped, base)
			return skippedRecord{}
		},
	}
	return cut.Cut(ctx)
}

// release gives the buffer of a block back. What was decoded has copies of it.
func (b *block) release() {
	select {
	case b.free <- b.data[:cap(b.data)]:
	default:
	}
	b.data = nil
}

// skippedRecord is one that is left out.
type skippedRecord struct{}

// Part keeps nothing.
func (skippedRecord) Part([]byte) {}

// End is as good as any other one.
func (skippedRecord) End(bool) error { return nil }
