package render

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// countWords are the counts of a proof; what they count is called noun.
func countWords(p *api.SubjectProof, noun string) string {
	return fmt.Sprintf("%s observed, %s covered (%d%%), %s added, %d excess",
		counted(p.Observed, noun), number(p.Covered), int(100*p.Coverage), number(len(p.Added)), len(p.Excess))
}

// observedWords say that all of n is allowed; what it counts is called noun.
func observedWords(n int, noun string) string {
	if n == 1 {
		return "the 1 observed " + noun + " allowed"
	}
	return "all " + number(n) + " observed " + noun + "s allowed"
}

// tupleWords are how much is allowed, before and after, and how much of it is needed: ofThem
// says whether all that is needed is among it.
func tupleWords(t *api.Tuples, ofThem string) string {
	return "now " + number(t.Before) + " → after " + number(t.After) + ofThem + number(t.Needed) + " needed"
}

// tupleUnit says what is counted.
const tupleUnit = " (direction, peer, port)"

// deniedWords are what was refused, and what becomes of it.
func deniedWords(p *api.SubjectProof, outcome string) noted {
	f := noted{label: "denied"}
	for _, u := range p.Denied {
		f.texts = append(f.texts, u.Use+" "+number(int(u.Count))+"x, "+outcome)
	}
	return f.capped()
}

func inexpressibleWords(p *api.SubjectProof) noted {
	f := noted{label: "no rule"}
	for _, u := range p.Inexpressible {
		f.texts = append(f.texts, u.Use+": "+u.Reason)
	}
	return f.capped()
}

// includeWords name the flag that grants what was denied.
func includeWords(f noted) noted {
	if len(f.texts) > 0 {
		f.texts = append(slices.Clone(f.texts[:len(f.texts)-1]), f.texts[len(f.texts)-1]+" (--include-denied)")
	}
	return f
}

// sourceWords is how well a source could be read; what it holds is called noun.
func sourceWords(s *api.ObservedSource, noun string) string {
	if s.Format == api.FormatUnread {
		return s.Name + ": " + s.Format
	}
	parts := []string{fmt.Sprintf("%s: %s", s.Name, counted(int(s.Parsed), noun))}
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
