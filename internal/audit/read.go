package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
	"github.com/kubectl-harden/kubectl-harden/internal/source"
)

// stageReceived is that of events from before a request is authorized.
const stageReceived = "RequestReceived"

// maxWorkers bounds the memory on large machines; reading is then faster than most disks.
const maxWorkers = 16

// Options are what is read of audit logs.
type Options struct {
	// Since and Until bound the times of requests, Until being just outside; zero for no bound.
	// Events without a credible time are left out where there is a bound.
	Since, Until time.Time
	// Now is the time after which, but for a day, no time is credible; zero for the year 2100.
	Now time.Time
	// Wanted tells whose uses to keep, nil for all; of others the requests are counted. It is
	// called from several goroutines.
	Wanted func(user string, groups []string) bool
	// Other is offered what is no audit log, and tells whether it took it; nil for none. It is
	// called from one goroutine at a time.
	Other func(*source.Stream) (bool, error)

	// workers and blockSize are for tests; 0 for the usual.
	workers, blockSize int
}

// within tells whether an event of a time, if that is credible, is wanted.
func (o *Options) within(at time.Time, credible bool) bool {
	switch {
	case o.Since.IsZero() && o.Until.IsZero():
		return true
	case !credible, at.Before(o.Since):
		return false
	}
	return o.Until.IsZero() || at.Before(o.Until)
}

// NotLogError tells that a file that was named is no audit log.
type NotLogError struct {
	Name string
	// What it seems to be, in a few words; empty where that cannot be told.
	What string
}

func (e *NotLogError) Error() string {
	if e.What == "" {
		return e.Name + " is no audit log"
	}
	return fmt.Sprintf("%s is no audit log: it looks like %s", e.Name, e.What)
}

// Read adds what the audit logs among the files show to the set, and the files to its sources.
// What of them cannot be read is counted there; a named file that is no log, or that cannot be
// opened, is an error, told when all others are read. What a folder has beside logs is not.
func Read(ctx context.Context, files []source.File, opts Options, set *observation.Set) error {
	workers := opts.workers
	if workers == 0 {
		workers = min(runtime.GOMAXPROCS(0), maxWorkers)
	}
	size := opts.blockSize
	if size == 0 {
		size = blockSize
	}
	group, ctx := errgroup.WithContext(ctx)
	blocks := make(chan *block, workers)
	cutters := min(workers, len(files))
	for _, f := range files {
		if f.Live { // they wait for what is to come, all at once
			cutters++
		}
	}
	r := &reader{opts: opts, set: set, blocks: blocks, pool: newPool(size, 2*cutters+2*workers), errs: make([]error, len(files))}
	for range workers {
		group.Go(func() error {
			w := newWorker(opts, set, workers)
			for b := range blocks {
				w.block(b)
				r.pool.give(b.data)
			}
			return nil
		})
	}
	group.Go(func() error {
		defer close(blocks)
		inner, ctx := errgroup.WithContext(ctx)
		inner.SetLimit(max(cutters, 1))
		for i, f := range files {
			inner.Go(func() error {
				r.errs[i] = r.file(ctx, f)
				return ctx.Err()
			})
		}
		return inner.Wait()
	})
	if err := group.Wait(); err != nil {
		return fmt.Errorf("read audit logs: %w", err)
	}
	set.Do(func() {
		for _, s := range r.sources {
			set.AddSource(s.tally.source(s.name, s.format))
		}
	})
	return errors.Join(r.errs...)
}

// reader is what the goroutines of one Read share.
type reader struct {
	opts   Options
	set    *observation.Set
	blocks chan<- *block
	pool   *pool
	// errs are those of the files.
	errs []error

	mu      sync.Mutex
	sources []*openSource
	other   sync.Mutex
}

// openSource is a source and what is known of it so far.
type openSource struct {
	name, format string

	mu    sync.Mutex
	tally tally
}

func (s *openSource) add(t *tally) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tally.merge(t)
}

func (s *openSource) fault(reason string, offset int64) {
	var t tally
	t.fault(reason, offset)
	s.add(&t)
}

// source adds one.
func (r *reader) source(name, format string) *openSource {
	s := &openSource{name: name, format: format}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sources = append(r.sources, s)
	return s
}

// file reads one file.
func (r *reader) file(ctx context.Context, f source.File) error {
	stream, err := f.Open()
	if err != nil {
		return r.unread(f, err)
	}
	defer stream.Close()
	head := stream.Head()
	for _, format := range formats() {
		if format.claims(head) {
			s := r.source(f.Name, format.name)
			c := &cutter{ctx: ctx, from: stream, pool: r.pool, out: r.blocks, source: s}
			if err := c.skipMark(head); err != nil {
				return err
			}
			return s.damaged(c, format.cut(c))
		}
	}
	return r.refuse(stream)
}

// unread notes a file in a folder of which nothing can be read; of one that was named it is the
// error.
func (r *reader) unread(f source.File, err error) error {
	if !f.Listed {
		return err
	}
	reason := "cannot be opened"
	if damage, ok := errors.AsType[*source.DamagedError](err); ok {
		reason = damage.Reason
	}
	r.source(f.Name, api.FormatUnread).fault(reason, 0)
	return nil
}

// damaged makes a fault of data that cannot be read further: what was read is good.
func (s *openSource) damaged(c *cutter, err error) error {
	var damage *source.DamagedError
	switch {
	case errors.As(err, &damage):
		s.fault(damage.Reason, c.read)
		return nil
	case err != nil && c.ctx.Err() == nil:
		s.fault("cannot be read further", c.read)
		return fmt.Errorf("read %s: %w", s.name, err)
	}
	return err
}

// refuse deals with what is no audit log.
func (r *reader) refuse(stream *source.Stream) error {
	if r.opts.Other != nil {
		r.other.Lock()
		taken, err := r.opts.Other(stream)
		r.other.Unlock()
		if taken || err != nil {
			return err
		}
	}
	if err := stream.Unreadable(); err != nil {
		return r.unread(stream.File, fmt.Errorf("read %s: %w", stream.Name, err))
	}
	what := Recognize(stream.Head())
	switch {
	case what == source.Empty:
		r.source(stream.Name, source.Empty)
	case stream.Listed:
		r.source(stream.Name, what).fault("no audit log", 0)
	default:
		return &NotLogError{Name: stream.Name, What: what}
	}
	return nil
}

func (c *cutter) skipMark(head []byte) error {
	if !bytes.HasPrefix(head, []byte(source.ByteOrderMark)) {
		return nil
	}
	_, err := c.fill(make([]byte, len(source.ByteOrderMark)))
	c.base = int64(len(source.ByteOrderMark))
	return err
}
