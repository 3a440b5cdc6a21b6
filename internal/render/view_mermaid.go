package render

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// mermaidText is a map as a flowchart of Mermaid, https://mermaid.js.org/syntax/flowchart.html.
func mermaidText(m *api.FlowMap, ascii bool) string {
	p := newPicture(m, ascii)
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	for _, c := range append(p.comments, pictureLegend) {
		b.WriteString("%% " + strings.NewReplacer("%", "#37;", "{", "#123;").Replace(string(c)) + "\n") // no directive
	}
	for i, g := range p.groups {
		indent := "  "
		if g.label != "" {
			fmt.Fprintf(&b, "  subgraph g%d[\"%s\"]\n", i, mermaidEscape(g.label))
			indent = "    "
		}
		for _, box := range g.boxes {
			fmt.Fprintf(&b, "%s%s[\"%s\"]\n", indent, box.id, mermaidEscape(box.label))
		}
		if g.label != "" {
			b.WriteString("  end\n")
		}
	}
	styled := map[api.FlowState][]string{}
	for i, a := range p.arrows {
		fmt.Fprintf(&b, "  %s %s|\"%s\"| %s\n", a.from, mermaidArrow(a.state), mermaidEscape(joinLabels(a.labels)), a.to)
		styled[a.state] = append(styled[a.state], fmt.Sprint(i))
	}
	for _, state := range pictureStates() {
		if list := styled[state]; len(list) > 0 {
			fmt.Fprintf(&b, "  linkStyle %s stroke:%s\n", strings.Join(list, ","), pictureColors()[state])
		}
	}
	return b.String()
}

func mermaidArrow(state api.FlowState) string {
	switch state {
	case api.FlowBlocked:
		return "--x"
	case api.FlowConfigured:
		return "-.->"
	}
	return "-->"
}

// mermaidEscape writes what may steer the diagram, Markdown or HTML as an entity code: all of ASCII
// but letters, digits and a few signs that mean nothing in a string.
func mermaidEscape(t text) string {
	var b strings.Builder
	for _, r := range string(t) {
		plain := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r >= utf8.RuneSelf
		if plain || strings.ContainsRune(" /.,-()+?", r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	return b.String()
}
