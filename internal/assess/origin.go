package assess

import (
	"cmp"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

const unset = "unset"

// describer says of the violations of one workload who set the value, and what is in effect.
type describer struct {
	w       *workload.Workload
	ctx     workload.Context
	history []writing
	// settings of the containers asked for so far, by their path and shape.
	settings map[place]map[string]api.Setting
	// templates are the JSON forms of the shapes asked for so far.
	templates map[*workload.Shape]any
}

type place struct {
	shape *workload.Shape
	path  string
}

func newDescriber(w *workload.Workload, ctx workload.Context) *describer {
	return &describer{
		w: w, ctx: ctx, history: history(w.Meta),
		settings: map[place]map[string]api.Setting{}, templates: map[*workload.Shape]any{},
	}
}

// origin says who set the value of a violation, and who wrote the field where that is known.
func (d *describer) origin(v violation) string {
	if v.shape.Live && len(d.w.Templates) > 0 {
		if v.Container.Container != nil && v.Container.Type == api.ContainerEphemeral {
			return originDebug
		}
		return originAdmission
	}
	if !strings.HasPrefix(v.Path, v.shape.Join("")) {
		return "" // beside the pod template
	}
	words := d.source(v)
	if len(d.history) == 0 {
		return words
	}
	steps := workload.Steps(v.Path)
	prefix := workload.Steps(v.shape.Path)
	if len(steps) < len(prefix) {
		return words
	}
	if by := writer(d.history, prefix, d.template(v.shape), steps[len(prefix):]); by != "" {
		words = strings.TrimPrefix(words+"; "+by, "; ")
	}
	return words
}

// source is where the value stands.
func (d *describer) source(v violation) string {
	inside := strings.TrimPrefix(v.Path, v.shape.Join(""))
	switch {
	case strings.HasSuffix(v.Got, "observed"):
		return cmp.Or(d.setting(v, workload.SettingUser).Origin, "image")
	case v.Got == unset || v.Got == "":
		return workload.OriginUnset
	case strings.HasPrefix(inside, "metadata."):
		return workload.OriginAnnotation
	case strings.HasPrefix(inside, "spec.containers["), strings.HasPrefix(inside, "spec.initContainers["):
		return workload.OriginContainer
	case strings.HasPrefix(inside, "spec.ephemeralContainers["):
		return originDebug
	case strings.HasPrefix(inside, "spec."):
		return workload.OriginPod
	}
	return ""
}

// template is the JSON form of the pod template, or pod, of a shape.
func (d *describer) template(shape *workload.Shape) any {
	if known, ok := d.templates[shape]; ok {
		return known
	}
	d.templates[shape] = workload.TemplateFields(shape.Meta, shape.Spec)
	return d.templates[shape]
}

func (d *describer) setting(v violation, name string) api.Setting {
	if v.Container.Container == nil {
		return api.Setting{}
	}
	key := place{v.shape, v.Container.Path}
	if d.settings[key] == nil {
		d.settings[key] = v.Container.Settings(d.ctx)
	}
	return d.settings[key][name]
}

// effective says what is in effect where that is more than the field's own value: what stays
// of the capabilities, and the default where a field is unset.
func (d *describer) effective(v violation) string {
	_, field, found := strings.Cut(v.Path, "securityContext.")
	if !found || v.Container.Container == nil {
		return ""
	}
	name, _, _ := strings.Cut(field, ".")
	switch {
	case name == workload.SettingCapabilities:
		return d.capabilities(v)
	case v.Got != unset:
		return ""
	case name == workload.SettingNonRoot || name == workload.SettingUser:
		return d.user(v)
	}
	s := d.setting(v, name)
	value := cmp.Or(s.Summary, s.Value)
	more, defaulted := strings.CutPrefix(s.Origin, workload.OriginUnset)
	switch {
	case value == "" || value == unset:
		return ""
	case !defaulted:
		return value + " (" + s.Origin + ")"
	}
	return value + more
}

func (d *describer) user(v violation) string {
	s := d.setting(v, workload.SettingUser)
	switch {
	case s.Value == "":
		return ""
	case s.Value == unset:
		return "the image's user, which is not known here"
	case s.Origin == workload.OriginContainer || s.Origin == workload.OriginPod:
		return "uid " + s.Value
	}
	return "uid " + s.Value + " (" + s.Origin + ")"
}

// capabilities are those that stay, and whether the process holds them from its start: that
// takes root, as Kubernetes sets no ambient capabilities.
func (d *describer) capabilities(v violation) string {
	bounding := v.Container.Capabilities(d.ctx.Runtime).Bounding
	if len(bounding) == 0 {
		return d.setting(v, workload.SettingCapabilities).Value
	}
	words := strings.Join(slices.Clone(bounding), " ")
	user := d.setting(v, workload.SettingUser)
	switch {
	case user.Value == "0":
		return words + ", held by the process: it is root"
	case user.Value != unset && user.Value != "":
		return words + ", in the bounding set only: the process is uid " + user.Value
	case v.Container.RunAsNonRoot().Value:
		return words + ", in the bounding set only: the process is not root"
	}
	return words + ", held by the process if the image's user is root"
}
