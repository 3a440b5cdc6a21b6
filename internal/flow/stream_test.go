package flow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/source"
)

// TestReadLongLines reads past lines of a hundred megabytes without keeping them.
func TestReadLongLines(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 500 MB")
	}
	records := good()
	records["XML"] = "<conntrack>\n" + strings.SplitAfter(recorded(t, "node.conntrack-L-o-xml.xml"), "\n")[2]
	for format, record := range records {
		end := "\n"
		if format == "XML" {
			end = "</flow>\n"
		}
		long := io.LimitReader(xes{}, 100<<20)
		text := io.MultiReader(strings.NewReader(record), long, strings.NewReader(end+record))
		files, err := source.Find(text, source.Stdin)
		if err != nil {
			t.Fatal(err)
		}
		var was, is runtime.MemStats
		runtime.ReadMemStats(&was)
		r, err := readFiles(t, files, Options{})
		runtime.ReadMemStats(&is)
		if err != nil {
			t.Fatal(err)
		}
		at := int64(len(record))
		if format == "XML" {
			at-- // the line feed belongs to the next record
		}
		if diff := cmp.Diff([]api.Fault{{Reason: faultTooLong, Count: 1, Offset: at}}, r.sources[0].Faults); diff != "" || len(r.flows) != 2 {
			t.Errorf("%s: %d flows, faults (-want +got):\n%s", format, len(r.flows), diff)
		}
		if made := is.TotalAlloc - was.TotalAlloc; made > 50<<20 {
			t.Errorf("%s: %d MB allocated", format, made>>20)
		}
	}
}

type xes struct{}

func (xes) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// TestReadFails tells of a stream that fails, behind what was read of it.
func TestReadFails(t *testing.T) {
	fails := errors.New("the disk is gone")
	text := strings.Repeat(good()["conntrack"], 3000)
	files, err := source.Find(io.MultiReader(strings.NewReader(text), iotest.ErrReader(fails)), source.Stdin)
	if err != nil {
		t.Fatal(err)
	}
	r, err := readFiles(t, files, Options{blockSize: 100})
	if !errors.Is(err, fails) || len(r.flows) != 3000 || len(r.sources) != 1 || len(r.sources[0].Faults) != 1 || r.sources[0].Faults[0].Offset != int64(len(text)) {
		t.Errorf("%d flows, error %v, %+v", len(r.flows), err, r.sources)
	}
}

// TestReadEnds ends where the caller does, in the middle of a stream without an end.
func TestReadEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	files, err := source.Find(io.MultiReader(strings.NewReader(strings.Repeat(good()["hubble"], 1000)), xes{}), source.Stdin)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Read(ctx, files, Options{}, func(*Flow) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// TestReadManyPods keeps no more of what it reads, however many pods there are.
func TestReadManyPods(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 150 MB")
	}
	const lines = 100_000
	i := 0
	from, to := io.Pipe()
	go func() {
		for ; i < lines; i++ {
			line := strings.NewReplacer("web-0", fmt.Sprintf("web-%d", i), "10.0.0.1", fmt.Sprintf("10.0.%d.%d", i>>8&255, i&255)).Replace(good()["hubble"])
			_, _ = io.WriteString(to, line)
		}
		_ = to.Close()
	}()
	files, err := source.Find(from, source.Stdin)
	if err != nil {
		t.Fatal(err)
	}
	var most uint64
	n := 0
	_, err = Read(t.Context(), files, Options{Now: now}, func(*Flow) {
		if n++; n%(lines/10) == 0 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
	})
	if err != nil || n != lines || most > 60<<20 {
		t.Errorf("%d flows, error %v, %d MB kept", n, err, most>>20)
	}
}
