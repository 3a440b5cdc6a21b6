package check

import (
	"reflect"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	corev1 "k8s.io/api/core/v1"
)

// segments cuts a field path such as "spec.containers[0].image" or
// "metadata.annotations['a.b/c']" into names and indices.
func segments(path string) []string {
	var out []string
	for path != "" {
		switch {
		case strings.HasPrefix(path, "['"):
			name, rest, _ := strings.Cut(path[2:], "']")
			out, path = append(out, name), rest
		case path[0] == '[':
			index, rest, _ := strings.Cut(path[1:], "]")
			out, path = append(out, index), rest
		default:
			path = strings.TrimPrefix(path, ".")
			end := strings.IndexAny(path, ".[")
			if end < 0 {
				end = len(path)
			}
			out, path = append(out, path[:end]), path[end:]
		}
	}
	return out
}

// lineOf is the line of a path in a YAML document, or of the nearest parent that is written there.
func lineOf(doc *yaml.Node, path string) int {
	node, line := doc.Content[0], doc.Content[0].Line
	for _, segment := range segments(path) {
		var next *yaml.Node
		switch node.Kind {
		case yaml.MappingNode:
			for i := 0; i+1 < len(node.Content); i += 2 {
				if node.Content[i].Value == segment {
					next, line = node.Content[i+1], node.Content[i].Line
				}
			}
		case yaml.SequenceNode:
			if i, err := strconv.Atoi(segment); err == nil && i < len(node.Content) {
				next, line = node.Content[i], node.Content[i].Line
			}
		}
		if next == nil {
			break
		}
		node = next
	}
	return line
}

// checkPath tells what is wrong with a path of a pod: a list entry or annotation that is not
// there, or a field that pods do not have. A field that is not set is fine.
func checkPath(pod *corev1.Pod, path string) string {
	v := reflect.ValueOf(pod).Elem()
	for _, segment := range segments(path) {
		for v.Kind() == reflect.Pointer {
			if v.IsNil() {
				v = reflect.New(v.Type().Elem())
			}
			v = v.Elem()
		}
		switch v.Kind() {
		case reflect.Slice:
			i, err := strconv.Atoi(segment)
			if err != nil || i >= v.Len() {
				return "no entry " + segment
			}
			v = v.Index(i)
		case reflect.Map:
			if v = v.MapIndex(reflect.ValueOf(segment).Convert(v.Type().Key())); !v.IsValid() {
				return "no key " + segment
			}
		case reflect.Struct:
			if v = fieldByJSON(v, segment); !v.IsValid() {
				return "no field " + segment
			}
		default:
			return "nothing below " + segment
		}
	}
	return ""
}

func fieldByJSON(v reflect.Value, name string) reflect.Value {
	for _, f := range reflect.VisibleFields(v.Type()) {
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if tag == name {
			if field, err := v.FieldByIndexErr(f.Index); err == nil {
				return field
			}
		}
	}
	return reflect.Value{}
}

func TestCheckPath(t *testing.T) {
	pod := &corev1.Pod{}
	pod.Annotations = map[string]string{"a.b/c": ""}
	pod.Spec.Containers = []corev1.Container{{}}
	pod.Spec.Volumes = []corev1.Volume{{}}
	for path, want := range map[string]string{
		"spec.containers[0].securityContext.seccompProfile.type": "",
		"spec.securityContext.windowsOptions.hostProcess":        "",
		"spec.volumes[0].nfs":                                    "",
		"metadata.annotations['a.b/c']":                          "",
		"metadata.annotations['d']":                              "no key d",
		"spec.containers[1].image":                               "no entry 1",
		"spec.containers[0].securitycontext":                     "no field securitycontext",
		"spec.hostPID.x":                                         "nothing below x",
	} {
		if got := checkPath(pod, path); got != want {
			t.Errorf("checkPath(%s) = %q, want %q", path, got, want)
		}
	}
}
