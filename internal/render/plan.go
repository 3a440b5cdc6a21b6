package render

import (
	"io"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Plan prints what a live source is about to read. The error is that of w.
func Plan(w io.Writer, plan *api.Plan, opts Options) error {
	s := newScreen(opts)
	s.flow(line{{bold, "Plan"}, {plain, s.text(": " + plan.What)}})
	for _, row := range plan.Rows {
		if len(row.Texts) > 0 {
			s.fact(row.Label, row.Texts)
		}
	}
	return printScreen(w, s)
}
