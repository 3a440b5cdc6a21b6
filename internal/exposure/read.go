package exposure

import (
	"encoding/json"
	"math"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// fields are those of an unstructured object or of a part of it.
type fields = map[string]any

// reader reads fields of one object, and notes those that are not of the shape expected.
type reader struct {
	// what names the object, such as "HTTPRoute web".
	what  string
	notes []string
}

func readerOf(u *unstructured.Unstructured) *reader {
	return &reader{what: u.GetKind() + " " + u.GetName()}
}

func (r *reader) bad(key string) {
	note := r.what + ": " + key + " is not understood"
	if !slices.Contains(r.notes, note) {
		r.notes = append(r.notes, note)
	}
}

// part is the object at a key; empty where there is none.
func (r *reader) part(n fields, key string) fields {
	switch v := n[key].(type) {
	case nil:
	case fields:
		return v
	default:
		r.bad(key)
	}
	return fields{}
}

// parts are the objects of a list.
func (r *reader) parts(n fields, key string) []fields {
	var out []fields
	for _, item := range r.list(n, key) {
		if f, ok := item.(fields); ok {
			out = append(out, f)
		} else {
			r.bad(key)
		}
	}
	return out
}

func (r *reader) list(n fields, key string) []any {
	switch v := n[key].(type) {
	case nil:
	case []any:
		return v
	default:
		r.bad(key)
	}
	return nil
}

func (r *reader) text(n fields, key string) string {
	switch v := n[key].(type) {
	case nil:
	case string:
		return v
	default:
		r.bad(key)
	}
	return ""
}

func (r *reader) texts(n fields, key string) []string {
	var out []string
	for _, item := range r.list(n, key) {
		if text, ok := item.(string); ok {
			out = append(out, text)
		} else {
			r.bad(key)
		}
	}
	return out
}

func (r *reader) yes(n fields, key string) bool {
	switch v := n[key].(type) {
	case nil:
	case bool:
		return v
	default:
		r.bad(key)
	}
	return false
}

// port is 0 where none is named, or one that is none.
func (r *reader) port(n fields, key string) int32 {
	number, found := numberOf(n[key])
	if n[key] == nil {
		return 0
	}
	if !found || number <= 0 || number > maxPort {
		r.bad(key)
		return 0
	}
	return int32(number)
}

// zero tells a number that is written and 0.
func zero(n fields, key string) bool {
	number, found := numberOf(n[key])
	return found && number == 0
}

func numberOf(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case int:
		return int64(v), true
	case int32:
		return int64(v), true
	case float64:
		return int64(v), v == math.Trunc(v) && math.Abs(v) < math.MaxInt32
	case json.Number:
		n, err := v.Int64()
		return n, err == nil
	}
	return 0, false
}

// condition is the status of a condition: "True", "False", "Unknown", or empty without one.
func (r *reader) condition(n fields, kind string) string {
	for _, c := range r.parts(n, "conditions") {
		if r.text(c, "type") == kind {
			return r.text(c, "status")
		}
	}
	return ""
}
