package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// acceptance is one of a baseline, with what it is for.
type acceptance struct {
	ref api.Ref
	key subjectKey
	api.BaselineAcceptance
}

// expired tells one whose last day has passed, in UTC.
func (a acceptance) expired(now time.Time) bool {
	day, err := time.Parse(time.DateOnly, a.Expires)
	return err == nil && !now.Before(day.AddDate(0, 0, 1))
}

// EntryError is an entry of a baseline that cannot be used.
type EntryError struct {
	// Path of the entry, such as "workloads[2].facts[0]".
	Path   string
	Reason string
}

func (e *EntryError) Error() string { return e.Path + ": " + e.Reason }

// OfBaseline is the posture of a baseline. The error is an *EntryError: an entry that is of no
// known form, or there twice, or a baseline of another version.
func OfBaseline(b *api.Baseline) (*Posture, error) {
	if b.APIVersion != api.Version || b.Kind != api.KindBaseline {
		return nil, &EntryError{"apiVersion", fmt.Sprintf("%q of kind %q is not %s of %s, which this version reads", b.APIVersion, b.Kind, api.KindBaseline, api.Version)}
	}
	p := &Posture{Scope: b.Scope, Server: b.Server, PodSecurity: b.PodSecurity, Checks: set(b.Checks)}
	for _, u := range b.Unknown {
		resource, group, _ := strings.Cut(u.Resource, ".")
		if strings.HasPrefix(u.Resource, "/") || strings.Contains(resource, "/") {
			resource, group = u.Resource, ""
		}
		p.Unknown = append(p.Unknown, api.Unread{Verb: u.Verb, Group: group, Resource: resource, Namespace: u.Namespace})
		p.citing = append(p.citing, u.Checks)
	}
	v := newVocabulary()
	seen := map[api.Ref]bool{}
	for i := range b.Workloads {
		w, err := v.workload(&b.Workloads[i], fmt.Sprintf("workloads[%d]", i))
		if err != nil {
			return nil, err
		}
		if seen[sameObject(w.ref)] {
			return nil, &EntryError{fmt.Sprintf("workloads[%d].ref", i), fmt.Sprintf("%q is there twice", b.Workloads[i].Ref)}
		}
		seen[sameObject(w.ref)] = true
		p.workloads = append(p.workloads, w)
	}
	sortWorkloads(p.workloads)
	return p, p.accept(b.Accepted)
}

func (v vocabulary) workload(b *api.BaselineWorkload, path string) (workload, error) {
	ref, err := parseRef(b.Ref)
	if err != nil {
		return workload{}, &EntryError{path + ".ref", err.Error()}
	}
	w := workload{ref: ref, level: b.PodSecurity}
	if !slices.Contains([]api.Level{"", api.LevelPrivileged, api.LevelBaseline, api.LevelRestricted, api.LevelUnknown}, b.PodSecurity) {
		return w, &EntryError{path + ".podSecurity", fmt.Sprintf("%q is no Pod Security level", b.PodSecurity)}
	}
	lines := map[string]bool{}
	for i, line := range b.Facts {
		f, err := v.parse(line)
		if err == nil && lines[f.line()] {
			err = fmt.Errorf("fact %q is there twice", line)
		}
		if err != nil {
			return w, &EntryError{fmt.Sprintf("%s.facts[%d]", path, i), err.Error()}
		}
		lines[f.line()] = true
		w.facts = append(w.facts, f)
	}
	keys := map[subjectKey]bool{}
	for i, line := range b.Findings {
		f, err := parseFinding(ref, line)
		if err == nil && keys[f.key()] {
			err = fmt.Errorf("finding %q is there twice", line)
		}
		if err != nil {
			return w, &EntryError{fmt.Sprintf("%s.findings[%d]", path, i), err.Error()}
		}
		keys[f.key()] = true
		w.findings = append(w.findings, f)
	}
	w.sort()
	return w, nil
}

// accept reads acceptances.
func (p *Posture) accept(entries []api.BaselineAcceptance) error {
	for i, entry := range entries {
		a, err := acceptanceOf(entry)
		if err == nil && slices.ContainsFunc(p.accepted, func(o acceptance) bool {
			return sameObject(o.ref) == sameObject(a.ref) && o.key == a.key
		}) {
			err = fmt.Errorf("%q of %s is accepted twice", entry.Finding, entry.Ref)
		}
		if err != nil {
			return &EntryError{fmt.Sprintf("accepted[%d]", i), err.Error()}
		}
		p.accepted = append(p.accepted, a)
	}
	return nil
}

func acceptanceOf(entry api.BaselineAcceptance) (acceptance, error) {
	a := acceptance{BaselineAcceptance: entry}
	var err error
	if a.ref, err = parseRef(entry.Ref); err != nil {
		return a, err
	}
	if a.key, err = parseSubject(entry.Finding); err != nil {
		return a, fmt.Errorf("finding %q: %w", entry.Finding, err)
	}
	switch {
	case api.Severity(a.key.check).Rank() >= 0:
		return a, fmt.Errorf("finding %q begins with a severity: leave it out", entry.Finding)
	case strings.TrimSpace(entry.Reason) == "":
		return a, fmt.Errorf("%q of %s is accepted without a reason", entry.Finding, entry.Ref)
	case strings.TrimSpace(entry.Owner) == "":
		return a, fmt.Errorf("%q of %s is accepted without an owner", entry.Finding, entry.Ref)
	}
	if entry.Expires != "" {
		if _, err := time.Parse(time.DateOnly, entry.Expires); err != nil {
			return a, fmt.Errorf("expires %q is not a date of the form 2027-01-31", entry.Expires)
		}
	}
	return a, nil
}

// Baseline is a posture as a document to keep. Acceptances are those of an earlier baseline, was,
// which may be nil. Notes are about those that match nothing any more; they are kept.
func Baseline(now, was *Posture) (b *api.Baseline, notes []string) {
	b = &api.Baseline{
		APIVersion: api.Version, Kind: api.KindBaseline, Scope: scopeOf(now.Scope), Server: now.Server, PodSecurity: now.PodSecurity,
		Checks: append([]string{}, now.Checks...), Unknown: now.unread(), Workloads: []api.BaselineWorkload{}, Accepted: []api.BaselineAcceptance{},
	}
	for _, w := range now.workloads {
		entry := api.BaselineWorkload{Ref: refText(w.ref), PodSecurity: w.level, Facts: []string{}, Findings: []string{}}
		for _, f := range w.facts {
			entry.Facts = append(entry.Facts, f.line())
		}
		for _, f := range w.findings {
			entry.Findings = append(entry.Findings, f.line())
		}
		if w.ref.Kind != "Namespace" || len(entry.Facts)+len(entry.Findings) > 0 {
			b.Workloads = append(b.Workloads, entry)
		}
	}
	slices.SortFunc(b.Workloads, func(x, y api.BaselineWorkload) int { return strings.Compare(x.Ref, y.Ref) })
	if was != nil {
		for _, a := range was.accepted {
			b.Accepted = append(b.Accepted, a.BaselineAcceptance)
			if !now.has(a) {
				notes = append(notes, a.unused())
			}
		}
	}
	slices.SortFunc(b.Accepted, func(x, y api.BaselineAcceptance) int {
		return cmp.Or(strings.Compare(x.Ref, y.Ref), strings.Compare(x.Finding, y.Finding))
	})
	return b, notes
}

func (a acceptance) unused() string {
	return fmt.Sprintf("the acceptance of %s for %s matches nothing: it was mended, renamed or is written otherwise", a.Finding, a.ref.From(""))
}

func (p *Posture) has(a acceptance) bool {
	return slices.ContainsFunc(p.workloads, func(w workload) bool {
		return sameObject(w.ref) == sameObject(a.ref) && slices.ContainsFunc(w.findings, func(f finding) bool { return f.key() == a.key })
	})
}

// scopeOf has no nil lists.
func scopeOf(s api.Scope) api.Scope {
	s.Namespaces, s.Files, s.Targets = append([]string{}, s.Namespaces...), append([]string{}, s.Files...), append([]string{}, s.Targets...)
	return s
}

// unread are the failed reads, sorted, without their reasons.
func (p *Posture) unread() []api.BaselineUnread {
	out := []api.BaselineUnread{}
	for i, u := range p.Unknown {
		resource := u.Resource
		if u.Group != "" {
			resource += "." + u.Group
		}
		out = append(out, api.BaselineUnread{Verb: u.Verb, Resource: cmp.Or(resource, u.What), Namespace: u.Namespace, Checks: p.citing[i]})
	}
	slices.SortFunc(out, func(a, b api.BaselineUnread) int {
		return cmp.Or(strings.Compare(a.Resource, b.Resource), strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Verb, b.Verb), slices.Compare(a.Checks, b.Checks))
	})
	return slices.CompactFunc(out, func(a, b api.BaselineUnread) bool {
		return a.Verb == b.Verb && a.Resource == b.Resource && a.Namespace == b.Namespace
	})
}
