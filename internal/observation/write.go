package observation

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Write writes a document as JSON, each use, each edge and each address with names on a line of
// its own: for files, of
// which two can be compared, and without a second copy of it in memory.
func Write(w io.Writer, doc *api.Observations) error {
	rest := *doc
	rest.Access, rest.Edges, rest.Names = []api.Access{}, []api.Edge{}, nil
	text, err := json.Marshal(&rest)
	if err != nil {
		return err
	}
	const access, edges = `"access":[],`, `"edges":[]` // within a string its quotes would be escaped
	head, tail, _ := bytes.Cut(text, []byte(access+edges))
	buffered := bufio.NewWriter(w)
	out := &writer{w: buffered}
	out.write(head, []byte(access[:len(access)-2]))
	for i := range doc.Access {
		out.access(&doc.Access[i], i == 0)
	}
	out.write([]byte("\n],"), []byte(edges[:len(edges)-1]))
	lines(out, doc.Edges)
	out.write([]byte("\n]"))
	if len(doc.Names) > 0 {
		out.write([]byte(`,"names":[`))
		lines(out, doc.Names)
		out.write([]byte("\n]"))
	}
	out.write(tail, []byte("\n"))
	if out.err != nil {
		return out.err
	}
	return buffered.Flush()
}

// writer remembers the first error.
type writer struct {
	w   io.Writer
	err error
}

func (o *writer) write(parts ...[]byte) {
	if o.err == nil {
		_, o.err = o.w.Write(slices.Concat(parts...))
	}
}

func (o *writer) access(a *api.Access, first bool) {
	rest := *a
	rest.Uses, rest.Denied = []api.Use{}, []api.Use{}
	text, err := json.Marshal(&rest)
	if err != nil {
		o.err = err
		return
	}
	const empty, denied = `"uses":[],`, `"denied":[]`
	head, _, _ := bytes.Cut(text, []byte(empty+denied))
	o.write(separator(first), head, []byte(empty[:len(empty)-2]))
	lines(o, a.Uses)
	o.write([]byte("],"), []byte(denied[:len(denied)-1]))
	lines(o, a.Denied)
	o.write([]byte("]}"))
}

// lines writes each of a list on a line.
func lines[T any](o *writer, list []T) {
	for i := range list {
		text, err := json.Marshal(&list[i])
		if err != nil {
			o.err = err
			return
		}
		o.write(separator(i == 0), text)
	}
}

func separator(first bool) []byte {
	if first {
		return []byte("\n")
	}
	return []byte(",\n")
}
