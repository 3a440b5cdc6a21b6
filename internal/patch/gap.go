package patch

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// merged writes a field that several containers leave unset once, in the pod: that is what they
// take it from. One container among others that set it themselves gets it itself, as they do.
func merged(shape *workload.Shape, gaps []gap) []gap {
	for _, field := range []string{"runAsNonRoot", "seccompProfile.type"} {
		var unset []int
		for i, g := range gaps {
			if g.Container.Container != nil && g.Got == unsetWord && g.Path == g.Container.Field("securityContext."+field) {
				unset = append(unset, i)
			}
		}
		all := 0
		for range shape.Containers() {
			all++
		}
		if len(unset) == 0 || len(unset) == 1 && all > 1 {
			continue
		}
		first := gaps[unset[0]]
		for _, i := range slices.Backward(unset) {
			gaps = slices.Delete(gaps, i, i+1)
		}
		first.Path, first.Container = shape.Join("spec.securityContext."+field), workload.Container{}
		gaps = append(gaps, first)
	}
	return gaps
}

// unsetWord is what stands for no value.
const unsetWord = "unset"

// seccompDefault is the profile of the container runtime.
const seccompDefault = string(corev1.SeccompProfileTypeRuntimeDefault)

// changeFor is the change that closes a gap, or why no field does.
func (one *planned) changeFor(g gap) (fieldChange, string) {
	inside, ok := strings.CutPrefix(g.Path, one.shape.Join(""))
	steps := stepsIn(inside)
	if !ok || len(steps) == 0 {
		return fieldChange{}, "it is not a field of the pod"
	}
	c, why := one.writing(steps, g)
	if why != "" {
		return fieldChange{}, why
	}
	if one.shape.Windows() && slices.ContainsFunc(linuxFields(), func(name string) bool { return strings.Contains(g.Path, "."+name) }) {
		if one.at(c.steps) == nil {
			return fieldChange{}, "the API server takes no such field for Windows, and versions of the policy before v1.25 ask for it all the same"
		}
		c = change{steps: c.steps, removes: true}
	}
	return fieldChange{c, one.told(c, g)}, ""
}

// stepsIn are those of a path of a check; whatever stands in the name of an annotation, it ends the
// path.
func stepsIn(path string) []workload.Step {
	if name, found := strings.CutPrefix(path, "metadata.annotations['"); found {
		return []workload.Step{{Name: "metadata"}, {Name: "annotations"}, {Name: strings.TrimSuffix(name, "']")}}
	}
	return workload.Steps(path)
}

// linuxFields are those of a security context that the API server refuses for Windows.
func linuxFields() []string {
	return []string{"allowPrivilegeEscalation", "capabilities", "seccompProfile"}
}

// writing is what to write at a path.
func (one *planned) writing(steps []workload.Step, g gap) (change, string) {
	has := func(name string) int {
		return slices.IndexFunc(steps, func(s workload.Step) bool { return s.Name == name })
	}
	switch last := steps[len(steps)-1].Name; {
	case has("volumes") >= 0:
		return change{}, volumeWords(g)
	case has("sysctls") >= 0:
		return one.listWithout(steps[:has("sysctls")+1], func(item any) bool {
			return workload.Child(item, workload.Step{Name: "name"}) == g.Got
		}), ""
	case has("add") >= 0:
		return one.listWithout(steps[:has("add")+1], func(item any) bool { return item == g.Got }), ""
	case last == "drop":
		return change{steps: steps, value: []any{"ALL"}}, ""
	case has("appArmorProfile") >= 0:
		return change{steps: steps[:has("appArmorProfile")+1], removes: true}, ""
	case has("seccompProfile") >= 0:
		return one.seccomp(steps, has("seccompProfile")), ""
	case g.Want == "true" || g.Want == "false":
		return change{steps: steps, value: g.Want == "true"}, ""
	}
	return change{steps: steps, removes: true}, ""
}

// seccomp writes the type alone where nothing else is there.
func (one *planned) seccomp(steps []workload.Step, at int) change {
	whole := change{steps: steps[:at+1], value: map[string]any{"type": seccompDefault}}
	if fields, _ := one.at(whole.steps).(map[string]any); !one.shape.Windows() && len(fields) == 1 && fields["type"] != nil {
		return change{steps: steps, value: seccompDefault}
	}
	return whole
}

// at is what the template has at a path; nil for nothing.
func (one *planned) at(steps []workload.Step) any {
	var node any = one.template
	for _, s := range steps {
		node = workload.Child(node, s)
	}
	return node
}

// listWithout is a list without the items, and those that earlier gaps took.
func (one *planned) listWithout(steps []workload.Step, refused func(any) bool) change {
	at := slices.IndexFunc(one.changes, func(known fieldChange) bool { return slices.Equal(known.steps, steps) })
	list, _ := one.at(steps).([]any)
	if at >= 0 {
		list, _ = one.changes[at].value.([]any)
		one.changes = slices.Delete(one.changes, at, at+1)
	}
	list = slices.DeleteFunc(slices.Clone(list), refused)
	if len(list) == 0 {
		return change{steps: steps, removes: true}
	}
	return change{steps: steps, value: list}
}

// volumeWords say why a volume is in the way.
func volumeWords(g gap) string {
	what := "what mounts it would no longer start without it"
	if strings.Contains(g.Path, ".hostPath") {
		return fmt.Sprintf("the volume is the path %s of the node; %s, and whether the program can do without the node's files, or with a "+
			"PersistentVolumeClaim or an emptyDir in its place, no field tells", shown(g.Got), what)
	}
	return fmt.Sprintf("the volume is of type %s; %s, and a PersistentVolumeClaim that leads to the same data is made outside of the pod", shown(g.Got), what)
}

// told is what is said of a change.
func (one *planned) told(c change, g gap) api.FieldChange {
	path := one.shape.Path
	for _, s := range c.steps {
		path = extend(path, s)
	}
	out := api.FieldChange{
		Path: path, Container: nameOf(g), Check: g.check.ID, Why: g.check.Title,
		Was: one.was(c), Becomes: written(c.value), MayBreak: g.check.MayBreak,
	}
	if c.removes {
		out.Becomes = unsetWord
	}
	switch c.steps[len(c.steps)-1].Name {
	case "runAsNonRoot", "runAsUser":
		out.Unsure, out.MayBreak = one.userWords(g), rootBreaks
	case "drop":
		out.MayBreak = dropBreaks(one.shape, g)
	}
	return out
}

// extend writes a path further, as checks write it.
func extend(path string, s workload.Step) string {
	switch {
	case s.IsItem():
		return fmt.Sprintf("%s[%d]", path, s.Item)
	case strings.ContainsAny(s.Name, "./"):
		return fmt.Sprintf("%s['%s']", path, s.Name)
	case path == "":
		return s.Name
	}
	return path + "." + s.Name
}
