package assess

import (
	"cmp"
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// podSecurity is the worst level of template and live pods, as upstream's policy judges
// them, with the fields that keep the workload from the next.
func (a *assessor) podSecurity(w *workload.Workload, shapes []*workload.Shape, found []violation) api.PodSecurity {
	template, live := api.LevelRestricted, api.LevelRestricted
	for _, s := range shapes {
		level := podsecurity.Level(a.policy.Failures(s.Meta, s.Spec))
		if s.Live {
			live = worse(live, level)
		} else {
			template = worse(template, level)
		}
	}
	version := a.policy.Version()
	ps := api.PodSecurity{Level: worse(template, live), Version: version.String(), Gaps: a.gaps(found)}
	switch {
	case a.inv.PodsUnread(w.Ref.Namespace) && len(w.Templates) > 0:
		ps.Template, ps.Live = template, api.LevelUnknown
	case template != live && len(w.Templates) > 0 && len(w.Pods) > 0:
		ps.Template, ps.Live = template, live
	}
	return ps
}

func worse(a, b api.Level) api.Level {
	if b.Rank() < a.Rank() {
		return b
	}
	return a
}

// gaps are the violations that break a control, one per field.
func (a *assessor) gaps(found []violation) []api.Gap {
	gaps := []api.Gap{}
	for _, v := range found {
		if v.level == "" || a.opts.Level == api.LevelPrivileged || a.opts.Level == api.LevelBaseline && v.level == api.LevelRestricted {
			continue
		}
		gaps = append(gaps, api.Gap{
			Check: v.check.ID, Level: v.level, Container: containerName(v.Container),
			Path: v.Path, Got: v.Got, Want: v.Want,
		})
	}
	slices.SortFunc(gaps, func(x, y api.Gap) int {
		return cmp.Or(cmp.Compare(x.Level, y.Level), cmp.Compare(x.Path, y.Path), cmp.Compare(x.Check, y.Check), cmp.Compare(x.Got, y.Got))
	})
	return slices.Compact(gaps)
}
