package netpol

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// mapPlaceKey is what makes a place one: nodes are one place, and so is the API server wherever it
// was seen.
type mapPlaceKey struct {
	kind          api.EndKind
	ref           api.Ref
	address, name string
	anyAddress    bool
}

// mapPlace is a place with the workload that it is, nil where that is none or is not there.
type mapPlace struct {
	mapPlaceKey
	workload *fitWorkload
	linked   bool
}

func placeKeyOf(e *api.EdgeEnd) mapPlaceKey {
	key := mapPlaceKey{kind: e.Kind}
	switch e.Kind {
	case api.EndWorkload:
		if e.Workload == nil {
			return mapPlaceKey{kind: api.EndUnknown}
		}
		key.ref = *e.Workload
	case api.EndAPIServer, api.EndNode, api.EndOwnNode:
	case api.EndName:
		key.name = e.Name
	default:
		key.address, key.anyAddress = e.Address, e.AnyAddress
		if a, err := netip.ParseAddr(e.Address); err == nil {
			key.address = a.Unmap().WithZone("").String()
		}
	}
	return key
}

// anyPlace are all addresses outside.
func anyPlace() mapPlaceKey { return mapPlaceKey{kind: api.EndAddress, anyAddress: true} }

// serverPlace is the API server.
func serverPlace() mapPlaceKey { return mapPlaceKey{kind: api.EndAPIServer} }

func workloadPlace(ref api.Ref) mapPlaceKey { return mapPlaceKey{kind: api.EndWorkload, ref: ref} }

// end is one that the place stands for.
func (k *mapPlaceKey) end() *api.EdgeEnd {
	e := &api.EdgeEnd{Kind: k.kind, Address: k.address, AnyAddress: k.anyAddress, Name: k.name}
	if k.kind == api.EndWorkload {
		e.Workload = &k.ref
	}
	return e
}

func (k mapPlaceKey) words(namespace string) string {
	if k.kind == api.EndWorkload {
		return k.ref.From(namespace)
	}
	return cmp.Or(k.end().Words(), "an address that is not known")
}

// compare has workloads first, then the cluster's own ends, names, addresses by number, and
// what is not known.
func (k mapPlaceKey) compare(o mapPlaceKey) int {
	order := [...]api.EndKind{api.EndWorkload, api.EndAPIServer, api.EndNode, api.EndOwnNode, api.EndName, api.EndAddress, api.EndUnknown}
	rank := func(k api.EndKind) int { return (slices.Index(order[:], k) + len(order) + 1) % (len(order) + 1) }
	return cmp.Or(
		cmp.Compare(rank(k.kind), rank(o.kind)), k.ref.Compare(o.ref), strings.Compare(k.name, o.name), compareAddresses(k.address, o.address),
		cmp.Compare(k.words(""), o.words("")), strings.Compare(string(k.kind), string(o.kind)),
	)
}

// compareAddresses has what is no address behind what is.
func compareAddresses(a, b string) int {
	first, err := netip.ParseAddr(a)
	second, err2 := netip.ParseAddr(b)
	switch {
	case err == nil && err2 == nil:
		return first.Compare(second)
	case err == nil:
		return -1
	case err2 == nil:
		return 1
	}
	return strings.Compare(a, b)
}

// placeAll finds and sorts the places: the subjects, whom they were seen with or are configured to
// call, the other workloads of their namespaces, and who may be reached outside.
func (m *mapper) placeAll() {
	keys := map[mapPlaceKey]bool{anyPlace(): true, serverPlace(): true}
	for key := range m.links {
		keys[key.from], keys[key.to] = true, true
	}
	for ref := range m.isSubject {
		keys[workloadPlace(ref)] = true
		for _, w := range m.byNamespace[ref.Namespace] {
			keys[workloadPlace(w.Ref)] = true
		}
	}
	for key := range keys {
		place := mapPlace{mapPlaceKey: key}
		if key.kind == api.EndWorkload {
			place.workload = m.workloads[key.ref]
		}
		m.places = append(m.places, place)
	}
	slices.SortFunc(m.places, func(a, b mapPlace) int { return a.compare(b.mapPlaceKey) })
	for i := range m.places {
		m.at[m.places[i].mapPlaceKey] = i
		if w := m.places[i].workload; w != nil {
			m.partsOf(mapNow, w) // several look them up at a time later on
			m.partsOf(mapAfter, w)
		}
	}
}

// flowPlace is a place for a reader.
func (m *mapper) flowPlace(p *mapPlace) api.FlowPlace {
	out := api.FlowPlace{Kind: p.kind, Name: p.words(m.namespace)}
	if p.kind != api.EndWorkload {
		return out
	}
	ref := p.ref
	out.Ref, out.Subject = &ref, m.isSubject[ref]
	if p.workload == nil {
		return out
	}
	out.HostNetwork = p.workload.HostNetwork
	for _, pod := range p.workload.Pods {
		if !ended(pod) && (pod.Status.Phase != "" || pod.Status.PodIP != "") {
			out.Pods++
		}
	}
	return out
}
