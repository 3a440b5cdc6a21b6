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
	return printScreen(w, s)
}

// judged is one subject: the verdict, what would be refused, then what is granted beyond.
func (s *screen) judged(j *api.Judgement, i int) {
	p := &j.Proof.Subjects[i]
	verdict, ink := "yes", plain
	words := fmt.Sprintf("all %s of %s are allowed", counted(p.Observed, "observed use"), p.Subject)
	if len(p.Refused) > 0 {
		verdict, ink = "no", red
		words = fmt.Sprintf("%s of %s of %s would be refused", number(len(p.Refused)), counted(p.Observed, "observed use"), p.Subject)
	}
	s.parts(headGap+2-len(verdict)+1, line{{ink, text(verdict)}}, s.said(words))
	t := table{heads: make([]text, 4), headless: true}
	for _, u := range p.Refused {
		t.rows = append(t.rows, []line{
			{{red, s.bad}, {plain, s.text(" " + u.Use)}}, {{plain, text(number(int(u.Count)) + "x")}}, s.said(u.By),
		})
	}
	t.heads = t.heads[:3]
	if len(t.rows) > 0 {
		s.table(t)
	}
	s.judgedFacts(j, i)
}

func (s *screen) judgedFacts(j *api.Judgement, i int) {
	p := &j.Proof.Subjects[i]
	reasoned := func(label string, uses []api.ReasonedUse) {
		f := noted{label: label}
		for _, u := range uses {
			f.texts = append(f.texts, u.Use+": "+u.Reason)
		}
		if !s.wide && len(f.texts) > mostListed {
			f.texts = append(f.texts[:mostListed], fmt.Sprintf("and %d more (-o json)", len(uses)-mostListed))
		}
		if len(f.texts) > 0 {
			s.fact(label, f.texts)
		}
	}
	reasoned("excess", p.Excess)
	reasoned("likely", j.Likely[i])
	f := noted{label: "judged", texts: []string{strings.Join(j.Files, ", ") + " alone"}}
	switch {
	case len(p.Refused) == 0:
	case j.Unread != "":
		f.texts = append(f.texts, "what is in force besides is unknown: "+j.Unread)
	case len(j.StillAllowed[i]) > 0:
		f.texts = append(f.texts, "in force besides, and would still allow refused uses: "+strings.Join(j.StillAllowed[i], ", "))
	}
	s.fact(f.label, f.texts)
}
