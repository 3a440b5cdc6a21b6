package netpol

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// droppedEdge is one that is left out, and by what.
type droppedEdge struct {
	edge *api.Edge
	by   string
}

// sortEdges puts equal edges together, leaves out what is to be left out, and finds port scans.
func (f *fitter) sortEdges(edges []api.Edge) {
	var kept []*api.Edge
	for _, e := range mergedEdges(edges) {
		by := f.leavesOut(e)
		if by == "" {
			kept = append(kept, e)
			continue
		}
		for _, ref := range workloadsOf(e) {
			f.dropped[ref] = append(f.dropped[ref], droppedEdge{e, by})
		}
	}
	f.findScans(kept)
	for _, e := range kept {
		if e.Client.Workload != nil {
			f.clients[*e.Client.Workload] = append(f.clients[*e.Client.Workload], e)
		}
		if e.Server.Workload != nil {
			f.servers[*e.Server.Workload] = append(f.servers[*e.Server.Workload], e)
		}
	}
}

// workloadsOf are the ends that are workloads, one that talks to itself once.
func workloadsOf(e *api.Edge) []api.Ref {
	var refs []api.Ref
	for _, end := range []*api.EdgeEnd{&e.Client, &e.Server} {
		if end.Workload != nil && !slices.Contains(refs, *end.Workload) {
			refs = append(refs, *end.Workload)
		}
	}
	return refs
}

// excludes is the pattern that leaves an edge out, empty where none does.
func (f *fitter) excludes(e *api.Edge) string {
	for i := range f.opts.Exclude {
		if f.opts.Exclude[i].Matches(e) {
			return "--exclude-edge " + f.opts.Exclude[i].text
		}
	}
	return ""
}

func (f *fitter) leavesOut(e *api.Edge) string {
	if by := f.excludes(e); by != "" {
		return by
	}
	if e.Count < f.opts.MinCount {
		return fmt.Sprintf("--min-count %d", f.opts.MinCount)
	}
	return ""
}

// mergedEdges are sorted, with equal ones added up: what an edge is must not depend on how the
// input was split. The edges given stay as they are.
func mergedEdges(edges []api.Edge) []*api.Edge {
	sorted := make([]*api.Edge, len(edges))
	for i := range edges {
		sorted[i] = plainEdge(&edges[i])
	}
	slices.SortStableFunc(sorted, (*api.Edge).Compare)
	out, added := sorted[:0], false
	for _, e := range sorted {
		n := len(out)
		if n == 0 || out[n-1].Compare(e) != 0 {
			out, added = append(out, e), false
			continue
		}
		if !added {
			sum := *out[n-1]
			out[n-1], added = &sum, true
		}
		addEdge(out[n-1], e)
	}
	return withoutDenied(out)
}

// plainEdge is an edge without a workload at an end that is none.
func plainEdge(e *api.Edge) *api.Edge {
	if (e.Client.Workload == nil || e.Client.Kind == api.EndWorkload) && (e.Server.Workload == nil || e.Server.Kind == api.EndWorkload) {
		return e
	}
	plain := *e
	for _, end := range []*api.EdgeEnd{&plain.Client, &plain.Server} {
		if end.Kind != api.EndWorkload {
			end.Workload = nil
		}
	}
	return &plain
}

// mostSamples is how many Services and names an edge keeps.
const mostSamples = 3

func addEdge(sum, e *api.Edge) {
	sum.Count += e.Count
	sum.First = cmp.Or(min(sum.First, e.First), sum.First, e.First)
	sum.Last = max(sum.Last, e.Last)
	sum.Services = union(sum.Services, e.Services, mostSamples)
	sum.Configured = union(sum.Configured, e.Configured, mostSamples)
	sum.Names = union(sum.Names, e.Names, mostSamples)
	sum.Seen = union(sum.Seen, e.Seen, len(sum.Seen)+len(e.Seen))
	sum.Formats = union(sum.Formats, e.Formats, len(sum.Formats)+len(e.Formats))
	sum.Certain = sum.Certain || e.Certain
	sum.Answered = sum.Answered || e.Answered
}

// union are the smallest of two lists, sorted.
func union(a, b []string, most int) []string {
	all := slices.Sorted(slices.Values(slices.Concat(a, b)))
	all = slices.Compact(all)
	return all[:min(most, len(all))]
}

// fitPair is a client and a server.
type fitPair struct{ client, server string }

func pairOf(e *api.Edge) fitPair { return fitPair{endKey(&e.Client), endKey(&e.Server)} }

func endKey(e *api.EdgeEnd) string {
	if e.Workload != nil {
		return string(e.Kind) + " " + e.Workload.APIVersion + " " + e.Words()
	}
	return fmt.Sprintf("%s %s %t %s", e.Kind, e.Address, e.AnyAddress, e.Name)
}

// fitScan is what one client used of one server over one protocol.
type fitScan struct {
	// ports are the edges by their port: one that was used, where there is one.
	ports map[int32]*api.Edge
	any   bool
	// stay are ports that are no part of it: they are declared, used by others, answered, or
	// used time and again.
	stay map[int32]bool
}

// leastScan is from how many ports on that one client uses of one server it is a scan, where no
// more than a tenth of them are known to serve anything. Ports that answered do not count.
const leastScan = 100

// mostTries is how often a port of a scan is seen at most, by what cannot show answers.
const mostTries = 3

// scannable tells the protocols whose ports are scanned.
func scannable(e *api.Edge) bool { return e.Protocol == "TCP" || e.Protocol == "UDP" && !e.AnyPort }

// maybeScans tells whether there is a pair with as many edges as a scan has.
func maybeScans(edges []*api.Edge) bool {
	type end struct {
		kind    api.EndKind
		ref     api.Ref
		address string
		any     bool
		udp     bool
	}
	numbers, counts := map[end]int{}, map[[2]int]int{}
	for _, e := range edges {
		if !scannable(e) {
			continue
		}
		var pair [2]int
		for i, is := range [...]*api.EdgeEnd{&e.Client, &e.Server} {
			key := end{kind: is.Kind, address: is.Address, any: is.AnyAddress}
			if is.Workload != nil {
				key = end{kind: is.Kind, ref: *is.Workload}
			}
			key.udp = e.Protocol == "UDP"
			if numbers[key] == 0 {
				numbers[key] = len(numbers) + 1
			}
			pair[i] = numbers[key]
		}
		if counts[pair]++; e.AnyPort || counts[pair] >= leastScan {
			return true
		}
	}
	return false
}

// findScans keeps the pairs that are port scans.
func (f *fitter) findScans(edges []*api.Edge) {
	f.scans = map[fitPair]*fitScan{}
	if !maybeScans(edges) {
		return
	}
	for _, e := range edges {
		if !scannable(e) {
			continue
		}
		scan := f.scans[scanPair(e)]
		if scan == nil {
			scan = &fitScan{ports: map[int32]*api.Edge{}, stay: map[int32]bool{}}
			f.scans[scanPair(e)] = scan
		}
		if e.AnyPort {
			scan.any = true
		} else if known := scan.ports[e.Port]; known == nil || !again(known) {
			scan.ports[e.Port] = e
		}
	}
	used := map[string]map[int32]bool{}
	for pair, scan := range f.scans {
		if scan.any || len(scan.ports) >= leastScan {
			continue
		}
		if used[pair.server] == nil {
			used[pair.server] = map[int32]bool{}
		}
		for port := range scan.ports {
			used[pair.server][port] = true
		}
	}
	maps.DeleteFunc(f.scans, func(pair fitPair, scan *fitScan) bool {
		return !scan.any && len(scan.ports) < leastScan || !f.isScan(scan, used[pair.server])
	})
}

// workload is that of an end, nil where it is not among those that are there.
func (f *fitter) workload(end *api.EdgeEnd) *fitWorkload {
	if end.Kind != api.EndWorkload || end.Workload == nil {
		return nil
	}
	return f.workloads[*end.Workload]
}

// isScan looks which ports stay.
func (f *fitter) isScan(scan *fitScan, used map[int32]bool) bool {
	var declared Ports
	usual, tried := 0, len(scan.ports)
	for port, e := range scan.ports {
		if w := f.workload(&e.Server); w != nil && declared.Empty() {
			declared = declaredPorts(w.pods)
		}
		switch {
		case e.Protocol == "TCP" && answerShown(e):
			scan.stay[port] = true
			tried--
		case used[port] || validPort(port) && declared.Covers(spanOf(protocolIndex(corev1.Protocol(e.Protocol)), span{port, port})):
			scan.stay[port] = true
			usual++
		case again(e):
			scan.stay[port] = true
		}
	}
	return scan.any || tried >= leastScan && usual*10 <= tried
}

// again tells a port that was used, or is likely to have been: time and again.
func again(e *api.Edge) bool {
	return !e.Denied && e.Answered && (e.Count > mostTries || e.Protocol == "TCP" && answerShown(e))
}

// scanPair is the pair of an edge, by protocol.
func scanPair(e *api.Edge) fitPair {
	pair := pairOf(e)
	pair.server = e.Protocol + " " + pair.server
	return pair
}

// scanned is the scan that an edge is a part of.
func (f *fitter) scanned(e *api.Edge) *fitScan {
	if len(f.scans) == 0 || !scannable(e) {
		return nil
	}
	scan := f.scans[scanPair(e)]
	if scan == nil || !e.AnyPort && scan.stay[e.Port] {
		return nil
	}
	return scan
}

// reason says how many ports it is about.
func (s *fitScan) reason() string {
	if s.any {
		return "port scan: more ports than could be kept"
	}
	return fmt.Sprintf("port scan: %s ports", thousands(len(s.ports)))
}
