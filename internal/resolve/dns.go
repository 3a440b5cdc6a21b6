package resolve

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/flow"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
)

// names are those of outside addresses, by what DNS servers answered, and the edges to such
// addresses: an answer may come after the flow that follows from it.
type names struct {
	of    *bounded[netip.Addr, *[maxNames]string]
	edges *bounded[outsideEdge, struct{}]
}

// maxNames is how many names of an address are kept, the smallest: as many as an edge has.
const maxNames = 3

func newNames(most limits) names {
	return names{
		of:    newBounded[netip.Addr, *[maxNames]string](most.named, func(a netip.Addr) uint64 { return mixAddr(0, a) }),
		edges: newBounded[outsideEdge, struct{}](most.outside, outsideEdge.hash),
	}
}

func (e outsideEdge) hash() uint64 {
	return mixAddrPort(uint64(e.protocol), netip.AddrPortFrom(e.server, e.port))
}

// learn takes the names that a flow tells.
func (n *names) learn(r *Resolver, f *flow.Flow) {
	for _, name := range f.Server.Names {
		n.add(r, f.Server.Addr, name)
	}
	if f.Answer == nil || f.Answer.Code != 0 {
		return
	}
	for _, a := range f.Answer.Addrs {
		n.add(r, a, f.Answer.Query)
	}
}

// add keeps a name of an address that is not known to be of the cluster.
func (n *names) add(r *Resolver, a netip.Addr, name string) {
	a = clean(a)
	if name = strings.ToLower(strings.TrimSuffix(name, ".")); name == "" || !a.IsValid() {
		return
	}
	if s := r.sites[a]; s != nil && (len(s.holders) > 0 || s.isNode || s.service != "") {
		return
	}
	of := n.of.all[a]
	if of == nil {
		of = &[maxNames]string{}
		if !n.of.put(a, of) {
			return
		}
	}
	i := 0
	for i < maxNames && of[i] != "" && of[i] < name {
		i++
	}
	if i == maxNames || of[i] == name {
		return
	}
	copy(of[i+1:], of[i:maxNames-1])
	of[i] = strings.Clone(name)
}

// note keeps an edge to an outside address.
func (n *names) note(e edge) {
	a, err := netip.ParseAddr(e.server.Address)
	if e.server.Kind != api.EndAddress || err != nil {
		return
	}
	key := outsideEdge{e.client, a, e.protocol, e.port, e.denied}
	n.edges.put(key, struct{}{})
}

// outsideEdge is an edge to an outside address.
type outsideEdge struct {
	client   *api.EdgeEnd
	server   netip.Addr
	protocol flow.Protocol
	port     uint16
	denied   bool
}

// apply gives the edges their names.
func (n *names) apply(r *Resolver) {
	for e := range n.edges.all {
		of := n.of.all[e.server]
		if of == nil {
			continue
		}
		at := observation.Sighting{
			Client: *e.client, Server: *r.outside(e.server), Protocol: protocolName(e.protocol), Port: int32(e.port), Denied: e.denied,
			Names: slices.DeleteFunc(slices.Clone(of[:]), func(name string) bool { return name == "" }),
		}
		if entry := r.sink.Edge(&at); entry != nil {
			r.sink.AddEdge(entry, &at)
		}
	}
}
