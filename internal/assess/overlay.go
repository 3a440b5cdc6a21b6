package assess

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// overlay is the change as a strategic merge patch of node. It fails in a list of which two
// items have the same key.
func (c change) overlay(node any, steps []step) (any, bool) {
	if len(steps) == 0 {
		return c.value, true
	}
	name := steps[0].name
	inside := child(node, steps[0])
	if len(steps) == 1 || !steps[1].isItem() {
		value, ok := c.overlay(inside, steps[1:])
		return map[string]any{name: value}, ok
	}
	list, _ := inside.([]any)
	item := child(inside, steps[1])
	if item == nil {
		return nil, false
	}
	key := mergeKey(name)
	if key == "" {
		if !c.removes {
			return nil, false
		}
		return map[string]any{name: without(list, steps[1].item)}, true
	}
	of := child(item, step{name: key})
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
		if child(item, step{name: key}) == of {
			n++
		}
	}
	return n
}

// merge puts two overlays together. Lists with keys hold one and the same item in both.
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
		switch {
		case isMap && both:
			out[name] = merge(before, fields)
		case isList && lists && mergeKey(name) != "":
			out[name] = []any{merge(x[0].(map[string]any), y[0].(map[string]any))}
		default:
			out[name] = value
		}
	}
	return out
}

// under puts fields below a path of names.
func under(path []step, fields any) map[string]any {
	for _, s := range slices.Backward(path) {
		fields = map[string]any{s.name: fields}
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
		inside := child(node, s)
		here := pointer(at, s)
		last := i == len(c.steps)-1
		switch {
		case s.isItem() && inside == nil:
			return nil, false
		case s.isItem() && mergeKey(list) == "":
			items, _ := node.([]any)
			if !c.removes {
				return nil, false
			}
			return append(tests, Operation{"test", at, items}, Operation{"replace", at, without(items, s.item)}), true
		case s.isItem():
			key := mergeKey(list)
			tests = append(tests, Operation{"test", pointer(here, step{name: key}), child(inside, step{name: key})})
		case last && c.removes:
			return append(tests, Operation{Op: "remove", Path: here}), inside != nil
		case last || inside == nil:
			value, ok := c.overlay(nil, c.steps[i+1:])
			return append(tests, Operation{"add", here, value}), ok
		}
		node, at, list = inside, here, s.name
	}
	return nil, false
}

// pointer extends a JSON pointer (RFC 6901).
func pointer(base string, steps ...step) string {
	for _, s := range steps {
		token := strings.ReplaceAll(strings.ReplaceAll(s.name, "~", "~0"), "/", "~1")
		if s.isItem() {
			token = strconv.Itoa(s.item)
		}
		base += "/" + token
	}
	return base
}
