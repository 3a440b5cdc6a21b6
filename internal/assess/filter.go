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
	out.Namespaces = slices.Clone(report.Namespaces)
	for i := range out.Items {
		out.Items[i].Findings = atLeast(out.Items[i].Findings, least)
	}
	for i := range out.Namespaces {
		out.Namespaces[i].Findings = atLeast(out.Namespaces[i].Findings, least)
	}
	out.Summary = Summarize(out.Items)
	out.Narrowed = append(slices.Clone(report.Narrowed), "severity "+string(least))
	return &out
}

func atLeast(findings []api.Finding, least api.Severity) []api.Finding {
	kept := []api.Finding{}
	for _, f := range findings {
		if f.Severity.AtLeast(least) {
			kept = append(kept, f)
		}
	}
	return kept
}
