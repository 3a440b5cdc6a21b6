package compare

import (
	"fmt"
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// checkReport finds what no report of this plugin has: it was edited, or is of something else.
func checkReport(report *api.Report) error {
	seen := map[api.Ref]bool{}
	for i := range report.Items {
		item := &report.Items[i]
		switch ref := sameObject(cleanRef(item.Ref)); {
		case ref.Kind == "" || ref.Name == "":
			return fmt.Errorf("items[%d] has no kind or no name", i)
		case seen[ref]:
			return fmt.Errorf("%s is there twice", item.Ref.From(""))
		default:
			seen[ref] = true
		}
		if err := checkFindings(item.Ref.From(""), item.Findings); err != nil {
			return err
		}
	}
	for _, ns := range report.Namespaces {
		if ns.Name == "" {
			return fmt.Errorf("a namespace has no name")
		}
		if err := checkFindings("namespace "+ns.Name, ns.Findings); err != nil {
			return err
		}
	}
	return nil
}

func checkFindings(of string, findings []api.Finding) error {
	for _, f := range findings {
		switch {
		case f.Check == "":
			return fmt.Errorf("a finding of %s names no check", of)
		case f.Severity.Rank() < 0:
			return fmt.Errorf("finding %s of %s has the severity %q, which is none", f.Check, of, f.Severity)
		case !slices.Contains([]api.Status{api.StatusFail, api.StatusPass, api.StatusAccepted, api.StatusUnknown}, f.Status):
			return fmt.Errorf("finding %s of %s has the status %q, which is none", f.Check, of, f.Status)
		}
	}
	return nil
}
