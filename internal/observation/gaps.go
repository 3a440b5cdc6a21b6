package observation

import (
	"slices"
	"time"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Gaps are the days between the first and the last of a document of which no source has an
// event, as DAY or "DAY to DAY". A document whose sources count no days has none to tell.
func Gaps(doc *api.Observations) []string {
	seen := map[string]bool{}
	for i := range doc.Sources {
		for date := range doc.Sources[i].Days {
			seen[date] = true
		}
	}
	var days []time.Time
	for date := range seen {
		if day, err := time.Parse(dayLayout, date); err == nil {
			days = append(days, day)
		}
	}
	slices.SortFunc(days, time.Time.Compare)
	var gaps []string
	for i := 1; i < len(days); i++ {
		first, last := days[i-1].AddDate(0, 0, 1), days[i].AddDate(0, 0, -1)
		switch {
		case last.Before(first):
		case last.Equal(first):
			gaps = append(gaps, first.Format(dayLayout))
		default:
			gaps = append(gaps, first.Format(dayLayout)+" to "+last.Format(dayLayout))
		}
	}
	return gaps
}

// Starts counts the pods of users that were bound to a node within the window, and whether
// that can be told.
func Starts(doc *api.Observations, access []api.Access) (int, bool) {
	started := map[string]bool{}
	for _, pod := range doc.StartedPods {
		started[pod] = true
	}
	n, known := 0, !doc.MoreStartedPods && slices.ContainsFunc(access, func(a api.Access) bool { return len(a.Pods) > 0 })
	for i := range access {
		known = known && !access[i].MorePods
		for _, pod := range access[i].Pods {
			if started[pod] {
				n++
				delete(started, pod)
			}
		}
	}
	return n, known
}

// LastNew is the latest time at which something was seen for the first time.
func LastNew(access []api.Access) string {
	last := ""
	for i := range access {
		for j := range access[i].Uses {
			if use := &access[i].Uses[j]; use.Hidden == "" {
				last = max(last, use.First)
			}
		}
	}
	return last
}
