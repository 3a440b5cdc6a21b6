package netpol

import (
	"slices"

	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// MapOptions are what a map tells beside the situation.
type MapOptions struct {
	// Scope, Window and Sources are as in FlowMap.
	Scope   string
	Window  api.Window
	Sources []api.ObservedSource
	// Namespace is the reader's, whose workloads are named without it; empty for several.
	Namespace string
	// Notes come before those of the situation.
	Notes []string
}

// Map tells who reaches whom: what was observed of subjects, what is configured, and what is
// allowed alone between them and the workloads of their namespaces and those that they were seen
// with. Each link is decided by the policies that are there, and by those with the ones of sets,
// which replace others of the same name. It holds for any edges and sets: those that Fit was
// given, or others.
func Map(in *Situation, edges []api.Edge, subjects []api.Ref, sets []api.PolicySet, opts MapOptions) *api.FlowMap {
	m := newMapper(in, edges, subjects, sets, opts)
	for _, e := range m.observed {
		m.observe(e)
	}
	for i := range m.configured {
		m.configure(&m.configured[i])
	}
	m.placeAll()
	for _, key := range m.order {
		m.link(m.links[key])
	}
	m.addUnused()
	return m.finish()
}

// The networks that a mapper asks.
const (
	mapNow = iota
	mapAfter
)

// mapper makes a map.
type mapper struct {
	*fitter
	out       *api.FlowMap
	namespace string
	isSubject map[api.Ref]bool
	// observed are the edges of subjects, configured those that are configured alone.
	observed   []*api.Edge
	configured []api.Edge
	// networks are those of now and after.
	networks [2]*Network
	// parts are those of workloads in either network.
	parts [2]map[*fitWorkload][]endpoint
	rules *mapRules
	// links are those that were observed or are configured, in their order.
	links map[mapLinkKey]*mapLink
	order []mapLinkKey
	// places are the sorted ones, at finds them, and servers are the ports that workloads are
	// known to serve.
	places    []mapPlace
	at        map[mapPlaceKey]int
	servers   map[*fitWorkload]Ports
	scanWords map[string]string
}

func newMapper(in *Situation, edges []api.Edge, subjects []api.Ref, sets []api.PolicySet, opts MapOptions) *mapper {
	var observed, configured []api.Edge
	for i := range edges {
		if edges[i].Count > 0 {
			observed = append(observed, edges[i])
		} else if len(edges[i].Configured) > 0 {
			configured = append(configured, edges[i])
		}
	}
	m := &mapper{
		fitter: newFitter(in, observed, nil, FitOptions{}, nil), namespace: opts.Namespace, isSubject: map[api.Ref]bool{},
		links: map[mapLinkKey]*mapLink{}, at: map[mapPlaceKey]int{}, servers: map[*fitWorkload]Ports{}, scanWords: map[string]string{},
	}
	for _, ref := range subjects {
		m.isSubject[ref] = true
	}
	for _, e := range mergedEdges(observed) {
		if slices.ContainsFunc(workloadsOf(e), func(ref api.Ref) bool { return m.isSubject[ref] }) {
			m.observed = append(m.observed, e)
		}
	}
	for _, e := range slices.Concat(configured, in.Configured) {
		if slices.ContainsFunc(workloadsOf(&e), func(ref api.Ref) bool { return m.isSubject[ref] }) {
			m.configured = append(m.configured, e)
		}
	}
	slices.SortStableFunc(m.configured, func(a, b api.Edge) int { return a.Compare(&b) })
	m.write(sets)
	m.out = &api.FlowMap{Scope: opts.Scope, Window: opts.Window, Sources: opts.Sources, Notes: m.notes(opts.Notes)}
	return m
}

// write makes the networks: the written policies stand in place of those of their names, also of
// such that the API server would refuse.
func (m *mapper) write(sets []api.PolicySet) {
	objects := m.in.Objects
	objects.Whole, objects.Refused = false, map[types.NamespacedName][]string{}
	m.rules = newMapRules(objects.Policies)
	for i := range sets {
		for j := range sets[i].Policies {
			draft := &sets[i].Policies[j]
			name := types.NamespacedName{Namespace: draft.Namespace, Name: draft.Name}
			m.written[name] = true
			m.rules.write(name, draft)
		}
	}
	objects.Policies = without(objects.Policies, m.written)
	for _, name := range m.rules.names {
		objects.Policies = append(objects.Policies, m.rules.objects[mapAfter][name])
	}
	for name, reasons := range m.in.Objects.Refused {
		if !m.written[name] {
			objects.Refused[name] = reasons
		}
	}
	if m.after = m.before; len(m.written) > 0 {
		m.after = New(objects)
	}
	m.networks = [2]*Network{m.before, m.after}
	m.parts = [2]map[*fitWorkload][]endpoint{{}, {}}
}

// notes are what there is to know of all.
func (m *mapper) notes(notes []string) []string {
	notes = slices.Clone(notes)
	if reason := m.in.PoliciesUnread; reason != "" {
		notes = append(notes, "policies that could not be read may allow more or less: "+reason)
	}
	for _, hint := range m.in.HintsOf(nil) {
		if !slices.Contains(notes, hint) {
			notes = append(notes, hint)
		}
	}
	return notes
}
