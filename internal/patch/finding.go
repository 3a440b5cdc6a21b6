// Package patch works out changes of objects: the one that mends a finding, and the fewest that
// lift a workload to a Pod Security level, as a strategic merge patch, a JSON Patch, a manifest
// to put in place of an object, or an edit of the text that a manifest was read from. Every
// change is applied and judged before it is handed out.
package patch

import (
	"reflect"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// Patch is the change of an object that mends one finding.
type Patch struct {
	// Fields are what to write, from the object's root: a strategic merge patch, in which null
	// removes a field. Nil where lists without keys are in the way.
	Fields map[string]any
	// Operations say the same as a JSON Patch (RFC 6902), for kinds that know no strategic
	// merge and lists in which a key stands twice. Empty where Fields will do.
	Operations []Operation
	// Removes tells that a field is taken away and none is written.
	Removes bool
}

// Operation is one of a JSON Patch.
type Operation struct {
	Op   string `json:"op"`
	Path string `json:"path"`
	// Value is absent from removals.
	Value any `json:"value,omitempty"`
}

// Patches returns what finds the patch for a finding of a workload of the inventory. It
// finds none where no value of a field mends the finding: a volume, an image, something that
// only live pods have.
func Patches(inv *cluster.Inventory) func(api.Ref, api.Finding) (Patch, bool) {
	workloads := map[api.Ref]*workload.Workload{}
	for _, w := range inv.Workloads() {
		workloads[w.Ref] = w
	}
	return func(ref api.Ref, f api.Finding) (Patch, bool) {
		w := workloads[ref]
		if w == nil || f.Pods != "" || f.Got == f.Want || strings.Contains(f.Path, ".ephemeralContainers[") {
			return Patch{}, false
		}
		for _, shape := range w.Shapes() {
			inside, ok := strings.CutPrefix(f.Path, shape.Join(""))
			if ok && (!shape.Live || len(w.Templates) == 0) {
				return forFinding(ref, shape, workload.Steps(inside), f)
			}
		}
		return Patch{}, false
	}
}

func forFinding(ref api.Ref, shape *workload.Shape, steps []workload.Step, f api.Finding) (Patch, bool) {
	template := workload.TemplateFields(shape.Meta, shape.Spec)
	first, ok := changeOf(steps, f)
	if !ok || template == nil {
		return Patch{}, false
	}
	out, prefix := Patch{Removes: first.removes && !first.inPlainList()}, workload.Steps(shape.Path)
	mergeable := !slices.ContainsFunc(prefix, workload.Step.IsItem)
	for _, c := range append([]change{first}, first.companions(template)...) {
		fields, ok := c.overlay(template, c.steps)
		mergeable = mergeable && ok
		if mergeable {
			out.Fields = merge(out.Fields, under(prefix, fields))
		}
		operations, ok := c.operations(template, pointer("", prefix...))
		if !ok {
			return Patch{}, false
		}
		out.Operations = append(out.Operations, operations...)
	}
	if !mergeable {
		out.Fields = nil
	} else if Builtin(ref) {
		out.Operations = nil
	}
	return out, true
}

// Builtin tells whether the API server knows the strategic merge of a kind.
func Builtin(ref api.Ref) bool {
	return slices.Contains([]string{"", "apps", "batch"}, ref.Group())
}

// change is one field to write or to remove.
type change struct {
	steps   []workload.Step
	value   any
	removes bool
}

func changeOf(steps []workload.Step, f api.Finding) (change, bool) {
	c := change{steps: steps}
	if len(steps) == 0 {
		return c, false
	}
	switch want := f.Want; {
	case steps[0].Name == "metadata":
		c.removes = true
	case want == "true" || want == "false":
		c.value = want == "true"
	case strings.HasPrefix(want, "[") && strings.HasSuffix(want, "]"):
		c.value = anyList(strings.Fields(strings.Trim(want, "[]")))
	case isEnum(want):
		c.value = want
	default:
		c.removes = c.removable()
	}
	return c, c.removes || c.value != nil
}

func anyList(words []string) []any {
	out := make([]any, len(words))
	for i, w := range words {
		out[i] = w
	}
	return out
}

// isEnum tells a value as Kubernetes writes those of an enumeration, such as RuntimeDefault,
// from a description such as "not 0".
func isEnum(want string) bool {
	return want != "" && want[0] >= 'A' && want[0] <= 'Z' && !strings.ContainsFunc(want, func(r rune) bool {
		return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}

// removable lists the fields that a pod can do without, and whose absence is what is wanted.
func (c change) removable() bool {
	if c.inPlainList() {
		return slices.ContainsFunc(c.steps, func(s workload.Step) bool {
			return slices.Contains([]string{"add", "sysctls", "supplementalGroups"}, s.Name)
		})
	}
	last, before := c.steps[len(c.steps)-1].Name, ""
	if len(c.steps) > 1 {
		before = c.steps[len(c.steps)-2].Name
	}
	switch before {
	case "seLinuxOptions":
		return true
	case "httpGet", "tcpSocket":
		return last == "host"
	}
	return last == "hostPort"
}

// inPlainList tells that the change is in a list that is written whole.
func (c change) inPlainList() bool {
	for i, s := range c.steps {
		if s.IsItem() && (i == 0 || workload.MergeKey(c.steps[i-1].Name) == "") {
			return true
		}
	}
	return false
}

// companions are further changes without which the first does not mend the finding: an open
// terminal stands in two fields.
func (c change) companions(template map[string]any) []change {
	last := len(c.steps) - 1
	if c.steps[last].Name != "stdin" {
		return nil
	}
	tty := append(slices.Clone(c.steps[:last]), workload.Step{Name: "tty"})
	var node any = template
	for _, s := range tty {
		node = workload.Child(node, s)
	}
	if node != true {
		return nil
	}
	return []change{{steps: tty, value: false}}
}

// without is a list less the item at i and those equal to it, or of the same name.
func without(list []any, i int) []any {
	out := []any{}
	for _, item := range list {
		if !reflect.DeepEqual(item, list[i]) && !sameName(item, list[i]) {
			out = append(out, item)
		}
	}
	return out
}

func sameName(a, b any) bool {
	x, isMap := a.(map[string]any)
	y, both := b.(map[string]any)
	return isMap && both && x["name"] != nil && x["name"] == y["name"]
}
