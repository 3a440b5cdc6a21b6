package resolve

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/flow"
)

// Some sources tell no addresses: then what they say is all there is. Their labels may be fewer
// than those of the pod, and fit several workloads.

// wordAlone is what a peer without an address says, nil for nothing.
func (r *Resolver) wordAlone(p *flow.Peer) *word {
	if p == nil {
		return nil
	}
	if w, ok := r.alones[p]; ok {
		return w
	}
	w := r.word(wordKey{cluster: p.Cluster, text: aloneText(p)}, func() *word { return r.readAlone(p) })
	return keep(r.alones, maxPointers, p, w)
}

// aloneText is what is read of a peer without an address; that of no other peer is the same.
func aloneText(p *flow.Peer) string {
	more := []string{p.PodPrefix, p.Host, p.Undisclosed}
	for _, key := range slices.Sorted(maps.Keys(p.NamespaceLabels)) {
		more = append(more, key, p.NamespaceLabels[key])
	}
	return "alone" + textOf(p) + fmt.Sprintf("%q", more)
}

func (r *Resolver) readAlone(p *flow.Peer) *word {
	w := &word{cluster: p.Cluster, namespace: p.Namespace, labels: p.Labels}
	switch {
	case p.Undisclosed != "":
		w.otherwise = p.Undisclosed
		return w
	case len(p.Reserved) > 0:
		return r.reserved(w, p)
	case p.Host != "":
		if w.isNode = r.nodeNames[p.Host]; !w.isNode {
			w.otherwise = noHost
		}
		return w
	case p.Namespace == "" && len(p.NamespaceLabels) > 0:
		if w.namespace = r.namespaceWith(p.NamespaceLabels); w.namespace == "" {
			w.otherwise = noNamespace
			return w
		}
	case p.Namespace == "":
		return nil
	}
	in := *p
	in.Namespace = w.namespace
	if h := r.pods[podName{in.Namespace, in.Pod}]; h != nil && in.Pod != "" {
		w.end, w.node, w.read, w.isNode = h.end, h.node, true, h.end == r.node
		return w
	}
	if len(in.Workloads) > 0 || in.Pod != "" {
		if named := r.readWord(&in); named != nil {
			w = named
		}
		return w
	}
	return r.among(w, &in)
}

// among finds the workload of pods that are told by the beginning of their names, or by labels.
func (r *Resolver) among(w *word, p *flow.Peer) *word {
	ends := r.byPrefix(p)
	if len(ends) == 0 {
		ends = r.carrying(p)
	}
	if ref, ok := r.selectedBy(p); ok && len(ends) == 0 {
		ends = []*api.EdgeEnd{r.endOf(ref)}
	}
	stable := api.StableLabels(p.Labels)
	switch {
	case len(ends) > 1:
		w.otherwise = severalFit
	case len(ends) == 1:
		w.end, w.read, w.isNode = ends[0], true, ends[0] == r.node
	case len(stable) > 0:
		ref := api.Ref{APIVersion: "v1", Kind: "Pod", Namespace: p.Namespace, Name: joined(stable)}
		w.end = &api.EdgeEnd{Kind: api.EndWorkload, Workload: &ref, Labels: stable}
	default:
		w.otherwise = podUnread
	}
	return w
}

// endOf is that of a workload; of one on the network of its nodes it is the node.
func (r *Resolver) endOf(ref api.Ref) *api.EdgeEnd {
	if r.hosts[ref] {
		return r.node
	}
	return r.end(ref)
}

// byPrefix are the ends of the pods whose names begin so, none where no prefix is told; without
// such pods, those of the workload that makes such names.
func (r *Resolver) byPrefix(p *flow.Peer) []*api.EdgeEnd {
	if p.PodPrefix == "" {
		return nil
	}
	if ends := r.prefixes[podName{p.Namespace, p.PodPrefix}]; len(ends) > 0 {
		return ends
	}
	stem := strings.TrimSuffix(p.PodPrefix, "-")
	var ends []*api.EdgeEnd
	add := func(ref api.Ref) {
		if end := r.endOf(ref); r.fits(ref, p.Labels) && !slices.Contains(ends, end) {
			ends = append(ends, end)
		}
	}
	for _, kind := range []string{"StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job"} {
		if ref, ok := r.names[workloadName{p.Namespace, kind, stem}]; ok {
			add(ref)
		} else if ref, ok := r.above(p.Namespace, flow.Workload{Kind: kind, Name: stem}); ok {
			add(ref)
		}
	}
	return ends
}

// fits tells whether labels, if there are any, are such as a workload selects.
func (x *index) fits(ref api.Ref, with map[string]string) bool {
	if len(with) == 0 {
		return true
	}
	return slices.ContainsFunc(x.selecting[ref.Namespace], func(s selecting) bool {
		return s.ref == ref && s.by.Matches(labels.Set(with))
	})
}

// carrying are the ends of the workloads whose pods have all of the labels.
func (r *Resolver) carrying(p *flow.Peer) []*api.EdgeEnd {
	stable := api.StableLabels(p.Labels)
	if len(stable) == 0 {
		return nil
	}
	selector := labels.SelectorFromSet(stable)
	var ends []*api.EdgeEnd
	for _, s := range r.selecting[p.Namespace] {
		if end := r.endOf(s.ref); slices.ContainsFunc(s.pods, func(pods labels.Set) bool { return selector.Matches(pods) }) && !slices.Contains(ends, end) {
			ends = append(ends, end)
		}
	}
	return ends
}

// namespaceWith is the one namespace that has labels; empty for none and for several.
func (x *index) namespaceWith(with map[string]string) string {
	selector := labels.SelectorFromSet(with)
	found := ""
	for _, name := range x.inv.NamespacesRead() {
		n := x.inv.Namespace(name).Value
		if n == nil || !selector.Matches(labels.Set(n.Labels)) {
			continue
		}
		if found != "" {
			return ""
		}
		found = name
	}
	return found
}
