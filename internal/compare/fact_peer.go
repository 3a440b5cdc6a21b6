package compare

import (
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// peerAtom is traffic with a peer over a range of ports that is let through.
type peerAtom struct {
	// who is a peer in words, anyone, or one of the words open and void: no policy holds for it, or
	// none can.
	who string
	// protocol with its ports, or name alone; empty for every port of every protocol.
	protocol    string
	first, last int
	name        string
}

const (
	openWord = "open"
	voidWord = "void"
	anyone   = "anyone"
	anyPort  = "any"
	maxPort  = 65535
)

func (p peerAtom) wide() bool { return true }

func (p peerAtom) coversPorts(o peerAtom) bool {
	switch {
	case p.protocol == "":
		return true
	case p.protocol != o.protocol:
		return false
	case o.name != "" && p.first == 1 && p.last == maxPort:
		return true // whatever number the name stands for
	case p.name != o.name:
		return false
	}
	return p.first <= o.first && o.last <= p.last
}

func (p peerAtom) rank() int { return slices.Index([]string{anyone, openWord, voidWord}, p.who) }

// coversPeer tells one that is the other or has it in it; pods are those of the other, nil for none.
func (p peerAtom) coversPeer(o peerAtom, pods *podsPeer, in *pool) bool {
	if p.who == o.who || p.rank() >= 0 && p.rank() > o.rank() {
		return true
	}
	if pods == nil {
		return false
	}
	mine := in.selected(p.who)
	return mine != nil && mine.covers(*pods)
}

func (p peerAtom) coveredBy(others *pool) bool { return others.exact[p] || p.under(others) }

// under tells traffic that others let through: one of them, or the addresses of some together.
func (p peerAtom) under(others *pool) bool {
	mine, pods := others.ranges(p.who), others.selected(p.who)
	left := mine
	for _, a := range others.wide {
		o := a.(peerAtom)
		if o == p || !o.coversPorts(p) {
			continue
		}
		if o.coversPeer(p, pods, others) {
			return true
		}
		if len(left) == 0 {
			continue
		}
		for _, r := range others.ranges(o.who) {
			left = subtract(left, r)
		}
	}
	return len(mine) > 0 && len(left) == 0
}

// pieces are the ranges of ports that others do not let through.
func (p peerAtom) pieces(others *pool) []atom {
	cuts := []int{p.first}
	for _, a := range others.wide {
		if o := a.(peerAtom); o.protocol == p.protocol && o.name == "" {
			cuts = append(cuts, o.first, o.last+1)
		}
	}
	slices.Sort(cuts)
	var out []atom
	for i, first := range cuts {
		piece := p
		piece.first = first
		if i+1 < len(cuts) {
			piece.last = min(p.last, cuts[i+1]-1)
		}
		if first >= p.first && first <= p.last && piece.first <= piece.last && !piece.coveredBy(others) {
			out = append(out, piece)
		}
	}
	return out
}

// related is traffic with the same peer, with one that has it in it, and what is open to everybody.
func (p peerAtom) related(other atom) bool {
	o, ok := other.(peerAtom)
	return ok && (p.who == o.who || p.rank() >= 0 || o.rank() >= 0 || p.nested(o))
}

func (p peerAtom) nested(o peerAtom) bool {
	mine, ok := parsePods(p.who)
	theirs, both := parsePods(o.who)
	return ok && both && (mine.covers(theirs) || theirs.covers(mine))
}

func validDirection(word string) func(f fact) bool {
	return func(f fact) bool {
		switch len(f.args) {
		case 1:
			return f.arg(0) == openWord || f.arg(0) == voidWord
		case 3:
			return f.arg(0) == word && len(f.args[1]) == 1 && !slices.ContainsFunc(f.args[2], func(port string) bool {
				_, ok := parsePorts(port)
				return !ok
			})
		}
		return false
	}
}

func peerSeverity(f fact) api.Severity {
	if len(f.args) == 1 || f.arg(1) == anyone {
		return api.SeverityMedium
	}
	return api.SeverityLow
}

func peerAtoms(f fact) []atom {
	if len(f.args) == 1 {
		return []atom{peerAtom{who: f.arg(0)}}
	}
	var out []atom
	for _, port := range f.args[2] {
		p, _ := parsePorts(port)
		p.who = normalPeer(f.arg(1))
		out = append(out, p)
	}
	return out
}
