package audit

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
)

// FuzzRead reads any bytes in blocks of two sizes to the same end.
func FuzzRead(f *testing.F) {
	good := getPod("a", someTime)
	f.Add([]byte(good + "\n" + good[:40] + "\n" + good))
	f.Add([]byte(`{"kind":"EventList","items":[` + good + ",{}\n,[{}]," + good + `]}` + good))
	f.Add([]byte(strings.ReplaceAll(good, ",", ",\n") + "}\n{\"a\n" + good))
	f.Fuzz(func(t *testing.T, text []byte) {
		var docs [2]*api.Observations
		for i, format := range formats() {
			for j, size := range []int{blockSize, 7} {
				set := observation.NewSet()
				s := &openSource{}
				blocks := make(chan *block)
				c := &cutter{ctx: t.Context(), from: bytes.NewReader(text), pool: newPool(size, 3), out: blocks, source: s}
				go func() {
					defer close(blocks)
					if err := format.cut(c); err != nil {
						t.Error(err)
					}
				}()
				w := newWorker(Options{Now: now}, set, 1)
				for b := range blocks {
					w.block(b)
					c.pool.give(b.data)
				}
				set.AddSource(s.tally.source("", ""))
				docs[j] = set.Document()
			}
			if diff := cmp.Diff(docs[0], docs[1]); diff != "" {
				t.Fatalf("format %d (-blocks of 1 MB +of 7 bytes):\n%s", i, diff)
			}
		}
	})
}

// FuzzElide holds an event without its bodies to what it is with them.
func FuzzElide(f *testing.F) {
	f.Add([]byte(eventLine), 3)
	f.Add([]byte(getPod("a", `,"requestObject": "}\"" ,"responseObject" :1`)), 100)
	f.Fuzz(func(t *testing.T, line []byte, chunk int) {
		want, err := decode(line)
		if err != nil || chunk < 1 || bytes.Contains(line, []byte(`\u00`)) {
			return
		}
		var e elider
		for part := range slices.Chunk(line, chunk) {
			e.write(part)
		}
		got, err := decode(e.out)
		if err != nil || !json.Valid(e.out) {
			t.Fatalf("%v: %s", err, e.out)
		}
		want.Request, want.Response = nil, nil
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-with bodies +without):\n%s", diff)
		}
	})
}
