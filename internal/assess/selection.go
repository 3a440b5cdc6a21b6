package assess

import (
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// Selection narrows what is judged. Pod Security levels and gaps are not touched by it.
type Selection struct {
	// Workloads are the ones to judge; nil stands for all.
	Workloads []api.Ref
	// Namespace is the only one to judge; empty for all that were read.
	Namespace string
	// ExcludeNamespaces are left out.
	ExcludeNamespaces []string
	// Checks are the only ones to report; none stands for all. Skip are not reported.
	Checks, Skip []string
	// Container is the only one to report, beside what is the pod's own; empty for all.
	Container string
	// unchanged leaves severities as checks have them.
	unchanged bool
}

// wants tells whether a workload is to be judged.
func (s Selection) wants(w *workload.Workload) bool {
	return (s.Workloads == nil || slices.Contains(s.Workloads, w.Ref)) &&
		(s.Namespace == "" || s.Namespace == w.Ref.Namespace) &&
		!slices.Contains(s.ExcludeNamespaces, w.Ref.Namespace) &&
		(s.Container == "" || hasContainer(w, s.Container))
}

func hasContainer(w *workload.Workload, name string) bool {
	for _, shape := range w.Shapes() {
		for c := range shape.Containers() {
			if c.Name == name {
				return true
			}
		}
	}
	return false
}

// narrows tells whether not all findings of a workload are reported.
func (s Selection) narrows() bool { return len(s.Checks) > 0 || len(s.Skip) > 0 || s.Container != "" }

// reports tells whether a violation is to be reported.
func (s Selection) reports(v violation) bool {
	container := containerName(v.Container)
	return (len(s.Checks) == 0 || slices.Contains(s.Checks, v.check.ID)) &&
		!slices.Contains(s.Skip, v.check.ID) &&
		(s.Container == "" || container == "" || container == s.Container)
}

// reported are the IDs of the checks that are reported, and in words what else is left out.
func (a *assessor) reported() (checks, narrowed []string) {
	for id := range a.known {
		if (len(a.opts.Selection.Checks) == 0 || slices.Contains(a.opts.Selection.Checks, id)) && !slices.Contains(a.opts.Selection.Skip, id) {
			checks = append(checks, id)
		}
	}
	slices.Sort(checks)
	if name := a.opts.Selection.Container; name != "" {
		narrowed = append(narrowed, "container "+name)
	}
	return checks, narrowed
}

// trim leaves the one container selected.
func (s Selection) trim(item *api.Item) {
	if s.Container == "" {
		return
	}
	item.Containers = slices.DeleteFunc(item.Containers, func(c api.Container) bool { return c.Name != s.Container })
	item.PodSecurity.Gaps = slices.DeleteFunc(item.PodSecurity.Gaps, func(g api.Gap) bool {
		return g.Container != "" && g.Container != s.Container
	})
}
