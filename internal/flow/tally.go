package flow

import (
	"maps"
	"slices"
	"time"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Reasons of faults.
const (
	faultNotJSON   = "not JSON"
	faultNotFlow   = "not a flow"
	faultCut       = "cut"
	faultTooLong   = "too long"
	faultAddress   = "no address"
	faultPort      = "port out of range"
	faultPortName  = "ports by name"
	faultProtocol  = "no known protocol"
	faultNotSocket = "not a socket"
	faultNotEntry  = "not a conntrack entry"
	// These skip nothing.
	faultNodes   = "nodes not available"
	faultAssumed = "protocol not named: taken for TCP"
)

// firstTime is what is believed of a clock: Kubernetes is not older.
const firstTime = 1420070400 // 2015-01-01

// tally is what is known of a source; those of its blocks add up in any order.
type tally struct {
	parsed, skipped, undated int64
	lost                     int64
	first, last              int64
	// days counts flows by the day since 1970.
	days   map[int64]int64
	faults map[string]api.Fault
}

// fault notes a reason; the smallest offset is kept.
func (t *tally) fault(reason string, offset int64) {
	t.skipped++
	t.note(api.Fault{Reason: reason, Count: 1, Offset: offset})
}

func (t *tally) note(f api.Fault) {
	if t.faults == nil {
		t.faults = map[string]api.Fault{}
	}
	if known, ok := t.faults[f.Reason]; ok {
		f.Count += known.Count
		f.Offset = min(f.Offset, known.Offset)
	}
	t.faults[f.Reason] = f
}

// at counts a flow of a time in seconds since 1970, 0 for none.
func (t *tally) at(sec int64) {
	t.parsed++
	if sec == 0 {
		t.undated++
		return
	}
	t.reach(sec, sec)
	if t.days == nil {
		t.days = map[int64]int64{}
	}
	t.days[sec/(24*60*60)]++
}

// reach makes the window reach from first to last.
func (t *tally) reach(first, last int64) {
	if t.first == 0 || first < t.first {
		t.first = first
	}
	t.last = max(t.last, last)
}

func (t *tally) merge(o *tally) {
	t.parsed += o.parsed
	t.skipped += o.skipped
	t.undated += o.undated
	t.lost += o.lost
	if o.first != 0 {
		t.reach(o.first, o.last)
	}
	if t.days == nil {
		t.days = map[int64]int64{}
	}
	for day, n := range o.days {
		t.days[day] += n
	}
	for _, f := range o.faults {
		t.note(f)
	}
}

// source is the tally as documents have it. Lost is there for formats that tell it.
func (t *tally) source(name, format string, tellsLost bool) api.ObservedSource {
	s := api.ObservedSource{Name: name, Format: format, Parsed: t.parsed, Skipped: t.skipped, Undated: t.undated}
	if tellsLost {
		s.Lost = &t.lost
	}
	if t.first != 0 {
		s.Window = api.Window{From: stamp(t.first), To: stamp(t.last)}
	}
	for day, n := range t.days {
		if s.Days == nil {
			s.Days = map[string]int64{}
		}
		s.Days[time.Unix(day*24*60*60, 0).UTC().Format(time.DateOnly)] = n
	}
	for _, reason := range slices.Sorted(maps.Keys(t.faults)) {
		s.Faults = append(s.Faults, t.faults[reason])
	}
	return s
}

func stamp(sec int64) string { return time.Unix(sec, 0).UTC().Format(time.RFC3339) }
