package assess

import (
	"strconv"
	"strings"
)

// step leads from a value to one inside it: a field of an object, or an item of a list.
type step struct {
	// name of the field; empty for an item.
	name string
	item int
}

func (s step) isItem() bool { return s.name == "" }

// stepsOf cuts a field path such as "spec.containers[0].image" or "metadata.annotations['a/b']";
// none where it is broken.
func stepsOf(path string) []step {
	var out []step
	for path != "" {
		switch {
		case strings.HasPrefix(path, "['"):
			name, rest, _ := strings.Cut(path[2:], "']")
			out, path = append(out, step{name: name}), rest
		case path[0] == '[':
			text, rest, _ := strings.Cut(path[1:], "]")
			item, err := strconv.Atoi(text)
			if err != nil {
				return nil
			}
			out, path = append(out, step{item: item}), rest
		default:
			path = strings.TrimPrefix(path, ".")
			end := strings.IndexAny(path, ".[")
			if end < 0 {
				end = len(path)
			}
			if end == 0 {
				return nil
			}
			out, path = append(out, step{name: path[:end]}), path[end:]
		}
	}
	return out
}

// child is the value one step inside node; nil without.
func child(node any, s step) any {
	switch n := node.(type) {
	case map[string]any:
		if !s.isItem() {
			return n[s.name]
		}
	case []any:
		if s.isItem() && s.item >= 0 && s.item < len(n) {
			return n[s.item]
		}
	}
	return nil
}

// mergeKey is the field by which the API server tells the items of a list apart, as
// patchMergeKey in k8s.io/api/core/v1 says; empty for lists that are replaced whole.
func mergeKey(list string) string {
	switch list {
	case "containers", "initContainers", "ephemeralContainers", "volumes", "env":
		return "name"
	case "ports":
		return "containerPort"
	case "volumeMounts":
		return "mountPath"
	case "volumeDevices":
		return "devicePath"
	}
	return ""
}
