package observation

import (
	"fmt"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Blind says what a source cannot show, in words.
func Blind(source *api.ObservedSource) []string {
	blind := []string{}
	bodies, all := int64(0), int64(0)
	for level, n := range source.Levels {
		all += n
		if level == "Request" || level == "RequestResponse" {
			bodies += n
		}
	}
	switch {
	case source.Format == api.FormatUnread:
		for _, f := range source.Faults {
			blind = append(blind, fmt.Sprintf("%s was not read, so nothing that it alone holds is known: %s", source.Name, f.Reason))
		}
	case all == 0:
	case bodies == 0:
		blind = append(blind, "level Metadata: no bodies, so no bind, escalate, signers, SubjectAccessReviews")
	case bodies < all:
		blind = append(blind, fmt.Sprintf("no bodies in %d of %d events, so perhaps not all of bind, escalate, signers, SubjectAccessReviews", all-bodies, all))
	}
	if all > 0 && !source.Reads {
		blind = append(blind, "no get, list or watch by anybody: reads are not in this log")
	}
	if all > 0 && !source.EventObjects {
		blind = append(blind, "no request for Event objects by anybody: they may not be in this log (--widen events)")
	}
	return blind
}
