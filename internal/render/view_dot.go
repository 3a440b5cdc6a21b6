package render

import (
	"fmt"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// dotText is a map as a graph of Graphviz, https://graphviz.org/doc/info/lang.html.
func dotText(m *api.FlowMap, ascii bool) string {
	p := newPicture(m, ascii)
	var b strings.Builder
	for _, c := range append(p.comments, pictureLegend) {
		b.WriteString("// " + string(c) + "\n")
	}
	b.WriteString("digraph flows {\n  rankdir=LR;\n  node [shape=box];\n")
	for i, g := range p.groups {
		indent := "  "
		if g.label != "" {
			fmt.Fprintf(&b, "  subgraph cluster_%d {\n    label=%s;\n", i, dotQuote(g.label))
			indent = "    "
		}
		for _, box := range g.boxes {
			fmt.Fprintf(&b, "%s%s [label=%s];\n", indent, dotQuote(box.id), dotQuote(box.label))
		}
		if g.label != "" {
			b.WriteString("  }\n")
		}
	}
	for _, a := range p.arrows {
		style := ""
		switch a.state {
		case api.FlowConfigured:
			style = ", style=dashed"
		case api.FlowBlocked:
			style = ", arrowhead=tee"
		}
		fmt.Fprintf(&b, "  %s -> %s [label=%s, color=%s%s];\n", dotQuote(a.from), dotQuote(a.to), dotQuote(joinLabels(a.labels)), dotQuote(text(pictureColors()[a.state])), style)
	}
	b.WriteString("}\n")
	return b.String()
}

// dotQuote is a string of DOT. In a label a backslash begins an escape, and an ampersand an entity of
// HTML.
func dotQuote(t text) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "&", "&amp;").Replace(string(t)) + `"`
}
