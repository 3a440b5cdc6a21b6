package netpol

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

const maxPort = 65535

// protocols are those of the API, in the order in which they are printed.
func protocols() [3]corev1.Protocol {
	return [3]corev1.Protocol{corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP}
}

// protocolIndex is -1 for a protocol that the API does not know.
func protocolIndex(p corev1.Protocol) int {
	all := protocols()
	return slices.Index(all[:], p)
}

// Ports is a set of ports of TCP, UDP and SCTP. The zero value is empty.
type Ports struct {
	// spans are sorted, disjoint and not adjacent, by protocol.
	spans [3][]span
}

type span struct{ first, last int32 }

// PortRange is a run of ports of one protocol, Last included.
type PortRange struct {
	Protocol    corev1.Protocol
	First, Last int32
}

// AllPorts are the ports 1 to 65535 of the three protocols.
func AllPorts() Ports {
	var p Ports
	for i := range p.spans {
		p.spans[i] = []span{{1, maxPort}}
	}
	return p
}

// Port is one port. The error is for a protocol that NetworkPolicies do not know, and for a
// number that is not from 1 to 65535.
func Port(protocol corev1.Protocol, number int32) (Ports, error) {
	i := protocolIndex(protocol)
	if i < 0 {
		return Ports{}, fmt.Errorf("protocol %q is not TCP, UDP or SCTP", protocol)
	}
	if number < 1 || number > maxPort {
		return Ports{}, fmt.Errorf("port %d is not from 1 to %d", number, maxPort)
	}
	return spanOf(i, span{number, number}), nil
}

func spanOf(protocol int, s span) Ports {
	var p Ports
	p.spans[protocol] = []span{s}
	return p
}

// Ranges are the ports by protocol and number.
func (p Ports) Ranges() []PortRange {
	var ranges []PortRange
	for i, protocol := range protocols() {
		for _, s := range p.spans[i] {
			ranges = append(ranges, PortRange{protocol, s.first, s.last})
		}
	}
	return ranges
}

// Empty tells a set without ports.
func (p Ports) Empty() bool { return len(p.spans[0])+len(p.spans[1])+len(p.spans[2]) == 0 }

// All tells a set of all ports.
func (p Ports) All() bool {
	for _, spans := range p.spans {
		if len(spans) != 1 || spans[0] != (span{1, maxPort}) {
			return false
		}
	}
	return true
}

// Equal tells sets of the same ports.
func (p Ports) Equal(o Ports) bool {
	return slices.Equal(p.spans[0], o.spans[0]) && slices.Equal(p.spans[1], o.spans[1]) && slices.Equal(p.spans[2], o.spans[2])
}

// Covers tells whether all ports of the other set are in this one.
func (p Ports) Covers(o Ports) bool {
	for i := range p.spans {
		if !covers(p.spans[i], o.spans[i]) {
			return false
		}
	}
	return true
}

func covers(mine, others []span) bool {
	for _, s := range others {
		for len(mine) > 0 && mine[0].last < s.first {
			mine = mine[1:]
		}
		if len(mine) == 0 || mine[0].first > s.first || mine[0].last < s.last {
			return false
		}
	}
	return true
}

// meets tells whether some port is in both sets.
func (p Ports) meets(o Ports) bool {
	for i := range p.spans {
		a, b := p.spans[i], o.spans[i]
		for len(a) > 0 && len(b) > 0 {
			switch {
			case a[0].last < b[0].first:
				a = a[1:]
			case b[0].last < a[0].first:
				b = b[1:]
			default:
				return true
			}
		}
	}
	return false
}

// Or is the union.
func (p Ports) Or(o Ports) Ports {
	for i := range p.spans {
		switch {
		case len(o.spans[i]) == 0:
		case covers(o.spans[i], p.spans[i]):
			p.spans[i] = o.spans[i]
		case !covers(p.spans[i], o.spans[i]):
			p.spans[i] = joined(slices.Concat(p.spans[i], o.spans[i]))
		}
	}
	return p
}

// joined sorts spans and joins those that touch. It uses the slice up.
func joined(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.first, b.first) })
	out := spans[:0]
	for _, s := range spans {
		if n := len(out); n > 0 && s.first <= out[n-1].last+1 {
			out[n-1].last = max(out[n-1].last, s.last)
		} else {
			out = append(out, s)
		}
	}
	return out
}

// And is the intersection.
func (p Ports) And(o Ports) Ports {
	for i := range p.spans {
		p.spans[i] = intersection(p.spans[i], o.spans[i])
	}
	return p
}

func intersection(a, b []span) []span {
	switch {
	case len(a) == 0 || len(b) == 0:
		return nil
	case covers(a, b):
		return b
	case covers(b, a):
		return a
	}
	var both []span
	for len(a) > 0 && len(b) > 0 {
		if s := (span{max(a[0].first, b[0].first), min(a[0].last, b[0].last)}); s.first <= s.last {
			both = append(both, s)
		}
		if a[0].last < b[0].last {
			a = a[1:]
		} else {
			b = b[1:]
		}
	}
	return both
}

// String is such as "TCP 80, 8000-8080; UDP", where a protocol alone has all its ports,
// "all ports" or "no port".
func (p Ports) String() string {
	switch {
	case p.All():
		return "all ports"
	case p.Empty():
		return "no port"
	}
	var parts []string
	for i, protocol := range protocols() {
		var numbers []string
		for _, s := range p.spans[i] {
			switch {
			case s == span{1, maxPort}:
				parts = append(parts, string(protocol))
			case s.first == s.last:
				numbers = append(numbers, strconv.Itoa(int(s.first)))
			default:
				numbers = append(numbers, fmt.Sprintf("%d-%d", s.first, s.last))
			}
		}
		if len(numbers) > 0 {
			parts = append(parts, string(protocol)+" "+strings.Join(numbers, ", "))
		}
	}
	return strings.Join(parts, "; ")
}
