package netpol

// grantNeeds counts the needs as granted, beside what else is.
func (side *fitSide) grantNeeds() {
	side.granted = make(map[*fitWorkload]Ports, len(side.needs))
	for use := range side.needs {
		side.grant(use.peer.workload, use.ports())
	}
	for w, ports := range side.beyond {
		side.grant(w, ports)
	}
}

// grantBeyond grants what is no need.
func (side *fitSide) grantBeyond(w *fitWorkload, ports Ports) {
	if w != nil && !side.granted[w].Covers(ports) {
		side.beyond[w] = side.beyond[w].Or(ports)
		side.grant(w, ports)
	}
}

func (side *fitSide) grant(w *fitWorkload, ports Ports) {
	if w != nil {
		side.granted[w] = side.granted[w].Or(ports)
	}
}

// fold keeps the needs in little space until they are proved.
func (side *fitSide) fold() {
	side.folded = make([]fitNeed, 0, len(side.needs))
	for _, n := range side.needs {
		side.folded = append(side.folded, *n)
		side.folded[len(side.folded)-1].edges = nil
	}
	side.needs = nil
}

func (side *fitSide) unfold() {
	side.needs = make(map[fitUse]*fitNeed, len(side.folded))
	for i := range side.folded {
		side.needs[side.folded[i].use] = &side.folded[i]
	}
}
