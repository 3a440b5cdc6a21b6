package render

import (
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// failures counts what fails, without the severities of which there are none.
func failures(c api.Counts) string {
	var parts []string
	for _, of := range []struct {
		n    int
		word api.Severity
	}{
		{c.Critical, api.SeverityCritical}, {c.High, api.SeverityHigh}, {c.Medium, api.SeverityMedium},
		{c.Low, api.SeverityLow}, {c.Info, api.SeverityInfo},
	} {
		if of.n > 0 {
			parts = append(parts, number(of.n)+" "+string(of.word))
		}
	}
	if len(parts) == 0 {
		return "no findings"
	}
	return strings.Join(parts, ", ")
}

// others counts what neither fails nor passes.
func others(c api.Counts) string {
	return number(c.Unknown) + " unknown, " + number(c.Accepted) + " accepted"
}

// verdict is the first line of a table: what was found and where was looked, then what
// neither fails nor passes.
func verdict(report *api.Report) []string {
	where := scopeWords(report.Scope)
	if len(report.Items) == 0 {
		return []string{strings.TrimSuffix("no workloads in "+where, " in ")}
	}
	found := failures(report.Summary.Counts) + " in " + counted(report.Summary.Workloads, "workload")
	return []string{strings.TrimSuffix(found+" of "+where, " of ") + ";", others(report.Summary.Counts)}
}

func scopeWords(scope api.Scope) string {
	words := ""
	switch {
	case len(scope.Targets) > 0:
		words = list(scope.Targets)
	case len(scope.Files) > 0:
		words = list(scope.Files)
	case scope.AllNamespaces:
		words = "all namespaces"
	case len(scope.Namespaces) == 1:
		words = "namespace " + scope.Namespaces[0]
	case len(scope.Namespaces) > 1:
		words = "namespaces " + list(scope.Namespaces)
	}
	if scope.Selector != "" {
		words = strings.TrimSpace(words + " with " + scope.Selector)
	}
	return words
}
