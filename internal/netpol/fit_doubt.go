package netpol

import (
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// doubts name what a direction may be used for that nobody could read.
func doubts() [2]string {
	return [...]string{ingress: "who calls it is not known", egress: "whom it calls is not known"}
}

// doubt leaves a direction open that would be closed without knowing who else is at its other end,
// unless it is asked to be closed. With Exact what may be needed makes no difference.
func (f *fitter) doubt(s *fitSubject, side *fitSide) {
	asked := f.opts.closes(side.direction)
	if f.opts.Exact || s.workload == nil || side.closed || !side.closes && !side.denied && len(side.stuck) == 0 {
		return
	}
	var reasons []string
	for _, d := range s.workload.Unread {
		if directionIndex(d.Direction) == side.direction && f.unanswered(s, side, d) {
			reasons = append(reasons, d.Reason)
		}
	}
	if len(reasons) == 0 {
		return
	}
	reason := some(reasons, "; ")
	if !asked && !side.denied {
		side.closes, side.shut = false, false
		reason += " (--isolate " + strings.ToLower(string(directionTypes()[side.direction])) + " closes it)"
	}
	side.stuck = append(side.stuck, fitStuck{use: doubts()[side.direction], reason: reason, added: true})
}

// unanswered tells a doubt that counts. That about configuration does where a direction is closed for
// configuration alone, and what it asks about is not configured.
func (f *fitter) unanswered(s *fitSubject, side *fitSide, d Unread) bool {
	if !d.Configuration {
		return true
	}
	if !f.opts.configures() || side.seen() {
		return false
	}
	return d.Of == "" || !slices.ContainsFunc(f.configured[side.direction][s.ref], func(e *api.Edge) bool {
		peer, _ := ends(e, side.direction)
		return peer.Kind == d.Of
	})
}

// seen tells whether something was observed that a rule lets through.
func (side *fitSide) seen() bool {
	for _, n := range side.needs {
		if len(n.edges) > 0 {
			return true
		}
	}
	return false
}

// doubtful tells what stands for a doubt.
func (u fitStuck) doubtful(d int) bool { return u.edge == nil && u.use == doubts()[d] }
