package render

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// mdWriter composes the comment on a pull request.
type mdWriter struct {
	symbols
	// several tells that there are several workloads.
	several bool
	content strings.Builder
}

// encodeMarkdown prints a verdict, a table of workloads, and each workload in a fold.
func encodeMarkdown(w io.Writer, d document) error {
	report, ok := d.value.(*api.Report)
	if !ok {
		return errors.New("markdown shows reports alone")
	}
	m := &mdWriter{symbols: newSymbols(false), several: len(report.Items) > 1}
	m.report(report)
	_, err := io.WriteString(w, m.content.String())
	return err
}

func (m *mdWriter) line(parts ...markdown) {
	for _, p := range parts {
		m.content.WriteString(string(p))
	}
	m.content.WriteByte('\n')
}

func (m *mdWriter) report(report *api.Report) {
	if len(report.Items) > 0 || len(report.Pages) == 0 {
		m.line("**", mdProse(strings.Join(verdict(report), " ")), "**")
	}
	items := worstFirst(report.Items)
	if len(items) > 0 {
		m.line()
		m.overview(report, items)
	}
	for _, r := range items {
		m.line()
		m.item(r)
	}
	m.objects(report.Pages)
	for _, g := range guardsOf(report.Namespaces) {
		m.line()
		m.line(m.grade(g.finding), " namespace ", mdProse(list(g.names)), ": ", mdProse(g.finding.Message), " ", mdCode(g.finding.Check))
	}
	for _, words := range unreadWords(report.Unknown) {
		m.line()
		m.line(mdProse(words))
	}
}

func (m *mdWriter) overview(report *api.Report, items []ranked) {
	spaces := severalNamespaces(report)
	heads := []markdown{"Workload", "Level", "Critical", "High", "Medium", "Low", "Unknown", "Accepted", "Worst"}
	m.head(heads, 2, 8)
	for _, r := range items {
		c := r.counts
		worst := markdown("-")
		if findings := open(r.item.Findings); len(findings) > 0 {
			worst = m.grade(findings[0]) + " " + mdCode(findings[0].Check) + ": " + mdProse(findings[0].Message)
		}
		m.row(mdCode(workloadName(r.item.Ref, spaces)), mdLevel(r.item),
			mdNumber(c.Critical), mdNumber(c.High), mdNumber(c.Medium), mdNumber(c.Low), mdNumber(c.Unknown), mdNumber(c.Accepted), worst)
	}
}

// workloadName is TYPE/NAME, with the namespace where there are several.
func workloadName(ref api.Ref, spaces bool) string {
	if spaces && ref.Namespace != "" {
		return ref.Namespace + " " + shortName(ref)
	}
	return shortName(ref)
}

// item is one workload in a fold. An HTML block ends at an empty line, and Markdown begins.
func (m *mdWriter) item(r ranked) {
	summary := mdTag(r.item.Ref.From("")) + ": " + markdown(failures(r.counts)+", "+others(r.counts))
	m.line("<details>")
	m.line("<summary>", summary, "</summary>")
	m.line()
	if ps := r.item.PodSecurity; isAccount(r.item.Ref) {
		m.line("ServiceAccount, ", mdProse(joinedText(page{screen: &screen{symbols: m.symbols}, item: r.item}.accountHead()[0])))
	} else {
		m.line("Pod Security ", mdCode(ps.Version), ": ", mdProse(levelWords(ps)))
	}
	findings := sorted(r.item.Findings, api.StatusFail, api.StatusUnknown, api.StatusAccepted)
	if len(findings) > 0 {
		m.line()
		m.head([]markdown{"Severity", "Check", "Container", "Field", "Got → want", "What", "Fix"}, 0, 0)
		for _, f := range findings {
			m.row(m.grade(f), mdCode(f.Check), mdCode(f.Container), m.place(r.item, f), m.change(f.Got, f.Want), m.message(f), mdProse(f.Fix))
		}
	}
	m.gaps(page{screen: &screen{symbols: m.symbols}, item: r.item})
	m.sections(r.item)
	for _, note := range r.item.Notes {
		m.line()
		m.line("Note: ", mdProse(note))
	}
	m.line()
	m.line("</details>")
}

// gaps names the checks in the way of each level; what no finding shows is told in full.
func (m *mdWriter) gaps(p page) {
	for _, level := range []api.Level{api.LevelBaseline, api.LevelRestricted} {
		var checks []string
		for _, g := range p.item.PodSecurity.Gaps {
			if g.Level == level {
				checks = append(checks, g.Check)
			}
		}
		if len(checks) == 0 {
			continue
		}
		m.line()
		var names []string
		for _, check := range distinct(checks) {
			names = append(names, string(mdCode(check)))
		}
		m.line("Gaps to ", markdown(level), ": ", markdown(strings.Join(names, ", ")))
	}
	headed := false
	for _, g := range p.item.PodSecurity.Gaps {
		if p.told(g) {
			continue
		}
		if !headed {
			m.line()
			m.head([]markdown{"Gap to", "Check", "Container", "Field", "Got → want"}, 0, 0)
			headed = true
		}
		m.row(mdProse(string(g.Level)), mdCode(g.Check), mdCode(g.Container), mdCode(g.Path), m.change(g.Got, g.Want))
	}
}

// place is the field of a finding, and its line in a file.
func (m *mdWriter) place(item *api.Item, f api.Finding) markdown {
	place := mdCode(f.Path)
	if item.Source != nil && f.Line > 0 {
		place += "<br>" + mdCode(fmt.Sprintf("%s:%d", item.Source.File, f.Line))
	}
	return place
}

func (m *mdWriter) change(got, want string) markdown {
	return mdCode(got) + " " + markdown(m.to) + " " + mdCode(want)
}

func (m *mdWriter) message(f api.Finding) markdown {
	words := []string{f.Message}
	for _, more := range []string{stepWords(f), liveWords(f), acceptanceWords(f.Acceptance)} {
		if more != "" {
			words = append(words, more)
		}
	}
	return mdProse(strings.Join(words, "; "))
}

// grade is the symbol and word of a finding, and the severity of one that does not fail.
func (m *mdWriter) grade(f api.Finding) markdown {
	s := &screen{symbols: m.symbols}
	g := s.gradeOf(f)
	out := markdown(g.symbol) + " " + mdProse(string(g.word))
	if f.Status == api.StatusAccepted || f.Status == api.StatusUnknown {
		out += " (" + mdProse(string(f.Severity)) + ")"
	}
	return out
}

// head begins a table; the columns in between are numbers.
func (m *mdWriter) head(heads []markdown, from, to int) {
	m.row(heads...)
	rule := make([]markdown, len(heads))
	for i := range heads {
		rule[i] = "---"
		if i >= from && i < to {
			rule[i] = "---:"
		}
	}
	m.row(rule...)
}

func (m *mdWriter) row(cells ...markdown) {
	words := make([]string, len(cells))
	for i, cell := range cells {
		words[i] = string(cell)
	}
	m.line("| ", markdown(strings.Join(words, " | ")), " |")
}

func mdLevel(item *api.Item) markdown {
	if item.PodSecurity.Level == "" {
		return "-"
	}
	return mdProse(string(item.PodSecurity.Level))
}

func mdNumber(n int) markdown { return markdown(number(n)) }
