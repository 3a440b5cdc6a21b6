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
	for _, f := range everyFinding(report) {
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
	if !allowUnknown {
		if unknown > 0 {
			return fmt.Errorf("%s at or above %s %s unknown, first %s; --allow-unknown drops them",
				workload.Plural(unknown, "check"), failOn, verb(unknown), first)
		}
		if u := workloadsUnread(report.Unknown); u != nil {
			return fmt.Errorf("%s %s: %s, so workloads may be missing; --allow-unknown drops this", u.Verb, u.Resource, u.Reason)
		}
	}
	if failed > 0 {
		return errNegative
	}
	return nil
}

// everyFinding are those of the workloads, then those of their namespaces.
func everyFinding(report *api.Report) []api.Finding {
	var all []api.Finding
	for _, item := range report.Items {
		all = append(all, item.Findings...)
	}
	for _, ns := range report.Namespaces {
		all = append(all, ns.Findings...)
	}
	return all
}

func verb(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// workloadsUnread finds a failed read for which workloads may be missing: what was not read was
// not judged. It is nil where there is none.
func workloadsUnread(unread []api.Unread) *api.Unread {
	if i := slices.IndexFunc(unread, func(u api.Unread) bool { return u.Hides }); i >= 0 {
		return &unread[i]
	}
	return nil
}

// noneRead is the error for not one workload that was read, nil where no read failed.
func noneRead(unread []api.Unread) error {
	if u := workloadsUnread(unread); u != nil {
		return fmt.Errorf("no workload could be read: %s %s: %s", u.Verb, u.Resource, u.Reason)
	}
	return nil
}

// nothingJudged are the reasons for which a report without workloads is no answer.
func (o *explainOptions) nothingJudged(report *api.Report) error {
	if len(report.Items)+len(report.Pages) > 0 {
		return nil
	}
	if name := o.assess.Selection.Container; name != "" {
		return fmt.Errorf("no workload has a container %q", name)
	}
	if err := noneRead(report.Unknown); err != nil {
		return err
	}
	if o.failOn != "" && o.input.selector != "" {
		return fmt.Errorf("the selector %q matches no workload, so --fail-on has nothing to judge", o.input.selector)
	}
	return nil
}

// printNotes prints what is wrong in the annotations of workloads and namespaces.
func printNotes(p Process, report *api.Report) {
	note := func(of string, notes []string) {
		for _, text := range notes {
			_, _ = fmt.Fprintf(p.Streams.ErrOut, "note: %s\n", render.Printable(of+": "+text))
		}
	}
	for _, item := range report.Items {
		note(render.ShortName(item.Ref)+" in namespace "+item.Ref.Namespace, item.Notes)
	}
	for _, ns := range report.Namespaces {
		note("namespace "+ns.Name, ns.Notes)
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
