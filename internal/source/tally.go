package source

import (
	"maps"
	"slices"
	"time"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// secondsOfDay is the length of a day in UTC.
const secondsOfDay = 24 * 60 * 60

// Tally is how well a source could be read; those of its parts add up in any order.
type Tally struct {
	Parsed, Skipped, Undated int64

	first, last int64
	// days counts by the day since 1970; today is the last one, whose are not in it yet.
	days          map[int64]int64
	today, todays int64
	faults        map[string]api.Fault
}

// Fault notes something that is skipped, and where it begins. Of a reason the smallest offset is
// kept.
func (t *Tally) Fault(reason string, offset int64) {
	t.Skipped++
	t.Note(reason, offset)
}

// Note notes a fault for which nothing is skipped.
func (t *Tally) Note(reason string, offset int64) {
	t.addFault(api.Fault{Reason: reason, Count: 1, Offset: offset})
}

func (t *Tally) addFault(f api.Fault) {
	if t.faults == nil {
		t.faults = map[string]api.Fault{}
	}
	if known, ok := t.faults[f.Reason]; ok {
		f.Count += known.Count
		f.Offset = min(f.Offset, known.Offset)
	}
	t.faults[f.Reason] = f
}

// At notes something of a time, in seconds since 1970.
func (t *Tally) At(sec int64) {
	t.reach(sec, sec)
	if day := sec / secondsOfDay; day != t.today {
		t.endDay()
		t.today = day
	}
	t.todays++
}

// reach makes the window reach from first to last.
func (t *Tally) reach(first, last int64) {
	if t.first == 0 || first < t.first {
		t.first = first
	}
	t.last = max(t.last, last)
}

// endDay puts the count of the last day to the others. Most parts have one day.
func (t *Tally) endDay() {
	if t.todays > 0 {
		t.addDay(t.today, t.todays)
	}
	t.todays = 0
}

func (t *Tally) addDay(day, n int64) {
	if t.days == nil {
		t.days = map[int64]int64{}
	}
	t.days[day] += n
}

// Merge adds another one.
func (t *Tally) Merge(o *Tally) {
	t.Parsed += o.Parsed
	t.Skipped += o.Skipped
	t.Undated += o.Undated
	if o.first != 0 {
		t.reach(o.first, o.last)
	}
	o.endDay()
	for day, n := range o.days {
		t.addDay(day, n)
	}
	for _, f := range o.faults {
		t.addFault(f)
	}
}

// Observed is the tally as documents have it.
func (t *Tally) Observed(name, format string) api.ObservedSource {
	t.endDay()
	s := api.ObservedSource{Name: name, Format: format, Parsed: t.Parsed, Skipped: t.Skipped, Undated: t.Undated}
	if t.first != 0 {
		s.Window = api.Window{From: stamp(t.first), To: stamp(t.last)}
	}
	for day, n := range t.days {
		if s.Days == nil {
			s.Days = map[string]int64{}
		}
		s.Days[time.Unix(day*secondsOfDay, 0).UTC().Format(time.DateOnly)] = n
	}
	for _, reason := range slices.Sorted(maps.Keys(t.faults)) {
		s.Faults = append(s.Faults, t.faults[reason])
	}
	return s
}

func stamp(sec int64) string { return time.Unix(sec, 0).UTC().Format(time.RFC3339) }

// Clock tells which times are believed: those from 2015 on, since Kubernetes is not older, up to
// a day from now.
type Clock struct{ latest int64 }

// firstTime is 2015-01-01, lastTime 2100-01-01, in seconds since 1970.
const firstTime, lastTime = 1420070400, 4102444800

// NewClock is that of a time; without one, times up to the year 2100 are believed.
func NewClock(now time.Time) Clock {
	if now.IsZero() {
		return Clock{lastTime}
	}
	return Clock{now.Add(24 * time.Hour).Unix()}
}

// Credible is a time in seconds since 1970, 0 for one that is not believed.
func (c Clock) Credible(at time.Time) int64 {
	if sec := at.Unix(); sec >= firstTime && sec <= c.latest {
		return sec
	}
	return 0
}
