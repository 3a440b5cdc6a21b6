package cluster

import (
	"encoding/json"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// document is one document, or one item of a list, as JSON.
type document struct {
	file   *inputFile
	number int
	raw    []byte
	head   head
	// lines knows where the document stands, as its node at; nil for what was built.
	lines *lineIndex
	at    int
	// path of an item within its document, such as "items[3]"; empty for a document.
	path string
	// depth counts the lists around it.
	depth int
	// refused are Object.Refused.
	refused []string
}

// objects gives the object of the document, or those of its items.
func (d *document) objects() loadResult {
	switch {
	case !d.head.complete():
		return d.fail("", missingHead(d.head.apiVersion, d.head.kind))
	case d.head.items != nil && !d.isList():
		return d.fail("", errNotList(d.head.kind))
	case d.head.items != nil:
		return d.itemObjects()
	}
	object, path, err := d.decode()
	if err != nil {
		return d.fail(path, err)
	}
	if meta.IsListType(object.Object) {
		return loadResult{answered: true}
	}
	return loadResult{objects: []Object{object}}
}

func (d *document) isList() bool { return strings.HasSuffix(d.head.kind, "List") }

func errNotList(kind string) error {
	return fmt.Errorf("kind %s has items, and is not a List", quoteShort(kind))
}

// itemObjects gives those of a list inside a document.
func (d *document) itemObjects() loadResult {
	result := loadResult{answered: true}
	if d.depth == maxListDepth {
		return d.fail("", fmt.Errorf("lists are nested over %d deep", maxListDepth))
	}
	items := -1
	if d.lines != nil {
		items = d.lines.child(d.at, "items")
	}
	var elements []json.RawMessage
	if err := json.Unmarshal(d.head.items, &elements); err != nil {
		return d.fail("items", fmt.Errorf("read items: %w", err))
	}
	at := items + 1
	for i, raw := range elements {
		scan, err := scanJSON(raw, 0)
		if err != nil {
			return d.fail("items", fmt.Errorf("read items: %w", err))
		}
		item := &document{
			file: d.file, number: d.number, raw: raw, head: scan.head.or(d.head),
			lines: d.lines, at: at, path: fmt.Sprintf("%sitems[%d]", dotted(d.path), i), depth: d.depth + 1,
		}
		result.add(item.objects())
		if d.lines != nil {
			at = int(d.lines.nodes[at].next)
		}
	}
	return result
}

// maxListDepth is how deep lists may stand in lists.
const maxListDepth = 8

func dotted(path string) string {
	if path == "" {
		return ""
	}
	return path + "."
}

// fail gives the problem of a field of the document.
func (d *document) fail(path string, err error) loadResult {
	line := 0
	if d.lines != nil {
		line = lineOfError(err, d.lines.lineOf(d.at, path))
	}
	if place := dotted(d.path) + path; place != "" {
		err = fmt.Errorf("%s: %w", strings.TrimSuffix(place, "."), err)
	}
	return loadResult{problems: []Problem{d.file.problem(d.number, line, err)}}
}

func (d *document) source() workload.Source {
	source := workload.Source{File: d.file.name}
	if d.lines != nil {
		lines, at := d.lines, d.at
		source.Line = lines.line(at)
		source.LineOf = func(path string) int { return lines.lineOf(at, path) }
	}
	return source
}
