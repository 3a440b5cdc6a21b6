package render

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// gathered are texts, and the workloads that they are about.
type gathered struct {
	of    *policyAnswers
	where string
	names map[string][]string
}

// gathered is empty; where says where to read what is too much to show.
func (a *policyAnswers) gathered(where string) *gathered {
	return &gathered{of: a, where: where, names: map[string][]string{}}
}

func (g *gathered) add(text string, names ...string) { g.names[text] = append(g.names[text], names...) }

// noted are the texts, that of the most workloads first, and not too many.
func (g *gathered) noted(label string, words func(text, names string) string) noted {
	f := noted{label: label}
	for _, text := range slices.SortedFunc(maps.Keys(g.names), func(x, y string) int {
		return cmp.Or(len(g.names[y])-len(g.names[x]), strings.Compare(x, y))
	}) {
		f.texts = append(f.texts, words(text, g.of.some(g.names[text])))
	}
	return f.cappedBut(g.where)
}

// gather is what is so of workloads, with their names where there are several.
func (a *policyAnswers) gather(label, where string, of func(*api.PolicyAnswer) []string) noted {
	all := a.gathered(where)
	for i, answer := range a.answers {
		for _, text := range of(answer) {
			all.add(text, a.names[i])
		}
	}
	return all.noted(label, a.prefixed)
}

// prefixed is a text behind the workloads that it is about, where there are several.
func (a *policyAnswers) prefixed(text, names string) string {
	if len(a.answers) == 1 {
		return text
	}
	return names + ": " + text
}

// some are names of workloads, each once.
func (a *policyAnswers) some(names []string) string {
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	if len(names) == len(a.answers) && len(names) > mostJoined {
		return "all " + counted(len(names), "workload")
	}
	return someNames(names)
}

// someNames are names, sorted, not too many.
func someNames(names []string) string {
	names = slices.Sorted(slices.Values(names))
	if more := len(names) - mostListed; more > 0 {
		return strings.Join(names[:mostListed], ", ") + " and " + number(more) + " more"
	}
	return strings.Join(names, ", ")
}
