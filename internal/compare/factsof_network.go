package compare

import (
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// networkFacts are what policies let through, and the ways in from outside.
func networkFacts(n *api.Network) []fact {
	if n == nil {
		return nil
	}
	out := append(directionFacts(kindIngress, "from", n, &n.Ingress), directionFacts(kindEgress, "to", n, &n.Egress)...)
	out = append(out, exposuresOf(n.Exposed)...)
	if len(n.MayExpose) > 0 {
		out = append(out, unknownOf(kindExposed))
	}
	switch mode := n.MTLSMode; mode {
	case "strict", "partly", "permissive", "off":
		out = append(out, fact{kind: kindMTLS, args: [][]string{one(mode)}})
	case unknownFact:
		out = append(out, unknownOf(kindMTLS))
	}
	return out
}

func directionFacts(kind, word string, n *api.Network, d *api.Direction) []fact {
	var out []fact
	switch {
	case n.Host:
		return []fact{{kind: kind, args: [][]string{one(voidWord)}}}
	case d.Unknown:
		out = append(out, unknownOf(kind))
	case !d.Isolated:
		out = append(out, fact{kind: kind, args: [][]string{one(openWord)}})
	}
	var atoms []atom
	for _, rule := range d.Rules {
		who := clean(rule.Who)
		if who == "" {
			who = clean(rule.Peer)
		}
		who = normalPeer(who)
		for _, ports := range rule.Ports {
			for _, p := range portsOf(clean(ports)) {
				p.who = who
				atoms = append(atoms, p)
			}
		}
	}
	if len(atoms) > 0 && d.Isolated {
		all := peers(kind, word)
		out = append(out, all.normal(all.join("", atoms))...)
	}
	return out
}

// portsOf reads the ports of a rule as a Report has them: "any port", "80, 8000-8080; UDP 53; SCTP",
// "TCP http".
func portsOf(text string) []peerAtom {
	if text == "any port" {
		return []peerAtom{{}}
	}
	var out []peerAtom
	for part := range strings.SplitSeq(text, "; ") {
		protocol, numbers, found := strings.Cut(part, " ")
		switch {
		case part != "" && part[0] >= '0' && part[0] <= '9':
			protocol, numbers = "TCP", part
		case !found:
			numbers = anyPort
		}
		for number := range strings.SplitSeq(numbers, ", ") {
			p, ok := parsePorts(number + "/" + protocol)
			if !ok {
				return []peerAtom{{}} // what is not understood may be any
			}
			out = append(out, p)
		}
	}
	return out
}
