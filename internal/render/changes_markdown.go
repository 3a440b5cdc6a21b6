package render

import (
	"io"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// markdownOfChanges is a comment for a pull request; empty where nothing changed.
func markdownOfChanges(w io.Writer, c *api.Changes) error {
	m := &mdWriter{symbols: newSymbols(false)}
	if len(c.Changes) > 0 {
		m.changes(c)
	}
	_, err := io.WriteString(w, m.content.String())
	return err
}

func (m *mdWriter) changes(c *api.Changes) {
	m.line("**", mdProse(changesVerdict(c, onlyWorkload(c), m.to)), "**")
	m.line()
	v := changesView{screen: &screen{symbols: m.symbols}, changes: c}
	m.head([]markdown{"State", "Severity", "What", "Workload", "Container", "Now", "Before"}, 0, 0)
	for i := range c.Changes {
		change := &c.Changes[i]
		g := v.severity(change.Severity)
		m.row(mdProse(stateWord(change.State)), mdProse(string(g.word)), mdCode(what(change)),
			mdCode(workloadName(change.Ref, true)), mdCode(change.Container), m.changed(change), mdProse(change.Text))
	}
	for _, l := range c.Levels {
		m.line()
		m.line(mdCode(workloadName(l.Ref, true)), ": ", mdProse(levelChange(l, m.to)))
	}
	for _, note := range c.Notes {
		m.line()
		m.line("Note: ", mdProse(note))
	}
	for _, words := range unreadWords(c.Unknown) {
		m.line()
		m.line(mdProse(words))
	}
}

// changed is what a finding or a fact says now.
func (m *mdWriter) changed(change *api.Change) markdown {
	var parts []string
	if place := changePlace(change); place != "" {
		parts = append(parts, string(mdCode(place)))
	}
	switch {
	case change.Fact != "":
		parts = append(parts, string(mdCode(change.Fact)))
	case change.Now != nil && change.Now.Message != "":
		parts = append(parts, string(mdProse(change.Now.Message)))
	case change.Subject != "":
		parts = append(parts, string(mdCode(change.Subject)))
	}
	return markdown(strings.Join(parts, " "))
}
