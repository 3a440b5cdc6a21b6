package netpol

import (
	"cmp"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// mostMapPairs is of how many pairs of workloads a map tells what is allowed alone.
const mostMapPairs = 160_000

// mostSingles is how many neighbouring ports are told one by one; more are a range.
const mostSingles = 16

// addUnused adds what is allowed and was neither observed nor is configured. Each client is one
// piece of the work.
func (m *mapper) addUnused() {
	subjects, peers := 0, 0
	for i := range m.places {
		if w := m.places[i].workload; w != nil {
			peers++
			if m.isSubject[w.Ref] {
				subjects++
			}
		}
	}
	if pairs := subjects * (2*peers - subjects); pairs > mostMapPairs {
		m.out.UnusedLeftOut = true
		m.out.Notes = append(m.out.Notes, "what is allowed and was not observed is left out: it would be asked of "+thousands(pairs)+" pairs of workloads")
		return
	}
	used := m.usedPorts()
	ports := make([]Ports, len(m.places))
	for i := range m.places {
		ports[i] = m.served(&m.places[i])
	}
	rows := make([][]unusedLink, len(m.places))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range m.places {
		group.Go(func() error {
			rows[i] = m.unusedOf(i, ports, used)
			return nil
		})
	}
	_ = group.Wait()
	count := len(m.out.Links)
	for _, row := range rows {
		count += len(row)
	}
	m.out.Links = slices.Grow(m.out.Links, count-len(m.out.Links))
	for i, row := range rows {
		for j := range row {
			m.out.Links = append(m.out.Links, row[j].link(i))
		}
		rows[i] = nil
	}
}

// unusedLink is a link of one client in little space: there are many, and they are found before it
// is known how many.
type unusedLink struct {
	to         int32
	port, last int32
	// protocol is -1 for all of them.
	protocol   int8
	any        bool
	now, after api.FlowDecision
}

func (l *unusedLink) link(from int) api.FlowLink {
	out := api.FlowLink{From: from, To: int(l.to), AnyPort: l.any, Now: l.now, After: l.after}
	if l.protocol >= 0 {
		out.Protocol = string(protocols()[l.protocol])
	}
	if !l.any {
		out.Port = l.port
	}
	if !l.any && l.last > l.port {
		out.EndPort = l.last
	}
	return out
}

// served are the ports that a place is known to serve. All of them stand for any address.
func (m *mapper) served(p *mapPlace) Ports {
	switch {
	case p.workload != nil:
		return p.workload.known.Or(m.servers[p.workload])
	case p.mapPlaceKey == anyPlace():
		return AllPorts()
	case p.mapPlaceKey != serverPlace():
		return Ports{}
	}
	var ports Ports
	for _, at := range m.in.APIServer {
		if number := int32(at.Port()); validPort(number) {
			ports = ports.Or(spanOf(0, span{number, number}))
		}
	}
	return ports
}

// usedPorts are those that links have already, by their places.
func (m *mapper) usedPorts() map[[2]int]Ports {
	used := map[[2]int]Ports{}
	for i := range m.out.Links {
		l := &m.out.Links[i]
		protocol := protocolIndex(corev1.Protocol(l.Protocol))
		if protocol < 0 || !l.AnyPort && !validPort(l.Port) {
			continue
		}
		ports := span{l.Port, l.Port}
		if l.AnyPort {
			ports = span{1, maxPort}
		}
		pair := [2]int{l.From, l.To}
		used[pair] = used[pair].Or(spanOf(protocol, ports))
	}
	return used
}

// unusedOf are the links of one client.
func (m *mapper) unusedOf(i int, ports []Ports, used map[[2]int]Ports) []unusedLink {
	from := &m.places[i]
	if from.workload == nil && from.mapPlaceKey != anyPlace() {
		return nil
	}
	var links []unusedLink
	client := [2]mapEnd{m.end(mapNow, from.end(), 0, false), m.end(mapAfter, from.end(), 0, false)}
	for j := range m.places {
		to := &m.places[j]
		if !m.asked(from, to) {
			continue
		}
		left := ports[j].minus(used[[2]int{i, j}])
		if left.Empty() {
			continue
		}
		pair := &mapPair{to: j, client: client}
		for v := range pair.server {
			pair.server[v] = m.end(v, to.end(), 0, false)
			if i == j {
				pair.server[v] = m.self(pair.server[v])
			}
		}
		links = m.unusedPair(links, pair, left, to.mapPlaceKey == anyPlace())
	}
	return links
}

// asked tells the pairs that are asked about: one of them is a subject, and the other one a
// workload, the API server or any address.
func (m *mapper) asked(from, to *mapPlace) bool {
	subject := func(p *mapPlace) bool { return p.workload != nil && m.isSubject[p.ref] }
	other := func(p *mapPlace) bool {
		return p.workload != nil || p.mapPlaceKey == anyPlace() || p.mapPlaceKey == serverPlace()
	}
	return subject(from) && other(to) || subject(to) && other(from)
}

// mapPair is a client and the server at a place, in both networks.
type mapPair struct {
	to             int
	client, server [2]mapEnd
}

// unusedPair adds the ports that either network may let through. All ports of any address are one.
func (m *mapper) unusedPair(links []unusedLink, pair *mapPair, left Ports, whole bool) []unusedLink {
	if whole {
		if left.All() {
			links = m.unusedLink(links, pair, -1, span{1, maxPort}, left)
		}
		return links
	}
	for i := range left.spans {
		for _, run := range left.spans[i] {
			if run.last-run.first >= mostSingles {
				links = m.unusedLink(links, pair, i, run, spanOf(i, run))
				continue
			}
			for port := run.first; port <= run.last; port++ {
				links = m.unusedLink(links, pair, i, span{port, port}, spanOf(i, span{port, port}))
			}
		}
	}
	return links
}

func (m *mapper) unusedLink(links []unusedLink, pair *mapPair, protocol int, run span, ports Ports) []unusedLink {
	l := unusedLink{to: int32(pair.to), protocol: int8(protocol), port: run.first, last: run.last, any: run == span{1, maxPort}}
	l.now = m.decide(mapNow, pair.client[mapNow], pair.server[mapNow], ports)
	if l.after = l.now; m.after != m.before {
		l.after = m.decide(mapAfter, pair.client[mapAfter], pair.server[mapAfter], ports)
	}
	if l.now.Verdict == api.FlowNotAllowed && l.after.Verdict == api.FlowNotAllowed {
		return links
	}
	return append(links, l)
}

// finish sorts the links and rules, and leaves out the places that nothing leads to or from.
func (m *mapper) finish() *api.FlowMap {
	m.out.Notes = append(m.out.Notes, m.scanNotes()...)
	rules, at := m.rules.sorted()
	m.out.Rules = rules
	for i := range m.out.Links {
		l := &m.out.Links[i]
		m.places[l.From].linked, m.places[l.To].linked = true, true
	}
	index := make([]int, len(m.places))
	for i := range m.places {
		p := &m.places[i]
		index[i] = len(m.out.Places)
		if p.linked || m.isSubject[p.ref] {
			m.out.Places = append(m.out.Places, m.flowPlace(p))
		}
	}
	for i := range m.out.Links {
		l := &m.out.Links[i]
		l.From, l.To = index[l.From], index[l.To]
		if len(l.Now.Rules) > 0 && len(l.After.Rules) > 0 && &l.Now.Rules[0] == &l.After.Rules[0] {
			l.After.Rules = slices.Clone(l.After.Rules)
		}
		cited(l.Now.Rules, at)
		cited(l.After.Rules, at)
	}
	slices.SortStableFunc(m.out.Links, compareFlowLinks)
	return m.out
}

// cited puts the places of sorted rules in place of those that were found.
func cited(rules, at []int) {
	for i, rule := range rules {
		rules[i] = at[rule]
	}
	slices.Sort(rules)
}

func compareFlowLinks(a, b api.FlowLink) int {
	return cmp.Or(
		cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), strings.Compare(a.Protocol, b.Protocol), number(a.AnyPort)-number(b.AnyPort),
		cmp.Compare(a.Port, b.Port), cmp.Compare(a.EndPort, b.EndPort), number(a.Denied)-number(b.Denied),
	)
}
