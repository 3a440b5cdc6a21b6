package render

import (
	"fmt"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// checkFlowMap finds what a page would fail at in a browser, or show wrong: an index that leads
// nowhere, a verdict that nobody knows, a count below zero.
func checkFlowMap(m *api.FlowMap) error {
	for i := range m.Links {
		l := &m.Links[i]
		for _, place := range [...]int{l.From, l.To} {
			if place < 0 || place >= len(m.Places) {
				return fmt.Errorf("map of flows: link %d names place %d of %d", i, place, len(m.Places))
			}
		}
		if l.Count < 0 {
			return fmt.Errorf("map of flows: link %d was observed %d times", i, l.Count)
		}
		for _, d := range [...]*api.FlowDecision{&l.Now, &l.After} {
			if err := checkFlowDecision(d, len(m.Rules)); err != nil {
				return fmt.Errorf("map of flows: link %d: %w", i, err)
			}
		}
	}
	return nil
}

func checkFlowDecision(d *api.FlowDecision, rules int) error {
	switch d.Verdict {
	case api.FlowAllowed, api.FlowNotAllowed, api.FlowUndecided:
	default:
		return fmt.Errorf("no verdict is called %q", d.Verdict)
	}
	for _, rule := range d.Rules {
		if rule < 0 || rule >= rules {
			return fmt.Errorf("a decision cites rule %d of %d", rule, rules)
		}
	}
	return nil
}
