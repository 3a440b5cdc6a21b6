package flow

import "net/netip"

// Servers are addresses with ports that are known to serve. What is learned from flows does not
// depend on their order. It is not for several goroutines at a time.
type Servers struct {
	// known tells whether the server is final: see Flow.
	known map[server]bool
}

type server struct {
	protocol Protocol
	at       netip.AddrPort
}

// NewServers knows none.
func NewServers() *Servers { return &Servers{known: map[server]bool{}} }

// Learn takes the server of a flow whose direction is known, and what was dialled.
func (s *Servers) Learn(f *Flow) {
	if !f.Direction.Known() || !f.Protocol.Expressible() || f.Server.Port == 0 {
		return
	}
	s.learn(server{f.Protocol, f.Server.AddrPort()}, f.Final)
	if f.Dialled.IsValid() {
		s.learn(server{f.Protocol, f.Dialled}, false)
	}
}

func (s *Servers) learn(at server, final bool) { s.known[at] = s.known[at] || final }

// Settle finds the client of a flow whose direction is not known, and tells whether it did:
// where one end is known to serve and the other one is not.
func (s *Servers) Settle(f *Flow) bool {
	if f.Direction.Known() {
		return true
	}
	final, to := s.known[server{f.Protocol, f.Server.AddrPort()}]
	turned, from := s.known[server{f.Protocol, f.Client.AddrPort()}]
	if to == from {
		return false
	}
	if from {
		f.turn()
		final = turned
	}
	f.Final = final
	f.Direction = DirectionServer
	return true
}
