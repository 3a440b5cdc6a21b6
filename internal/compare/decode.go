package compare

import (
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// decoder fills documents from nodes, strictly: a field that is not known or there twice, an alias,
// and a value of another type are errors. Lines are kept by path.
type decoder struct {
	lines map[string]int
	// line of the error.
	line int
}

// decode fills what into points to.
func (d *decoder) decode(n *yaml.Node, into any) error {
	return d.value(n, reflect.ValueOf(into).Elem(), "")
}

func (d *decoder) fail(n *yaml.Node, format string, args ...any) error {
	d.line = n.Line
	return fmt.Errorf(format, args...)
}

func (d *decoder) value(n *yaml.Node, v reflect.Value, path string) error {
	d.lines[path] = n.Line
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		return d.fail(n, "%s: aliases and anchors are not read", named(path))
	}
	switch v.Kind() {
	case reflect.Struct:
		return d.object(n, v, path)
	case reflect.Slice:
		return d.list(n, v, path)
	case reflect.Bool:
		if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" {
			return d.fail(n, "%s is neither true nor false", named(path))
		}
		v.SetBool(strings.EqualFold(n.Value, "true"))
	default:
		if n.Kind != yaml.ScalarNode || n.Tag != "!!str" {
			return d.fail(n, "%s is no text: put it in quotes", named(path))
		}
		v.SetString(n.Value)
	}
	return nil
}

func named(path string) string {
	if path == "" {
		return "the document"
	}
	return path
}

func (d *decoder) list(n *yaml.Node, v reflect.Value, path string) error {
	if n.Kind != yaml.SequenceNode {
		return d.fail(n, "%s is no list", named(path))
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		if err := d.value(item, v.Index(i), fmt.Sprintf("%s[%d]", path, i)); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) object(n *yaml.Node, v reflect.Value, path string) error {
	if n.Kind != yaml.MappingNode {
		return d.fail(n, "%s is no map of fields", named(path))
	}
	fields := fieldsOf(v.Type())
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		index, known := fields[key.Value]
		switch {
		case key.Kind != yaml.ScalarNode || !known:
			return d.fail(key, "field %q is not known in %s: there are %s", key.Value, named(path), sortedKeys(keysOf(fields)))
		case seen[key.Value]:
			return d.fail(key, "field %q is there twice", key.Value)
		}
		seen[key.Value] = true
		below := key.Value
		if path != "" {
			below = path + "." + below
		}
		if err := d.value(n.Content[i+1], v.Field(index), below); err != nil {
			return err
		}
	}
	return nil
}

// fieldsOf are the fields of a type by their name in JSON.
func fieldsOf(t reflect.Type) map[string]int {
	out := map[string]int{}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		out[name] = i
	}
	return out
}

func keysOf(fields map[string]int) []string {
	var keys []string
	for k := range fields {
		keys = append(keys, k)
	}
	return keys
}
