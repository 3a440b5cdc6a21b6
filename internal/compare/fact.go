package compare

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// fact is one thing that a workload has beyond the least: a right, a mount, an open direction, a
// setting that is not the strict one. What is strict has no fact, with the exception of those that
// protect (user-namespace, runtime-class, mtls strict).
type fact struct {
	// container is "type:name", empty for the pod.
	container string
	// kind is the first word behind it, args are the others.
	kind string
	args [][]string
}

// unknownFact tells that facts of a kind could not be known.
const unknownFact = "unknown"

func (f fact) line() string {
	text := joined(append([][]string{one(f.kind)}, f.args...))
	if f.container == "" {
		return text
	}
	return containerText(f.container) + " " + text
}

// arg is the first item of an argument, empty where there is none.
func (f fact) arg(i int) string {
	if i >= len(f.args) {
		return ""
	}
	return f.args[i][0]
}

// value is what stands behind the kind.
func (f fact) value() string { return joined(f.args) }

// cell is what facts are compared within: those of one kind and container.
type cell struct{ container, kind string }

// cell of a fact; that of an unknown kind is the kind's.
func (f fact) cell() cell {
	if f.kind == unknownFact {
		return cell{f.container, f.arg(0)}
	}
	return cell{f.container, f.kind}
}

// parse reads a line of facts.
func (v vocabulary) parse(line string) (fact, error) {
	container, rest, err := cutContainer(line)
	if err != nil {
		return fact{}, fmt.Errorf("fact %q: %w", line, err)
	}
	words, err := split(rest)
	if err != nil {
		return fact{}, fmt.Errorf("fact %q: %w", line, err)
	}
	f := fact{container: container, args: words[1:]}
	if len(words[0]) == 1 {
		f.kind = words[0][0]
	}
	known := v[f.cell().kind]
	if known == nil || known.ofContainer != (container != "") {
		return f, fmt.Errorf("fact %q is of no kind that is known", line)
	}
	if f.kind == unknownFact {
		if len(f.args) != 1 || len(f.args[0]) != 1 {
			return f, fmt.Errorf("fact %q says more than that it is unknown", line)
		}
		return f, nil
	}
	if !known.valid(f) {
		return f, fmt.Errorf("fact %q is not of the form %s", line, known.form)
	}
	return f, nil
}

// kind is a kind of facts: how they are written and compared, and what a wider one is worth.
type kind struct {
	name, form  string
	ofContainer bool
	// valid tells a fact that is written as form says.
	valid func(f fact) bool
	// rank orders the values of facts of which there is one; a missing one has the rank absent. It
	// is nil for facts of which there are several: those are compared by atoms.
	rank   func(f fact) int
	absent int
	// atoms takes a fact apart, and join puts atoms together; nil for facts that are whole.
	atoms func(f fact) []atom
	join  func(container string, atoms []atom) []fact
	// severity of a wider fact, and the checks whose findings say the same.
	severity func(f fact) api.Severity
	checks   func(f fact) []string
	// says tells whether the finding of one of the checks, with a subject, says an atom too, which is
	// the whole fact where atoms is nil; nil where the container alone decides. home is the namespace.
	says func(about subjectKey, home string, f fact, a atom) bool
	// vague tells that findings are not known to be about one fact: none makes it less severe.
	vague bool
	// fromCluster tells facts that files alone do not hold.
	fromCluster bool
}

// vocabulary are all kinds by their names.
type vocabulary map[string]*kind

func newVocabulary() vocabulary {
	all := kinds()
	v := make(vocabulary, len(all))
	for i := range all {
		v[all[i].name] = &all[i]
	}
	return v
}

// ranked orders values, the strictest first. A value that is not there has the rank 0.
func ranked(values ...string) func(f fact) int {
	return func(f fact) int { return slices.Index(values, strings.ToLower(f.arg(0))) + 1 }
}

func oneOf(n int, values ...string) func(f fact) bool {
	return func(f fact) bool {
		return len(f.args) == n && (len(values) == 0 || slices.Contains(values, f.arg(0)))
	}
}

func graded(s api.Severity) func(fact) api.Severity { return func(fact) api.Severity { return s } }

func concerning(checks ...string) func(fact) []string { return func(fact) []string { return checks } }

func compareFacts(a, b fact) int { return strings.Compare(a.line(), b.line()) }
