package render

import (
	"fmt"
	"slices"
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

// inProof is where the rest is of what a proof has.
const inProof = " (--proof FILE)"

// capped is with not too many lines.
func (n noted) capped() noted { return n.cappedBut(inProof) }

// cappedBut is with not too many lines, and where the others are.
func (n noted) cappedBut(where string) noted {
	n.texts = bounded(n.texts, mostListed, where)
	return n
}

// someMore are the first entries, and how many more there are.
func someMore(list []string) []string {
	if more := len(list) - mostJoined; more > 0 {
		return append(slices.Clone(list[:mostJoined]), fmt.Sprintf("%d more", more))
	}
	return list
}

// labelled are lines of labels and what there is to say, in two columns.
func labelled(facts []noted) []string {
	column := 0
	for _, f := range facts {
		if len(f.texts) > 0 {
			column = max(column, len(f.label)+2)
		}
	}
	var out []string
	for _, f := range facts {
		for i, text := range f.texts {
			label := f.label
			if i > 0 {
				label = ""
			}
			out = append(out, fmt.Sprintf("%-*s%s", column, label, text))
		}
	}
	return out
}

// facts writes those that there is something to say about.
func (s *screen) facts(all ...noted) { s.factsAt(answerAt, all...) }

func (s *screen) factsAt(column int, all ...noted) {
	for _, f := range all {
		head := line{{dim, text(f.label)}}
		for _, t := range f.texts {
			s.hang(head, column, s.said(t))
			head = nil
		}
	}
}

// fact writes a dim label and what there is to say, none where that is nothing.
func (s *screen) fact(label string, texts []string) {
	if len(texts) == 0 {
		texts = []string{"none"}
	}
	s.facts(noted{label, texts})
}

// answerAt is the column of what stands behind a label.
const answerAt = 10
