// Package resolve makes edges between workloads of observed flows: it finds whose an address was,
// which pods a Service led to, and who began. What it cannot know stays an end that is unknown,
// with the reason; what gives no edge is counted. The order of the flows makes no difference.
package resolve

import (
	"errors"
	"net/netip"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/flow"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
)

// Sink is where edges add up, such as an observation.Set.
type Sink interface {
	// Edge is where the evidence for an edge goes; nil for one that makes no sense.
	Edge(*observation.Sighting) *observation.EdgeEntry
	AddEdge(*observation.EdgeEntry, *observation.Sighting)
	// Named takes a name of an address outside the cluster.
	Named(netip.Addr, string)
}

// Resolver takes flows, and gives what they show to its sink: some at once, some when it is
// finished. It is not for several goroutines at a time.
type Resolver struct {
	*index
	sink Sink

	cached map[netip.Addr]*site
	abouts map[about]*api.EdgeEnd
	// alleged are the ends of addresses that a source alone says are the API server's.
	alleged  map[netip.Addr]*api.EdgeEnd
	pointers map[*flow.Peer]*word
	words    map[wordKey]*word
	// alones are the words of peers without an address, mends where the ports of these lead.
	alones map[*flow.Peer]*word
	mends  map[mendKey]*servicePort

	sources map[string]*source
	// last is the source of the flow before.
	last     *source
	lastName string

	waiting *bounded[row, stay]
	facts   *bounded[connection, fact]
	// survived are connections to Services by the port of the client.
	survived *bounded[survivor, netip.AddrPort]
	servers  *bounded[socket, served]
	// places and talks are what sources say of addresses and of the ends of connections.
	places *bounded[netip.Addr, *history]
	talks  *bounded[talk, *history]
	// settled are the servers when all are known.
	settled *flow.Servers

	entries  map[edge]*observation.EdgeEntry
	sighting observation.Sighting
}

// limits bound what is kept until all flows are there.
type limits struct {
	// waiting rows, connections of which something is known, servers.
	waiting, connections, servers int
	// addresses and ends of connections that sources name the pods of.
	places, talks int
}

func usual() limits {
	return limits{waiting: 1 << 17, connections: 1 << 17, servers: 1 << 16, places: 1 << 16, talks: 1 << 16}
}

// maxEntries is how many edges are remembered at a time.
const maxEntries = 1 << 17

var errNoPods = errors.New("no pods were read: flows cannot be resolved without them")

// Usable is an error where flows cannot be resolved with an inventory.
func Usable(inv *cluster.Inventory) error {
	if len(inv.LivePods()) == 0 {
		return errNoPods
	}
	return nil
}

// New resolves flows of an inventory, which must not change any more.
func New(inv *cluster.Inventory, sink Sink) *Resolver { return newResolver(inv, sink, usual()) }

func newResolver(inv *cluster.Inventory, sink Sink, most limits) *Resolver {
	r := &Resolver{
		index: newIndex(inv), sink: sink,
		cached: map[netip.Addr]*site{}, abouts: map[about]*api.EdgeEnd{}, alleged: map[netip.Addr]*api.EdgeEnd{},
		pointers: map[*flow.Peer]*word{}, words: map[wordKey]*word{}, alones: map[*flow.Peer]*word{}, mends: map[mendKey]*servicePort{}, sources: map[string]*source{},
		waiting: newBounded[row, stay](most.waiting, row.hash), facts: newBounded[connection, fact](most.connections, connection.hash),
		survived: newBounded[survivor, netip.AddrPort](most.connections, survivor.hash), servers: newBounded[socket, served](most.servers, socket.hash),
		places: newBounded[netip.Addr, *history](most.places, func(a netip.Addr) uint64 { return mixAddr(0, a) }),
		talks:  newBounded[talk, *history](most.talks, talk.hash), entries: map[edge]*observation.EdgeEntry{},
	}
	r.waiting.gone = func(row row, s stay) { r.alone(&row, &s) }
	return r
}

// Add takes a flow. It keeps nothing of it but what it points to.
func (r *Resolver) Add(f *flow.Flow) {
	src := r.source(&f.Point)
	s := stay{count: max(f.Count, 1), first: max(f.Time, 0), last: max(f.Time, 0)}
	row, drop := r.read(f, src)
	if drop != "" {
		src.unclear(drop, s.count)
		return
	}
	src.locate(f)
	r.name(f)
	r.remember(&row, s.first)
	mute := s.first != 0 && row.mute()
	if mute {
		row.minute = s.first / secondsOfMinute
	}
	if row.how == loose {
		r.waitLoose(&row, &s)
		return
	}
	if row.how != certain {
		if !mute { // the words of others on the connection need its ports
			row = *row.plain(r.index)
		}
		r.wait(&row, &s)
		return
	}
	to := r.server(&row.server, row.protocol)
	r.learn(&row, &to, &s)
	if mute || r.waits(&row, &to) {
		r.wait(&row, &s)
		return
	}
	r.take(&row, &to, &s, false)
}

// Listen takes a socket that takes connections.
func (r *Resolver) Listen(l flow.Listener) {
	port, a := l.Local.Port(), clean(l.Local.Addr())
	if port == 0 || a.IsLoopback() || !l.Protocol.Expressible() || l.Protocol == flow.UDP && port >= flow.Ephemeral {
		return // a bound socket of UDP may be that of a client
	}
	if a.IsUnspecified() || !a.IsValid() {
		r.source(&l.Point).listen(nodePort{port, l.Protocol})
		return
	}
	r.servers.put(socket{a, port, l.Protocol}, served{final: true, sure: true})
}

// Finish settles what waited. Nothing can be added after it.
func (r *Resolver) Finish() {
	for _, src := range r.sources {
		for _, at := range src.sockets() {
			r.servers.put(at, served{final: true, sure: true})
		}
	}
	r.settled = flow.NewServers()
	for at, known := range r.servers.all {
		r.settled.Learn(&flow.Flow{
			Protocol: at.protocol, Direction: flow.DirectionTuple, Final: known.final,
			Server: flow.Endpoint{Addr: at.addr, Port: at.port},
		})
	}
	for row, s := range r.waiting.all {
		r.finish(&row, &s, true)
	}
	clear(r.waiting.all)
}

// Unclear counts the flows of a source that gave no edge, by reason; nil for none.
func (r *Resolver) Unclear(source string) map[string]int64 {
	s := r.sources[source]
	if s == nil {
		return nil
	}
	return s.reasons
}
