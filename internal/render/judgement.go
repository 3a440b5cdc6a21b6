package render

import (
	"fmt"
	"io"
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
		s.judged(j, i)
	}
	if len(j.NotSeen) > 0 {
		s.fact("not seen", j.NotSeen)
	}
	s.facts(noted{"blind", j.Blind})
	return printScreen(w, s)
}

// judged is one subject: the verdict, what would be refused, then what is granted beyond.
func (s *screen) judged(j *api.Judgement, i int) {
	p := &j.Proof.Subjects[i]
	verdict, words := verdictOf(p, j.Unseen[i])
	ink := plain
	if len(p.Refused) > 0 {
		ink = red
	}
	if more := len(j.NotSeen); i == 0 && more > 0 {
		words += "; of " + counted(more, "other subject") + " nothing was seen"
	}
	s.parts(max(headGap+3-len(verdict), headGap-1), line{{ink, text(verdict)}}, s.said(words))
	t := table{heads: make([]text, 3), headless: true}
	for _, u := range p.Refused {
		t.rows = append(t.rows, []line{
			{{red, s.bad}, {plain, s.text(" " + u.Use)}}, {{plain, text(number(int(u.Count)) + "x")}}, s.said(u.By),
		})
	}
	if len(t.rows) > 0 {
		s.table(t)
	}
	s.judgedFacts(j, i)
}

// verdictOf is yes or no, or unknown where some uses cannot be judged and no other is refused.
func verdictOf(p *api.SubjectProof, unseen int) (verdict, words string) {
	all := "the observed use of " + p.Subject + " is allowed"
	switch {
	case p.Observed == 0:
		all = "nothing that " + p.Subject + " was seen to do needs a role"
	case p.Observed > 1:
		all = fmt.Sprintf("all %s of %s are allowed", counted(p.Observed, "observed use"), p.Subject)
	}
	switch seen := len(p.Refused) - unseen; {
	case seen > 0 && unseen > 0:
		return "no", refusedWords(p, seen) + ", and " + number(unseen) + " that the server checks beside"
	case seen > 0:
		return "no", refusedWords(p, seen)
	case unseen > 0:
		return "no", all + ", but " + number(unseen) + " that the server checks beside would be refused"
	case len(p.Inexpressible) > 0 && p.Observed == 0:
		return "unknown", fmt.Sprintf("%s of %s cannot be judged", counted(len(p.Inexpressible), "observed use"), p.Subject)
	case len(p.Inexpressible) > 0:
		return "unknown", fmt.Sprintf("%s of %s cannot be judged; the other %s would be allowed",
			counted(len(p.Inexpressible), "observed use"), p.Subject, number(p.Observed))
	}
	return "yes", all
}

func refusedWords(p *api.SubjectProof, refused int) string {
	if p.Observed == 1 {
		return "the observed use of " + p.Subject + " would be refused"
	}
	return fmt.Sprintf("%s of %s of %s would be refused", number(refused), counted(p.Observed, "observed use"), p.Subject)
}

func (s *screen) judgedFacts(j *api.Judgement, i int) {
	p := &j.Proof.Subjects[i]
	const inProof = " (-o json)"
	s.reasoned("unjudged", p.Inexpressible, inProof)
	s.reasoned("excess", p.Excess, inProof)
	s.reasoned("likely", j.Likely[i], "")
	judged := strings.Join(j.Files, ", ") + " alone"
	if len(j.Borrowed) > 0 {
		judged += ", with " + strings.Join(j.Borrowed, ", ")
	}
	texts := []string{judged}
	switch {
	case len(p.Refused) == 0:
	case j.Unread != "":
		texts = append(texts, "what is in force besides is unknown: "+j.Unread)
	case len(j.StillAllowed[i]) > 0:
		texts = append(texts, "in force besides, and would still allow refused uses: "+strings.Join(j.StillAllowed[i], ", "))
	}
	s.fact("judged", texts)
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
