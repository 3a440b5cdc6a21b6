package flow

import (
	"bytes"
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/kubectl-harden/kubectl-harden/internal/source"
)

// batch is what one block shows.
type batch struct {
	flows     []Flow
	listeners []Listener
	tally     tally
	// offset is where the record at hand begins.
	offset int64
	// opts are those of the reading.
	opts *Options
}

// flow adds a flow that is wanted.
func (b *batch) flow(f Flow) {
	if b.parsed(f.Time) {
		b.flows = append(b.flows, f)
	}
}

// parsed counts what was read, of a time in seconds since 1970, and tells whether it is wanted.
func (b *batch) parsed(sec int64) (wanted bool) {
	if !b.opts.within(sec) {
		b.tally.Parsed++
		b.tally.filtered++
		return false
	}
	b.tally.at(sec)
	return true
}

// run is the reading of one source.
type run struct {
	*Reader
	format format
	name   string
	tally  tally
	// size is how much was read.
	size int64
}

// read cuts the source into blocks, has them decoded, and hands on what they show in their
// order.
func (s *run) read(ctx context.Context, stream *source.Stream) error {
	group, ctx := errgroup.WithContext(ctx)
	order := make(chan *block, s.ahead)
	group.Go(func() error {
		defer close(order)
		c := cutter{from: stream, delimiter: s.format.delimiter, size: s.opts.blockSize, free: make(chan []byte, s.ahead)}
		return c.blocks(ctx, func(b *block) error { return s.dispatch(ctx, order, b) })
	})
	group.Go(func() error {
		d := s.format.decoder(&s.opts)
		for b := range order {
			if s.format.ordered {
				b.done <- b.decode(d, &s.format, &s.opts)
			}
			s.give(<-b.done)
			s.size = b.base + b.size
		}
		out := &batch{opts: &s.opts}
		d.end(out)
		s.give(out)
		return nil
	})
	return group.Wait()
}

// dispatch has a block decoded by whoever is free, unless the format is one for a single decoder.
func (s *run) dispatch(ctx context.Context, order chan<- *block, b *block) error {
	if !s.format.ordered {
		select {
		case decoders := <-s.decoders:
			go func() {
				b.done <- b.decode(s.decoder(decoders), &s.format, &s.opts)
				s.decoders <- decoders
			}()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	select {
	case order <- b:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// decoder is that of the format, made when it is new.
func (s *run) decoder(known map[string]decoder) decoder {
	d := known[s.format.name]
	if d == nil {
		d = s.format.decoder(&s.opts)
		known[s.format.name] = d
	}
	return d
}

// give hands on what a block shows.
func (s *run) give(out *batch) {
	s.tally.merge(&out.tally)
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range out.flows {
		out.flows[i].Point.Source, out.flows[i].Point.Format = s.name, s.format.name
		s.sink(&out.flows[i])
	}
	if s.opts.Listening == nil {
		return
	}
	for _, l := range out.listeners {
		l.Point.Source, l.Point.Format = s.name, s.format.name
		s.opts.Listening(l)
	}
}

// decode reads all of a block.
func (b *block) decode(d decoder, f *format, opts *Options) *batch {
	const usual = 1 << 10 // bytes of a record of Hubble
	out := &batch{flows: make([]Flow, 0, len(b.data)/usual), opts: opts}
	for _, at := range b.skipped {
		out.tally.Fault(faultTooLong, at)
	}
	data, offset := b.data, b.base
	if offset == 0 {
		trimmed := bytes.TrimPrefix(data, []byte(source.ByteOrderMark))
		offset = int64(len(data) - len(trimmed))
		data = trimmed
	}
	for len(data) > 0 {
		n, cut := bytes.Index(data, []byte(f.delimiter)), false
		if n += len(f.delimiter); n < len(f.delimiter) {
			n, cut = len(data), true
		}
		out.offset = offset
		if reason := d.record(out, data[:n], cut); reason != "" {
			out.tally.Fault(reason, offset)
		}
		data = data[n:]
		offset += int64(n)
	}
	b.size = int64(len(b.data))
	b.release()
	return out
}
