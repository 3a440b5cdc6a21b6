package assess

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// AcceptPrefix begins the annotations that accept the findings of a check, as in
// accept.kubectl-harden.dev/CHECK: "reason; owner=team; until=2027-01-31".
const AcceptPrefix = "accept.kubectl-harden.dev/"

// originAnnotation is where an acceptance of this kind comes from.
const originAnnotation = "annotation"

// acceptances are those of an object's annotations by check ID, with notes about what is wrong
// in them. A broken one accepts nothing.
func (a *assessor) acceptances(annotations map[string]string) (map[string]api.Acceptance, []string) {
	accepted := map[string]api.Acceptance{}
	notes := []string{}
	for _, key := range slices.Sorted(maps.Keys(annotations)) {
		id, ok := strings.CutPrefix(key, AcceptPrefix)
		if !ok {
			continue
		}
		if !a.known[id] {
			notes = append(notes, fmt.Sprintf("annotation %s accepts nothing: no check has the ID %q", key, id))
			continue
		}
		acceptance, err := parseAcceptance(annotations[key], a.opts.Now)
		if err != nil {
			notes = append(notes, fmt.Sprintf("annotation %s accepts nothing: %v", key, err))
			continue
		}
		accepted[id] = acceptance
	}
	return accepted, notes
}

// acceptAll marks the findings of a workload that its annotations accept: the owner's for all
// of them, a template's for its own. It returns notes about broken ones.
func (a *assessor) acceptAll(w *workload.Workload, findings []api.Finding) []string {
	accepted, notes := a.acceptances(w.Meta.Annotations)
	mark := func(of map[string]api.Acceptance, concerns func(api.Finding) bool) {
		if !a.opts.IgnoreAcceptances {
			accept(findings, of, concerns)
		}
	}
	mark(accepted, func(api.Finding) bool { return true })
	for _, t := range w.Templates {
		accepted, more := a.acceptances(t.Meta.Annotations)
		for _, note := range more {
			if !slices.Contains(notes, note) {
				notes = append(notes, note)
			}
		}
		mark(accepted, func(f api.Finding) bool {
			return len(w.Templates) == 1 || strings.HasPrefix(f.Path, t.Path+".")
		})
	}
	return notes
}

// parseAcceptance reads "reason; owner=NAME; until=YYYY-MM-DD". The last day counts in full,
// in UTC. What looks like a condition and is none of the two makes it broken: an acceptance
// must not hold longer than its author meant.
func parseAcceptance(text string, now time.Time) (api.Acceptance, error) {
	a := api.Acceptance{Origin: originAnnotation}
	var reason []string
	for part := range strings.SplitSeq(text, ";") {
		part = strings.TrimSpace(part)
		key, value, found := strings.Cut(part, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		switch {
		case !found || strings.ContainsAny(key, " \t"):
			if condition.MatchString(part) {
				return a, fmt.Errorf("%q is in the reason; write it after a semicolon, as until=2027-01-31", condition.FindString(part))
			}
			if part != "" {
				reason = append(reason, part)
			}
		case key == "owner" && a.Owner == "":
			a.Owner = value
		case key == "until" && a.Expires == "":
			day, err := time.Parse(time.DateOnly, value)
			if err != nil {
				return a, fmt.Errorf("until=%s is not a date of the form 2027-01-31", value)
			}
			a.Expires, a.Expired = value, !now.Before(day.AddDate(0, 0, 1))
		case key == "owner" || key == "until":
			return a, fmt.Errorf("%s is there twice", key)
		default:
			return a, fmt.Errorf("%s= is neither owner= nor until=", key)
		}
	}
	if a.Reason = strings.Join(reason, "; "); a.Reason == "" {
		return a, errors.New("it gives no reason")
	}
	return a, nil
}

// condition is an expiry that somebody wrote into the reason.
var condition = regexp.MustCompile(`(?i)\b(?:until|expires?|expiry)\s*[=:]`)

// accept marks the findings that somebody accepts; one whose acceptance expired stays. The
// first acceptance of a finding decides.
func accept(findings []api.Finding, accepted map[string]api.Acceptance, concerns func(api.Finding) bool) {
	for i := range findings {
		f := &findings[i]
		acceptance, ok := accepted[f.Check]
		if !ok || f.Acceptance != nil || !concerns(*f) {
			continue
		}
		f.Acceptance = &acceptance
		if !acceptance.Expired {
			f.Status = api.StatusAccepted
		}
	}
}
