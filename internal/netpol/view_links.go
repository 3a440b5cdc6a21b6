package netpol

import (
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// mapLinkKey is what makes a link one.
type mapLinkKey struct {
	from, to mapPlaceKey
	protocol string
	port     int32
	anyPort  bool
	denied   bool
}

// mapLink is one that was observed or is configured.
type mapLink struct {
	key mapLinkKey
	sum api.Edge
	// ends are those of its edges, which may differ within one place.
	ends [][2]*api.EdgeEnd
}

// observe adds an edge. The ports of a scan are one link.
func (m *mapper) observe(e *api.Edge) {
	key := m.linkKey(e)
	key.denied = refused(e) != ""
	if scan := m.scanned(e); scan != nil {
		key.port, key.anyPort = 0, true
		m.scanWords[fmt.Sprintf("%s from %s to %s", e.Protocol, key.from.words(m.namespace), key.to.words(m.namespace))] = scan.reason()
	}
	link := m.links[key]
	if link == nil {
		link = m.addLink(key, e)
		link.sum = *e
	} else {
		addEdge(&link.sum, e)
	}
	link.sum.Configured = union(link.sum.Configured, e.Configured, mostSamples)
	link.addEnds(e)
}

// configure adds what is configured alone: to the link that was observed, where there is one.
func (m *mapper) configure(e *api.Edge) {
	key := m.linkKey(e)
	denied := key
	denied.denied = true
	found := m.links[key]
	if found == nil {
		found = m.links[denied]
	}
	if found != nil {
		found.sum.Configured = union(found.sum.Configured, e.Configured, mostSamples)
		return
	}
	if m.configureNamed(e, key) {
		return
	}
	link := m.addLink(key, e)
	link.sum = *e
	link.addEnds(e)
}

// configureNamed adds what is configured by a name to the addresses that were seen to have it.
func (m *mapper) configureNamed(e *api.Edge, key mapLinkKey) bool {
	if e.Server.Kind != api.EndName {
		return false
	}
	found := false
	for _, link := range m.links {
		k := link.key
		if k.from == key.from && k.protocol == key.protocol && k.port == key.port && slices.Contains(link.sum.Names, e.Server.Name) {
			link.sum.Configured, found = union(link.sum.Configured, e.Configured, mostSamples), true
		}
	}
	return found
}

func (m *mapper) linkKey(e *api.Edge) mapLinkKey {
	return mapLinkKey{from: placeKeyOf(&e.Client), to: placeKeyOf(&e.Server), protocol: e.Protocol, port: e.Port, anyPort: e.AnyPort}
}

func (m *mapper) addLink(key mapLinkKey, e *api.Edge) *mapLink {
	link := &mapLink{key: key}
	m.links[key] = link
	m.order = append(m.order, key)
	if w := m.workload(&e.Server); w != nil && !key.anyPort && !key.denied {
		if i := protocolIndex(corev1.Protocol(e.Protocol)); i >= 0 && validPort(e.Port) {
			m.servers[w] = m.servers[w].Or(spanOf(i, span{e.Port, e.Port}))
		}
	}
	return link
}

func (l *mapLink) addEnds(e *api.Edge) {
	if !slices.ContainsFunc(l.ends, func(known [2]*api.EdgeEnd) bool {
		return known[0].Compare(&e.Client) == 0 && known[1].Compare(&e.Server) == 0
	}) {
		l.ends = append(l.ends, [2]*api.EdgeEnd{&e.Client, &e.Server})
	}
}

// link decides a link.
func (m *mapper) link(l *mapLink) {
	sum := &l.sum
	out := api.FlowLink{
		From: m.at[l.key.from], To: m.at[l.key.to], Protocol: l.key.protocol, Port: l.key.port, AnyPort: l.key.anyPort,
		Count: sum.Count, Denied: l.key.denied, First: sum.First, Last: sum.Last, Services: sum.Services, Names: sum.Names, Seen: sum.Seen,
		Guessed: sum.Count > 0 && !sum.Certain, Configured: sum.Configured,
	}
	for v, decision := range [...]*api.FlowDecision{&out.Now, &out.After} {
		for i, ends := range l.ends {
			one := m.decideEdge(v, ends[0], ends[1], &l.key)
			if i == 0 {
				*decision = one
			} else {
				*decision = bothDecisions(*decision, one)
			}
		}
	}
	m.out.Links = append(m.out.Links, out)
}

// bothDecisions is what holds for two ends of one place.
func bothDecisions(a, b api.FlowDecision) api.FlowDecision {
	if a.Verdict != b.Verdict {
		a.Verdict = api.FlowUndecided
	}
	a.Rules = slices.Compact(slices.Sorted(slices.Values(slices.Concat(a.Rules, b.Rules))))
	return a
}

// scanNotes say which links stand for many ports.
func (m *mapper) scanNotes() []string {
	var notes []string
	for _, which := range slices.Sorted(maps.Keys(m.scanWords)) {
		notes = append(notes, which+": "+m.scanWords[which])
	}
	return notes
}
