package compare

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// parsePorts reads "any", "7070", "8000-8080", "53/UDP", "any/SCTP", "http/TCP".
func parsePorts(text string) (peerAtom, bool) {
	if text == anyPort {
		return peerAtom{}, true
	}
	number, protocol, found := strings.Cut(text, "/")
	if !found {
		protocol = "TCP"
	}
	p := peerAtom{protocol: protocol}
	if number == anyPort {
		p.first, p.last = 1, maxPort
		return p, protocol != ""
	}
	if number == "" || protocol == "" {
		return p, false
	}
	if number[0] < '0' || number[0] > '9' {
		p.name = number
		return p, found
	}
	first, last, ranged := strings.Cut(number, "-")
	if !ranged {
		last = first
	}
	var err1, err2 error
	p.first, err1 = strconv.Atoi(first)
	p.last, err2 = strconv.Atoi(last)
	return p, err1 == nil && err2 == nil && p.first >= 1 && p.first <= p.last && p.last <= maxPort
}

func (p peerAtom) portText() string {
	text := strconv.Itoa(p.first)
	switch {
	case p.protocol == "":
		return anyPort
	case p.name != "":
		return p.name + "/" + p.protocol
	case p.first == 1 && p.last == maxPort:
		return anyPort + "/" + p.protocol
	case p.first != p.last:
		text += "-" + strconv.Itoa(p.last)
	}
	if p.protocol == "TCP" {
		return text
	}
	return text + "/" + p.protocol
}

// peers are facts of one direction, as far as they are taken apart and joined.
func peers(name, word string) *kind {
	return &kind{name: name, atoms: peerAtoms, join: joinPeers(name, word)}
}

// joinPeers merges what is let through with one peer.
func joinPeers(kind, word string) func(string, []atom) []fact {
	return func(_ string, atoms []atom) []fact { return peersOf(kind, word, atoms) }
}

func peersOf(kind, word string, atoms []atom) []fact {
	byPeer := map[string][]peerAtom{}
	for _, a := range atoms {
		p := a.(peerAtom)
		byPeer[p.who] = append(byPeer[p.who], p)
	}
	var out []fact
	for who, list := range byPeer {
		if who == openWord || who == voidWord {
			out = append(out, fact{kind: kind, args: [][]string{one(who)}})
			continue
		}
		var ports []string
		for _, p := range mergePorts(list) {
			ports = append(ports, p.portText())
		}
		out = append(out, fact{kind: kind, args: [][]string{one(word), one(who), ports}})
	}
	slices.SortFunc(out, compareFacts)
	return out
}

// mergePorts joins ranges that touch.
func mergePorts(list []peerAtom) []peerAtom {
	slices.SortFunc(list, func(a, b peerAtom) int {
		return cmp.Or(strings.Compare(a.protocol, b.protocol), strings.Compare(a.name, b.name), cmp.Compare(a.first, b.first), cmp.Compare(a.last, b.last))
	})
	var out []peerAtom
	for _, p := range list {
		if p.protocol == "" {
			return []peerAtom{p}
		}
		if n := len(out); n > 0 && out[n-1].protocol == p.protocol && out[n-1].name == p.name && p.first <= out[n-1].last+1 {
			out[n-1].last = max(out[n-1].last, p.last)
			continue
		}
		out = append(out, p)
	}
	return out
}
