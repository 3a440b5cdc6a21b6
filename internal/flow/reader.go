package flow

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/source"
)

// Reader takes the streams that have flows from those that another reader is offered, such as
// internal/audit.Read by its Options.Other, so that one call reads sources of all kinds. Its
// methods may be called from several goroutines.
type Reader struct {
	ctx  context.Context //nolint:containedctx // Take is called by those who have none to give
	opts Options
	// decoders has as many as blocks may be decoded at a time: for each format one, which
	// remembers what repeats in its source, and in others.
	decoders chan map[string]decoder
	// ahead is how many blocks of a stream are there at once, but for those in hand.
	ahead int

	// mu is held while anything of the caller is called.
	mu   sync.Mutex
	sink func(*Flow)

	// taken are the sources, which takes guards.
	takes sync.Mutex
	taken []api.ObservedSource
}

// NewReader gives what it takes to the sink, as Read does. The sink is called while the other
// reader works: where both add to one observation.Set, it does so within Do of that. Other of the
// options is not used. Take fails when the context ends.
func NewReader(ctx context.Context, opts Options, sink func(*Flow)) *Reader {
	if opts.workers == 0 {
		opts.workers = min(runtime.GOMAXPROCS(0), maxWorkers)
	}
	if opts.blockSize == 0 {
		opts.blockSize = blockSize
	}
	r := &Reader{ctx: ctx, opts: opts, sink: sink, decoders: make(chan map[string]decoder, opts.workers), ahead: 2 * opts.workers}
	for range opts.workers {
		r.decoders <- map[string]decoder{}
	}
	return r
}

// Take reads the stream to its end if it has flows, and tells whether it does. What of it cannot
// be read is counted; the error is for a stream that fails otherwise than by damage.
func (r *Reader) Take(stream *source.Stream) (bool, error) {
	observed, err := r.read(stream)
	if observed != nil {
		r.takes.Lock()
		defer r.takes.Unlock()
		r.taken = append(r.taken, *observed)
	}
	return observed != nil || err != nil, err
}

// Sources are those that were taken, and how well they could be read, sorted by name.
func (r *Reader) Sources() []api.ObservedSource {
	r.takes.Lock()
	defer r.takes.Unlock()
	sources := slices.Clone(r.taken)
	slices.SortStableFunc(sources, func(a, b api.ObservedSource) int { return strings.Compare(a.Name, b.Name) })
	return sources
}

// read is nil for a stream without flows, of which it takes nothing.
func (r *Reader) read(stream *source.Stream) (*api.ObservedSource, error) {
	format, ok := detect(stream.Head())
	if !ok {
		return nil, nil //nolint:nilnil // nil is the answer
	}
	s := &run{Reader: r, format: format, name: stream.Name}
	err := s.read(r.ctx, stream)
	if damage, ok := errors.AsType[*source.DamagedError](err); ok {
		s.tally.Fault(damage.Reason, s.size)
		err = nil
	}
	if err != nil && r.ctx.Err() == nil {
		s.tally.Fault("cannot be read further", s.size)
		err = fmt.Errorf("read %s: %w", stream.Name, err)
	}
	observed := s.tally.source(stream.Name, format.name, format.tellsLost)
	return &observed, err
}
