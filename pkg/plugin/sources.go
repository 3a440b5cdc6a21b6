package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/audit"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
	"github.com/kubectl-harden/kubectl-harden/internal/source"
)

// sourceFlags say what was observed.
type sourceFlags struct {
	from         []string
	since, until string
	now          string
	live         liveFlags
}

func (f *sourceFlags) addFlags(flags *pflag.FlagSet) {
	f.addFileFlags(flags, "A file, folder or - with audit logs or Observations, as JSON, gzip or zstd; or audit for the logs of the cluster's API servers. Repeatable.")
	f.live.addFlags(flags)
}

// addFileFlags adds those of sources that are files; from is what --from is said to take.
func (f *sourceFlags) addFileFlags(flags *pflag.FlagSet, from string) {
	flags.StringArrayVar(&f.from, "from", nil, from)
	flags.StringVar(&f.since, "since", "", "Leave out what is older, and what has no time: a time such as 2026-11-06T09:00:00Z, a day, or a duration such as 14d or 12h. Of Observations, whole days are taken.")
	flags.StringVar(&f.until, "until", "", "Leave out what is from this time on, as in --since.")
	flags.StringVar(&f.now, "now", "", "The time that durations and times of the future are judged by, such as 2026-11-20T09:00:00Z. The default is the clock.")
}

// sourceOptions are where observations come from: files, and what is live.
type sourceOptions struct {
	*globals
	from, files       []string
	live              liveOptions
	since, until, now time.Time
}

var errNoSource = errors.New("--from SOURCE is missing: the audit log of the API servers, or Observations made of it")

func (f *sourceFlags) toOptions(g *globals) (sourceOptions, error) {
	o := sourceOptions{globals: g, from: f.from, now: g.process.Now()}
	if len(f.from) == 0 {
		return o, errNoSource
	}
	var err error
	if o.live, o.files, err = f.live.split(f.from); err != nil {
		return o, err
	}
	return o, f.times(&o)
}

// times reads the flags that say of when the observations are.
func (f *sourceFlags) times(o *sourceOptions) (err error) {
	if f.now != "" {
		if o.now, err = time.Parse(time.RFC3339, f.now); err != nil {
			return fmt.Errorf("--now %q is not of the form 2026-11-20T09:00:00Z", f.now)
		}
	}
	if o.since, err = parseTime("since", f.since, o.now); err != nil {
		return err
	}
	if o.until, err = parseTime("until", f.until, o.now); err != nil {
		return err
	}
	if !o.since.IsZero() && !o.until.IsZero() && !o.since.Before(o.until) {
		return fmt.Errorf("--since %s is not before --until %s", f.since, f.until)
	}
	return nil
}

// parseTime reads a time, a day of UTC, or how long before now.
func parseTime(flag, text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return now.Add(-d).UTC(), nil
	}
	if days, found := strings.CutSuffix(text, "d"); found {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil {
			return now.AddDate(0, 0, -int(n)).UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("--%s %q is neither a time such as 2026-11-06T09:00:00Z, nor a day, nor a duration such as 14d or 12h", flag, text)
}

// observe reads all sources of API access. Wanted is nil for the uses of everybody. The error is
// for sources that hold nothing that can be used.
func (o *sourceOptions) observe(ctx context.Context, wanted func(user string, groups []string) bool) (*api.Observations, error) {
	set := observation.NewSet()
	if err := o.readAccess(ctx, set, wanted, o.merging(set, wanted)); err != nil {
		return nil, err
	}
	doc := o.document(set)
	if len(doc.Access) == 0 && len(doc.Edges) > 0 {
		return nil, fmt.Errorf("%s: Observations of flows alone; roles need an audit log, or Observations made of one", strings.Join(o.from, ", "))
	}
	return doc, nil
}

// readAccess reads audit logs; other is offered what is none.
func (o *sourceOptions) readAccess(ctx context.Context, set *observation.Set, wanted func(user string, groups []string) bool, other func(*source.Stream) (bool, error)) error {
	files, err := source.Find(o.process.Streams.In, o.files...)
	if err != nil {
		return err
	}
	window, end := o.window(ctx)
	files = append(o.live.files(ctx, window), files...)
	err = audit.Read(ctx, files, audit.Options{Since: o.since, Until: o.until, Now: o.now, Wanted: wanted, Other: other}, set)
	end()
	if err == nil {
		o.live.unread(set)
	}
	return err
}

// document is what was observed, with what each source cannot show.
func (o *sourceOptions) document(set *observation.Set) *api.Observations {
	doc := set.Document()
	o.warn(doc)
	for i := range doc.Sources {
		doc.Sources[i].Blind = observation.Blind(doc.Sources[i])
	}
	return doc
}

// maxDocument is how large a document of Observations may be, in bytes.
const maxDocument = 1 << 28

// merging takes what is a document of Observations.
func (o *sourceOptions) merging(set *observation.Set, wanted func(user string, groups []string) bool) func(*source.Stream) (bool, error) {
	return func(stream *source.Stream) (bool, error) {
		if !observation.Claims(stream.Head()) {
			return false, nil
		}
		data, err := io.ReadAll(io.LimitReader(stream, maxDocument+1))
		if err == nil && len(data) > maxDocument {
			err = fmt.Errorf("is larger than %d bytes", maxDocument)
		}
		var docs []*api.Observations
		if err == nil {
			docs, err = observation.ParseAll(data)
		}
		for _, doc := range docs {
			if err == nil {
				set.Do(func() { err = set.Merge(doc, observation.Span{Since: o.since, Until: o.until}, wanted) })
			}
		}
		if err != nil {
			return true, fmt.Errorf("%s: %w", stream.Name, err)
		}
		return true, nil
	}
}
