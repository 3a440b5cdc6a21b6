package netpol

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

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

func (f *fitter) leavesOut(e *api.Edge) string {
	for i := range f.opts.Exclude {
		if f.opts.Exclude[i].matches(e) {
			return "--exclude-edge " + f.opts.Exclude[i].text
		}
	}
	if e.Count < f.opts.MinCount {
		return fmt.Sprintf("--min-count %d", f.opts.MinCount)
	}
	return ""
}

// mergedEdges are copies, sorted, with equal ones added up: what an edge is must not depend on
// how the input was split.
func mergedEdges(edges []api.Edge) []*api.Edge {
	var sorted []*api.Edge
	for i := range edges {
		e := edges[i]
		if e.Client.Kind != api.EndWorkload {
			e.Client.Workload = nil
		}
		if e.Server.Kind != api.EndWorkload {
			e.Server.Workload = nil
		}
		sorted = append(sorted, &e)
	}
	slices.SortStableFunc(sorted, (*api.Edge).Compare)
	var out []*api.Edge
	for _, e := range sorted {
		if n := len(out); n > 0 && out[n-1].Compare(e) == 0 {
			addEdge(out[n-1], e)
		} else {
			out = append(out, e)
		}
	}
	return out
}

// mostSamples is how many Services and names an edge keeps.
const mostSamples = 3

func addEdge(sum, e *api.Edge) {
	sum.Count += e.Count
	sum.First = cmp.Or(min(sum.First, e.First), sum.First, e.First)
	sum.Last = max(sum.Last, e.Last)
	sum.Services = union(sum.Services, e.Services, mostSamples)
	sum.Names = union(sum.Names, e.Names, mostSamples)
	sum.Seen = union(sum.Seen, e.Seen, len(sum.Seen)+len(e.Seen))
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
	return fmt.Sprintf("%s %s %t", e.Kind, e.Address, e.AnyAddress)
}

// fitScan is what one client used of one server over TCP.
type fitScan struct {
	// ports are the edges by their port, most the highest count of those that nobody else uses.
	ports map[int32]*api.Edge
	any   bool
	most  int64
	// usual are ports that are declared, or that others use.
	usual map[int32]bool
}

// leastScan is from how many ports of TCP on that one client uses of one server it is a scan,
// where no more than a tenth of them are known to serve anything.
const leastScan = 100

// findScans keeps the pairs that are port scans.
func (f *fitter) findScans(edges []*api.Edge) {
	f.scans = map[fitPair]*fitScan{}
	for _, e := range edges {
		if e.Protocol != "TCP" {
			continue
		}
		scan := f.scans[pairOf(e)]
		if scan == nil {
			scan = &fitScan{ports: map[int32]*api.Edge{}, usual: map[int32]bool{}}
			f.scans[pairOf(e)] = scan
		}
		if e.AnyPort {
			scan.any = true
		} else if known := scan.ports[e.Port]; known == nil || known.Count < e.Count {
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

func (f *fitter) isScan(scan *fitScan, used map[int32]bool) bool {
	var declared Ports
	for port, e := range scan.ports {
		if w := f.workload(&e.Server); w != nil && declared.Empty() {
			declared = declaredPorts(w.pods)
		}
		if used[port] || validPort(port) && declared.Covers(spanOf(0, span{port, port})) {
			scan.usual[port] = true
		} else {
			scan.most = max(scan.most, e.Count)
		}
	}
	return scan.any || len(scan.usual)*10 <= len(scan.ports)
}

// scanned is the scan that an edge is a part of; one to a port that is known to serve, and that
// was used more often than any other one of the scan, is none.
func (f *fitter) scanned(e *api.Edge) *fitScan {
	if e.Protocol != "TCP" {
		return nil
	}
	scan := f.scans[pairOf(e)]
	if scan == nil || !e.AnyPort && scan.usual[e.Port] && e.Count > scan.most {
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
