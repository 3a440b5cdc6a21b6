package audit

import (
	"maps"
	"slices"
	"time"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
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
	parsed, skipped, undecided, undated, filtered int64

	levels              [len(levelNames)]int64
	reads, eventObjects bool
	first, last         int64
	// days counts events by the day since 1970; today is the last one, whose are not in it yet.
	days          map[int64]int64
	today, todays int64
	faults        map[string]api.Fault
	unclear       map[string]int64
}

// fault notes a reason; the smallest offset is kept.
func (t *tally) fault(reason string, offset int64) {
	if reason != faultBodies {
		t.skipped++
	}
	t.faults = addFault(t.faults, api.Fault{Reason: reason, Count: 1, Offset: offset})
}

func addFault(faults map[string]api.Fault, f api.Fault) map[string]api.Fault {
	if faults == nil {
		faults = map[string]api.Fault{}
	}
	if known, ok := faults[f.Reason]; ok {
		f.Count += known.Count
		f.Offset = min(f.Offset, known.Offset)
	}
	faults[f.Reason] = f
	return faults
}

// isUnclear counts what Unclear says.
func (t *tally) isUnclear(what string, n int64) {
	if t.unclear == nil {
		t.unclear = map[string]int64{}
	}
	t.unclear[what] += n
}

// at notes an event of a time, in seconds since 1970.
func (t *tally) at(sec int64) {
	t.reach(sec, sec)
	if day := sec / (24 * 60 * 60); day != t.today {
		t.endDay()
		t.today = day
	}
	t.todays++
}

// reach makes the window reach from first to last.
func (t *tally) reach(first, last int64) {
	if t.first == 0 || first < t.first {
		t.first = first
	}
	t.last = max(t.last, last)
}

// endDay puts the count of the last day to the others. Most blocks have one day.
func (t *tally) endDay() {
	if t.todays > 0 {
		t.addDay(t.today, t.todays)
	}
	t.todays = 0
}

func (t *tally) addDay(day, n int64) {
	if t.days == nil {
		t.days = map[int64]int64{}
	}
	t.days[day] += n
}

func (t *tally) merge(o *tally) {
	t.parsed += o.parsed
	t.skipped += o.skipped
	t.undecided += o.undecided
	t.undated += o.undated
	t.filtered += o.filtered
	for i, n := range o.levels {
		t.levels[i] += n
	}
	t.reads = t.reads || o.reads
	t.eventObjects = t.eventObjects || o.eventObjects
	if o.first != 0 {
		t.reach(o.first, o.last)
	}
	o.endDay()
	for day, n := range o.days {
		t.addDay(day, n)
	}
	for what, n := range o.unclear {
		t.isUnclear(what, n)
	}
	for _, f := range o.faults {
		t.faults = addFault(t.faults, f)
	}
}

// source is the tally as documents have it.
func (t *tally) source(name, format string) api.ObservedSource {
	s := api.ObservedSource{
		Name: name, Format: format, Parsed: t.parsed, Skipped: t.skipped, Undecided: t.undecided, Undated: t.undated,
		Filtered: t.filtered, Reads: t.reads, EventObjects: t.eventObjects,
	}
	s.Unclear = t.unclear
	if t.first != 0 {
		s.Window = api.Window{From: stamp(t.first), To: stamp(t.last)}
	}
	for day, n := range t.days {
		if s.Days == nil {
			s.Days = map[string]int64{}
		}
		s.Days[time.Unix(day*24*60*60, 0).UTC().Format(time.DateOnly)] = n
	}
	for i, n := range t.levels {
		if n > 0 {
			if s.Levels == nil {
				s.Levels = map[string]int64{}
			}
			s.Levels[levelNames[i]] = n
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(t.faults)) {
		s.Faults = append(s.Faults, t.faults[reason])
	}
	return s
}

func stamp(sec int64) string { return time.Unix(sec, 0).UTC().Format(time.RFC3339) }
