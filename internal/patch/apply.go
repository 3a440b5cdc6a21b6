package patch

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// apply is node, which it may change, with the change made below it. What is missing on the way
// is made; an item that is not there changes nothing.
func (c change) apply(node any, steps []workload.Step) any {
	if len(steps) == 0 {
		return runtime.DeepCopyJSONValue(c.value)
	}
	s := steps[0]
	if s.IsItem() {
		list, _ := node.([]any)
		if s.Item >= 0 && s.Item < len(list) {
			list[s.Item] = c.apply(list[s.Item], steps[1:])
		}
		return node
	}
	fields, isMap := node.(map[string]any)
	switch {
	case !isMap && (c.removes || node != nil):
		return node
	case !isMap:
		fields = map[string]any{}
	case c.removes && len(steps) == 1:
		delete(fields, s.Name)
		return fields
	case c.removes && fields[s.Name] == nil:
		return fields
	}
	fields[s.Name] = c.apply(fields[s.Name], steps[1:])
	return fields
}

// pruned is a removal that takes with it what it would leave empty, as people write YAML: the
// fields above, up to an item of a list, the spec and the metadata.
func (c change) pruned(root any) change {
	if !c.removes {
		return c
	}
	c.steps = slices.Clone(c.steps)
	for len(c.steps) > 1 {
		above := c.steps[:len(c.steps)-1]
		last := above[len(above)-1]
		var node = root
		for _, s := range above {
			node = workload.Child(node, s)
		}
		fields, isMap := node.(map[string]any)
		if !isMap || len(fields) > 1 || last.IsItem() || last.Name == "spec" || last.Name == "metadata" {
			break
		}
		c.steps = above
	}
	return c
}

// below is the change as seen from an object that has the template at prefix.
func (c change) below(prefix []workload.Step) change {
	c.steps = slices.Concat(prefix, c.steps)
	return c
}

// Apply is an object with the changes of the plan. The object stays as it is.
func (p *Plan) Apply(object map[string]any) map[string]any {
	var node any = runtime.DeepCopyJSON(object)
	for _, c := range p.all() {
		node = c.apply(node, c.steps)
	}
	out, _ := node.(map[string]any)
	return out
}

// all are the changes as seen from the object.
func (p *Plan) all() []change {
	var out []change
	for _, one := range p.shapes {
		for _, c := range one.changes {
			out = append(out, c.below(one.prefix))
		}
	}
	return out
}
