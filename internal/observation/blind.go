package observation

import (
	"fmt"
	"maps"
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Blind says what sources together cannot show, in words: how a log is split makes no
// difference to it.
func Blind(sources ...api.ObservedSource) []string {
	blind := []string{}
	var bodies, all int64
	reads, eventObjects := false, false
	unclear := map[string]int64{}
	var flows flowSources
	for i := range sources {
		s := &sources[i]
		if isFlows(s.Format) {
			flows.add(s)
		}
		for level, n := range s.Levels {
			all += n
			if level == "Request" || level == "RequestResponse" {
				bodies += n
			}
		}
		if s.Broken != "" {
			blind = append(blind, fmt.Sprintf("%s was not read to its end: %s", s.Name, s.Broken))
		}
		reads, eventObjects = reads || s.Reads, eventObjects || s.EventObjects
		for what, n := range s.Unclear {
			if !isFlows(s.Format) {
				unclear[what] += n
			}
		}
		for _, f := range s.Faults {
			if s.Format == api.FormatUnread {
				blind = append(blind, fmt.Sprintf("%s was not read, so nothing that it alone holds is known: %s", s.Name, f.Reason))
			}
		}
	}
	for _, what := range slices.Sorted(maps.Keys(unclear)) {
		blind = append(blind, fmt.Sprintf("%dx a %s: it may have asked for more than is known", unclear[what], what))
	}
	blind = append(blind, flows.blind()...)
	switch {
	case all == 0:
		return blind
	case bodies == 0:
		blind = append(blind, "level Metadata: no bodies, so no bind, escalate, signers, SubjectAccessReviews")
	case bodies < all:
		blind = append(blind, fmt.Sprintf("no bodies in %d of %d events, so perhaps not all of bind, escalate, signers, SubjectAccessReviews", all-bodies, all))
	}
	if !reads {
		blind = append(blind, "no get, list or watch by anybody: reads are not in this log")
	}
	if !eventObjects {
		blind = append(blind, "no request for Event objects by anybody: they may not be in this log")
	}
	return blind
}
