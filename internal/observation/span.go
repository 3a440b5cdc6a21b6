package observation

import (
	"maps"
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
	some, all := e.within(s)
	if !some {
		return nil, false
	}
	if all {
		return e, true
	}
	e.started = min(e.started, max(e.count, int64(len(e.days))))
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
