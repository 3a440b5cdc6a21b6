package observation

import (
	"maps"
	"slices"
	"time"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Span limits what is taken from a document to whole days, those in which its ends lie among
// them; a zero time is no limit.
type Span struct{ Since, Until time.Time }

// holds tells whether some of a day since 1970 is in the span.
func (s Span) holds(number int64) bool {
	start := time.Unix(number*secondsOfDay, 0)
	return (s.Since.IsZero() || start.Add(secondsOfDay*time.Second).After(s.Since)) && (s.Until.IsZero() || start.Before(s.Until))
}

// cut keeps the days of the span, and whether any are left. A use without a time is in no
// span. Names that creates made are forgotten where a day is left out: it may be theirs.
func (s Span) cut(e *Entry) (*Entry, bool) {
	if s == (Span{}) {
		return e, true
	}
	all := len(e.days)
	e.days = slices.DeleteFunc(e.days, func(d day) bool { return !s.holds(d.number) })
	if len(e.days) == 0 {
		return nil, false
	}
	if len(e.days) == all {
		return e, true
	}
	var count int64
	for _, d := range e.days {
		count += d.count
	}
	first, last := e.days[0].number*secondsOfDay, (e.days[len(e.days)-1].number+1)*secondsOfDay-1
	e.first, e.last = max(e.first, first), min(e.last, last)
	e.started = min(e.started, max(count, int64(len(e.days))))
	e.count = count
	if e.more != nil {
		e.more.created = newNames(maxNames)
	}
	return e, true
}

// ofSource is the source as far as it is within the span: its days and its window.
func (s Span) ofSource(source api.ObservedSource) api.ObservedSource {
	if s == (Span{}) || len(source.Days) == 0 {
		return source
	}
	source.Days = maps.Clone(source.Days)
	maps.DeleteFunc(source.Days, func(date string, _ int64) bool {
		at, err := time.Parse(dayLayout, date)
		return err == nil && !s.holds(at.Unix()/secondsOfDay)
	})
	from, to := unix(source.Window.From), unix(source.Window.To)
	if !s.Since.IsZero() {
		from = max(from, s.Since.Truncate(secondsOfDay*time.Second).Unix())
	}
	if !s.Until.IsZero() {
		to = min(to, s.Until.Add(secondsOfDay*time.Second-1).Truncate(secondsOfDay*time.Second).Unix())
	}
	source.Window = window(from, to)
	return source
}
