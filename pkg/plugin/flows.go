package plugin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/flow"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
	"github.com/kubectl-harden/kubectl-harden/internal/resolve"
	"github.com/kubectl-harden/kubectl-harden/internal/source"
)

var errNoFlows = errors.New("--from SOURCE is missing: flows, such as those of hubble observe -o json or conntrack -L, or Observations made of such ones")

// toFlowOptions is for sources of flows, which are files.
func (f *sourceFlags) toFlowOptions(g *globals) (sourceOptions, error) {
	o := sourceOptions{globals: g, from: f.from, files: f.from, now: g.process.Now()}
	if len(f.from) == 0 {
		return o, errNoFlows
	}
	for _, name := range f.from {
		if slices.Contains(liveWords(), name) {
			return o, fmt.Errorf("--from %s: flows are read from files, such as one of hubble observe -o json; a file of that name is ./%[1]s", name)
		}
	}
	return o, f.times(&o)
}

// edgeSink makes edges of flows. It is for one goroutine at a time.
type edgeSink struct {
	set      *observation.Set
	resolver *resolve.Resolver
}

// newEdgeSink resolves flows with what was read of a cluster.
func newEdgeSink(inv *cluster.Inventory, set *observation.Set) (*edgeSink, error) {
	if err := resolve.Usable(inv); err != nil {
		return nil, err
	}
	return &edgeSink{set: set, resolver: resolve.New(inv, set)}, nil
}

// flow resolves a flow.
func (s *edgeSink) flow(f *flow.Flow) { s.resolver.Add(f) }

// listen notes who serves.
func (s *edgeSink) listen(l flow.Listener) { s.resolver.Listen(l) }

// finish settles what waited, and adds the sources with what gave no edge.
func (s *edgeSink) finish(sources []api.ObservedSource) {
	s.resolver.Finish()
	for _, source := range sources {
		source.Unclear = s.resolver.Unclear(source.Name)
		s.set.AddSource(source)
	}
	s.resolver = nil // it has as much as the edges
}

// flowOptions are how flows are read.
func (o *sourceOptions) flowOptions(sink *edgeSink) flow.Options {
	return flow.Options{Now: o.now, Since: o.since, Until: o.until, Listening: sink.listen}
}

// observeFlows reads all sources of flows. The error is for sources that hold nothing that can
// be used.
func (o *sourceOptions) observeFlows(ctx context.Context, inv *cluster.Inventory) (*api.Observations, error) {
	files, err := source.Find(o.process.Streams.In, o.files...)
	if err != nil {
		return nil, err
	}
	set := observation.NewSet()
	sink, err := newEdgeSink(inv, set)
	if err != nil {
		return nil, err
	}
	opts := o.flowOptions(sink)
	opts.Other = o.merging(set, nobody)
	sources, err := flow.Read(ctx, files, opts, sink.flow)
	if err != nil {
		return nil, err
	}
	sink.finish(sources)
	set.ForgetDays()
	doc := o.document(set)
	*set = observation.Set{} // the document has all of it; what read the flows holds on to it while policies are made
	if len(doc.Edges) == 0 && len(doc.Access) > 0 {
		return nil, fmt.Errorf("%s: Observations of API access alone; policies need flows, or Observations made of such", strings.Join(o.from, ", "))
	}
	return doc, nil
}

// nobody is for those who do not ask what users did.
func nobody(string, []string) bool { return false }

// observeAll reads sources of all kinds. The objects that flows are resolved with are read when
// the first flows are met.
func (o *observeOptions) observeAll(ctx context.Context) (*api.Observations, error) {
	set := observation.NewSet()
	merge := o.merging(set, nil)
	lazy := &lazyFlows{options: o, set: set}
	defer lazy.end()
	err := o.readAccess(ctx, set, nil, func(stream *source.Stream) (bool, error) {
		if taken, err := merge(stream); taken || err != nil {
			return taken, err
		}
		if _, ok := flow.Format(stream.Head()); !ok {
			return false, nil
		}
		return lazy.take(ctx, stream)
	})
	if err != nil {
		return nil, err
	}
	if lazy.sink != nil {
		lazy.sink.finish(lazy.reader.Sources())
	}
	return o.document(set), nil
}

// lazyFlows reads flows once there are some.
type lazyFlows struct {
	options *observeOptions
	set     *observation.Set
	sink    *edgeSink
	reader  *flow.Reader
	// unbound gives the heap its bounds of before.
	unbound func()
}

func (l *lazyFlows) end() {
	if l.unbound != nil {
		l.unbound()
	}
}

// take reads a stream that has flows.
func (l *lazyFlows) take(ctx context.Context, stream *source.Stream) (bool, error) {
	if l.reader == nil {
		l.unbound = l.options.process.bound(flowHeap())
		in, err := l.options.objects(ctx)
		if err != nil {
			return true, err
		}
		if l.sink, err = newEdgeSink(in.inventory, l.set); err != nil {
			return true, err
		}
		opts := l.options.flowOptions(l.sink)
		opts.Listening = func(listener flow.Listener) { l.set.Do(func() { l.sink.listen(listener) }) }
		l.reader = flow.NewReader(ctx, opts, func(f *flow.Flow) { l.set.Do(func() { l.sink.flow(f) }) })
	}
	return l.reader.Take(stream)
}

// objects are those that flows are resolved with.
func (o *observeOptions) objects(ctx context.Context) (input, error) {
	if o.state.local && !o.state.fromFiles() {
		return input{}, errors.New("flows need the objects of the cluster to find whose their addresses are: give them with -f FILE, or leave out --local")
	}
	in, err := o.state.read(ctx)
	if err != nil {
		return in, err
	}
	return in, in.problem()
}
