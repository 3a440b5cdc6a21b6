package netpol

import (
	"slices"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// defaultDenyName is that of the policy that closes every pod of a namespace.
const defaultDenyName = "default-deny"

// otherDenyName is what it is called where a policy of that name lets something through, or closes
// what this one does not.
const otherDenyName = "default-deny-all"

// denyName is the name of the default of a namespace.
func (f *fitter) denyName(namespace string) string {
	if p := f.there[types.NamespacedName{Namespace: namespace, Name: defaultDenyName}]; p != nil && !f.deniesLess(p) {
		return otherDenyName
	}
	return defaultDenyName
}

// deniesLess tells whether the default of a run closes all that a policy does.
func (f *fitter) deniesLess(p *networkingv1.NetworkPolicy) bool {
	spec := &p.Spec
	if selects(&spec.PodSelector) || len(spec.Ingress)+len(spec.Egress) > 0 {
		return false
	}
	denies := f.opts.denies()
	if len(spec.PolicyTypes) == 0 { // then it is for ingress
		return slices.Contains(denies, networkingv1.PolicyTypeIngress)
	}
	return !slices.ContainsFunc(spec.PolicyTypes, func(t networkingv1.PolicyType) bool { return !slices.Contains(denies, t) })
}

// defaults are the sets that close the namespaces of the subjects.
func (f *fitter) defaults() []api.PolicySet {
	var namespaces []string
	for _, s := range f.subjects {
		if f.opts.DefaultDeny && !slices.Contains(namespaces, s.ref.Namespace) {
			namespaces = append(namespaces, s.ref.Namespace)
		}
	}
	slices.Sort(namespaces)
	var sets []api.PolicySet
	for _, namespace := range namespaces {
		sets = append(sets, api.PolicySet{
			Policies: []api.PolicyDraft{{Flavor: f.opts.Flavor, Name: f.denyName(namespace), Namespace: namespace, Types: f.opts.denies()}},
			Isolates: f.isolates(namespace),
		})
	}
	return sets
}

// isolates are the workloads that a default closes and that no other policy is for.
func (f *fitter) isolates(namespace string) []api.IsolatedWorkload {
	var out []api.IsolatedWorkload
	for _, w := range f.byNamespace[namespace] {
		if w.HostNetwork {
			continue
		}
		isolated := api.IsolatedWorkload{Workload: w.Ref}
		for _, direction := range f.opts.denies() {
			if d := directionIndex(direction); !f.hasPolicy(w, d) {
				isolated.Directions = append(isolated.Directions, direction)
				isolated.Edges += f.edgesOf(w, d)
			}
		}
		if len(isolated.Directions) > 0 {
			out = append(out, isolated)
		}
	}
	slices.SortFunc(out, func(a, b api.IsolatedWorkload) int { return a.Workload.Compare(b.Workload) })
	return out
}

func (f *fitter) hasPolicy(w *fitWorkload, d int) bool {
	if s := f.bySubject[w.Ref]; s != nil && s.draft != nil && slices.Contains(s.draft.Types, directionTypes()[d]) {
		return true
	}
	return f.closedBefore(&fitSubject{workload: w}, d)
}

// edgesOf counts what was observed of a workload and would be refused.
func (f *fitter) edgesOf(w *fitWorkload, d int) int {
	count := 0
	for _, e := range [...][]*api.Edge{f.servers[w.Ref], f.clients[w.Ref]}[d] {
		if peer, _ := ends(e, d); refused(e) == "" && f.scanned(e) == nil && peer.Kind != api.EndOwnNode {
			count++
		}
	}
	return count
}
