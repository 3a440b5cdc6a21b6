package patch

import (
	"bytes"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// find is the part that has an object, and the path to it: that which begins on the line, or the
// only one of its name.
func (t *Text) find(ref api.Ref, line int) (*part, []workload.Step) {
	type place struct {
		part  *part
		steps []workload.Step
	}
	var all, onLine []place
	for _, p := range t.parts {
		for _, steps := range p.objects() {
			var object any = p.content
			for _, s := range steps {
				object = workload.Child(object, s)
			}
			if !names(object, ref) {
				continue
			}
			all = append(all, place{p, steps})
			if p.lineOf(steps) == line {
				onLine = append(onLine, place{p, steps})
			}
		}
	}
	switch {
	case len(onLine) == 1:
		return onLine[0].part, onLine[0].steps
	case len(all) == 1:
		return all[0].part, all[0].steps
	}
	return nil, nil
}

// names tells whether an object may be the one that is meant.
func names(object any, ref api.Ref) bool {
	fields, _ := object.(map[string]any)
	metadata, _ := fields["metadata"].(map[string]any)
	text := func(of map[string]any, key string) string {
		s, _ := of[key].(string)
		return s
	}
	kind, name, namespace := text(fields, "kind"), text(metadata, "name"), text(metadata, "namespace")
	return (kind == "" || kind == ref.Kind) && (name == ref.Name || name == "" && strings.HasPrefix(ref.Name, text(metadata, "generateName"))) &&
		(namespace == "" || namespace == ref.Namespace)
}

// objects are the paths to the objects of a part: its root, or the items of a list.
func (p *part) objects() [][]workload.Step {
	kind, _ := p.content["kind"].(string)
	items, isList := p.content["items"].([]any)
	if p.content == nil {
		return nil
	}
	if !isList || !strings.HasSuffix(kind, "List") {
		return [][]workload.Step{{}}
	}
	var out [][]workload.Step
	for i := range items {
		out = append(out, []workload.Step{{Name: "items"}, {Item: i}})
	}
	return out
}

// lineOf is the line of the file on which a value begins; 0 where that is not known.
func (p *part) lineOf(steps []workload.Step) int {
	s, err := p.spans()
	for _, step := range steps {
		if err != nil || s == nil {
			return 0
		}
		s = s.child(step)
	}
	if err != nil || s == nil {
		return 0
	}
	return p.line + bytes.Count(p.text[:s.start], []byte("\n"))
}
