package render

import (
	"io"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Checks prints the list of checks, in the order given. The formats are those of Formats but
// for the ones with a template. An error is that of the format or of a write.
func Checks(out io.Writer, docs []api.CheckDoc, opts Options) error {
	if !isText(opts.Format) {
		return checkDocument(out, docs, docs, opts)
	}
	s := newScreen(opts)
	t := table{heads: []text{"CHECK", "SEVERITY", "LEVEL", "TITLE"}, names: 1}
	for _, doc := range docs {
		g := s.severity(doc.Severity)
		t.rows = append(t.rows, []line{
			{{plain, s.text(doc.ID)}},
			{{g.ink, g.word}},
			{{plain, s.text(levelOf(doc.Standards))}},
			{{plain, s.text(doc.Title)}},
		})
	}
	s.table(t)
	return printScreen(out, s)
}

// Check prints one check with its documentation, in the formats of Checks.
func Check(out io.Writer, doc api.CheckDoc, opts Options) error {
	if !isText(opts.Format) {
		return checkDocument(out, doc, []api.CheckDoc{doc}, opts)
	}
	s := newScreen(opts)
	g := s.severity(doc.Severity)
	s.flow(line{{g.ink, g.symbol + " " + g.word}, {plain, s.text(" " + doc.ID)}})
	s.flow(line{{bold, s.text(doc.Title)}})
	s.write(nil)
	s.hang(nil, indent, line{{plain, s.text(doc.Doc)}})
	s.write(nil)
	s.property("fix", doc.Fix)
	s.property("may break", doc.MayBreak)
	s.property("standards", strings.Join(doc.Standards, ", "))
	s.property("implied by", strings.Join(doc.ImpliedBy, ", "))
	return printScreen(out, s)
}

// property writes a name and its value, where there is one.
func (s *screen) property(name text, value string) {
	if value == "" {
		return
	}
	s.hang(line{{plain, "  "}, {dim, name}}, labelAt, line{{plain, s.text(value)}})
}

// levelOf is the Pod Security level that a check belongs to, "-" for none.
func levelOf(standards []string) string {
	for _, standard := range standards {
		if level, ok := strings.CutPrefix(standard, "pss:"); ok {
			return level
		}
	}
	return "-"
}

// checkDocument prints a value made of docs for a program.
func checkDocument(out io.Writer, value any, docs []api.CheckDoc, opts Options) error {
	encode, err := plainEncoder(opts.Format, checkFormats())
	if err != nil {
		return err
	}
	d := document{value: value}
	for _, doc := range docs {
		d.names = append(d.names, doc.ID)
	}
	return d.print(out, encode, opts)
}
