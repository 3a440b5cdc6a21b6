package render

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// TestMatrixAddsUp: the pairs of the closing line are the cells that are printed.
func TestMatrixAddsUp(t *testing.T) {
	m := crowdMap(12, 2, 1)
	m.Rules = []api.FlowRule{{Policy: "NetworkPolicy shop/new", Written: true}}
	no := api.FlowDecision{Verdict: api.FlowNotAllowed}
	kept := m.Links[:0]
	for i, l := range m.Links {
		switch {
		case i%5 == 0 && l.Count == 0:
			continue // denied now and then
		case i%7 == 0:
			l.Now = no
		case i%11 == 0:
			l.Now = api.FlowDecision{Verdict: api.FlowUndecided}
		case i%4 == 0:
			l.After = no
		}
		kept = append(kept, l)
	}
	m.Links = kept
	out, errOut := viewText(t, viewMatrix, m, Options{})
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	var starts []int
	head := []rune(lines[0])
	for i := 1; i < len(head); i++ {
		if head[i] != ' ' && head[i-1] == ' ' && strings.HasPrefix(string(head[i:]), "workload") {
			starts = append(starts, i)
		}
	}
	allowed, used, cells := 0, 0, 0
	for _, line := range lines[1:] {
		runes := []rune(line)
		for _, at := range starts {
			cell, _, _ := strings.Cut(string(runes[min(at, len(runes)):]), " ")
			cells++
			switch {
			case cell == "·":
				allowed++
			case strings.HasPrefix(cell, "8"):
				allowed, used = allowed+1, used+1
			case cell != "-" && cell != "?" && cell != "×8080":
				t.Errorf("cell %q", cell)
			}
		}
	}
	if cells != 12*12 || used == 0 || !strings.Contains(errOut, fmt.Sprintf("%d of %d allowed pairs are used, with the new policies ", used, allowed)) {
		t.Errorf("%d cells, %d of %d\n%s%s", cells, used, allowed, out, errOut)
	}
}
