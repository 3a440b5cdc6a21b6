package render

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

func sortedKeys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }

// yamlNoted writes fields as YAML, with what is told of the changes behind them. At is the JSON
// pointer of the value.
func yamlNoted(value any, at string, places map[string]api.FieldChange) []string {
	switch v := value.(type) {
	case map[string]any:
		var out []string
		for _, name := range slices.SortedFunc(maps.Keys(v), nameFirst) {
			out = append(out, notedUnder(flowScalar(name)+":", v[name], at+"/"+token(name), places)...)
		}
		return out
	case []any:
		var out []string
		for i, item := range v {
			out = append(out, listEntry(yamlNoted(item, at+"/"+strconv.Itoa(i), places))...)
		}
		return out
	}
	return []string{plainValue(value)}
}

// token is a part of a JSON pointer (RFC 6901).
func token(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}

// notedUnder puts a value behind its key, or below it. What changes as a whole, and a map with
// nothing but that, stands in one line with its comment.
func notedUnder(key string, value any, at string, places map[string]api.FieldChange) []string {
	if fields, isMap := value.(map[string]any); isMap && longKeys(fields) {
		return []string{key + " " + flowValue(value)}
	}
	if change, changed := places[at]; changed {
		return []string{key + " " + flowValue(value) + noteWords(change)}
	}
	fields, isMap := value.(map[string]any)
	if isMap && len(fields) == 1 {
		for name := range fields {
			if change, changed := places[at+"/"+token(name)]; changed {
				return []string{key + " " + flowValue(value) + noteWords(change)}
			}
		}
	}
	list, isList := value.([]any)
	if isMap && len(fields) == 0 || isList && (len(list) == 0 || plainList(list)) || !isMap && !isList {
		return []string{key + " " + flowValue(value)}
	}
	out := []string{key}
	indent := "  "
	if isList {
		indent = ""
	}
	for _, l := range yamlNoted(value, at, places) {
		out = append(out, indent+l)
	}
	return out
}

func noteWords(c api.FieldChange) string {
	return " # " + string(escape(changeWords(c), false, ""))
}

// flowValue is a value in one line.
func flowValue(value any) string {
	switch v := value.(type) {
	case map[string]any:
		var pairs []string
		for _, name := range sortedKeys(v) {
			pairs = append(pairs, flowKey(name)+": "+flowValue(v[name]))
		}
		return "{" + strings.Join(pairs, ", ") + "}"
	case []any:
		var items []string
		for _, item := range v {
			items = append(items, flowValue(item))
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	return plainValue(value)
}

// plainValue is a value without others in it.
func plainValue(value any) string {
	if text, isText := value.(string); isText {
		return flowScalar(text)
	}
	return yamlScalar(value)
}

// longKeys tells a map with keys that a reader of YAML finds in flow style alone.
func longKeys(fields map[string]any) bool {
	for name := range fields {
		if strings.HasPrefix(flowKey(name), "? ") {
			return true
		}
	}
	return false
}
