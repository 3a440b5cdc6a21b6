package patch

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/check"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// Plan is what lifts one object to a Pod Security level.
type Plan struct {
	Ref api.Ref
	// Goal is the level asked for, Before and After what the object is at and comes to.
	Goal, Before, After api.Level
	Policy              *podsecurity.Evaluator
	// Changes are the fewest, in the order of the pod's fields; without any of them After is not
	// reached, or another control is broken.
	Changes []api.FieldChange
	// Obstacles are what keeps the object from the goal that no field mends.
	Obstacles []api.PatchObstacle

	shapes []*planned
}

// planned is what is to be changed in one pod template, or pod.
type planned struct {
	shape    *workload.Shape
	template map[string]any
	// prefix leads from the object to the template.
	prefix  []workload.Step
	changes []fieldChange
}

// fieldChange is a change with what is told of it.
type fieldChange struct {
	change
	told api.FieldChange
}

// To works out what lifts the templates of a workload, or a pod without an owner, to a level.
// Ephemeral containers of live pods stay out of it: they go with the pod.
func To(w *workload.Workload, goal api.Level, policy *podsecurity.Evaluator) Plan {
	p := Plan{Ref: w.Ref, Goal: goal, Before: api.LevelRestricted, Policy: policy, Changes: []api.FieldChange{}}
	for _, shape := range w.Shapes() {
		if shape.Live && len(w.Templates) > 0 {
			continue
		}
		one := &planned{shape: settled(shape), prefix: workload.Steps(shape.Path)}
		one.template = workload.TemplateFields(one.shape.Meta, one.shape.Spec)
		p.Before = lower(p.Before, podsecurity.Level(policy.Failures(one.shape.Meta, one.shape.Spec)))
		p.Obstacles = append(p.Obstacles, one.plan(goal, policy)...)
		for _, c := range one.changes {
			p.Changes = append(p.Changes, c.told)
		}
		p.shapes = append(p.shapes, one)
	}
	p.After = p.level()
	return p
}

// Reached tells whether the object comes to the goal, or is there already.
func (p *Plan) Reached() bool { return lower(p.After, p.Goal) == p.Goal }

// settled leaves the ephemeral containers out of a pod that an API server has.
func settled(shape *workload.Shape) *workload.Shape {
	if !shape.Admitted() || len(shape.Spec.EphemeralContainers) == 0 {
		return shape
	}
	out, spec := *shape, *shape.Spec
	spec.EphemeralContainers = nil
	out.Spec = &spec
	return &out
}

func lower(a, b api.Level) api.Level {
	if a.Rank() < b.Rank() {
		return a
	}
	return b
}

// level is what the object comes to with all changes.
func (p *Plan) level() api.Level {
	level := api.LevelRestricted
	for _, one := range p.shapes {
		failures, err := broken(one.changed(-1), p.Policy)
		if err != nil {
			return api.LevelPrivileged
		}
		level = lower(level, podsecurity.Level(failures))
	}
	return level
}

// plan finds the changes of a shape, and what is in their way.
func (one *planned) plan(goal api.Level, policy *podsecurity.Evaluator) []api.PatchObstacle {
	gaps := gapsOf(one.shape, goal, policy)
	var obstacles []api.PatchObstacle
	for _, g := range merged(one.shape, gaps) {
		c, why := one.changeFor(g)
		if why != "" {
			obstacles = append(obstacles, api.PatchObstacle{Path: g.Path, Container: nameOf(g), Check: g.check.ID, Got: shown(g.Got), Why: why})
			continue
		}
		if !slices.ContainsFunc(one.changes, func(known fieldChange) bool { return slices.Equal(known.steps, c.steps) }) {
			one.changes = append(one.changes, c)
		}
	}
	slices.SortStableFunc(one.changes, func(a, b fieldChange) int { return compareSteps(a.steps, b.steps) })
	one.drop(goal, policy)
	return append(obstacles, one.unexplained(goal, policy, obstacles)...)
}

// gap is a place that keeps a shape from the goal, with the check that found it.
type gap struct {
	check.Violation
	check check.Check
}

// gapsOf runs the checks: a test of theirs holds their gaps to upstream's verdicts.
func gapsOf(shape *workload.Shape, goal api.Level, policy *podsecurity.Evaluator) []gap {
	subject := check.NewSubject(shape, workload.Context{Runtime: workload.RuntimeOf("")}, policy)
	var out []gap
	for _, c := range check.All() {
		for _, v := range c.Eval(subject) {
			refused := func(control podsecurity.Control) bool {
				return subject.Breaks(control) && policy.LevelOf(control).Rank() <= goal.Rank()
			}
			if slices.ContainsFunc(v.Controls, refused) {
				out = append(out, gap{v, c})
			}
		}
	}
	return out
}

// drop leaves out changes without which no more controls are broken than with all of them.
func (one *planned) drop(goal api.Level, policy *podsecurity.Evaluator) {
	most := one.count(-1, goal, policy)
	for i := 0; i < len(one.changes); {
		if one.count(i, goal, policy) <= most {
			one.changes = slices.Delete(one.changes, i, i+1)
			i = 0
			continue
		}
		i++
	}
}

// count is how many controls up to the goal are broken without the change at i; -1 for all.
func (one *planned) count(without int, goal api.Level, policy *podsecurity.Evaluator) int {
	failures, err := broken(one.changed(without), policy)
	if err != nil {
		return -1
	}
	return len(slices.DeleteFunc(failures, func(f podsecurity.Failure) bool { return f.Level.Rank() > goal.Rank() }))
}

// unexplained are the controls that stay broken and none of the obstacles is about.
func (one *planned) unexplained(goal api.Level, policy *podsecurity.Evaluator, obstacles []api.PatchObstacle) []api.PatchObstacle {
	failures, err := broken(one.changed(-1), policy)
	if err != nil {
		return []api.PatchObstacle{{Path: one.shape.Join("spec"), Why: err.Error()}}
	}
	var out []api.PatchObstacle
	for _, f := range failures {
		known := slices.ContainsFunc(obstacles, func(o api.PatchObstacle) bool { return o.Check != "" })
		if f.Level.Rank() <= goal.Rank() && !known {
			out = append(out, api.PatchObstacle{Path: one.shape.Join("spec"), Why: workload.RedactText(f.Detail)})
		}
	}
	return out
}

// changed is the template with the changes but one.
func (one *planned) changed(without int) map[string]any {
	var node any = runtime.DeepCopyJSON(one.template)
	for i, c := range one.changes {
		if i != without {
			node = c.apply(node, c.steps)
		}
	}
	out, _ := node.(map[string]any)
	return out
}

// broken asks upstream about a template.
func broken(template map[string]any, policy *podsecurity.Evaluator) ([]podsecurity.Failure, error) {
	var t corev1.PodTemplateSpec
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(template, &t); err != nil {
		return nil, fmt.Errorf("read the changed pod: %w", err)
	}
	return policy.Failures(&t.ObjectMeta, &t.Spec), nil
}

// compareSteps orders paths as a pod is read: the pod's own fields, then its containers.
func compareSteps(a, b []workload.Step) int {
	for i := range min(len(a), len(b)) {
		if c := cmp.Or(cmp.Compare(place(a[i].Name), place(b[i].Name)), strings.Compare(a[i].Name, b[i].Name), cmp.Compare(a[i].Item, b[i].Item)); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

func place(name string) int {
	return slices.Index([]string{"initContainers", "containers", "ephemeralContainers"}, name)
}

func nameOf(g gap) string {
	if g.Container.Container == nil {
		return ""
	}
	return g.Container.Name
}
