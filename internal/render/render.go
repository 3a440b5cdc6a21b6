// Package render prints reports and checks, as text for people and as documents for programs.
package render

import (
	"fmt"
	"io"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Options are the facts about the stream that is printed to, and what to print.
type Options struct {
	// Format is one of Formats, with "=TEMPLATE" or "=FILE" where it takes one; empty is text.
	Format string
	// Width is the number of columns of a terminal; 0 where the output is none, and nothing
	// is cut or folded.
	Width int
	// Color allows colours.
	Color bool
	// ASCII forbids other characters, for a locale without UTF-8.
	ASCII bool
	// Hint is the command to run next, without its label; empty for none.
	Hint string
	// Sections are those of Sections that a page shows; none stands for all.
	Sections []string
	// Quiet prints the verdicts alone.
	Quiet bool
	// NoHeaders leaves out the headings of tables.
	NoHeaders bool
	// Why are the checks whose findings are told at length; the others are left out.
	Why []api.CheckDoc
	// Patch finds the change that mends a finding; nil finds none.
	Patch func(api.Ref, api.Finding) (Patch, bool)
	// Against tells the changes that fail a gate, for JUnit; nil stands for all that are new, worse
	// or expired.
	Against func(*api.Change) bool
	// Kubectl begins the commands that are proposed; empty is "kubectl".
	Kubectl string
}

// Report prints a report. The answer goes to out. What is about the answer goes to errOut:
// what could not be read, the hint, and for a table on a pipe its verdict too.
// An error is that of the format or of a write.
func Report(out, errOut io.Writer, report *api.Report, opts Options) error {
	if !isText(opts.Format) && !isWide(opts.Format) {
		if len(opts.Why) > 0 {
			report = only(report, opts.Why)
		}
		return reportDocument(out, report, opts)
	}
	answer := newScreen(opts)
	about := newScreen(Options{Width: opts.Width, ASCII: opts.ASCII})
	paged := len(report.Items) == 1 || len(report.Pages) > 0 || (len(report.Scope.Targets) > 0 || len(opts.Sections) > 0) && len(report.Items) > 0
	switch {
	case len(opts.Why) > 0:
		answer.why(report, opts)
	case paged:
		answer.pages(report, opts)
		if !opts.Quiet && len(opts.Sections) == 0 {
			answer.closingGuards(report.Namespaces)
		}
	case opts.Quiet:
		answer.tableVerdict(report)
	default:
		tableWithVerdict(answer, about, report, opts)
	}
	if opts.Quiet || len(opts.Why) > 0 {
		opts.Hint = ""
	}
	about.closing(answer, report.Unknown, opts.Hint)
	if err := printScreen(out, answer); err != nil {
		return err
	}
	return printScreen(errOut, about)
}

func (s *screen) pages(report *api.Report, opts Options) {
	for i := range report.Items {
		if opts.Quiet {
			s.quiet(&report.Items[i])
			continue
		}
		if i > 0 {
			s.write(nil)
		}
		s.page(&report.Items[i], report, opts.Sections)
	}
	s.objects(report, opts)
}

func reportDocument(out io.Writer, report *api.Report, opts Options) error {
	encode, err := encoderOf(opts, Formats())
	if err != nil {
		return err
	}
	d := document{value: report}
	for i := range report.Items {
		d.names = append(d.names, resourceName(report.Items[i].Ref))
	}
	for _, page := range report.Pages {
		d.names = append(d.names, pageName(page))
	}
	return d.print(out, encode, opts)
}

// tableWithVerdict leaves the table alone on a pipe.
func tableWithVerdict(answer, about *screen, report *api.Report, opts Options) {
	first := answer
	if !answer.terminal {
		first = about
	}
	first.tableVerdict(report)
	if len(report.Items) == 0 {
		return
	}
	if first == answer {
		answer.write(nil)
	}
	answer.overview(report, opts)
	first.closingGuards(report.Namespaces)
}

func (s *screen) tableVerdict(report *api.Report) {
	var sentence []line
	for _, part := range verdict(report) {
		sentence = append(sentence, line{{plain, s.text(part)}})
	}
	s.parts(1, sentence...)
}

// closing writes the lines behind the answer, on a terminal a line apart from it.
func (s *screen) closing(answer *screen, unread []api.Unread, hint string) {
	if answer.terminal && (len(unread) > 0 || hint != "") {
		answer.write(nil)
	}
	s.unread(unread)
	if hint != "" {
		s.flow(line{{plain, s.text("Next: " + hint)}})
	}
}

// printScreen writes what was composed at once.
func printScreen(w io.Writer, s *screen) error {
	if s.content.Len() == 0 {
		return nil
	}
	if _, err := io.WriteString(w, s.content.String()); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}
