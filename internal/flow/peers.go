package flow

// peers are the ends that a decoder remembers, by what its source says of them: they repeat.
type peers[K comparable] map[K]*Peer

// keep remembers an end, nil for one of which nothing is known. It forgets rather than grow without
// end.
func (p peers[K]) keep(key K, peer *Peer) *Peer {
	const limit = 4096
	if len(p) >= limit {
		clear(p)
	}
	p[key] = peer
	return peer
}
