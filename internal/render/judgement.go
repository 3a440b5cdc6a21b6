package render

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// JudgementFormats are those that Judgement knows.
func JudgementFormats() []string { return []string{formatText, formatJSON, formatYAML, formatKYAML} }

// ValidateJudgementFormat tells, before anything is worked out, whether Judgement can print a
// format.
func ValidateJudgementFormat(format string) error {
	for _, known := range JudgementFormats() {
		if strings.EqualFold(known, format) {
			return nil
		}
	}
	return fmt.Errorf("output format %q is none of %s", format, strings.Join(JudgementFormats(), ", "))
}

// Judgement prints whether roles fit what was observed: as text, or its Proof as a document.
// An error is that of the format or of a write.
func Judgement(w io.Writer, j *api.Judgement, opts Options) error {
	return printJudgement(w, j, judgedUses{use: "use", none: "nothing that %s was seen to do needs a role"}, opts)
}

// PolicyJudgement is Judgement for NetworkPolicies, which are judged with others in force.
func PolicyJudgement(w io.Writer, j *api.Judgement, opts Options) error {
	return printJudgement(w, j, judgedUses{use: "edge", none: "nothing was seen of %s that a policy decides on", together: true}, opts)
}

// judgedUses are what is judged: what a use is called, the sentence about a subject without any,
// and whether the files are judged together with what is in force.
type judgedUses struct {
	use, none string
	together  bool
}

func (w judgedUses) observed(n int) string { return counted(n, "observed "+w.use) }

func printJudgement(w io.Writer, j *api.Judgement, what judgedUses, opts Options) error {
	if !strings.EqualFold(opts.Format, formatText) {
		encode, err := plainEncoder(opts.Format, JudgementFormats())
		if err != nil {
			return err
		}
		d := document{value: j.Proof}
		return d.print(w, encode, opts)
	}
	s := newScreen(opts)
	for i := range j.Proof.Subjects {
		s.judged(j, i, what)
	}
	if what.together {
		s.fact("judged", []string{strings.Join(slices.Concat(j.Files, j.Borrowed), ", ")})
	}
	if len(j.NotSeen) > 0 {
		s.fact("not seen", j.NotSeen)
	}
	s.facts(noted{"note", j.Notes}, noted{"blind", j.Blind})
	return printScreen(w, s)
}

// judged is one subject: the verdict, what would be refused, then what is granted beyond.
func (s *screen) judged(j *api.Judgement, i int, what judgedUses) {
	p := &j.Proof.Subjects[i]
	verdict, words := what.verdict(p, entryOf(j.Unseen, i))
	ink := plain
	if len(p.Refused) > 0 {
		ink = red
	}
	if more := len(j.NotSeen); i == 0 && more > 0 {
		words += "; of " + counted(more, "other subject") + " nothing was seen"
	}
	s.hang(line{{ink, text(verdict)}}, max(headGap+3, len(verdict)+headGap-1), s.said(words))
	t := table{heads: make([]text, 3), headless: true}
	for _, u := range p.Refused {
		t.rows = append(t.rows, []line{
			{{red, s.bad}, {plain, s.text(" " + u.Use)}}, {{plain, text(number(int(u.Count)) + "x")}}, s.said(u.By),
		})
	}
	if len(t.rows) > 0 {
		s.table(t)
	}
	s.judgedFacts(j, i, what)
}

// entryOf is that of a list that goes with the subjects; policies leave some lists out.
func entryOf[T any](list []T, i int) T {
	var none T
	if i < len(list) {
		return list[i]
	}
	return none
}

// verdict is yes or no, or unknown where some uses cannot be judged and no other is refused.
func (w judgedUses) verdict(p *api.SubjectProof, unseen int) (verdict, words string) {
	all := "the observed " + w.use + " of " + p.Subject + " is allowed"
	switch {
	case p.Observed == 0:
		all = fmt.Sprintf(w.none, p.Subject)
	case p.Observed > 1:
		all = fmt.Sprintf("all %s of %s are allowed", w.observed(p.Observed), p.Subject)
	}
	switch seen := len(p.Refused) - unseen; {
	case seen > 0 && unseen > 0:
		return "no", w.refused(p, seen) + ", and " + number(unseen) + " that the server checks beside"
	case seen > 0:
		return "no", w.refused(p, seen)
	case unseen > 0:
		return "no", all + ", but " + number(unseen) + " that the server checks beside would be refused"
	case len(p.Inexpressible) > 0 && p.Observed == 0:
		return "unknown", fmt.Sprintf("%s of %s cannot be judged", w.observed(len(p.Inexpressible)), p.Subject)
	case len(p.Inexpressible) > 0:
		return "unknown", fmt.Sprintf("%s of %s cannot be judged; the other %s would be allowed",
			w.observed(len(p.Inexpressible)), p.Subject, number(p.Observed))
	}
	return "yes", all
}

func (w judgedUses) refused(p *api.SubjectProof, refused int) string {
	if p.Observed == 1 {
		return "the observed " + w.use + " of " + p.Subject + " would be refused"
	}
	return fmt.Sprintf("%s of %s of %s would be refused", number(refused), w.observed(p.Observed), p.Subject)
}

func (s *screen) judgedFacts(j *api.Judgement, i int, what judgedUses) {
	p := &j.Proof.Subjects[i]
	s.reasoned("unjudged", p.Inexpressible, inJSON)
	s.reasoned("excess", p.Excess, inJSON)
	s.reasoned("likely", entryOf(j.Likely, i), "")
	if t := p.Tuples; t != nil {
		s.facts(noted{"tuples", []string{tupleWords(t, "; ") + tupleUnit}}, noted{"outside", outsideWords(t)})
	}
	if what.together {
		s.counted("denied", p.Denied)
		s.counted("left out", p.LeftOut)
		s.facts(noted{"in force", beside(j, i)})
		return
	}
	s.fact("judged", what.judged(j, i))
}

// beside are the policies in force that let through what the files do not.
func beside(j *api.Judgement, i int) []string {
	if still := entryOf(j.StillAllowed, i); len(still) > 0 {
		return []string{"lets through what the files do not: " + strings.Join(still, ", ")}
	}
	return nil
}

// judged says what was judged, and what is in force beside it.
func (w judgedUses) judged(j *api.Judgement, i int) []string {
	texts := []string{strings.Join(j.Files, ", ") + " alone"}
	if len(j.Borrowed) > 0 {
		texts[0] += ", with " + strings.Join(j.Borrowed, ", ")
	}
	switch {
	case len(j.Proof.Subjects[i].Refused) == 0:
	case j.Unread != "":
		texts = append(texts, "what is in force besides is unknown: "+j.Unread)
	case len(entryOf(j.StillAllowed, i)) > 0:
		texts = append(texts, "in force besides, and would still allow refused "+w.use+"s: "+strings.Join(j.StillAllowed[i], ", "))
	}
	return texts
}

// counted writes a label and the edges for which others decide.
func (s *screen) counted(label string, uses []api.CountedUse) {
	var reasoned []api.ReasonedUse
	for _, u := range uses {
		if u.By != "" {
			reasoned = append(reasoned, api.ReasonedUse{Use: u.Use + " " + number(int(u.Count)) + "x", Reason: u.By})
		}
	}
	s.reasoned(label, reasoned, inJSON)
}

// reasoned writes a label and uses with their reasons: some of many, and where all are.
func (s *screen) reasoned(label string, uses []api.ReasonedUse, where string) {
	var texts []string
	for _, u := range uses {
		texts = append(texts, u.Use+": "+u.Reason)
	}
	if !s.wide && len(texts) > mostListed {
		texts = append(texts[:mostListed], "and "+number(len(uses)-mostListed)+" more"+where)
	}
	if len(texts) > 0 {
		s.fact(label, texts)
	}
}
