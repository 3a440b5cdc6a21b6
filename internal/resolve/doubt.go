package resolve

import (
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/flow"
)

// packets tells the formats whose records are of packets or sockets alone: what begins a connection
// cannot be told from its answers by what they say.
func (s *source) packets() bool {
	return slices.Contains([]string{api.FormatAWS, api.FormatNetObserv, api.FormatTrace, api.FormatProc, api.FormatSS}, s.format)
}

// byPorts finds who began a row by its ports, where one is of the range of clients and the other is
// not, or one alone is privileged. It finds the same for a row and for its answer.
func (w *row) byPorts() knowledge {
	client, server := w.client.port, w.server.port
	switch {
	case w.disputed:
		return unknown
	case serves(server, client):
		return guessed
	case serves(client, server):
		w.turn()
		return guessed
	}
	return unknown
}

// serves tells whether one port is that of a server, when the other is the client's: 0 is one that
// makes no difference.
func serves(port, client uint16) bool {
	if port == 0 || port >= flow.Ephemeral {
		return false
	}
	return client == 0 || client >= flow.Ephemeral || port < flow.Unprivileged && client >= flow.Unprivileged
}

// doubt gives the edges of a use that was let through when it never became known who began it. Each
// pod of it has one of either direction, with an end that is unknown: a policy that closes a
// direction would have to let it through. It tells whether there is such a pod.
func (r *Resolver) doubt(w *row, s *stay) (given bool) {
	switch {
	case !w.source.packets(), w.denied, w.unanswered, !w.protocol.Expressible():
		return false
	case w.client.port == 0, w.server.port == 0, w.client.addr == w.server.addr:
		return false
	}
	for range []*endpoint{&w.client, &w.server} {
		var nobody found
		client, server := r.client(&w.client, &nobody, w.side), r.client(&w.server, &nobody, flow.SideUnknown)
		r.describe(w, &nobody)
		for _, e := range []edge{
			{client, r.unknown(w.server.addr, whoBegan), w.protocol, w.server.port, false},
			{r.unknown(w.client.addr, whoBegan), server, w.protocol, w.server.port, false},
		} {
			given = r.give(e, s) || given
		}
		w.turn()
	}
	if given {
		w.source.resolved += s.count
	}
	return given
}
