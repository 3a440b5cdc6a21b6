package assess

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// writing is one entry of metadata.managedFields: who wrote which fields, and when last.
type writing struct {
	manager string
	at      time.Time
	fields  *fieldpath.Set
}

// history reads metadata.managedFields, the latest entry first. Entries that cannot be read
// are left out.
func history(meta *metav1.ObjectMeta) []writing {
	if meta == nil {
		return nil
	}
	var out []writing
	for _, entry := range meta.ManagedFields {
		if entry.Subresource != "" || entry.FieldsV1 == nil || entry.Time == nil {
			continue
		}
		fields := &fieldpath.Set{}
		if err := fields.FromJSON(entry.FieldsV1.GetRawReader()); err != nil {
			continue
		}
		out = append(out, writing{entry.Manager, entry.Time.UTC(), fields})
	}
	slices.SortFunc(out, func(a, b writing) int {
		return cmp.Or(b.at.Compare(a.at), strings.Compare(a.manager, b.manager))
	})
	return out
}

// depth is how many elements of a path an entry has written something at.
func (w writing) depth(path fieldpath.Path) int {
	fields := w.fields
	for i, element := range path {
		below, ok := fields.Children.Get(element)
		if !ok {
			if fields.Members.Has(element) {
				return i + 1
			}
			return i
		}
		fields = below
	}
	return len(path)
}

// writer names who last wrote a field of a pod template that stands at prefix, or else its
// nearest parent in the pod, which then is named; empty where nothing tells.
func writer(entries []writing, prefix []workload.Step, template any, steps []workload.Step) string {
	if slices.ContainsFunc(prefix, workload.Step.IsItem) {
		return ""
	}
	var path fieldpath.Path
	for _, s := range prefix {
		path = append(path, fieldpath.PathElement{FieldName: &s.Name})
	}
	inside, names := elements(template, steps)
	path = append(path, inside...)
	best, deepest := -1, len(prefix)
	for i, entry := range entries {
		if d := entry.depth(path); d > deepest {
			best, deepest = i, d
		}
	}
	if best < 0 {
		return ""
	}
	words := "written by " + entries[best].manager + ", " + entries[best].at.Format(time.RFC3339)
	at := deepest - len(prefix)
	switch name := names[at-1]; {
	case at == len(inside):
		return words
	case at < 2 || workload.MergeKey(name) != "":
		return ""
	default:
		return name + " " + words
	}
}

// elements turns the steps into a path of managedFields, up to the first list without keys,
// with a name for each element.
func elements(node any, steps []workload.Step) (path fieldpath.Path, names []string) {
	list := ""
	for _, s := range steps {
		node = workload.Child(node, s)
		if !s.IsItem() {
			list = s.Name
			path, names = append(path, fieldpath.PathElement{FieldName: &s.Name}), append(names, s.Name)
			continue
		}
		item, ok := node.(map[string]any)
		key := workload.MergeKey(list)
		if !ok || key == "" || item[key] == nil {
			break
		}
		fields := []any{key, item[key]}
		if list == "ports" {
			fields = append(fields, "protocol", protocolOf(item))
		}
		path = append(path, fieldpath.PathElement{Key: fieldpath.KeyByFields(fields...)})
		names = append(names, strings.TrimSuffix(list, "s")+" "+fmt.Sprint(item[key]))
	}
	return path, names
}

// protocolOf a port, which is TCP where nothing is written.
func protocolOf(port map[string]any) string {
	if protocol, ok := port["protocol"].(string); ok && protocol != "" {
		return protocol
	}
	return "TCP"
}
