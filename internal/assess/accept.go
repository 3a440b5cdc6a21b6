package assess

import (
	"fmt"
	"maps"
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

// acceptAnnotations are the owner's, and of its templates where the owner has none.
func acceptAnnotations(w *workload.Workload) map[string]string {
	out := map[string]string{}
	for _, t := range slices.Backward(w.Templates) {
		maps.Copy(out, t.Meta.Annotations)
	}
	maps.Copy(out, w.Meta.Annotations)
	return out
}

// parseAcceptance reads "reason; owner=NAME; until=YYYY-MM-DD". The last day counts in full,
// in UTC.
func parseAcceptance(text string, now time.Time) (api.Acceptance, error) {
	a := api.Acceptance{Origin: originAnnotation}
	var reason []string
	for part := range strings.SplitSeq(text, ";") {
		part = strings.TrimSpace(part)
		key, value, found := strings.Cut(part, "=")
		switch {
		case found && key == "owner":
			a.Owner = value
		case found && key == "until":
			day, err := time.Parse(time.DateOnly, value)
			if err != nil {
				return a, fmt.Errorf("until=%s is not a date of the form 2027-01-31", value)
			}
			a.Expires, a.Expired = value, !now.Before(day.AddDate(0, 0, 1))
		case part != "":
			reason = append(reason, part)
		}
	}
	if a.Reason = strings.Join(reason, "; "); a.Reason == "" {
		return a, fmt.Errorf("it gives no reason")
	}
	return a, nil
}

// accept marks the findings that somebody accepts; one whose acceptance expired stays.
func accept(findings []api.Finding, accepted map[string]api.Acceptance) {
	for i := range findings {
		f := &findings[i]
		acceptance, ok := accepted[f.Check]
		if !ok {
			continue
		}
		f.Acceptance = &acceptance
		if !acceptance.Expired {
			f.Status = api.StatusAccepted
		}
	}
}
