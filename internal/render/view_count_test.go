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

// TestMatrixOfCrowd: what has no use is left out of a large matrix, and said.
func TestMatrixOfCrowd(t *testing.T) {
	m := crowdMap(50, 1, 1)
	for i := range m.Links {
		if l := &m.Links[i]; l.From >= 30 {
			l.Count = 0
		}
	}
	out, errOut := viewText(t, viewMatrix, m, Options{})
	if strings.Count(out, "\n") != 31 || !strings.Contains(errOut, "30 of 2,500 allowed pairs are used; 20 clients without any use left out; 20 servers without any use left out") {
		t.Error(out, errOut)
	}
	for _, count := range []int{40, 300} {
		m := crowdMap(count, 5, 1)
		for _, width := range []int{80, 100, 120} {
			out, _ := viewText(t, viewMatrix, m, Options{Width: width})
			lines := strings.Split(out, "\n")
			for _, line := range lines {
				if text(line).width() > width {
					t.Fatalf("%d wide: %q", width, line)
				}
			}
			if most := 12 * count; len(lines) > most {
				t.Errorf("%d workloads at %d: %d lines", count, width, len(lines))
			}
			if got := strings.Count(out, "8080"); got != 5*count {
				t.Errorf("%d workloads at %d: %d uses, not %d", count, width, got, 5*count)
			}
		}
		if out, _ := viewText(t, viewMatrix, m, Options{}); strings.Count(out, "\n") != count+1 {
			t.Errorf("a pipe gets %d lines", strings.Count(out, "\n"))
		}
	}
}

// TestMatrixOfTooMany: what nobody could read is refused with a sentence, not written.
func TestMatrixOfTooMany(t *testing.T) {
	m := &mapMaker{}
	m.UnusedLeftOut = true
	for i := range 401 {
		m.workload("shop", fmt.Sprintf("w%d", i))
	}
	for i := range 401 {
		m.link(i, (i+1)%401, 8080, 1)
	}
	out, errOut := viewText(t, viewMatrix, &m.FlowMap, Options{})
	if out != "" || !strings.Contains(errOut, "401 clients by 401 servers are too many for a matrix") || !strings.Contains(errOut, "401 pairs in use") {
		t.Error(len(out), errOut)
	}
}

// TestMatrixUnasked: where the pairs are too many, nothing is said of what was not seen.
func TestMatrixUnasked(t *testing.T) {
	m := crowdMap(3, 1, 1)
	m.UnusedLeftOut = true
	m.Links = m.Links[1:2]
	out, errOut := viewText(t, viewMatrix, m, Options{})
	if strings.ContainsAny(out, "·-?") && !strings.Contains(out, "workload-") || errOut != "port used, blank not asked: 1 pair in use\n" {
		t.Error(out, errOut)
	}
}
