package cluster

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	kjson "sigs.k8s.io/json"
)

// explain finds the field that makes a document unfit for its kind, as not every error names
// it, and says what is wrong with it.
func (d *document) explain(gvk schema.GroupVersionKind, err error) (path string, _ error) {
	if isSyntax, offset := kjson.SyntaxErrorOffset(err); isSyntax && d.lines != nil {
		before := d.raw[:min(int(offset), len(d.raw))]
		return "", &lineError{d.lines.line(d.at) + bytes.Count(before, []byte("\n")), err}
	}
	var tree any
	if len(d.raw) <= maxSearch && kjson.UnmarshalCaseSensitivePreserveInts(d.raw, &tree) == nil {
		path, err = culprit(tree, func() any {
			obj, newErr := scheme.Scheme.New(gvk)
			if newErr != nil {
				return nil
			}
			return obj
		}, err)
	}
	return path, inWords(err)
}

// inWords says what a value is and what it ought to be.
func inWords(err error) error {
	if mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("has %s, wants %s", given(mismatch.Value), wanted(mismatch.Type))
	}
	return err
}

// culprit goes down to the deepest value that fails with nothing beside it, when it is decoded
// into what fresh returns.
func culprit(tree any, fresh func() any, err error) (path string, _ error) {
	wrap := func(v any) any { return v }
	fails := func(v any) error {
		raw, err := json.Marshal(wrap(v))
		if err != nil {
			return nil
		}
		into := fresh()
		if into == nil {
			return nil
		}
		return kjson.UnmarshalCaseSensitivePreserveInts(raw, into)
	}
	for {
		step, found := firstFailing(tree, fails)
		if !found {
			return path, err
		}
		outer := wrap
		tree, err, wrap = step.value, step.err, func(v any) any { return outer(step.wrap(v)) }
		path = step.path(path)
	}
}

// failingStep is a child that fails, and how to put a value in its place.
type failingStep struct {
	value any
	err   error
	path  func(parent string) string
	wrap  func(any) any
}

func firstFailing(tree any, fails func(any) error) (failingStep, bool) {
	switch t := tree.(type) {
	case map[string]any:
		if fails(map[string]any{}) != nil {
			return failingStep{}, false
		}
		for _, key := range slices.Sorted(maps.Keys(t)) {
			wrap := func(v any) any { return map[string]any{key: v} }
			if err := fails(wrap(t[key])); err != nil {
				return failingStep{t[key], err, func(parent string) string { return pathStep(parent, key) }, wrap}, true
			}
		}
	case []any:
		if fails([]any{}) != nil {
			return failingStep{}, false
		}
		for i, e := range t {
			wrap := func(v any) any { return []any{v} }
			if err := fails(wrap(e)); err != nil {
				return failingStep{e, err, func(parent string) string { return fmt.Sprintf("%s[%d]", parent, i) }, wrap}, true
			}
		}
	}
	return failingStep{}, false
}

func given(value string) string {
	switch value {
	case "array":
		return "a list"
	case "object":
		return "a mapping"
	case "bool":
		return "true or false"
	case "string":
		return "a string"
	case "number":
		return "a number"
	default:
		// The number itself is not repeated: nothing tells what it is.
		return "a number that does not fit"
	}
}

func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number"
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "text"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Map, reflect.Struct:
		return "a mapping"
	default:
		return "a " + t.Kind().String()
	}
}
