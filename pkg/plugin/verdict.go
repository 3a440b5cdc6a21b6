package plugin

import (
	"errors"
	"fmt"
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/render"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// judge compares the unfiltered report with --fail-on: an error that is not errNegative when
// a check that might fail could not be judged, errNegative when one does.
func judge(report *api.Report, failOn api.Severity, allowUnknown bool) error {
	if failOn == "" {
		return nil
	}
	failed, unknown, first := 0, 0, ""
	for _, item := range report.Items {
		for _, f := range item.Findings {
			switch {
			case !f.Severity.AtLeast(failOn):
			case f.Status == api.StatusFail:
				failed++
			case f.Status == api.StatusUnknown:
				if unknown++; first == "" {
					first = f.Check
				}
			}
		}
	}
	if !allowUnknown {
		if unknown > 0 {
			return fmt.Errorf("%s at or above %s %s unknown, first %s; --allow-unknown drops them",
				workload.Plural(unknown, "check"), failOn, verb(unknown), first)
		}
		if u, ok := workloadsUnread(report); ok {
			return fmt.Errorf("some workloads could not be read, so none of their checks: %s %s: %s; --allow-unknown drops them", u.Verb, u.Resource, u.Reason)
		}
	}
	if failed > 0 {
		return errNegative
	}
	return nil
}

func verb(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// workloadsUnread finds a list of workloads that failed: what is not in the report was not
// judged.
func workloadsUnread(report *api.Report) (api.Unread, bool) {
	lists := []string{"pods", "deployments", "statefulsets", "daemonsets", "replicasets", "replicationcontrollers", "jobs", "cronjobs"}
	i := slices.IndexFunc(report.Unknown, func(u api.Unread) bool { return u.Verb == "list" && slices.Contains(lists, u.Resource) })
	if i < 0 {
		return api.Unread{}, false
	}
	return report.Unknown[i], true
}

// printNotes prints what is wrong in the annotations of workloads.
func printNotes(p Process, report *api.Report) {
	for _, item := range report.Items {
		for _, note := range item.Notes {
			_, _ = fmt.Fprintf(p.Streams.ErrOut, "note: %s in namespace %s: %q\n", render.ShortName(item.Ref), item.Ref.Namespace, note)
		}
	}
}

// conclude prints what could not be read; that beats a negative answer.
func conclude(p Process, problems []error, verdict error) error {
	for _, problem := range problems {
		printError(p, problem)
	}
	if len(problems) > 0 {
		if verdict != nil && !errors.Is(verdict, errNegative) {
			printError(p, verdict)
		}
		return errReported
	}
	return verdict
}
