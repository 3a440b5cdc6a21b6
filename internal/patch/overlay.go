package patch

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// overlay is the change as a strategic merge patch of node. It fails in a list of which two
// items have the same key.
func (c change) overlay(node any, steps []workload.Step) (any, bool) {
	if len(steps) == 0 {
		return instead(node, c.value), true
	}
	name := steps[0].Name
	inside := workload.Child(node, steps[0])
	if len(steps) == 1 || !steps[1].IsItem() {
		value, ok := c.overlay(inside, steps[1:])
		return map[string]any{name: value}, ok
	}
	list, _ := inside.([]any)
	item := workload.Child(inside, steps[1])
	if item == nil {
		return nil, false
	}
	key := workload.MergeKey(name)
	if key == "" {
		if !c.removes {
			return nil, false
		}
		return map[string]any{name: without(list, steps[1].Item)}, true
	}
	of := workload.Child(item, workload.Step{Name: key})
	if of == nil || countKey(list, key, of) != 1 {
		return nil, false
	}
	value, ok := c.overlay(item, steps[2:])
	fields, isMap := value.(map[string]any)
	if !ok || !isMap {
		return nil, false
	}
	return map[string]any{name: []any{merge(map[string]any{key: of}, fields)}}, true
}

func countKey(list []any, key string, of any) int {
	n := 0
	for _, item := range list {
		if workload.Child(item, workload.Step{Name: key}) == of {
			n++
		}
	}
	return n
}

// instead is a value as an overlay of what is there: fields that it does not have are removed.
func instead(node, value any) any {
	before, isMap := node.(map[string]any)
	fields, both := value.(map[string]any)
	if !isMap || !both {
		return value
	}
	out := maps.Clone(fields)
	for name := range before {
		if _, kept := fields[name]; !kept {
			out[name] = nil
		}
	}
	return out
}

// merge puts two overlays together.
func merge(a, b map[string]any) map[string]any {
	out := maps.Clone(a)
	if out == nil {
		out = map[string]any{}
	}
	for name, value := range b {
		before, isMap := out[name].(map[string]any)
		fields, both := value.(map[string]any)
		x, isList := out[name].([]any)
		y, lists := value.([]any)
		switch key := workload.MergeKey(name); {
		case isMap && both:
			out[name] = merge(before, fields)
		case isList && lists && key != "":
			out[name] = mergeItems(x, y, key)
		default:
			out[name] = value
		}
	}
	return out
}

// mergeItems puts the items of two lists together that have the same key.
func mergeItems(a, b []any, key string) []any {
	out := slices.Clone(a)
	of := workload.Step{Name: key}
	for _, item := range b {
		i := slices.IndexFunc(out, func(known any) bool { return workload.Child(known, of) == workload.Child(item, of) })
		if i < 0 {
			out = append(out, item)
			continue
		}
		before, _ := out[i].(map[string]any)
		fields, _ := item.(map[string]any)
		out[i] = merge(before, fields)
	}
	return out
}

// under puts fields below a path of names.
func under(path []workload.Step, fields any) map[string]any {
	for _, s := range slices.Backward(path) {
		fields = map[string]any{s.Name: fields}
	}
	out, _ := fields.(map[string]any)
	return out
}

// operations are the change as a JSON Patch. What tells items of lists apart is tested first,
// so that the patch fails on an object that was changed meanwhile.
func (c change) operations(template any, at string) ([]Operation, bool) {
	var tests []Operation
	node, list := template, ""
	for i, s := range c.steps {
		inside := workload.Child(node, s)
		here := pointer(at, s)
		last := i == len(c.steps)-1
		switch {
		case s.IsItem() && inside == nil:
			return nil, false
		case s.IsItem() && workload.MergeKey(list) == "":
			items, _ := node.([]any)
			if !c.removes {
				return nil, false
			}
			return append(tests, Operation{"test", at, items}, Operation{"replace", at, without(items, s.Item)}), true
		case s.IsItem():
			key := workload.MergeKey(list)
			tests = append(tests, Operation{"test", pointer(here, workload.Step{Name: key}), workload.Child(inside, workload.Step{Name: key})})
		case last && c.removes:
			return append(tests, Operation{Op: "remove", Path: here}), inside != nil
		case last || inside == nil:
			value, ok := c.overlay(nil, c.steps[i+1:])
			return append(tests, Operation{"add", here, value}), ok
		}
		node, at, list = inside, here, s.Name
	}
	return nil, false
}

// pointer extends a JSON pointer (RFC 6901).
func pointer(base string, steps ...workload.Step) string {
	for _, s := range steps {
		token := strings.ReplaceAll(strings.ReplaceAll(s.Name, "~", "~0"), "/", "~1")
		if s.IsItem() {
			token = strconv.Itoa(s.Item)
		}
		base += "/" + token
	}
	return base
}
