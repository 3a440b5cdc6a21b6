package observation

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Write writes a document as JSON, a use on a line of its own: for files, of which two can be
// compared, and without a second copy of it in memory.
func Write(w io.Writer, doc *api.Observations) error {
	rest := *doc
	rest.Access = []api.Access{}
	text, err := json.Marshal(&rest)
	if err != nil {
		return err
	}
	const empty = `"access":[]` // within a string its quotes would be escaped
	head, tail, _ := bytes.Cut(text, []byte(empty))
	buffered := bufio.NewWriter(w)
	out := &writer{w: buffered}
	out.write(head, []byte(empty[:len(empty)-1]))
	for i := range doc.Access {
		out.access(&doc.Access[i], i == 0)
	}
	out.write([]byte("\n]"), tail, []byte("\n"))
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
	o.uses(a.Uses)
	o.write([]byte("],"), []byte(denied[:len(denied)-1]))
	o.uses(a.Denied)
	o.write([]byte("]}"))
}

func (o *writer) uses(uses []api.Use) {
	for i := range uses {
		text, err := json.Marshal(&uses[i])
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
