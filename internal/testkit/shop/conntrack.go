package shop

import (
	"fmt"
	"strings"
)

// Conntrack is what "conntrack -L" prints on a node, or with "-o extended".
func (s *Shop) Conntrack(node *Node, seed uint64, extended bool) string {
	random := dice(seed + 2)
	var lines []string
	add := func(six bool, line string) {
		switch {
		case !extended:
		case six:
			line = "ipv6     10 " + line
		default:
			line = "ipv4     2 " + line
		}
		lines = append(lines, line)
	}
	for _, c := range append(s.connections(seed), s.probes(seed)...) {
		if c.client.node() != node && c.server.node() != node && c.client.name != node.Name {
			continue
		}
		add(c.from.Addr().Is6(), c.entry(node, random.IntN(3)))
	}
	for _, pod := range s.Workload("checkout").Pods {
		if pod.Node == node {
			a, b := pod.Addresses[0], Payments1
			add(false, fmt.Sprintf("icmp     1 29 src=%s dst=%s type=8 code=0 id=4711 src=%s dst=%s type=0 code=0 id=4711 mark=0 use=1", a, b, b, node.Address))
		}
	}
	random.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	return strings.Join(lines, "\n") + "\n"
}

// entry is that of one connection on a node: on that of the client with all translation, on
// another one, of the server, as it comes from there.
func (c *connection) entry(node *Node, choice int) string {
	dialled, masked := c.dialled, c.masked
	if c.client.pod != nil && c.client.node() != node {
		dialled, masked = c.to, c.from
	}
	original := fmt.Sprintf("src=%s dst=%s sport=%d dport=%d", c.from.Addr(), dialled.Addr(), c.from.Port(), dialled.Port())
	reply := fmt.Sprintf("src=%s dst=%s sport=%d dport=%d", c.to.Addr(), masked.Addr(), c.to.Port(), masked.Port())
	switch {
	case c.edge.Protocol == "UDP" && c.edge.Silent:
		return fmt.Sprintf("udp      17 21 %s [UNREPLIED] %s mark=0 use=1", original, reply)
	case c.edge.Protocol == "UDP":
		return fmt.Sprintf("udp      17 112 %s %s mark=0 use=1", original, reply)
	case c.denied:
		return fmt.Sprintf("tcp      6 114 SYN_SENT %s [UNREPLIED] %s mark=0 use=1", original, reply)
	}
	state := [...]string{"431998 ESTABLISHED", "86 TIME_WAIT", "7 CLOSE"}[choice]
	return fmt.Sprintf("tcp      6 %s %s packets=12 bytes=1520 %s packets=10 bytes=4033 [ASSURED] mark=0 use=1", state, original, reply)
}
