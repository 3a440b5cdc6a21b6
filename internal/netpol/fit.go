package netpol

import (
	"runtime"
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/memo"
)

// FitOptions say what policies close, and how far they may go beyond what was observed.
type FitOptions struct {
	// Isolate are directions that are closed although nothing was observed in them, or a peer
	// cannot be written.
	Isolate []networkingv1.PolicyType
	// DefaultDeny adds a policy for each namespace that closes every pod of it, in the
	// directions of Isolate, or in both.
	DefaultDeny bool
	// Exact lets nothing through that was not observed, although it may be needed.
	Exact bool
	// MinCount leaves out edges that were seen less often.
	MinCount int64
	// Exclude leaves out edges.
	Exclude []EdgePattern
	// MaxExternal is how many blocks of outside addresses a rule has at most; 0 is no limit.
	MaxExternal int
	// PortRanges is from how many ports of one protocol at one peer on a range is written; 0 is
	// never.
	PortRanges int
	// Denied lets through what was refused when it was tried.
	Denied bool
	// Configured lets through what is configured although nothing of it was observed, and closes
	// directions for it.
	Configured bool
	// Flavor is what the policies are written as. FlavorCilium is for networks of Cilium alone:
	// nodes, the API server and names outside can be written there.
	Flavor api.PolicyFlavor
}

// closes tells whether a direction is asked to be closed.
func (o *FitOptions) closes(d int) bool { return slices.Contains(o.Isolate, directionTypes()[d]) }

// denies are the directions that a default closes.
func (o *FitOptions) denies() []networkingv1.PolicyType {
	var types []networkingv1.PolicyType
	for d, direction := range directionTypes() {
		if o.DefaultDeny && (len(o.Isolate) == 0 || o.closes(d)) {
			types = append(types, direction)
		}
	}
	return types
}

// Fit makes the narrowest policies for what was observed of workloads: a set for each, in their
// order, and with DefaultDeny one for each of their namespaces. All policies together with those
// that are there go through the evaluator. The error is for an observed edge that it does not
// let through, and that nobody refused before; then there are none.
func Fit(in *Situation, edges []api.Edge, subjects []api.Ref, opts FitOptions) ([]api.PolicySet, error) {
	stays := map[api.Ref]string{}
	f := newFitter(in, edges, subjects, opts, stays)
	for f.draftAll(stays) {
		f = newFitter(in, edges, subjects, opts, stays)
	}
	sets := f.defaults()
	f.after = f.together(sets)
	out, err := f.proveAll()
	if err != nil {
		return nil, err
	}
	return append(out, sets...), nil
}

// draftAll writes the policies. It is true where that has to be done again: a policy stays in
// force that was thought to be replaced.
func (f *fitter) draftAll(stays map[api.Ref]string) bool {
	for _, s := range f.subjects {
		f.gather(s)
		f.wantConfigured(s)
	}
	for _, s := range f.subjects {
		f.dropRefused(s)
	}
	f.settle()
	f.each(func(_ int, s *fitSubject) {
		f.close(s)
		f.draft(s)
	})
	again := false
	for _, s := range f.subjects {
		if s.draft == nil && s.older != nil && s.stays == "" {
			stays[s.ref], again = s.without(), true
		}
	}
	return again
}

// each works on all subjects, on several at a time.
func (f *fitter) each(work func(i int, s *fitSubject)) {
	var group sync.WaitGroup
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, s := range f.subjects {
		free <- struct{}{}
		group.Go(func() {
			work(i, s)
			<-free
		})
	}
	group.Wait()
}

// fitter is the work on all subjects.
type fitter struct {
	in   *Situation
	opts FitOptions
	// workloads are those of the Situation, also by namespace.
	workloads   map[api.Ref]*fitWorkload
	all         []*fitWorkload
	byNamespace map[string][]*fitWorkload
	// clients and servers are the edges by either end; dropped those left out.
	clients, servers map[api.Ref][]*api.Edge
	dropped          map[api.Ref][]droppedEdge
	scans            map[fitPair]*fitScan
	// configured is what is configured, by the workload at the end that a direction is of.
	configured [2]map[api.Ref][]*api.Edge
	// callers are those of a workload, callees whom a workload calls.
	callers, callees map[api.Ref][]*Caller
	subjects         []*fitSubject
	bySubject        map[api.Ref]*fitSubject
	names            map[api.Ref]string
	selections       memo.Table[string, []*fitWorkload]
	// before has all policies that are there, others those that no policy of a subject would
	// replace, after the others with what is written, whose names are in written.
	before, others, after *Network
	written               map[types.NamespacedName]bool
	// there are the policies that one of a subject, or a default, may replace.
	there map[types.NamespacedName]*networkingv1.NetworkPolicy
	ends  memo.Table[endsKey, []endpoint]
	// nameServers are the workloads that the selectors of name servers are for.
	nameServers map[api.Ref]bool
	// named are the peers that workloads are, ports what rules for one span have.
	named memo.Table[nameKey, namedPeer]
	ports memo.Table[portSpan, []networkingv1.NetworkPolicyPort]
	// entries are what rules have for selectors.
	entries memo.Table[entryKey, []networkingv1.NetworkPolicyPeer]
}

type endsKey struct {
	network  *Network
	workload *fitWorkload
}

// fitWorkload is a workload of the Situation.
type fitWorkload struct {
	*Workload
	// pods are as they are when they run, at least one.
	pods []*corev1.Pod
	// known are the ports that it is known to serve.
	known Ports
}

func newFitter(in *Situation, edges []api.Edge, subjects []api.Ref, opts FitOptions, stays map[api.Ref]string) *fitter {
	f := &fitter{
		in: nameable(in), opts: opts, workloads: map[api.Ref]*fitWorkload{}, byNamespace: map[string][]*fitWorkload{},
		clients: map[api.Ref][]*api.Edge{}, servers: map[api.Ref][]*api.Edge{}, dropped: map[api.Ref][]droppedEdge{},
		callers: map[api.Ref][]*Caller{}, callees: map[api.Ref][]*Caller{}, bySubject: map[api.Ref]*fitSubject{}, names: map[api.Ref]string{},
		written: map[types.NamespacedName]bool{}, there: map[types.NamespacedName]*networkingv1.NetworkPolicy{},
		nameServers: map[api.Ref]bool{},
	}
	f.ciliumServers()
	for i := range in.Workloads {
		w := &fitWorkload{Workload: f.ciliumWorkload(nameableWorkload(&in.Workloads[i]))}
		w.pods = running(w.Workload)
		f.workloads[w.Ref] = w
		f.all = append(f.all, w)
	}
	slices.SortFunc(f.all, func(a, b *fitWorkload) int { return a.Ref.Compare(b.Ref) })
	for _, w := range f.all {
		f.byNamespace[w.Ref.Namespace] = append(f.byNamespace[w.Ref.Namespace], w)
	}
	for i := range in.Callers {
		c := &in.Callers[i]
		f.callers[c.To] = append(f.callers[c.To], c)
		if c.From != nil {
			f.callees[*c.From] = append(f.callees[*c.From], c)
		}
	}
	f.sortEdges(edges)
	f.sortConfigured()
	f.findKnown()
	for i := range in.DNS {
		if ref := f.serverOf(&f.in.DNS[i]); ref != nil {
			f.nameServers[*ref] = true
		}
	}
	f.nameSubjects(subjects)
	for _, s := range f.subjects {
		s.stays, s.nothingAtAll = stays[s.ref], nothingWords(len(edges) > 0, opts.configures())
	}
	f.before = f.network(in.Objects.Policies)
	f.others = f.before
	if left := f.notReplaced(); len(left) < len(in.Objects.Policies) {
		f.others = f.network(left)
	}
	return f
}
