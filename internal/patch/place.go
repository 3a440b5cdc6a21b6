package patch

import (
	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// Places are the changes by the JSON pointer (RFC 6901) of their field in fields, which are those
// of a strategic merge patch; and where fields is nil, in the object itself.
func (p *Plan) Places(fields map[string]any) map[string]api.FieldChange {
	out := map[string]api.FieldChange{}
	for _, one := range p.shapes {
		for _, c := range one.changes {
			steps := c.steps
			if fields != nil {
				steps = one.inOverlay(fields, steps)
			}
			out[pointer("", append(workload.Steps(one.shape.Path), steps...)...)] = c.told
		}
	}
	return out
}

// inOverlay is a path with the items of lists counted as in an overlay, which has but those that
// change.
func (one *planned) inOverlay(fields map[string]any, steps []workload.Step) []workload.Step {
	var overlay, node any = fields, one.template
	for _, s := range one.prefix {
		overlay = workload.Child(overlay, s)
	}
	out, list := []workload.Step{}, ""
	for _, s := range steps {
		node = workload.Child(node, s)
		if s.IsItem() {
			s.Item = itemOf(overlay, node, workload.MergeKey(list))
		}
		out, overlay, list = append(out, s), workload.Child(overlay, s), s.Name
	}
	return out
}

// itemOf is the place of the item of a list that has the same key as another; -1 for none.
func itemOf(list, other any, key string) int {
	of := workload.Step{Name: key}
	items, _ := list.([]any)
	for i, item := range items {
		if workload.Child(item, of) == workload.Child(other, of) {
			return i
		}
	}
	return -1
}
