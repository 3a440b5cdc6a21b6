package flow

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/source"
)

// maxWorkers bounds the memory on large machines.
const maxWorkers = 16

// Options are how flows are read.
type Options struct {
	// Since and Until bound the times of flows, Until being just outside; zero for no bound.
	// Flows without a credible time are left out where there is a bound.
	Since, Until time.Time
	// Now is the time after which, but for a day, no time is credible; zero for the year 2100.
	Now time.Time
	// Listening is given the listening sockets of a source, in its order; nil for not. It is
	// called from one goroutine at a time, as the sink is.
	Listening func(Listener)
	// Other is offered what has no flows, and tells whether it took it; nil for none. It is
	// called from one goroutine at a time, as the sink is.
	Other func(*source.Stream) (bool, error)

	// workers and blockSize are for tests; 0 for the usual.
	workers, blockSize int
}

// credible is a time in seconds since 1970, or 0 for one that is not believed.
func (o *Options) credible(at time.Time) int64 {
	return source.NewClock(o.Now).Credible(at)
}

// textTime is a time as RFC 3339 has it, in seconds since 1970, or 0 for one that is not believed.
func (o *Options) textTime(text string) int64 {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return 0
	}
	return o.credible(at)
}

// within tells whether a flow of a time in seconds since 1970, 0 for none, is wanted.
func (o *Options) within(sec int64) bool {
	at := time.Unix(sec, 0)
	switch {
	case o.Since.IsZero() && o.Until.IsZero():
		return true
	case sec == 0, at.Before(o.Since):
		return false
	}
	return o.Until.IsZero() || at.Before(o.Until)
}

// NotFlowsError tells that a file that was named has no flows.
type NotFlowsError struct {
	Name string
	// What it seems to be, in a few words; empty where that cannot be told.
	What string
}

func (e *NotFlowsError) Error() string {
	if e.What == "" {
		return e.Name + " has no flows in a known format"
	}
	return fmt.Sprintf("%s has no flows in a known format: it looks like %s", e.Name, e.What)
}

// Read gives the flows of the files to the sink, and returns how well the files could be read,
// in their order. The sink is called from one goroutine at a time, and gets the flows of one
// file in their order; a Flow is its own to keep, but for what it points to, which is not to be
// changed. What of a file cannot be read is counted; a named file that has no flows, or that
// cannot be opened, is an error, told when all others are read. What a folder has beside flows
// is not.
func Read(ctx context.Context, files []source.File, opts Options, sink func(*Flow)) ([]api.ObservedSource, error) {
	group, ctx := errgroup.WithContext(ctx)
	r := &reading{Reader: NewReader(ctx, opts, sink), sources: make([]*api.ObservedSource, len(files)), errs: make([]error, len(files))}
	atOnce := cap(r.decoders)
	for _, f := range files {
		if f.Live { // they wait for what is to come, all at once
			atOnce++
		}
	}
	r.ahead = max(2, 2*cap(r.decoders)/max(1, min(atOnce, len(files))))
	group.SetLimit(atOnce)
	for i, f := range files {
		group.Go(func() error {
			r.errs[i] = r.file(i, f)
			return ctx.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("read flows: %w", err)
	}
	var sources []api.ObservedSource
	for _, s := range r.sources {
		if s != nil {
			sources = append(sources, *s)
		}
	}
	return sources, errors.Join(r.errs...)
}

// reading is the reading of several files.
type reading struct {
	*Reader
	// sources and errs are those of the files.
	sources []*api.ObservedSource
	errs    []error
}

// file reads one file.
func (r *reading) file(i int, f source.File) error {
	stream, err := f.Open()
	if err != nil {
		if !f.Listed {
			return err
		}
		reason := "cannot be opened"
		if damage, ok := errors.AsType[*source.DamagedError](err); ok {
			reason = damage.Reason
		}
		r.unread(i, f.Name, api.FormatUnread, reason)
		return nil
	}
	defer stream.Close()
	observed, err := r.read(stream)
	if observed == nil && err == nil {
		return r.refuse(i, stream)
	}
	r.sources[i] = observed
	return err
}

// unread notes a file of which nothing was read; without a reason that is as it should be.
func (r *reading) unread(i int, name, format, reason string) {
	var t tally
	if reason != "" {
		t.Fault(reason, 0)
	}
	observed := t.source(name, format, false)
	r.sources[i] = &observed
}

// refuse deals with what has no flows.
func (r *reading) refuse(i int, stream *source.Stream) error {
	if r.opts.Other != nil {
		r.mu.Lock()
		taken, err := r.opts.Other(stream)
		r.mu.Unlock()
		if taken || err != nil {
			return err
		}
	}
	if err := stream.Unreadable(); err != nil {
		damage, ok := errors.AsType[*source.DamagedError](err)
		if ok && stream.Listed {
			r.unread(i, stream.Name, api.FormatUnread, damage.Reason)
			return nil
		}
		return fmt.Errorf("read %s: %w", stream.Name, err)
	}
	what := Recognize(stream.Head())
	switch {
	case what == source.Empty:
		r.unread(i, stream.Name, source.Empty, "")
	case stream.Listed:
		r.unread(i, stream.Name, what, "no flows")
	default:
		return &NotFlowsError{Name: stream.Name, What: what}
	}
	return nil
}
