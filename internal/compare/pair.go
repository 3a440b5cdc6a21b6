package compare

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// pair is one workload of both sides.
type pair struct {
	*comparison
	ref      api.Ref
	was, now *workload
	// missing says in words that a side does not have it, hidden the failed read for which it may
	// be there all the same.
	missing, hidden      string
	wasHidden, nowHidden bool
}

// rename gives containers of the old side, which the new one does not have, the names of those of
// the new side that have the same findings and facts.
func (p *pair) rename() {
	gone, came := signatures(p.was), signatures(p.now)
	for key := range gone {
		if _, there := came[key]; there {
			delete(gone, key)
			delete(came, key)
		}
	}
	names := map[string]string{}
	for _, old := range sortedNames(gone) {
		for _, fresh := range preferred(old, sortedNames(came)) {
			if gone[old] != "" && came[fresh] == gone[old] && (kindOfKey(fresh) == kindOfKey(old) || nameOfKey(fresh) == nameOfKey(old)) {
				names[old] = fresh
				delete(came, fresh)
				p.notes = append(p.notes, fmt.Sprintf("container %s of %s is %s now, with the same posture", containerWords(old), p.ref.From(""), containerWords(fresh)))
				break
			}
		}
	}
	if len(names) == 0 {
		return
	}
	p.renamed[sameObject(p.ref)] = names
	w := *p.was
	w.findings, w.facts = slices.Clone(w.findings), slices.Clone(w.facts)
	for i, f := range w.findings {
		if fresh, ok := names[f.container]; ok {
			w.findings[i].container = fresh
		}
	}
	for i, f := range w.facts {
		if fresh, ok := names[f.container]; ok {
			w.facts[i].container = fresh
		}
	}
	p.was = &w
}

// signatures say what is found and holds of each container, but for its name; nothing of one that is
// known and as strict as can be.
func signatures(w *workload) map[string]string {
	lines := map[string][]string{}
	for _, key := range w.containers {
		lines[key] = nil
	}
	for _, f := range w.findings {
		if key := f.container; key != "" {
			f.container = ""
			lines[key] = append(lines[key], "finding "+f.line())
		}
	}
	for _, f := range w.facts {
		if key := f.container; key != "" {
			f.container = ""
			lines[key] = append(lines[key], "fact "+f.line())
		}
	}
	out := map[string]string{}
	for key, list := range lines {
		slices.Sort(list)
		out[key] = strings.Join(list, "\n")
	}
	return out
}

func sortedNames(of map[string]string) []string {
	var names []string
	for name := range of {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// preferred puts a container of the same name, of another type, first.
func preferred(old string, names []string) []string {
	slices.SortStableFunc(names, func(a, b string) int {
		switch same := nameOfKey(old); {
		case nameOfKey(a) == same && nameOfKey(b) != same:
			return -1
		case nameOfKey(b) == same && nameOfKey(a) != same:
			return 1
		}
		return 0
	})
	return names
}

func kindOfKey(key string) string {
	kind, _, _ := strings.Cut(key, ":")
	return kind
}

func nameOfKey(key string) string {
	_, name, _ := strings.Cut(key, ":")
	return name
}

func containerWords(key string) string { return nameOfKey(key) + " (" + kindOfKey(key) + ")" }
