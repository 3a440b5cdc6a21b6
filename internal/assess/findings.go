package assess

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/check"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// violation is one violation with where it was found.
type violation struct {
	check.Violation
	check *check.Check
	// shape is where the violation is reported, shapes are all that have it.
	shape  *workload.Shape
	shapes []*workload.Shape
	// level is the lowest Pod Security level that the violation breaks, empty for none.
	level       api.Level
	fingerprint string
	subject     string
	// pods counts the live pods that show it, where no template does.
	pods int
}

// found runs every check on every shape. A violation that a template has is not repeated for
// the live pods; one that several shapes of live pods have counts their pods together.
func (a *assessor) found(w *workload.Workload, shapes []*workload.Shape, ctx workload.Context) []violation {
	var out []violation
	index := map[[4]string]int{}
	several := len(w.Templates) > 1
	for _, shape := range shapes {
		subject := a.subject(w, shape, ctx)
		for i := range a.checks {
			if a.checks[i].Namespace || w.Ref.Kind == kindServiceAccount && !a.checks[i].Account {
				continue
			}
			for _, v := range a.checks[i].Eval(subject) {
				f := violation{
					Violation: v, check: &a.checks[i], shape: shape, shapes: []*workload.Shape{shape},
					level: lowest(subject, v.Controls),
				}
				key := [...]string{a.checks[i].ID, containerKey(v.Container), v.Key, ""}
				if several {
					key[3] = shape.Template
				}
				f.subject = join(key[3], key[2])
				f.fingerprint = api.Fingerprint(key[0], w.Ref, key[1], f.subject)
				at, ok := index[key]
				if !ok && several && shape.Live {
					at, ok = ofTemplate(index, key, w.Templates)
				}
				if ok && out[at].shape != shape {
					out[at].merge(f)
					continue
				} else if !ok {
					index[key] = len(out)
				}
				if shape.Live {
					f.pods = len(shape.Pods)
				}
				out = append(out, f)
			}
		}
	}
	return out
}

// ofTemplate finds what a template has of the violation of live pods, of which nothing tells
// from which of several templates they are.
func ofTemplate(index map[[4]string]int, key [4]string, templates []workload.Template) (int, bool) {
	for _, t := range templates {
		key[3] = t.Name
		if at, ok := index[key]; ok {
			return at, true
		}
	}
	return 0, false
}

func join(template, key string) string {
	if template == "" {
		return key
	}
	return strings.TrimSuffix("template:"+template+" "+key, " ")
}

// merge takes the worse of one violation seen in two shapes. The place stays that of a
// template where there is one: it is what can be mended.
func (v *violation) merge(o violation) {
	if v.shape.Live {
		v.pods += len(o.shape.Pods)
	}
	v.shapes = append(v.shapes, o.shape)
	known, worse := v.Unknown && !o.Unknown, o.severity().Rank() > v.severity().Rank() && o.Unknown == v.Unknown
	unknown, derived := v.Unknown && o.Unknown, v.Derived && o.Derived
	switch {
	case (known || worse) && o.shape.Live == v.shape.Live:
		v.Violation, v.shape = o.Violation, o.shape
	case known || worse:
		v.Severity, v.Modifier, v.Message, v.Got = o.severity(), o.Modifier, o.Message, o.Got
	}
	v.Unknown, v.Derived = unknown, derived
	if v.level == "" || o.level == api.LevelBaseline {
		v.level = cmp.Or(o.level, v.level)
	}
}

func (v *violation) severity() api.Severity { return cmp.Or(v.Severity, v.check.Severity) }

func containerKey(c workload.Container) string {
	if c.Container == nil {
		return ""
	}
	return c.Key()
}

func containerName(c workload.Container) string {
	if c.Container == nil {
		return ""
	}
	return c.Name
}

// lowest is the lowest level whose control the subject breaks.
func lowest(s check.Subject, controls []podsecurity.Control) api.Level {
	var level api.Level
	for _, c := range controls {
		switch s.Controls[c] {
		case api.LevelBaseline:
			return api.LevelBaseline
		case api.LevelRestricted:
			level = api.LevelRestricted
		}
	}
	return level
}

// findings reports what is selected, and leaves out what another finding of the same
// container, or of the pod, implies.
func (a *assessor) findings(w *workload.Workload, found []violation, ctx workload.Context, selection Selection) []api.Finding {
	found = slices.DeleteFunc(slices.Clone(found), func(v violation) bool { return !selection.reports(v) })
	present := map[spot]bool{}
	for _, v := range found {
		for _, shape := range v.shapes {
			present[spot{shape, v.check.ID, containerName(v.Container)}] = true
		}
	}
	out := []api.Finding{}
	describer := newDescriber(w, ctx)
	for _, v := range found {
		if v.implied(present) {
			continue
		}
		f := a.finding(w, v, ctx)
		if !selection.unchanged {
			f = a.changed(f)
		}
		f.Origin, f.Effective, f.MayBreak = describer.origin(v), describer.effective(v), v.check.MayBreak
		out = append(out, f)
	}
	return out
}

// spot is where a check has a violation.
type spot struct {
	shape            *workload.Shape
	check, container string
}

// implied tells a violation that another one covers in every shape that has it.
func (v *violation) implied(present map[spot]bool) bool {
	for _, shape := range v.shapes {
		covered := slices.ContainsFunc(v.check.ImpliedBy, func(id string) bool {
			return present[spot{shape, id, containerName(v.Container)}] || present[spot{shape, id, ""}]
		})
		if !covered {
			return false
		}
	}
	return true
}

func (a *assessor) finding(w *workload.Workload, v violation, ctx workload.Context) api.Finding {
	f := api.Finding{
		Check: v.check.ID, Severity: v.severity(), Modifier: v.Modifier,
		Status: api.StatusFail, Confidence: api.ConfidenceConfirmed,
		Container: containerName(v.Container), Subject: v.subject, Path: v.Path, Line: lineOf(w, v),
		Pods: podsText(w, v), Got: v.Got, Want: v.Want, Message: v.Message,
		Fix: cmp.Or(v.Fix, v.check.Fix), Standards: slices.Clone(v.check.Standards), Fingerprint: v.fingerprint,
	}
	if v.Unknown {
		f.Status = api.StatusUnknown
	}
	if v.Derived {
		f.Confidence = api.ConfidenceDerived
	}
	if v.check.Root && f.Modifier == "" {
		lowerInUserNamespace(&f, v.shape, ctx)
	}
	return f
}

// changed gives a finding the severity that a configuration asks for.
func (a *assessor) changed(f api.Finding) api.Finding {
	if severity, ok := a.opts.Severities[f.Check]; ok {
		f.Severity, f.Modifier = severity, ""
	}
	return f
}

// lowerInUserNamespace takes one step from what is about root or capabilities when the pod is known to
// have a user namespace of its own: uid 0 and capabilities then hold inside it alone.
func lowerInUserNamespace(f *api.Finding, shape *workload.Shape, ctx workload.Context) {
	if shape.UserNamespace() && ctx.UserNamespaces == workload.FactYes && f.Severity.Rank() > 0 {
		f.Severity = f.Severity.Step(-1)
		f.Modifier = "-1: user namespace"
	}
}

func lineOf(w *workload.Workload, v violation) int {
	if w.Source.LineOf == nil || v.shape.Live && w.Ref.Kind != "Pod" {
		return 0
	}
	return w.Source.LineOf(v.Path)
}

// podsText says in how many live pods a violation is that no template has.
func podsText(w *workload.Workload, v violation) string {
	if !v.shape.Live || len(w.Templates) == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %s", v.pods, workload.Plural(len(w.Pods), "pod"))
}
