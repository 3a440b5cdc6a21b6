package netpol

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// words name a use: "TCP 7070 of deploy/cart", "TCP 8080 from 198.51.100.7".
func (s *fitSubject) words(d int, u fitUse) string {
	return portWords(u.protocol, u.span) + [...]string{" from ", " of "}[d] + u.peer.words
}

// useWords name what an edge is in a direction.
func useWords(s *fitSubject, d int, e *api.Edge, peer *api.EdgeEnd) string {
	ports := e.Protocol
	switch protocol := protocolIndex(corev1.Protocol(e.Protocol)); {
	case protocol >= 0 && e.AnyPort:
		ports = portWords(protocol, span{1, maxPort})
	case protocol >= 0:
		ports = portWords(protocol, span{e.Port, e.Port})
	}
	return ports + [...]string{" from ", " of "}[d] + endWords(peer, s.ref.Namespace)
}

// endWords name an end as kubectl would.
func endWords(e *api.EdgeEnd, from string) string {
	switch {
	case e.Kind == api.EndWorkload && e.Workload != nil:
		return e.Workload.ShortFrom(from)
	case e.Kind == api.EndAPIServer && e.Address != "":
		return "kube-apiserver at " + e.Address
	case e.Kind == api.EndAPIServer:
		return "kube-apiserver"
	}
	return cmp.Or(e.Words(), "an address that is not known")
}

// mostLines is how many edges a rule names.
const mostLines = 8

// evidence are the lines on the edges of needs, the most used first, and what was added. Ports
// are named where there are several.
func evidence(s *fitSubject, d int, needs []*fitNeed, ports bool) []string {
	type seen struct {
		edge *api.Edge
		need *fitNeed
	}
	var all []seen
	added, tried := map[string][]string{}, map[string]bool{}
	for _, n := range needs {
		if n.reason != "" {
			added[n.reason] = append(added[n.reason], portWords(n.use.protocol, n.use.span))
			tried[n.reason] = tried[n.reason] || len(n.edges) > 0 || strings.HasPrefix(n.reason, api.ConfiguredReason)
		}
		for _, e := range n.edges {
			if !e.AnyPort || !slices.ContainsFunc(all, func(x seen) bool { return x.edge == e }) { // such a one has several needs
				all = append(all, seen{e, n})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b seen) int {
		return cmp.Or(strings.Compare(a.need.use.peer.key, b.need.use.peer.key), cmp.Compare(b.edge.Count, a.edge.Count), a.edge.Compare(b.edge))
	})
	var lines []string
	for i, x := range all {
		if i == mostLines {
			lines = append(lines, fmt.Sprintf("and %s more", thousands(len(all)-mostLines)))
			break
		}
		lines = append(lines, edgeLine(s, d, x.edge, ports))
	}
	for _, reason := range slices.Sorted(maps.Keys(added)) {
		what := slices.Compact(slices.Sorted(slices.Values(added[reason])))
		text := "added"
		if ports && (len(all) > 0 || len(added) > 1) {
			text += " " + some(what, ", ")
		}
		if !tried[reason] {
			text += ", not observed"
		}
		lines = append(lines, text+": "+reason)
	}
	return lines
}

// edgeLine is such as "deploy/checkout 61x, both ends, last 2026-11-20T08:57:10Z".
func edgeLine(s *fitSubject, d int, e *api.Edge, ports bool) string {
	peer, _ := ends(e, d)
	text := endWords(peer, s.ref.Namespace)
	if len(e.Names) > 0 {
		text += " (" + strings.Join(e.Names, ", ") + ")"
	}
	if ports {
		text += " on " + portOf(e)
	}
	if e.Count == 1 {
		text += " seen once"
	} else {
		text += " " + thousands(int(e.Count)) + "x"
	}
	parts := []string{text}
	if where := seenWords(e.Seen); where != "" {
		parts = append(parts, where)
	}
	if !e.Certain {
		parts = append(parts, "direction guessed from the ports")
	}
	if dialled := otherPorts(e, s.ref.Namespace); len(dialled) > 0 {
		parts = append(parts, "through Service "+strings.Join(dialled, ", "))
	}
	if e.Last != "" && e.Count > 1 {
		parts = append(parts, "last "+e.Last)
	} else if e.Last != "" {
		parts = append(parts, e.Last)
	}
	return strings.Join(parts, ", ")
}

func portOf(e *api.Edge) string {
	protocol, ports := protocolIndex(corev1.Protocol(e.Protocol)), span{e.Port, e.Port}
	if e.AnyPort {
		ports = span{1, maxPort}
	}
	return portWords(max(protocol, 0), ports)
}

// otherPorts are the Services that turn another port into that of the edge.
func otherPorts(e *api.Edge, from string) []string {
	var out []string
	for _, dialled := range e.Services {
		if _, port, err := cutPort(dialled); err == nil && port != e.Port {
			out = append(out, strings.TrimPrefix(dialled, from+"/"))
		}
	}
	return out
}

func seenWords(seen []string) string {
	client, server := slices.Contains(seen, api.SeenFromClient), slices.Contains(seen, api.SeenFromServer)
	switch {
	case client && server:
		return "both ends"
	case client:
		return "client end"
	case server:
		return "server end"
	case slices.Contains(seen, api.SeenFromBetween):
		return "between"
	}
	return ""
}
