package render

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// The most that is shown of a list; the proof has all.
const (
	mostListed = 12
	mostJoined = 4
)

// noted is a label with what there is to say under it.
type noted struct {
	label string
	texts []string
}

// capped is with not too many lines.
func (n noted) capped() noted {
	if more := len(n.texts) - mostListed; more > 0 {
		n.texts = append(slices.Clone(n.texts[:mostListed]), fmt.Sprintf("and %d more (--proof FILE)", more))
	}
	return n
}

// someMore are the first entries, and how many more there are.
func someMore(list []string) []string {
	if more := len(list) - mostJoined; more > 0 {
		return append(slices.Clone(list[:mostJoined]), fmt.Sprintf("%d more", more))
	}
	return list
}

// answerComment are the lines about evidence above roles, none for roles without.
func answerComment(a *api.RoleAnswer) []string {
	if a == nil {
		return nil
	}
	facts := []noted{{"subject", []string{answerSubject(a)}}, {"window", []string{a.Window.Words() + startWords(a)}}, {"proof", []string{answerCounts(a)}}}
	facts = append(facts, sourceFacts(a)...)
	var out []string
	for _, f := range append(facts, answerDenied(a), answerInexpressible(a)) {
		for i, text := range f.texts {
			label := f.label
			if i > 0 {
				label = ""
			}
			out = append(out, fmt.Sprintf("%-8s %s", label, text))
		}
	}
	return out
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

func answerCounts(a *api.RoleAnswer) string {
	p := a.Proof
	return fmt.Sprintf("%s observed, %s covered (%d%%), %s added, %d excess",
		counted(p.Observed, "use"), number(p.Covered), int(100*p.Coverage), number(len(p.Added)), len(p.Excess))
}

func answerDenied(a *api.RoleAnswer) noted {
	f := noted{label: "denied"}
	for _, u := range a.Proof.Denied {
		f.texts = append(f.texts, u.Use+" "+number(int(u.Count))+"x, not granted")
	}
	return f.capped()
}

func answerInexpressible(a *api.RoleAnswer) noted {
	f := noted{label: "no rule"}
	for _, u := range a.Proof.Inexpressible {
		f.texts = append(f.texts, u.Use+": "+u.Reason)
	}
	return f.capped()
}

// sourceFacts are how well the sources could be read, and what they cannot show.
func sourceFacts(a *api.RoleAnswer) []noted {
	source, gap := noted{label: "source"}, noted{label: "gap"}
	for i := range a.Sources {
		source.texts = append(source.texts, sourceWords(&a.Sources[i]))
	}
	if len(a.Gaps) > 0 {
		gap.texts = append(gap.texts, "nothing in the log on "+strings.Join(someMore(a.Gaps), ", "))
	}
	return []noted{source.capped(), gap, noted{label: "blind", texts: a.Blind}.capped()}
}

// sourceWords is how well a source could be read.
func sourceWords(s *api.ObservedSource) string {
	if s.Format == api.FormatUnread {
		return s.Name + ": " + s.Format
	}
	parts := []string{fmt.Sprintf("%s: %s", s.Name, counted(int(s.Parsed), "event"))}
	if s.Skipped > 0 {
		var reasons []string
		for _, f := range s.Faults {
			reasons = append(reasons, fmt.Sprintf("%s %s, first at byte %d", number(int(f.Count)), f.Reason, f.Offset))
		}
		parts = append(parts, fmt.Sprintf("%s skipped (%s)", number(int(s.Skipped)), strings.Join(reasons, "; ")))
	}
	for _, f := range s.Faults {
		if s.Skipped == 0 {
			parts = append(parts, number(int(f.Count))+" "+f.Reason)
		}
	}
	for _, part := range []struct {
		n    int64
		what string
	}{
		{s.Undecided, "without a decision"}, {s.Undated, "without a credible time"}, {s.Filtered, "outside of --since and --until"},
	} {
		if part.n > 0 {
			parts = append(parts, number(int(part.n))+" "+part.what)
		}
	}
	if s.Lost != nil && *s.Lost > 0 {
		parts = append(parts, number(int(*s.Lost))+" lost by the source")
	}
	return strings.Join(parts, ", ")
}
