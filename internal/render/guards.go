package render

import (
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// guard is a finding of namespaces, with the names of those that have it.
type guard struct {
	finding api.Finding
	names   []string
}

// guardsOf groups the findings of namespaces that say the same.
func guardsOf(namespaces []api.Namespace) []guard {
	var out []guard
	for _, ns := range namespaces {
		for _, f := range ns.Findings {
			i := slices.IndexFunc(out, func(g guard) bool {
				return g.finding.Check == f.Check && g.finding.Message == f.Message && g.finding.Status == f.Status
			})
			if i < 0 {
				out = append(out, guard{finding: f})
				i = len(out) - 1
			}
			out[i].names = append(out[i].names, ns.Name)
		}
	}
	return out
}

// closingGuards says what is found of the namespaces, a line for each thing, below the rest.
func (s *screen) closingGuards(namespaces []api.Namespace) {
	guards := guardsOf(namespaces)
	if len(guards) > 0 && s.terminal {
		s.write(nil)
	}
	for _, g := range guards {
		grade := s.gradeOf(g.finding)
		noun := " namespace "
		if len(g.names) > 1 {
			noun = " " + counted(len(g.names), "namespace") + ": "
		}
		s.flow(line{
			{grade.ink, grade.symbol + " " + grade.word},
			{plain, s.text(noun + list(g.names) + ": " + g.finding.Message + "   ")},
			{dim, s.text(g.finding.Check)},
		})
	}
}
