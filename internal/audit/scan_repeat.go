package audit

import (
	"bytes"
	"hash/maphash"
)

const (
	repeatSlots = 512
	// maxRepeat is how long what is compared may be.
	maxRepeat = 2 << 10
	// maxAgent is how long a user agent may be that is compared; each user has some.
	maxAgent = 256
)

// repeats has users, and the annotations that they were last seen with, as they are written: in
// most lines both are those of a line before, so that comparing them is all that is to do.
type repeats struct {
	seed  maphash.Seed
	slots [repeatSlots]repeat

	order order
	// head is how the last event began, up to the comma behind its level.
	head        []byte
	kind, level span
	// status is the last responseStatus.
	status        []byte
	code, message span
}

// repeat is one user; spans are from where its object begins.
type repeat struct {
	raw    []byte
	fields scannedUser
	// users is what memory has for it, where nobody was impersonated.
	users *users

	annotations      []byte
	decision, reason span
	// noted is what memory has for the reason, agents for the user agents that came last; nil
	// behind them.
	noted  *text
	agents [4]*text
}

func newRepeats() *repeats { return &repeats{seed: maphash.MakeSeed()} }

// slot is where the user that begins at i is, if it is there.
func (r *repeats) slot(b []byte, i int) *repeat {
	return &r.slots[maphash.Bytes(r.seed, b[i:min(i+80, len(b))])%repeatSlots]
}

// shifted leaves what is absent where it is.
func (s span) shifted(by int) span {
	if s == (span{}) {
		return s
	}
	return span{s.from + int32(by), s.to + int32(by)}
}

func (u scannedUser) shifted(by int) scannedUser {
	u.whole, u.name, u.uid, u.groups = u.whole.shifted(by), u.name.shifted(by), u.uid.shifted(by), u.groups.shifted(by)
	u.extra, u.pod = u.extra.shifted(by), u.pod.shifted(by)
	return u
}

// userAgain is account for the user, but compares first.
func (f *scanned) userAgain(b []byte, i int) int {
	if f.repeats == nil || b[i] != '{' {
		return f.account(b, i, keyUser, &f.user)
	}
	r := f.repeats.slot(b, i)
	if len(r.raw) > 0 && bytes.HasPrefix(b[i:], r.raw) {
		if !f.once(keyUser) {
			return bad
		}
		f.user, f.repeat = r.fields.shifted(i), r
		return i + len(r.raw)
	}
	end := f.account(b, i, keyUser, &f.user)
	if end != bad && end-i <= maxRepeat {
		f.repeat = r
		*r = repeat{raw: append(r.raw[:0], b[i:end]...), fields: f.user.shifted(-i), annotations: r.annotations[:0]}
	}
	return end
}

// annotationsAgain goes over the annotations, but compares first.
func (f *scanned) annotationsAgain(b []byte, i int) int {
	r := f.repeat
	if r == nil || b[i] != '{' {
		return f.within(b, i, keyAnnotations, (*scanned).annotation)
	}
	if len(r.annotations) > 0 && bytes.HasPrefix(b[i:], r.annotations) {
		if !f.once(keyAnnotations) {
			return bad
		}
		f.decision, f.reason, f.noted = r.decision.shifted(i), r.reason.shifted(i), true
		return i + len(r.annotations)
	}
	end := f.within(b, i, keyAnnotations, (*scanned).annotation)
	if end != bad && end-i <= maxRepeat {
		r.annotations = append(r.annotations[:0], b[i:end]...)
		r.decision, r.reason = f.decision.shifted(-i), f.reason.shifted(-i)
		r.noted, f.noted = nil, true
	}
	return end
}

// agentAgain takes the user agent, but compares it with those that the user had before.
func (f *scanned) agentAgain(b []byte, i int) int {
	if f.repeat == nil || b[i] != '"' {
		return f.text(b, i, keyAgent, &f.agent)
	}
	for _, t := range f.repeat.agents {
		if t == nil {
			break
		}
		end := i + 1 + len(t.raw)
		if end < len(b) && b[end] == '"' && string(b[i+1:end]) == t.raw {
			if !f.once(keyAgent) {
				return bad
			}
			f.agent, f.sameAgent = span{int32(i + 1), int32(end)}, t
			return end + 1
		}
	}
	return f.text(b, i, keyAgent, &f.agent)
}

// membersAgain goes over the members of an event, but compares the first ones.
func (f *scanned) membersAgain(b []byte) int {
	r := f.repeats
	if r != nil && len(r.head) > 0 && bytes.HasPrefix(b, r.head) {
		f.kind, f.level, f.seen = r.kind, r.level, 1<<keyKind|1<<keyLevel
		return f.membersFrom(b, len(r.head)-1, keyLevel, (*scanned).top)
	}
	end := f.members(b, skipSpace(b, 0), keyOther, (*scanned).top)
	if r == nil || end == bad {
		return end
	}
	if at := f.headEnd; at > 0 && at < maxRepeat && b[at] == ',' {
		r.head, r.kind, r.level = append(r.head[:0], b[:at+1]...), f.kind, f.level
	}
	return end
}

// statusAgain goes over the responseStatus, but compares first: most are the same few bytes.
func (f *scanned) statusAgain(b []byte, i int) int {
	r := f.repeats
	if r == nil || b[i] != '{' {
		return f.within(b, i, keyStatus, (*scanned).status)
	}
	if len(r.status) > 0 && bytes.HasPrefix(b[i:], r.status) {
		if !f.once(keyStatus) {
			return bad
		}
		f.code, f.message = r.code.shifted(i), r.message.shifted(i)
		return i + len(r.status)
	}
	end := f.within(b, i, keyStatus, (*scanned).status)
	if end != bad && end-i <= maxRepeat {
		r.status, r.code, r.message = append(r.status[:0], b[i:end]...), f.code.shifted(-i), f.message.shifted(-i)
	}
	return end
}
