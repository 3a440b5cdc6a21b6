package render

import (
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// mostMarkdown is how many rows of a list a comment holds.
const mostMarkdown = 50

// sections are what else is known of a workload, each in a fold of its own.
func (m *mdWriter) sections(item *api.Item) {
	p := page{screen: &screen{symbols: m.symbols}, item: item, several: m.several}
	m.outcomes(p)
	m.rightsFold(p)
	m.becomers(p)
	m.secrets(item)
	p.asked = []string{"network"}
	m.network(p)
}

// fold begins a fold with a table; rows of it are written by row.
func (m *mdWriter) fold(summary string, heads []markdown, n int, row func(i int)) {
	if n == 0 {
		return
	}
	m.line()
	m.line("<details>")
	m.line("<summary>", mdSentence(summary), "</summary>")
	m.line()
	m.head(heads, 0, 0)
	for i := range min(n, mostMarkdown) {
		row(i)
	}
	if more := n - mostMarkdown; more > 0 {
		m.line()
		m.line(mdProse("and " + number(more) + " more"))
	}
	m.line()
	m.line("</details>")
}

// mdSentence is a sentence for the summary of a fold, where Markdown has no code spans.
func mdSentence(words string) markdown {
	out := strings.Fields(words)
	for i, word := range out {
		if !isPlainWord(word) {
			out[i] = string(mdTag(word))
		}
	}
	return markdown(strings.Join(out, " "))
}

func (m *mdWriter) outcomes(p page) {
	all, taken := p.item.Outcomes, takenOf(p.item)
	m.fold("What code in it gets, by configuration", []markdown{"Severity", "What", "By what", "Fix"}, len(all), func(i int) {
		o := all[i]
		by := mdProse(strings.Replace(p.detailWords(o), "above", "below", 1))
		for _, h := range o.Hops {
			by += "<br>" + m.hop(h)
		}
		m.row(mdProse(m.outcomeGrade(p, o, taken(o))), mdProse(o.Text), by, mdProse(o.Fix))
	})
}

// hop is a step of a path: who does what, who it is then, and the grant.
func (m *mdWriter) hop(h api.Hop) markdown {
	words := mdProse(h.Subject + " " + h.Does)
	if h.Becomes != "" {
		words += " " + markdown(m.to) + " " + mdProse(h.Becomes)
	}
	if via := viaWords(h.Via, h.Via.Rules, false); via != "" {
		words += " " + markdown(m.from) + " " + mdProse(via)
	}
	return words
}

// outcomeGrade is the severity of an outcome in words, or why it has none.
func (m *mdWriter) outcomeGrade(p page, o api.Outcome, taken bool) string {
	switch {
	case o.Unknown:
		return "unknown"
	case !o.Possible:
		return "not possible"
	case taken:
		return "accepted (" + string(o.Severity) + ")"
	}
	return string(p.severity(o.Severity).word)
}

func joinedText(l line) string {
	var words strings.Builder
	for _, s := range l {
		words.WriteString(string(s.text))
	}
	return words.String()
}

func (m *mdWriter) rightsFold(p page) {
	if id := p.item.Identity; id != nil {
		m.line()
		m.line(mdProse(p.accountWords()+"; rights "+p.rightsSummary()), ".")
		for _, words := range alikeUnknowns(id.Unknown) {
			m.line()
			m.line(markdown(m.unknown), " UNKNOWN ", mdProse(words))
		}
	}
	rights := p.item.Rights
	m.fold("Rights: "+rightsCount(rights), []markdown{"On", "Verbs", "Where", "Granted by", "Checks"}, len(rights), func(i int) {
		r := rights[i]
		where := r.Namespace
		if where == "" {
			where = "cluster-wide"
		}
		m.row(mdCode(resourceWords(r)), mdCode(p.verbWords(r)), mdCode(where), mdCode(viaWords(r.Via, r.Via.Rules, true)), mdCode(strings.Join(r.Checks, ", ")))
	})
}

func (m *mdWriter) becomers(p page) {
	all := p.item.Becomers
	m.fold("Can become it: "+number(len(all)), []markdown{"Who", "How", "Granted by"}, len(all), func(i int) {
		b := all[i]
		m.row(mdCode(b.Subject), mdCode(joinedText(p.wayWords(b.Ways))), mdCode(list(grantsOf(b.Ways, true))))
	})
}

func (m *mdWriter) secrets(item *api.Item) {
	all := item.Secrets
	m.fold("Secrets: "+number(len(all)), []markdown{"Secret", "Used as", "Others who can read it"}, len(all), func(i int) {
		s := all[i]
		m.row(mdCode(s.Name), mdCode(strings.Join(s.Uses, "; ")), mdProse(readersWords(s.Readers)))
	})
}

func readersWords(readers []string) string {
	if len(readers) == 0 {
		return "none known"
	}
	return list(readers)
}

// objects are pages of what is no workload.
func (m *mdWriter) objects(pages []api.Page) {
	for _, page := range pages {
		m.line()
		m.line("**", mdCode(pageTitle(page)), "**: ", mdProse(page.Summary))
		if len(page.Rows) == 0 {
			continue
		}
		m.line()
		var heads []markdown
		for _, head := range pageHeads(page) {
			heads = append(heads, mdProse(head[:1]+strings.ToLower(head[1:])))
		}
		m.head(heads, 0, 0)
		s := &screen{symbols: m.symbols}
		for _, r := range boundedRows(page.Rows) {
			m.row(mdCode(r.Title), mdProse(joinedText(s.how(r))), mdCode(evidence(r, 1)))
		}
	}
}
