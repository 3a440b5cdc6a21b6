package patch

import (
	"fmt"
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// Injected says what keeps live pods from the goal that no template has: containers that admission
// adds to them.
func Injected(w *workload.Workload, p *Plan) []string {
	known := map[string]bool{}
	for _, one := range p.shapes {
		for c := range one.shape.Containers() {
			known[c.Name] = true
		}
	}
	var names []string
	for _, shape := range w.Shapes() {
		if !shape.Live || len(w.Templates) == 0 {
			continue
		}
		for _, g := range gapsOf(shape, p.Goal, p.Policy) {
			if name := nameOf(g); name != "" && !known[name] && g.Container.Type != api.ContainerEphemeral && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s of live pods, which the template does not have, breaks %s: admission adds it, and no patch of the workload changes it",
		containerWords(names), p.Goal)}
}
