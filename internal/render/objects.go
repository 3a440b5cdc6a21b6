package render

import (
	"cmp"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// pageName is TYPE/NAME, as the command takes it.
func pageName(page api.Page) string { return page.Type + "/" + page.Name }

// pageTitle is the kind with namespace and name.
func pageTitle(page api.Page) string {
	kind := page.Type
	if kind == "networkpolicy" {
		kind = "NetworkPolicy"
	} else if kind != "" {
		kind = strings.ToUpper(kind[:1]) + kind[1:]
	}
	return api.Ref{Kind: kind, Namespace: page.Namespace, Name: page.Name}.From("")
}

// pageHeads are the headings of the rows of a page.
func pageHeads(page api.Page) [3]string {
	switch page.Type {
	case "secret":
		return [3]string{"READER", "HOW", "BY"}
	case "service":
		return [3]string{"FROM", "PORTS", "BY"}
	case "networkpolicy":
		return [3]string{"WHO", "WHAT", "BY"}
	}
	return [3]string{"WHAT", "HOW", "BY"}
}

// object is the page of something that is no workload: a summary and a table, or where that
// is too wide a list with who granted it underneath.
func (s *screen) object(page api.Page, opts Options) {
	if opts.Quiet {
		s.flow(s.said(pageName(page) + " " + page.Summary))
		return
	}
	s.parts(headGap, line{{bold, s.text(pageTitle(page))}}, s.said(page.Summary))
	if len(page.Rows) == 0 {
		return
	}
	heads := pageHeads(page)
	t := table{headless: opts.NoHeaders}
	var list []entry
	if !opts.NoHeaders {
		list = append(list, entry{name: line{{bold, text(heads[0])}}, what: line{{bold, text(heads[1])}}})
	}
	for _, head := range heads {
		t.heads = append(t.heads, text(head))
	}
	for _, r := range boundedRows(page.Rows) {
		name, how, by := s.said(r.Title), s.how(r), s.said(evidence(r, 1))
		t.rows = append(t.rows, []line{name, how, by})
		list = append(list, entry{name: name, what: how, by: s.origin(evidence(r, 1))})
	}
	if taken := sum(t.widths()) + columnGap*(len(heads)-1); s.width == 0 || taken <= s.width {
		s.table(t)
	} else {
		s.entries(0, list)
	}
}

func sum(numbers []int) int {
	n := 0
	for _, of := range numbers {
		n += of
	}
	return n
}

// how is the first piece of evidence, behind what keeps it from being a plain yes.
func (s *screen) how(r api.Row) line {
	words := line{{plain, s.text(cmp.Or(evidence(r, 0), "-"))}}
	switch r.Status {
	case "", "yes":
		return words
	case "unknown":
		return append(line{{plain, s.unknown + " unknown: "}}, words...)
	}
	return append(line{{plain, s.text(r.Status + ": ")}}, words...)
}

func evidence(r api.Row, i int) string {
	if i < len(r.Evidence) {
		return r.Evidence[i]
	}
	return ""
}

// objects writes the pages of what is no workload, an empty line between two.
func (s *screen) objects(report *api.Report, opts Options) {
	for i, page := range report.Pages {
		if (i > 0 || len(report.Items) > 0) && !opts.Quiet {
			s.write(nil)
		}
		s.object(page, opts)
	}
}
