package compare

import (
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// accept gives a change of a finding that is there now the state of its acceptance: that of its
// annotation, else that of the baseline. What is worse than the baseline accepts stays worsened.
func (p *pair) accept(d *delta) {
	if d.Now == nil || d.Now.Status == api.StatusUnknown || p.opts.IgnoreAcceptances {
		return
	}
	byAnnotation, inBaseline := d.Now.Acceptance, p.acceptance(d.key)
	switch {
	case byAnnotation != nil && !byAnnotation.Expired:
		d.State, d.Text = api.ChangeAccepted, acceptedWords("by annotation", byAnnotation.Expires)
	case inBaseline != nil && !inBaseline.expired(p.opts.Now) && d.State == api.ChangeWorsened:
		d.Text = join(d.Text, "accepted as it was")
	case inBaseline != nil && !inBaseline.expired(p.opts.Now):
		d.State, d.Text = api.ChangeAccepted, acceptedWords("in the baseline", inBaseline.Expires)
		accepted := *d.Now
		accepted.Status = api.StatusAccepted
		accepted.Acceptance = &api.Acceptance{Reason: inBaseline.Reason, Owner: inBaseline.Owner, Expires: inBaseline.Expires, Origin: "baseline"}
		d.Now = &accepted
	case inBaseline != nil:
		d.State, d.Text = api.ChangeExpired, "accepted in the baseline until "+inBaseline.Expires
	case byAnnotation != nil:
		d.State, d.Text = api.ChangeExpired, "accepted by annotation until "+byAnnotation.Expires
	}
}

func acceptedWords(how, expires string) string {
	if expires == "" {
		return how
	}
	return how + ", until " + expires
}

// acceptance finds the baseline's, also for a container that was renamed since.
func (p *pair) acceptance(key subjectKey) *acceptance {
	names := p.renamed[sameObject(p.ref)]
	for i := range p.comparison.was.accepted {
		a := &p.comparison.was.accepted[i]
		mine := a.key
		if fresh, ok := names[mine.container]; ok {
			mine.container = fresh
		}
		if mine == key && sameObject(a.ref) == sameObject(p.ref) {
			return a
		}
	}
	return nil
}

// noteAcceptances tells of those of the baseline that match nothing, of what was compared.
func (c *comparison) noteAcceptances() {
	if c.opts.IgnoreAcceptances {
		return
	}
	before, now := c.was.holder(), c.now.holder()
	for _, a := range c.was.accepted {
		names := c.renamed[sameObject(a.ref)]
		if fresh, ok := names[a.key.container]; ok {
			a.key.container = fresh
		}
		if (before(a.ref) || now(a.ref)) && !c.now.has(a) {
			c.notes = append(c.notes, a.unused())
		}
	}
}

// Only keeps the changes of some states; the summary stays that of all.
func Only(c *api.Changes, states ...api.ChangeState) *api.Changes {
	return kept(c, func(change *api.Change) bool { return slices.Contains(states, change.State) })
}

// Filter keeps the changes of a severity and above; an empty one keeps all. The summary stays that
// of all.
func Filter(c *api.Changes, least api.Severity) *api.Changes {
	if least == "" {
		return c
	}
	return kept(c, func(change *api.Change) bool { return change.Severity.AtLeast(least) })
}

func kept(c *api.Changes, wanted func(*api.Change) bool) *api.Changes {
	out := *c
	out.Changes = []api.Change{}
	for i := range c.Changes {
		if wanted(&c.Changes[i]) {
			out.Changes = append(out.Changes, c.Changes[i])
		}
	}
	return &out
}

// Fails tells whether changes that were not filtered speak against the posture: something new,
// worsened or expired at or above failOn, and with incomparable what could not be compared too.
func Fails(c *api.Changes, failOn api.Severity, incomparable bool) bool {
	return slices.ContainsFunc(c.Changes, func(change api.Change) bool { return Against(&change, failOn, incomparable) })
}

// Against tells a change for which Fails is true.
func Against(change *api.Change, failOn api.Severity, incomparable bool) bool {
	switch change.State {
	case api.ChangeNew, api.ChangeWorsened, api.ChangeExpired:
		return change.Severity.AtLeast(failOn)
	case api.ChangeIncomparable:
		return incomparable && change.Severity.AtLeast(failOn)
	}
	return false
}
