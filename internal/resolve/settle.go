package resolve

import "github.com/kubectl-harden/kubectl-harden/internal/flow"

// wait keeps a row until all flows are there.
func (r *Resolver) wait(w *row, s *stay) {
	all := *s
	if known, ok := r.waiting.all[*w]; ok {
		all.add(&known)
	}
	if !r.waiting.put(*w, all) {
		r.alone(w, s)
	}
}

// alone takes a row that cannot wait.
func (r *Resolver) alone(w *row, s *stay) {
	r.unjoined += s.count
	r.finish(w, s, false)
}

// finish takes a row that waited. It is joined with what other rows show, unless there was no
// room for it.
func (r *Resolver) finish(w *row, s *stay, joined bool) {
	if w.minute != 0 {
		if joined {
			r.recall(w, s)
		}
		if w.how != certain {
			w = w.plain(r.index)
		}
	}
	if w.how != certain {
		w.how = r.settle(w, joined)
		if w.how == unknown {
			w.source.unclear(Undirected, s.count)
			return
		}
	}
	switch {
	case w.server.port == 0 && w.protocol.Expressible(): // it was that of a client
		w.source.unclear(Undirected, s.count)
		return
	case w.hop():
		w.source.unclear(SidecarHop, s.count)
		return
	}
	to := r.server(&w.server, w.protocol)
	r.take(w, &to, s, joined)
}

// settle finds who began a row of which that is not known: by other flows and listening sockets,
// which are certain, else by the ports that are declared, else by the guess that came with it.
func (r *Resolver) settle(w *row, joined bool) knowledge {
	f := flow.Flow{
		Protocol: w.protocol, Final: w.final,
		Client: flow.Endpoint{Addr: w.client.addr, Port: w.client.port},
		Server: flow.Endpoint{Addr: w.server.addr, Port: w.server.port},
	}
	if joined && r.settled.Settle(&f) {
		if f.Server.AddrPort() != w.server.at() {
			w.turn()
		}
		w.final = f.Final
		return certain
	}
	from, to := r.declares(&w.client, w.protocol), r.declares(&w.server, w.protocol)
	switch {
	case to && !from:
		return declared
	case from && !to:
		w.turn()
		return declared
	case w.server.port >= ephemeral:
		return unknown // nobody says that it serves
	}
	return w.how
}

// learn keeps what a row of which it is known who began shows of others.
func (r *Resolver) learn(w *row, to *found, s *stay) {
	if !w.protocol.Expressible() {
		return
	}
	if w.server.addr.IsValid() && !w.denied && !w.unanswered {
		r.serve(socket{w.server.addr, w.server.port, w.protocol}, w.final)
		if w.dialled.IsValid() && w.dialled.Port() != 0 {
			r.serve(socket{w.dialled.Addr(), w.dialled.Port(), w.protocol}, false)
		}
	}
	r.join(w, to, s)
}

func (r *Resolver) serve(at socket, final bool) {
	known, ok := r.servers.all[at]
	if !ok || final && !known {
		r.servers.put(at, known || final)
	}
}
