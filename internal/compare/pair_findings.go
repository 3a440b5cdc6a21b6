package compare

import (
	"cmp"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// findings compares those of both sides, check by check.
func (p *pair) findings() []delta {
	var checks []string
	for _, f := range slices.Concat(p.was.findings, p.now.findings) {
		checks = append(checks, f.Check)
	}
	var out []delta
	for _, check := range set(checks) {
		t := tally{pair: p, check: check}
		t.was, t.wasUnknown = ofCheck(p.was, check)
		t.now, t.nowUnknown = ofCheck(p.now, check)
		out = append(out, t.compare()...)
	}
	for i := range out {
		p.accept(&out[i])
	}
	return out
}

func ofCheck(w *workload, check string) (open, unknown []finding) {
	for _, f := range w.findings {
		switch {
		case f.Check != check, isProtection(f):
		case f.unknown():
			unknown = append(unknown, f)
		default:
			open = append(open, f)
		}
	}
	return open, unknown
}

// isProtection tells a finding that says no more than that something protects: facts compare that.
func isProtection(f finding) bool {
	return (f.Check == "userns" || f.Check == "runtime-class") && f.Severity == api.SeverityInfo && !f.unknown()
}

// tally compares the findings of one check.
type tally struct {
	*pair
	check                            string
	was, now, wasUnknown, nowUnknown []finding
	out                              []delta
}

func (t *tally) compare() []delta {
	came, went := t.match()
	came, went = t.powers(came, went)
	wasDoubted, nowDoubted := false, false
	for _, f := range came {
		d := t.delta(nil, &f)
		doubt := t.wasDoubt(f)
		switch {
		case doubt != "":
			wasDoubted = wasDoubted || len(t.wasUnknown) > 0
			d.State, d.Text = api.ChangeIncomparable, doubt
		case t.missing != "":
			d.State, d.wider = api.ChangeNew, 1
		case t.comparison.was.Checks != nil && !slices.Contains(t.comparison.was.Checks, t.check):
			d.State = api.ChangeNewRule // which speaks for no fact: that may be wider all the same
		case t.covered(t.pair.was, f):
			d.State = api.ChangeUnchanged
		default:
			d.State, d.wider = api.ChangeNew, 1
		}
		t.out = append(t.out, d)
	}
	for _, f := range went {
		d := t.delta(&f, nil)
		doubt := t.nowDoubt(f)
		switch {
		case doubt != "":
			nowDoubted = nowDoubted || len(t.nowUnknown) > 0
			d.State, d.Text = api.ChangeIncomparable, doubt
		case t.missing != "":
			d.State, d.wider, d.Text = api.ChangeResolved, -1, "the workload "+t.missing
		case t.covered(t.pair.now, f):
			d.State = api.ChangeUnchanged
		default:
			d.State, d.wider = api.ChangeResolved, -1
		}
		t.out = append(t.out, d)
	}
	t.unknowns(wasDoubted, nowDoubted)
	return t.out
}

// match pairs findings about the same subject.
func (t *tally) match() (came, went []finding) {
	theirs := map[subjectKey]finding{}
	for _, f := range t.was {
		theirs[f.key()] = f
	}
	for _, f := range t.now {
		w, ok := theirs[f.key()]
		if !ok {
			came = append(came, f)
			continue
		}
		delete(theirs, f.key())
		t.out = append(t.out, t.both(&w, &f))
	}
	for _, f := range t.was {
		if _, left := theirs[f.key()]; left {
			went = append(went, f)
		}
	}
	return came, went
}

// both is a finding of both sides.
func (t *tally) both(w, n *finding) delta {
	d := t.delta(w, n)
	switch was, now := w.Severity, n.Severity; {
	case now.Rank() > was.Rank():
		d.State, d.wider, d.Text = api.ChangeWorsened, 1, join("was "+string(was), n.Modifier)
	case now.Rank() < was.Rank():
		d.State, d.wider, d.Text = api.ChangeImproved, -1, join("was "+string(was), n.Modifier)
	default:
		d.State = api.ChangeUnchanged
	}
	return d
}

func join(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "; ")
}

// powers pairs what is left of findings about rights where one is the other and more.
func (t *tally) powers(came, went []finding) (rest, gone []finding) {
	if !strings.HasPrefix(t.check, "sa-") || t.missing != "" {
		return came, went
	}
	gone = slices.Clone(went)
	for _, n := range came {
		at := slices.IndexFunc(gone, func(w finding) bool {
			return widerPower(n.Subject, w.Subject) || widerPower(w.Subject, n.Subject)
		})
		if at < 0 {
			rest = append(rest, n)
			continue
		}
		w := gone[at]
		gone = slices.Delete(gone, at, at+1)
		d := t.delta(&w, &n)
		d.State, d.wider, d.Text = api.ChangeWorsened, 1, join("was "+w.Subject, n.Modifier)
		if more := n.Severity.Rank() - w.Severity.Rank(); more < 0 || more == 0 && widerPower(w.Subject, n.Subject) {
			d.State, d.wider = api.ChangeImproved, -1
		}
		t.out = append(t.out, d)
	}
	return rest, gone
}

// wasDoubt says why it is not known whether the old side had a finding; empty where it is known.
func (t *tally) wasDoubt(f finding) string {
	was := t.comparison.was
	switch {
	case t.wasHidden:
		return "was unknown: " + t.hidden
	case doubted(t.wasUnknown, f):
		return strings.TrimSuffix("was unknown: "+was.reason(t.check), ": ")
	case was.files() && !t.comparison.now.files() && fromCluster(t.check):
		return "was unknown: no cluster was asked"
	case t.pair.was.ignorant(f):
		return strings.TrimSuffix("was unknown: "+was.reason(t.check), ": ")
	}
	return ""
}

// nowDoubt is wasDoubt for the new side.
func (t *tally) nowDoubt(f finding) string {
	now := t.comparison.now
	switch {
	case t.nowHidden:
		return "unknown now: " + t.hidden
	case doubted(t.nowUnknown, f):
		return strings.TrimSuffix("unknown now: "+now.reason(t.check), ": ")
	case t.missing != "":
		return ""
	case now.Checks != nil && !slices.Contains(now.Checks, t.check):
		return "not judged now: no such check"
	case now.files() && !t.comparison.was.files() && fromCluster(t.check):
		return "unknown now: no cluster was asked"
	case live(t.check) && t.pair.now.idle && !t.pair.was.idle && len(t.comparison.was.Scope.Files) == 0:
		return "unknown now: no pod runs"
	case t.pair.now.ignorant(f):
		return strings.TrimSuffix("unknown now: "+now.reason(t.check), ": ")
	}
	return ""
}

// doubted tells whether something of a check could not be judged in the same place.
func doubted(unknown []finding, f finding) bool {
	return slices.ContainsFunc(unknown, func(u finding) bool {
		return u.container == "" || f.container == "" || u.container == f.container
	})
}

// covered tells a finding that was not repeated on a side, because another one stands for it.
func (t *tally) covered(side *workload, f finding) bool {
	return slices.ContainsFunc(side.findings, func(o finding) bool {
		return slices.Contains(t.covers[f.Check], o.Check) && (o.container == "" || o.container == f.container)
	})
}

// unknowns are what could not be judged and was not told yet.
func (t *tally) unknowns(wasDoubted, nowDoubted bool) {
	was, now := slices.Clone(t.wasUnknown), slices.Clone(t.nowUnknown)
	take := func(same func(a, b finding) bool) {
		now = slices.DeleteFunc(now, func(n finding) bool {
			at := slices.IndexFunc(was, func(w finding) bool { return same(w, n) })
			if at < 0 {
				return false
			}
			d := t.delta(&was[at], &n)
			d.State = api.ChangeUnchanged
			t.changes.Summary.Unknown++
			t.out, was = append(t.out, d), slices.Delete(was, at, at+1)
			return true
		})
	}
	take(func(a, b finding) bool { return a.key() == b.key() })
	take(func(finding, finding) bool { return true })
	for _, f := range was {
		if d := t.delta(&f, nil); !wasDoubted {
			d.State, d.Text = api.ChangeIncomparable, strings.TrimSuffix("was unknown: "+t.comparison.was.reason(t.check), ": ")
			t.out = append(t.out, d)
		}
	}
	for _, f := range now {
		if d := t.delta(nil, &f); !nowDoubted {
			d.State, d.Text = api.ChangeIncomparable, strings.TrimSuffix("unknown now: "+t.comparison.now.reason(t.check), ": ")
			t.out = append(t.out, d)
		}
	}
}

// delta is a change of a finding, without its state.
func (t *tally) delta(w, n *finding) delta {
	f := n
	if f == nil {
		f = w
	}
	d := delta{key: f.key(), Change: api.Change{Ref: t.ref, Check: f.Check, Container: f.Container, Subject: f.Subject, Severity: f.Severity}}
	if n != nil {
		d.Now = &n.Finding
	}
	if w != nil {
		d.Was = &w.Finding
	}
	if d.Severity == "" {
		d.Severity = cmp.Or(t.grades[f.Check], api.SeverityInfo)
	}
	for _, side := range []*api.Finding{d.Now, d.Was} {
		if side != nil && side.Severity == "" {
			side.Severity = d.Severity
		}
	}
	return d
}
