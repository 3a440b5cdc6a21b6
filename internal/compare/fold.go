package compare

import (
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// fold takes out of a change of a fact what changes of findings in the same direction say, and
// returns what is left to tell. Findings about volumes do not say which container mounts them, and
// how.
func (p *pair) fold(found []delta, d delta, k *kind) []delta {
	if k.name == kindMount {
		return []delta{d}
	}
	checks := k.checks(*d.fact)
	var speakers []*delta
	for i := range found {
		if f := &found[i]; p.speaks(f, d, checks) {
			speakers = append(speakers, f)
		}
	}
	if len(speakers) == 0 {
		return []delta{d}
	}
	if d.fact.kind == unknownFact {
		return p.foldUnknown(speakers, d, k)
	}
	if k.atoms == nil {
		if f := speaker(speakers, k, p.ref.Namespace, *d.fact, nil); f != nil {
			f.tell(d)
			return nil
		}
		return []delta{d}
	}
	return p.foldAtoms(speakers, d, k)
}

// foldUnknown: that a kind is unknown is said by a finding about it which is unknown too.
func (p *pair) foldUnknown(speakers []*delta, d delta, k *kind) []delta {
	for _, f := range speakers {
		if kinds := concernedKinds(f.key); len(kinds) == 0 || slices.Contains(kinds, k.name) {
			return nil
		}
	}
	return []delta{d}
}

func (p *pair) foldAtoms(speakers []*delta, d delta, k *kind) []delta {
	var left []atom
	atoms := k.atoms(*d.fact)
	for _, a := range atoms {
		if f := speaker(speakers, k, p.ref.Namespace, *d.fact, a); f != nil {
			f.tell(d)
		} else {
			left = append(left, a)
		}
	}
	if len(left) == len(atoms) {
		return []delta{d}
	}
	var out []delta
	if len(left) > 0 {
		for _, f := range k.join(d.fact.container, left) {
			part := d
			part.fact, part.Fact = &f, f.line()
			out = append(out, part)
		}
	}
	return out
}

// speaks tells a change of a finding that went the same way, of a check about the fact and in its
// container.
func (p *pair) speaks(f *delta, d delta, checks []string) bool {
	same := f.wider == d.wider && (f.wider != 0 || f.State == api.ChangeIncomparable)
	return same && slices.Contains(checks, f.Check) && inContainer(f.key.container, d.fact.container) &&
		(f.Check != "exposed" || !p.standing(*d.fact))
}

// standing tells a way in to the same port that both sides have: the fact may be of that one.
func (p *pair) standing(f fact) bool {
	of := func(w *workload) []string {
		var out []string
		for _, o := range w.findings {
			if o.Check == "exposed" && !o.unknown() && saysExposure(o.key(), "", f, exposureAtom{target: f.arg(0)}) {
				out = append(out, o.Subject)
			}
		}
		return out
	}
	was := of(p.was)
	return slices.ContainsFunc(of(p.now), func(subject string) bool { return slices.Contains(was, subject) })
}

func inContainer(finding, fact string) bool { return finding == "" || fact == "" || finding == fact }

// speaker is the first that says an atom, or the fact where there is none.
func speaker(speakers []*delta, k *kind, home string, f fact, a atom) *delta {
	at := slices.IndexFunc(speakers, func(s *delta) bool {
		return k.says == nil || s.State == api.ChangeIncomparable && s.key.subject == "" || k.says(s.key, home, f, a) ||
			s.Was != nil && k.says(subjectKey{s.key.check, s.key.container, s.Was.Subject}, home, f, a) || wholeDirection(s, f)
	})
	if at < 0 {
		return nil
	}
	return speakers[at]
}

// wholeDirection tells a finding about a direction that cannot be compared: nothing of it can.
func wholeDirection(s *delta, f fact) bool {
	return s.State == api.ChangeIncomparable && direction(s.Check) == f.kind
}

// tell adds to a finding what it was before.
func (d *delta) tell(fact delta) {
	if d.Text == "" && d.wider > 0 {
		d.Text = fact.Text
	}
}

// grade is the severity of a fact: that of findings about the same, else that of its kind. Where
// findings say a part of it only, it is not below that of its kind.
func (p *pair) grade(d delta, k *kind) api.Severity {
	own := k.severity(*d.fact)
	if own == api.SeverityInfo || d.fact.kind == unknownFact {
		return own
	}
	atoms := []atom{nil}
	if k.atoms != nil {
		atoms = k.atoms(*d.fact)
	}
	checks := k.checks(*d.fact)
	worst, said := api.Severity(""), make([]bool, len(atoms))
	for _, f := range slices.Concat(p.was.findings, p.now.findings) {
		if !slices.Contains(checks, f.Check) || f.unknown() || !inContainer(f.container, d.fact.container) {
			continue
		}
		for i, a := range atoms {
			if k.says != nil && !k.says(f.key(), p.ref.Namespace, *d.fact, a) {
				continue
			}
			said[i] = true
			if f.Severity.Rank() > worst.Rank() {
				worst = f.Severity
			}
		}
	}
	switch {
	case (k.vague || slices.Contains(said, false)) && worst.Rank() < own.Rank():
		return own
	case d.wider != 0 && worst.Rank() < api.SeverityLow.Rank():
		return api.SeverityLow
	}
	return worst
}
