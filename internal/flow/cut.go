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
	delimiter string
	size      int
	// skipped is for the next block.
	skipped []int64
}

// blocks hands all blocks to emit, until that fails; only the last one may end without the
// delimiter, and it may be empty. What fails in reading is told when all before it was handed on.
func (c *cutter) blocks(ctx context.Context, emit func(*block) error) error {
	cut := source.Cutter{
		From: c.from, Delimiter: c.delimiter, Size: c.size, Longest: maxRecord,
		Buffer: func(atLeast int) []byte { return make([]byte, max(c.size, atLeast)) },
		Block: func(data []byte, base int64) error {
			b := &block{data: data, base: base, skipped: c.skipped, done: make(chan *batch, 1)}
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

// skippedRecord is one that is left out.
type skippedRecord struct{}

// Part keeps nothing.
func (skippedRecord) Part([]byte) {}

// End is as good as any other one.
func (skippedRecord) End(bool) error { return nil }
