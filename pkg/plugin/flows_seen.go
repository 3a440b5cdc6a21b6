package plugin

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/render"
)

// mostWorkloads is how many workloads an error names.
const mostWorkloads = 3

// nothingSeen says that sources hold nothing of the workloads, and what they hold.
func (o *netpolOptions) nothingSeen(doc *api.Observations, subjects []api.Ref, situation *netpol.Situation) error {
	asked := subjects[0].From("")
	if len(subjects) > 1 {
		asked = fmt.Sprintf("any of %s of %s", render.Counted(int64(len(subjects)), "workload"), o.where())
	} else if onHostNetwork(situation, subjects[0]) {
		return errors.New(render.Printable(asked + " is on the network of its nodes, where no NetworkPolicy holds"))
	}
	if reason := noFlows(doc); reason != "" {
		return errors.New(render.Printable(strings.Join(o.from, ", ") + ": " + reason))
	}
	return nothingOf(o.from, asked, doc)
}

// nothingOf is the error for sources that hold edges, but none of those asked about.
func nothingOf(from []string, asked string, doc *api.Observations) error {
	text := fmt.Sprintf("%s: nothing of %s in %s", strings.Join(from, ", "), asked, render.Counted(int64(len(doc.Edges)), "edge"))
	if seen := workloadsSeen(doc); len(seen) > 0 {
		text += ": " + strings.Join(seen, ", ")
	}
	return errors.New(render.Printable(strings.Join(append([]string{text}, withoutEdges(doc)...), "; ")))
}

// withoutEdges say what became of flows that gave no edge.
func withoutEdges(doc *api.Observations) []string {
	filtered, unclear := int64(0), map[string]int64{}
	for i := range doc.Sources {
		filtered += doc.Sources[i].Filtered
		for reason, n := range doc.Sources[i].Unclear {
			if reason != api.UnclearAudited && reason != api.UnclearAlone {
				unclear[reason] += n
			}
		}
	}
	var parts []string
	for _, reason := range slices.Sorted(maps.Keys(unclear)) {
		parts = append(parts, fmt.Sprintf("%s gave no edge: %s", render.Counted(unclear[reason], "flow"), reason))
	}
	if filtered > 0 {
		parts = append(parts, fmt.Sprintf("--since and --until leave %s out", render.Counted(filtered, "flow")))
	}
	return parts
}

// noFlows says why sources hold no flow; empty where they do.
func noFlows(doc *api.Observations) string {
	reason := "no flow in it"
	for i := range doc.Sources {
		s := &doc.Sources[i]
		switch {
		case s.Parsed > 0 || len(doc.Edges) > 0:
			return ""
		case s.Format != "" && s.Format != api.FormatUnread && len(s.Faults) > 0:
			reason = "no flow in it: " + s.Name + " has " + s.Format
		}
	}
	return reason
}

func onHostNetwork(situation *netpol.Situation, ref api.Ref) bool {
	return slices.ContainsFunc(situation.Workloads, func(w netpol.Workload) bool { return w.Ref == ref && w.HostNetwork })
}

// workloadsSeen are the workloads seen most, and how often.
func workloadsSeen(doc *api.Observations) []string {
	counts := map[api.Ref]int64{}
	for i := range doc.Edges {
		for _, end := range []*api.Ref{doc.Edges[i].Client.Workload, doc.Edges[i].Server.Workload} {
			if end != nil {
				counts[*end] += doc.Edges[i].Count
			}
		}
	}
	var seen []string
	for _, ref := range mostSeen(counts) {
		seen = append(seen, fmt.Sprintf("%s %sx", ref.From(""), render.Number(counts[ref])))
	}
	if more := len(counts) - len(seen); more > 0 {
		seen = append(seen, render.Number(int64(more))+" more")
	}
	return seen
}

// mostSeen are the workloads seen most, at most mostWorkloads.
func mostSeen(counts map[api.Ref]int64) []api.Ref {
	var refs []api.Ref
	for ref := range counts {
		refs = append(refs, ref)
	}
	slices.SortFunc(refs, func(a, b api.Ref) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), a.Compare(b)) })
	return refs[:min(mostWorkloads, len(refs))]
}
