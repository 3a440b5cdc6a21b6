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
	src, before := w.source, w.source.resolved
	if r.finish(w, s, false); src.resolved > before {
		src.unclear(Alone, s.count)
	}
}

// finish takes a row that waited. It is joined with what other rows show, unless there was no
// room for it.
func (r *Resolver) finish(w *row, s *stay, joined bool) {
	if w.minute != 0 {
		if joined {
			r.recall(w, s)
		}
		if w.how != certain && w.how != loose {
			w = w.plain(r.index)
		}
	}
	switch w.how {
	case certain:
	case loose:
		w.how = r.tighten(w, joined)
	default:
		w.how = r.settle(w, joined)
	}
	if w.how == unknown {
		if !r.doubt(w, s) {
			w.source.unclear(Undirected, s.count)
		}
		return
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
// which are certain, else by the ports that are declared, else by the guess that came with it, or,
// where its source shows packets alone, by all that its ports tell.
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
	case w.source.packets():
		return w.byPorts()
	case w.server.port >= flow.Ephemeral:
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
		r.serve(socket{w.server.addr, w.server.port, w.protocol}, served{w.final, w.how == certain})
		if w.dialled.IsValid() && w.dialled.Port() != 0 {
			r.serve(socket{w.dialled.Addr(), w.dialled.Port(), w.protocol}, served{false, w.how == certain})
		}
	}
	r.join(w, to, s)
}

// served is what is known of a port that serves: whether it is behind all translation, and whether
// something tells for sure that it does.
type served struct{ final, sure bool }

func (r *Resolver) serve(at socket, as served) {
	known, ok := r.servers.all[at]
	if all := (served{known.final || as.final, known.sure || as.sure}); !ok || all != known {
		r.servers.put(at, all)
	}
}

// isLoose tells of a flow that its ports speak against what its source says of who began: the
// server has a port that is mostly a client's, and nobody declares it. conntrack takes what it sees
// first of a connection for its original direction, be it an answer (nf_conntrack_tcp_loose of
// Linux), and so do the tables that Hubble has its is_reply from.
func (r *Resolver) isLoose(f *flow.Flow, w *row) bool {
	switch {
	case f.Direction != flow.DirectionFlag && f.Direction != flow.DirectionTuple, w.denied, w.dialled.IsValid():
		return false
	case f.Point.At == "SYN_SENT", f.Point.At == "SYN_RECV": // states of conntrack
		return false
	}
	return w.protocol.Expressible() && w.server.port >= flow.Ephemeral && w.client.port != 0 && !r.declares(&w.server, w.protocol)
}

// backwards tells whether the client has a port that is mostly a server's.
func (r *Resolver) backwards(w *row) bool {
	return w.client.port < flow.Ephemeral || r.declares(&w.client, w.protocol)
}

// waitLoose keeps a row until all servers are known. Where the ports tell nothing, as of data of
// passive FTP, it shows something of others meanwhile.
func (r *Resolver) waitLoose(w *row, s *stay) {
	if !r.backwards(w) {
		to := r.server(&w.server, w.protocol)
		r.learn(w, &to, s)
	}
	r.wait(w, s)
}

// tighten finds who began a loose row: it is turned round where its client serves, as far as is
// known, and its server does not.
func (r *Resolver) tighten(w *row, joined bool) knowledge {
	var client, server served
	known := false
	if joined {
		client = r.servers.all[socket{w.client.addr, w.client.port, w.protocol}]
		server, known = r.servers.all[socket{w.server.addr, w.server.port, w.protocol}]
	}
	if stays := known || !r.backwards(w); server.sure || stays && !client.sure {
		return certain
	}
	w.turn()
	w.final = false
	return guessed
}
