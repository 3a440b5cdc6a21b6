package observation

import (
	"math"
	"slices"
	"sort"
	"time"
)

// secondsOfDay is the length of a day in UTC.
const secondsOfDay = 24 * 60 * 60

// latest is 9999-12-31T23:59:59Z, the last time that documents can have, in seconds since 1970.
const latest = 253402300799

// times are how often and when something was seen.
type times struct {
	count       int64
	first, last int64
	days        []day
}

// day counts what was seen on one day since 1970.
type day struct{ number, count int64 }

// see adds n of one time in seconds since 1970, 0 for none.
func (t *times) see(at, n int64) {
	t.count = sum(t.count, n)
	if at != 0 {
		t.reach(at, at)
		t.onDay(at/secondsOfDay, n)
	}
}

// reach makes the time reach from first to last.
func (t *times) reach(first, last int64) {
	if t.first == 0 || first < t.first {
		t.first = first
	}
	t.last = max(t.last, last)
}

// onDay counts what is of a day; it mostly comes in the order of its time.
func (t *times) onDay(number, n int64) {
	if end := len(t.days) - 1; end >= 0 && t.days[end].number == number {
		t.days[end].count = sum(t.days[end].count, n)
		return
	}
	i := sort.Search(len(t.days), func(i int) bool { return t.days[i].number >= number })
	if i < len(t.days) && t.days[i].number == number {
		t.days[i].count = sum(t.days[i].count, n)
		return
	}
	t.days = slices.Insert(t.days, i, day{number, n})
}

// add adds all of others.
func (t *times) add(o *times) {
	t.count = sum(t.count, o.count)
	if o.first != 0 {
		t.reach(o.first, o.last)
	}
	for _, d := range o.days {
		t.onDay(d.number, d.count)
	}
}

// sum of counts stays what it is at the largest number, so that the order makes no difference.
func sum(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// timesOf are those of a document that was checked.
func timesOf(count int64, first, last string, days map[string]int64) times {
	t := times{count: count, first: unix(first), last: unix(last)}
	for date, n := range days {
		day, _ := time.Parse(dayLayout, date)
		t.onDay(day.Unix()/secondsOfDay, n)
	}
	return t
}

// dates are the days as documents have them, nil for none.
func (t *times) dates() map[string]int64 {
	if len(t.days) == 0 {
		return nil
	}
	dates := make(map[string]int64, len(t.days))
	for _, d := range t.days {
		dates[time.Unix(d.number*secondsOfDay, 0).UTC().Format(dayLayout)] = d.count
	}
	return dates
}

// within keeps the days of a span, and tells whether any are left, and whether all are. What
// has no time is in no span.
func (t *times) within(s Span) (some, all bool) {
	if s == (Span{}) {
		return true, true
	}
	were := len(t.days)
	t.days = slices.DeleteFunc(t.days, func(d day) bool { return !s.holds(d.number) })
	if len(t.days) == 0 || len(t.days) == were {
		return len(t.days) > 0, true
	}
	t.count = 0
	for _, d := range t.days {
		t.count = sum(t.count, d.count)
	}
	first, last := t.days[0].number*secondsOfDay, (t.days[len(t.days)-1].number+1)*secondsOfDay-1
	t.first, t.last = max(t.first, first), min(t.last, last)
	return true, false
}
