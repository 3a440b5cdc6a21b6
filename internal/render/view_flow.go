package render

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Names of views.
const (
	viewEdges   = "edges"
	viewMatrix  = "matrix"
	viewMermaid = "mermaid"
	viewDot     = "dot"
	viewHTML    = "html"
)

// Views are those that FlowView knows.
func Views() []string { return []string{viewEdges, viewMatrix, viewMermaid, viewDot, viewHTML} }

// ValidateView tells, before anything is read, whether FlowView knows a view.
func ValidateView(view string) error {
	if !slices.Contains(Views(), view) {
		return fmt.Errorf("view %q is none of %s", view, strings.Join(Views(), ", "))
	}
	return nil
}

// FlowView prints a map of flows: edges and matrix as tables for people, mermaid and dot as text
// that draws a picture, html as a page. What closes a table goes to errOut where out is no terminal.
// The error is for a view or a map that is none, or that of a write.
func FlowView(out, errOut io.Writer, view string, m *api.FlowMap, opts Options) error {
	if err := ValidateView(view); err != nil {
		return err
	}
	if err := checkFlowMap(m); err != nil {
		return err
	}
	switch view {
	case viewMermaid:
		return writeText(out, mermaidText(m, opts.ASCII))
	case viewDot:
		return writeText(out, dotText(m, opts.ASCII))
	case viewHTML:
		return writeFlowPage(out, m)
	}
	answer, about := newScreen(opts), newScreen(Options{Width: opts.Width, ASCII: opts.ASCII})
	closing := about
	if answer.terminal {
		closing = answer
	}
	if view == viewMatrix {
		closing.flowClosing(answer.flowMatrix(m, opts.NoHeaders), m)
	} else {
		closing.flowClosing(answer.flowEdges(m, opts.NoHeaders), m)
	}
	about.closing(answer, nil, opts.Hint)
	if err := printScreen(out, answer); err != nil {
		return err
	}
	return printScreen(errOut, about)
}

func writeText(out io.Writer, content string) error {
	if _, err := io.WriteString(out, content); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// flowClosing are the counts of a table, and what else there is to know.
func (s *screen) flowClosing(counts string, m *api.FlowMap) {
	s.flow(s.said(counts))
	for _, note := range notes(m.Notes) {
		s.flow(s.said(note))
	}
}

// flowState is what a link is, and whether the policies of the run would refuse what nothing
// refuses today.
func flowState(l *api.FlowLink) (state api.FlowState, refusedThen bool) {
	state = l.State(&l.Now)
	return state, state == api.FlowUsed && l.Now.Verdict != api.FlowNotAllowed && l.After.Verdict == api.FlowNotAllowed
}

// flowPorts are such as "TCP 7070", "UDP any", "TCP 30000-30100", "ICMP".
func flowPorts(l *api.FlowLink) string {
	return cmp.Or(strings.TrimSpace(l.Protocol+" "+flowNumbers(l)), "no port")
}

// flowNumbers are the ports alone, empty for a protocol without ports.
func flowNumbers(l *api.FlowLink) string {
	switch {
	case l.AnyPort:
		return "any"
	case l.EndPort > l.Port:
		return fmt.Sprintf("%d-%d", l.Port, l.EndPort)
	case l.Port == 0:
		return ""
	}
	return fmt.Sprint(l.Port)
}
