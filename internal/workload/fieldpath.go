package workload

import (
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Step leads from a value to one inside it: a field of an object, or an item of a list.
type Step struct {
	// Name of the field; empty for an item.
	Name string
	// Item counts from 0.
	Item int
}

// IsItem tells an item of a list from a field.
func (s Step) IsItem() bool { return s.Name == "" }

// Steps cuts a field path such as "spec.containers[0].image" or "metadata.annotations['a/b']";
// none where it is broken.
func Steps(path string) []Step {
	var out []Step
	for path != "" {
		switch {
		case strings.HasPrefix(path, "['"):
			name, rest, _ := strings.Cut(path[2:], "']")
			out, path = append(out, Step{Name: name}), rest
		case path[0] == '[':
			text, rest, _ := strings.Cut(path[1:], "]")
			item, err := strconv.Atoi(text)
			if err != nil {
				return nil
			}
			out, path = append(out, Step{Item: item}), rest
		default:
			path = strings.TrimPrefix(path, ".")
			end := strings.IndexAny(path, ".[")
			if end < 0 {
				end = len(path)
			}
			if end == 0 {
				return nil
			}
			out, path = append(out, Step{Name: path[:end]}), path[end:]
		}
	}
	return out
}

// Child is the value one step inside node, which is JSON as encoding/json decodes it; nil without.
func Child(node any, s Step) any {
	switch n := node.(type) {
	case map[string]any:
		if !s.IsItem() {
			return n[s.Name]
		}
	case []any:
		if s.IsItem() && s.Item >= 0 && s.Item < len(n) {
			return n[s.Item]
		}
	}
	return nil
}

// MergeKey is the field by which the API server tells the items of a list apart, as
// patchMergeKey in k8s.io/api/core/v1 says; empty for lists that are replaced whole.
func MergeKey(list string) string {
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

// TemplateFields is the JSON form of a pod template or pod: its spec and metadata. It is nil where
// it has none.
func TemplateFields(meta *metav1.ObjectMeta, spec *corev1.PodSpec) map[string]any {
	out := map[string]any{}
	for name, part := range map[string]any{"spec": spec, "metadata": meta} {
		fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(part)
		if err != nil {
			return nil
		}
		out[name] = fields
	}
	return out
}
