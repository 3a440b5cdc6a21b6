package audit

import (
	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/source"
)

// Reasons of faults. What is left out of a line that is used otherwise is a fault, too, but
// skips nothing.
const (
	faultNotJSON  = "not JSON"
	faultNotEvent = "not an audit event"
	faultCut      = "cut"
	faultTooLong  = "too long"
	faultBodies   = "bodies of a long line left out"
)

// tally is what is known of a source; those of its blocks add up in any order.
type tally struct {
	source.Tally

	undecided, filtered int64
	levels              [len(levelNames)]int64
	reads, eventObjects bool
	unclear             map[string]int64
}

// fault notes a reason.
func (t *tally) fault(reason string, offset int64) {
	if reason == faultBodies {
		t.Note(reason, offset)
		return
	}
	t.Fault(reason, offset)
}

// isUnclear counts what Unclear says.
func (t *tally) isUnclear(what string, n int64) {
	if t.unclear == nil {
		t.unclear = map[string]int64{}
	}
	t.unclear[what] += n
}

func (t *tally) merge(o *tally) {
	t.Merge(&o.Tally)
	t.undecided += o.undecided
	t.filtered += o.filtered
	for i, n := range o.levels {
		t.levels[i] += n
	}
	t.reads = t.reads || o.reads
	t.eventObjects = t.eventObjects || o.eventObjects
	for what, n := range o.unclear {
		t.isUnclear(what, n)
	}
}

// source is the tally as documents have it.
func (t *tally) source(name, format string) api.ObservedSource {
	s := t.Observed(name, format)
	s.Undecided, s.Filtered, s.Unclear = t.undecided, t.filtered, t.unclear
	s.Reads, s.EventObjects = t.reads, t.eventObjects
	for i, n := range t.levels {
		if n > 0 {
			if s.Levels == nil {
				s.Levels = map[string]int64{}
			}
			s.Levels[levelNames[i]] = n
		}
	}
	return s
}
