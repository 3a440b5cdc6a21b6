package netpol

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

func validPort(port int32) bool { return port >= 1 && port <= maxPort }

// minus are the ports that are not in another set.
func (p Ports) minus(o Ports) Ports {
	var left Ports
	for i := range p.spans {
		for _, s := range p.spans[i] {
			for _, cut := range o.spans[i] {
				if cut.last < s.first || cut.first > s.last {
					continue
				}
				if cut.first > s.first {
					left.spans[i] = append(left.spans[i], span{s.first, cut.first - 1})
				}
				s.first = cut.last + 1
			}
			if s.first <= s.last {
				left.spans[i] = append(left.spans[i], s)
			}
		}
	}
	return left
}

// size is how many ports there are.
func (p Ports) size() int {
	n := 0
	for i := range p.spans {
		for _, s := range p.spans[i] {
			n += int(s.last-s.first) + 1
		}
	}
	return n
}

// of is how many ports of one protocol there are.
func (p Ports) of(protocol int) int {
	var one Ports
	one.spans[protocol] = p.spans[protocol]
	return one.size()
}

// rangePorts are those of ranges; what is no port is left out.
func rangePorts(ranges []PortRange) Ports {
	var p Ports
	for _, r := range ranges {
		if i := protocolIndex(r.Protocol); i >= 0 && validPort(r.First) && validPort(r.Last) && r.First <= r.Last {
			p = p.Or(spanOf(i, span{r.First, r.Last}))
		}
	}
	return p
}

// declaredPorts are those that containers say they serve.
func declaredPorts(pods []*corev1.Pod) Ports {
	var ranges []PortRange
	for _, pod := range pods {
		for _, c := range slices.Concat(pod.Spec.Containers, pod.Spec.InitContainers) {
			for _, p := range c.Ports {
				ranges = append(ranges, PortRange{cmp.Or(p.Protocol, corev1.ProtocolTCP), p.ContainerPort, p.ContainerPort})
			}
		}
	}
	return rangePorts(ranges)
}

// declaredAt are the ports that the servers of an entry declare.
func (f *fitter) declaredAt(s *fitSubject, side *fitSide, e *fitElement) Ports {
	if side.direction == ingress {
		return declaredPorts(s.pods())
	}
	var ports Ports
	told := map[*fitWorkload]bool{}
	for _, n := range e.needs {
		if w := n.use.peer.workload; w != nil && !told[w] {
			told[w] = true
			ports = ports.Or(declaredPorts(w.pods))
		}
	}
	return ports
}

// findKnown finds the ports that workloads are known to serve: those that their containers
// declare, that were used, or that a caller or the DNS is configured to use.
func (f *fitter) findKnown() {
	for _, w := range f.all {
		w.known = declaredPorts(w.pods)
		for _, e := range f.servers[w.Ref] {
			if i := protocolIndex(corev1.Protocol(e.Protocol)); i >= 0 && validPort(e.Port) && !e.AnyPort && refused(e) == "" && f.scanned(e) == nil {
				w.known = w.known.Or(spanOf(i, span{e.Port, e.Port}))
			}
		}
		for _, c := range f.callers[w.Ref] {
			w.known = w.known.Or(rangePorts(c.Ports))
		}
	}
	for i := range f.in.DNS {
		for _, w := range f.serversOf(&f.in.DNS[i]) {
			w.known = w.known.Or(rangePorts(f.in.DNS[i].Ports))
		}
	}
}

// refused says why an edge needs no rule, empty where it may need one. That UDP was not
// answered says nothing.
func refused(e *api.Edge) string {
	switch {
	case e.Denied:
		return "denied"
	case e.Protocol == "TCP" && !e.Answered:
		return "not answered"
	}
	return ""
}

// use is a span of ports of one protocol at a peer.
type fitUse struct {
	peer     *fitPeer
	protocol int
	span     span
}

func (u fitUse) ports() Ports { return spanOf(u.protocol, u.span) }

// uses are those of the needs that are meant, sorted.
func (side *fitSide) uses(meant func(*fitNeed) bool) []fitUse {
	var uses []fitUse
	for use, n := range side.needs {
		if meant(n) {
			uses = append(uses, use)
		}
	}
	slices.SortFunc(uses, compareUses)
	return uses
}

func compareUses(a, b fitUse) int {
	return cmp.Or(cmp.Compare(a.peer.key, b.peer.key), cmp.Compare(a.span.first, b.span.first), cmp.Compare(a.protocol, b.protocol), cmp.Compare(a.span.last, b.span.last))
}

// portWords are such as "TCP 80", "UDP 30000-30999", "any port of UDP".
func portWords(protocol int, s span) string {
	name := string(protocols()[protocol])
	switch {
	case s == span{1, maxPort}:
		return "any port of " + name
	case s.first == s.last:
		return name + " " + strconv.Itoa(int(s.first))
	}
	return fmt.Sprintf("%s %d-%d", name, s.first, s.last)
}

// portSpan is ports of one protocol, as a range where they are written as such.
type portSpan struct {
	protocol int
	span     span
	ranged   bool
}

// writtenPorts are always the same for one span.
func (f *fitter) writtenPorts(ports, ranges Ports) []networkingv1.NetworkPolicyPort {
	one := -1
	for i := range ports.spans {
		switch {
		case len(ports.spans[i]) == 0:
		case len(ports.spans[i]) > 1 || one >= 0 || !ranges.Empty() && !ranges.Equal(ports):
			return writtenPorts(ports, ranges)
		default:
			one = i
		}
	}
	if one < 0 {
		return writtenPorts(ports, ranges)
	}
	return f.ports.Of(portSpan{one, ports.spans[one][0], !ranges.Empty()}, func() []networkingv1.NetworkPolicyPort { return writtenPorts(ports, ranges) })
}

// writtenPorts are the ports of a rule: each on its own, but for those that are wanted as a
// range.
func writtenPorts(ports, ranges Ports) []networkingv1.NetworkPolicyPort {
	type entry struct {
		protocol int
		span
	}
	var entries []entry
	for i := range ports.spans {
		for _, s := range ranges.spans[i] {
			entries = append(entries, entry{i, s})
		}
		for _, s := range ports.minus(ranges).spans[i] {
			for number := s.first; number <= s.last; number++ {
				entries = append(entries, entry{i, span{number, number}})
			}
		}
	}
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.protocol, b.protocol))
	})
	var out []networkingv1.NetworkPolicyPort
	for _, e := range entries {
		protocol, first, last := protocols()[e.protocol], intstr.FromInt32(e.first), e.last
		p := networkingv1.NetworkPolicyPort{Protocol: &protocol}
		if e.span != (span{1, maxPort}) {
			p.Port = &first
		}
		if p.Port != nil && e.last > e.first {
			p.EndPort = &last
		}
		out = append(out, p)
	}
	return out
}

// thousands is a number such as 4,032.
func thousands(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
