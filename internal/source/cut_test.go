package source_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/source"
)

// longest is the length from which on records come in parts.
const longest = 64

// cutting collects what a Cutter hands on, by where it begins.
type cutting struct {
	records map[int64]string
	base    int64
	part    bytes.Buffer
	parts   int
	unended bool
	// block is what Block returns.
	block error
}

func (c *cutting) Part(data []byte) { c.part.Write(data); c.parts++ }

func (c *cutting) End(unended bool) error {
	c.unended = unended
	c.records[c.base] = "long " + c.part.String()
	return nil
}

func (c *cutting) cutter(from io.Reader, delimiter string, size int) *source.Cutter {
	c.records = map[int64]string{}
	return &source.Cutter{
		From: from, Delimiter: delimiter, Size: size, Longest: longest,
		Buffer: func(atLeast int) []byte { return make([]byte, max(size, atLeast)) },
		Block: func(data []byte, base int64) error {
			for record := range strings.SplitAfterSeq(string(data), delimiter) {
				if record != "" {
					c.records[base] = strings.TrimSuffix(record, delimiter)
				}
				base += int64(len(record))
			}
			return c.block
		},
		Long: func(base int64) source.LongRecord {
			c.base = base
			c.part.Reset()
			return c
		},
	}
}

// TestCutSizes: the size of blocks makes no difference, and a record comes in parts if it is as
// long as that.
func TestCutSizes(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 8))
	for range 3000 {
		delimiter := []string{"\n", "</f>", "ab"}[random.IntN(3)]
		var text strings.Builder
		want := map[int64]string{}
		for range random.IntN(8) {
			record := strings.Repeat("x", []int{0, 1, 20, 61, 62, 63, 64, 65, 66, 67, 68, 130, 300}[random.IntN(13)])
			base := int64(text.Len())
			text.WriteString(record)
			ended := random.IntN(8) > 0
			if ended {
				text.WriteString(delimiter)
			}
			if want[base] = record; len(record)+len(delimiter) > longest {
				want[base] = "long " + record
			}
			if !ended {
				if want[base] = record; len(record) >= longest {
					want[base] = "long " + record
				}
				if record == "" {
					delete(want, base)
				}
				break
			}
		}
		var c cutting
		from := io.Reader(strings.NewReader(text.String()))
		if random.IntN(2) == 0 {
			from = iotest.OneByteReader(from)
		}
		size := []int{8, 13, 16, 32, 64}[random.IntN(5)]
		cut := c.cutter(from, delimiter, size)
		if err := cut.Cut(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, c.records); diff != "" {
			t.Fatalf("size %d, delimiter %q, text %q (-want +got):\n%s", size, delimiter, text.String(), diff)
		}
	}
}

func TestCutFails(t *testing.T) {
	gone := errors.New("the disk is gone")
	failing := func(text string) io.Reader {
		return io.MultiReader(strings.NewReader(text), iotest.ErrReader(gone))
	}
	var c cutting
	if err := c.cutter(failing("a\nb\nc"), "\n", 4).Cut(t.Context()); !errors.Is(err, gone) {
		t.Error(err)
	}
	if diff := cmp.Diff(map[int64]string{0: "a", 2: "b", 4: "c"}, c.records); diff != "" {
		t.Error(diff)
	}
	if err := c.cutter(failing("a\n"+strings.Repeat("x", 100)), "\n", 4).Cut(t.Context()); !errors.Is(err, gone) || !c.unended {
		t.Error(err, c.unended)
	}
	if diff := cmp.Diff(map[int64]string{0: "a", 2: "long " + strings.Repeat("x", 100)}, c.records); diff != "" {
		t.Error(diff)
	}
	full := errors.New("full")
	c.block = full
	if err := c.cutter(strings.NewReader("a\nb\nc\nd\ne\n"), "\n", 4).Cut(t.Context()); !errors.Is(err, full) || len(c.records) != 2 {
		t.Error(err, c.records)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.cutter(strings.NewReader(strings.Repeat("x", 300)), "\n", 4).Cut(ctx); !errors.Is(err, context.Canceled) || len(c.records) != 0 {
		t.Error(err, c.records)
	}
}
