package shop

import (
	"cmp"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"
)

// end is one of a connection.
type end struct {
	// workload and pod are nil for what is none.
	workload *Workload
	pod      *Pod
	// name is that of the edge.
	name string
	addr netip.Addr
}

// node is where it runs, nil for outside.
func (e end) node() *Node {
	if e.pod == nil {
		return nil
	}
	return e.pod.Node
}

// connection is one of an Edge.
type connection struct {
	edge           Edge
	client, server end
	// from is the client, dialled what it asked for, to the server itself, masked the client as
	// the server sees it: from, or the address of the client's node.
	from, dialled, to, masked netip.AddrPort
	at                        time.Time
	denied                    bool
	// first is set for one of each pair of pods, which is open while all look.
	first bool
}

// dice are the seeded choices of one observer.
func dice(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 20261120)) }

// connections are those of the window, by time.
func (s *Shop) connections(seed uint64) []*connection {
	random, ports := dice(seed), map[netip.AddrPort]bool{}
	var out []*connection
	for _, e := range append(s.Needed(), s.Denied()...) {
		for _, client := range s.ends(e.From, e.Six) {
			for _, server := range s.ends(e.To, e.Six) {
				if client.addr == server.addr {
					continue // a replica does not call itself
				}
				for i := range 1 + random.IntN(3) {
					c := &connection{edge: e, client: client, server: server, first: i == 0}
					c.denied = slices.Contains(s.Denied(), e)
					s.address(c, random, ports)
					c.at = c.moment(s.From, s.To, random)
					out = append(out, c)
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b *connection) int { return cmp.Or(a.at.Compare(b.at), a.from.Compare(b.from)) })
	return out
}

// ends are the pods of a workload, or an address.
func (s *Shop) ends(name string, six bool) []end {
	if name == APIServer {
		return []end{{name: name, addr: s.APIServer.Addr()}}
	}
	w := s.Workload(name)
	if w == nil {
		return []end{{name: name, addr: netip.MustParseAddr(name)}}
	}
	var out []end
	for _, pod := range w.Pods {
		e := end{workload: w, pod: pod, name: name, addr: pod.Addresses[0]}
		if six {
			e.addr = pod.Addresses[1]
		}
		out = append(out, e)
	}
	return out
}

// address gives a connection its addresses and ports. A client has each port once.
func (s *Shop) address(c *connection, random *rand.Rand, ports map[netip.AddrPort]bool) {
	const first, last = 32768, 60999 // net.ipv4.ip_local_port_range of Linux
	for c.from = netip.AddrPortFrom(c.client.addr, first); ports[c.from] || c.from.Port() == first; {
		c.from = netip.AddrPortFrom(c.client.addr, uint16(first+1+random.IntN(last-first)))
	}
	ports[c.from] = true
	c.to = netip.AddrPortFrom(c.server.addr, uint16(c.edge.Port))
	c.dialled, c.masked = c.to, c.from
	switch service := s.Service(c.edge.Service); {
	case c.edge.Service == "kubernetes":
		c.dialled = netip.AddrPortFrom(netip.MustParseAddr(kubernetesAddress), 443)
	case service == nil:
	case c.client.pod == nil:
		c.dialled = netip.AddrPortFrom(service.Outside, uint16(c.edge.Dialled))
	default:
		at := service.Addresses[0]
		if c.edge.Six {
			at = service.Addresses[1]
		}
		c.dialled = netip.AddrPortFrom(at, uint16(c.edge.Dialled))
	}
	if c.client.pod != nil && c.server.pod == nil { // leaves the network of pods
		c.masked = netip.AddrPortFrom(c.client.pod.Node.Address, c.from.Port())
	}
}

// moment is when both ends run.
func (c *connection) moment(from, to time.Time, random *rand.Rand) time.Time {
	for _, pod := range []*Pod{c.client.pod, c.server.pod} {
		if pod == nil {
			continue
		}
		if pod.From.After(from) {
			from = pod.From
		}
		if !pod.To.IsZero() && pod.To.Before(to) {
			to = pod.To
		}
	}
	return from.Add(time.Duration(1+random.Int64N(int64(to.Sub(from)/time.Millisecond)-1)) * time.Millisecond)
}

// probes are those that kubelets send to the pods of their nodes.
func (s *Shop) probes(seed uint64) []*connection {
	random, ports := dice(seed+1), map[netip.AddrPort]bool{}
	var out []*connection
	for _, w := range s.Workloads {
		if w.HostNetwork || len(w.Ports) == 0 || w.Ports[0].Protocol != "TCP" {
			continue
		}
		for _, pod := range w.Pods {
			c := &connection{
				edge:   Edge{From: pod.Node.Name, To: w.Name, Protocol: "TCP", Port: w.Ports[0].Number},
				client: end{name: pod.Node.Name, addr: pod.Node.Address}, server: end{workload: w, pod: pod, name: w.Name, addr: pod.Addresses[0]}, first: true,
			}
			s.address(c, random, ports)
			c.dialled = c.to
			c.at = c.moment(s.From, s.To, random)
			out = append(out, c)
		}
	}
	return out
}
