package patch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// Body is the plan as kubectl patch takes it: Fields for a strategic merge patch, or Operations
// for a JSON Patch, where the kind knows no strategic merge or a key stands twice in a list. It is
// applied as an API server does it, and judged; the error is for a patch that does not come to
// what the plan says.
func (p *Plan) Body() (Patch, error) {
	before := p.object()
	if len(p.Changes) == 0 {
		return Patch{}, p.Judge(before)
	}
	out, mergeable, err := p.body()
	if err != nil {
		return Patch{}, err
	}
	after, err := out.applied(p.Ref.APIVersion, p.Ref.Kind, before)
	if err != nil {
		return Patch{}, err
	}
	if mergeable != (out.Fields != nil) || !equal(after, p.Apply(before)) {
		return Patch{}, errNotSame
	}
	return out, p.Judge(after)
}

// errNotSame is for a patch that makes something else of its object than the plan.
var errNotSame = errors.New("the patch does not make of the object what it should; nothing is printed")

func (p *Plan) body() (out Patch, mergeable bool, err error) {
	mergeable = Builtin(p.Ref)
	for _, one := range p.shapes {
		mergeable = mergeable && !slices.ContainsFunc(one.prefix, workload.Step.IsItem)
		var now any = runtime.DeepCopyJSON(one.template)
		for _, c := range one.changes {
			if mergeable {
				fields, ok := c.overlay(one.template, c.steps)
				mergeable = ok
				out.Fields = merge(out.Fields, under(one.prefix, fields))
			}
			operations, ok := c.operations(now, pointer("", one.prefix...))
			if !ok {
				return out, false, fmt.Errorf("write %s as a JSON Patch: it is not in the object", c.told.Path)
			}
			for _, o := range operations {
				if o.Op != "test" || !slices.ContainsFunc(out.Operations, func(known Operation) bool { return equal(known, o) }) {
					out.Operations = append(out.Operations, o)
				}
			}
			now = c.apply(now, c.steps)
		}
	}
	if mergeable {
		out.Operations = nil
	} else {
		out.Fields = nil
	}
	return out, mergeable, nil
}

// object is as much of the object as the plan knows: its templates.
func (p *Plan) object() map[string]any {
	var node any = map[string]any{}
	for _, one := range p.shapes {
		node = plant(node, one.prefix, one.template)
	}
	out, _ := node.(map[string]any)
	return runtime.DeepCopyJSON(out)
}

// plant puts a value at a path, and makes what is missing on the way.
func plant(node any, steps []workload.Step, value any) any {
	if len(steps) == 0 {
		return value
	}
	s := steps[0]
	if s.IsItem() {
		list, _ := node.([]any)
		for len(list) <= s.Item {
			list = append(list, nil)
		}
		list[s.Item] = plant(list[s.Item], steps[1:], value)
		return list
	}
	fields, _ := node.(map[string]any)
	if fields == nil {
		fields = map[string]any{}
	}
	fields[s.Name] = plant(fields[s.Name], steps[1:], value)
	return fields
}

// applied is an object with the patch applied, as an API server does it.
func (p Patch) applied(apiVersion, kind string, object map[string]any) (map[string]any, error) {
	before, err := json.Marshal(object)
	if err != nil {
		return nil, fmt.Errorf("apply the patch: %w", err)
	}
	var after []byte
	if p.Fields != nil {
		after, err = mergedStrategically(apiVersion, kind, before, p.Fields)
	} else {
		after, err = operated(before, p.Operations)
	}
	if err != nil {
		return nil, fmt.Errorf("apply the patch: %w", err)
	}
	var out map[string]any
	if err := json.Unmarshal(after, &out); err != nil {
		return nil, fmt.Errorf("apply the patch: %w", err)
	}
	return out, nil
}

func mergedStrategically(apiVersion, kind string, before []byte, fields map[string]any) ([]byte, error) {
	patch, err := json.Marshal(fields)
	if err != nil {
		return nil, err
	}
	typed, err := scheme.Scheme.New(schema.FromAPIVersionAndKind(apiVersion, kind))
	if err != nil {
		return nil, err
	}
	return strategicpatch.StrategicMergePatch(before, patch, typed)
}

func operated(before []byte, operations []Operation) ([]byte, error) {
	if len(operations) == 0 {
		return before, nil
	}
	text, err := json.Marshal(operations)
	if err != nil {
		return nil, err
	}
	patch, err := jsonpatch.DecodePatch(text)
	if err != nil {
		return nil, err
	}
	return patch.Apply(before)
}

// Judge asks upstream's policy about an object with the changes of the plan in it. The error is
// for one that does not come to the level of the plan.
func (p *Plan) Judge(object map[string]any) error {
	for _, one := range p.shapes {
		var node any = object
		for _, s := range one.prefix {
			node = workload.Child(node, s)
		}
		template, isMap := node.(map[string]any)
		if !isMap {
			return fmt.Errorf("nothing at %s to judge", one.shape.Path)
		}
		failures, err := broken(template, p.Policy)
		if err != nil {
			return err
		}
		if level := podsecurity.Level(failures); level.Rank() < p.After.Rank() {
			return &BelowError{Level: string(level), Failures: failures}
		}
	}
	return nil
}

// BelowError is for an object that does not come to the level it should.
type BelowError struct {
	Level    string
	Failures []podsecurity.Failure
}

// Error names the first control.
func (e *BelowError) Error() string {
	text := "it comes to " + e.Level + " alone"
	if len(e.Failures) > 0 {
		text += ": " + e.Failures[0].Detail
	}
	return text
}

// equal compares values by their JSON.
func equal(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
