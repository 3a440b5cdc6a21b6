package render

import (
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// answerComment are the lines about evidence above roles, none for roles without.
func answerComment(a *api.RoleAnswer) []string {
	if a == nil {
		return nil
	}
	facts := []noted{{"subject", []string{answerSubject(a)}}, {"window", []string{a.Window.Words() + startWords(a)}}, {"proof", []string{countWords(&a.Proof, "use")}}}
	facts = append(facts, sourceFacts(a)...)
	return labelled(append(facts, deniedWords(&a.Proof, "not granted"), inexpressibleWords(&a.Proof)))
}

func answerSubject(a *api.RoleAnswer) string {
	text := a.Proof.Subject
	if len(a.UsedBy) > 0 {
		text += ", used by " + refWords(a.UsedBy)
		if len(a.Others) == 0 {
			return text + " alone"
		}
		text += " and " + refWords(a.Others)
	}
	return text
}

// refWords are short names of workloads, not too many.
func refWords(refs []api.Ref) string {
	var names []string
	for _, r := range refs {
		names = append(names, shortName(r))
	}
	slices.Sort(names)
	return strings.Join(someMore(names), ", ")
}

func startWords(a *api.RoleAnswer) string {
	switch {
	case a.Proof.Starts == nil:
		return ""
	case *a.Proof.Starts == 0:
		return ", no pod start: what it does at its start was not seen"
	}
	return ", " + counted(*a.Proof.Starts, "pod start")
}

// sourceFacts are how well the sources could be read, and what they cannot show.
func sourceFacts(a *api.RoleAnswer) []noted {
	source, gap := noted{label: "source"}, noted{label: "gap"}
	for i := range a.Sources {
		source.texts = append(source.texts, sourceWords(&a.Sources[i], "event"))
	}
	if len(a.Gaps) > 0 {
		gap.texts = append(gap.texts, "nothing in the log on "+strings.Join(someMore(a.Gaps), ", "))
	}
	return []noted{source.capped(), gap, noted{label: "blind", texts: a.Blind}.capped()}
}
