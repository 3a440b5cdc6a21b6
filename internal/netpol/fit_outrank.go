package netpol

import (
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// accepted tells whether an edge proves that its server took it: seen at the server's end, or with
// an answer. What a client's end lets out may be dropped later, and not all sources show answers.
func accepted(e *api.Edge) bool {
	if e.Denied {
		return false
	}
	return slices.Contains(e.Seen, api.SeenFromServer) || answerShown(e)
}

// answerShown tells whether an answer was seen, not just that none would have been. Only conntrack
// looks from between, and sockets have answers, too.
func answerShown(e *api.Edge) bool {
	if !e.Answered || e.Denied {
		return false
	}
	return slices.Contains(e.Seen, api.SeenFromBetween) || len(e.Formats) > 0 && !slices.ContainsFunc(e.Formats, isMute)
}

// isMute tells of a format that it shows verdicts or packets, and no answers.
func isMute(format string) bool {
	return slices.Contains([]string{api.FormatHubble, api.FormatAWS, api.FormatNetObserv, api.FormatWhisker, api.FormatNeighborhood}, format)
}

// withoutDenied leaves out what was also denied, and never proved to be accepted. An edge that was
// denied comes right behind the one that was not.
func withoutDenied(edges []*api.Edge) []*api.Edge {
	out := edges[:0]
	for i, e := range edges {
		if i+1 < len(edges) && !accepted(e) && deniedTwin(e, edges[i+1]) {
			continue
		}
		out = append(out, e)
	}
	return out
}

// deniedTwin tells whether an edge is the denied one of another, which was not.
func deniedTwin(e, next *api.Edge) bool {
	if e.Denied || !next.Denied {
		return false
	}
	denied := *e
	denied.Denied = true
	return denied.Compare(next) == 0
}

// grantsDenied tells whether what was refused when it was tried is let through.
func (o *FitOptions) grantsDenied() bool { return o.Denied && !o.Exact }

// unproved tells a need that was observed, and never proved to be accepted.
func (n *fitNeed) unproved() bool {
	return len(n.edges) > 0 && !slices.ContainsFunc(n.edges, accepted)
}
