package flow

import (
	"net/netip"
)

// socketState is what of a socket's state matters.
type socketState uint8

const (
	stateOpen      socketState = iota // or closing: it had both ends
	stateListening                    // or bound without a peer
	stateOpening                      // SYN-SENT
	stateOpened                       // SYN-RECV
)

// socket is a row of a table of sockets of one network namespace.
type socket struct {
	protocol      Protocol // 0 where the table does not say
	local, remote netip.AddrPort
	state         socketState
	word          string
	offset        int64
}

// sockets holds the rows of one reading, which the last of them may explain.
type sockets struct {
	rows     []socket
	snapshot int
	// whole tells whether a table with connections would show its listening sockets, too.
	whole bool
}

// maxSockets is how many rows a reading holds at most; more are another one.
const maxSockets = 1 << 18

func (s *sockets) add(out *batch, row socket) {
	if len(s.rows) == maxSockets {
		s.flush(out)
	}
	row.offset = out.offset
	s.rows = append(s.rows, row)
}

// flush adds what the reading shows. Its memory is what a network namespace has of sockets.
func (s *sockets) flush(out *batch) {
	s.nameProtocol(out)
	listening := s.listening(out)
	for i := range s.rows {
		row := &s.rows[i]
		if row.state == stateListening {
			continue
		}
		f := Flow{
			Protocol: row.protocol, Count: 1, Unanswered: row.state == stateOpening,
			Client: Endpoint{Addr: row.local.Addr(), Port: row.local.Port()},
			Server: Endpoint{Addr: row.remote.Addr(), Port: row.remote.Port()},
			Point:  Point{Snapshot: s.snapshot, At: row.word, Side: SideClient},
		}
		s.direct(&f, row, listening)
		f.Final = f.Point.Side == SideServer && f.Direction.Known()
		out.flow(f)
	}
	s.rows = s.rows[:0]
	s.snapshot++
}

// direct finds which end is here. A port that listens takes connections; one that does not, where
// all that do are known, makes them. A listener may be gone while its connections stay: so ports
// that say the opposite leave a guess.
func (s *sockets) direct(f *Flow, row *socket, listening map[socketKey]bool) {
	switch {
	case row.state == stateOpening:
		f.Direction = DirectionHandshake
	case row.state == stateOpened:
		f.turn()
		f.Direction = DirectionHandshake
	case listening[keyOf(row, false)], listening[keyOf(row, true)]:
		f.turn()
		f.Direction = DirectionListener
	case s.whole && !f.backwards():
		f.Direction = DirectionListener
	default:
		f.guess()
	}
}

// socketKey is where a socket listens; an address that is not valid is any.
type socketKey struct {
	protocol Protocol
	at       netip.AddrPort
}

func keyOf(row *socket, anywhere bool) socketKey {
	if anywhere || row.local.Addr().IsUnspecified() {
		return socketKey{row.protocol, netip.AddrPortFrom(netip.Addr{}, row.local.Port())}
	}
	return socketKey{row.protocol, row.local}
}

func (s *sockets) listening(out *batch) map[socketKey]bool {
	set := map[socketKey]bool{}
	for i := range s.rows {
		// A socket of TCP that is not connected does not listen, either.
		if row := &s.rows[i]; row.state == stateListening && (row.word == "LISTEN" || row.protocol == UDP) {
			set[keyOf(row, false)] = true
			out.listeners = append(out.listeners, Listener{row.protocol, row.local, Point{Snapshot: s.snapshot, At: row.word, Side: SideServer}})
		}
	}
	return set
}

// nameProtocol is for tables that do not name theirs, as ss prints them where one was asked
// for: bound sockets without a peer are UDP's, unless there are states that UDP does not have.
func (s *sockets) nameProtocol(out *batch) {
	protocol, sure := TCP, false
	for _, row := range s.rows {
		switch {
		case row.protocol != 0, row.word == "ESTAB":
		case row.word != "UNCONN":
			protocol, sure = TCP, true
		case !sure:
			protocol = UDP
		}
	}
	for i := range s.rows {
		if row := &s.rows[i]; row.protocol == 0 {
			row.protocol = protocol
			if !sure && protocol == TCP {
				out.tally.Note(faultAssumed, row.offset)
			}
		}
	}
}
