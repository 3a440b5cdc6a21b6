package assess

import (
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Filter returns the report with the findings of a severity and above; an empty severity
// shows all. The one filtered report feeds every output.
func Filter(report *api.Report, least api.Severity) *api.Report {
	if least == "" {
		return report
	}
	out := *report
	out.Items = slices.Clone(report.Items)
	for i := range out.Items {
		kept := []api.Finding{}
		for _, f := range out.Items[i].Findings {
			if f.Severity.AtLeast(least) {
				kept = append(kept, f)
			}
		}
		out.Items[i].Findings = kept
	}
	out.Summary = Summarize(out.Items)
	return &out
}
