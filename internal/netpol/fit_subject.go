package netpol

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// fitSubject is a workload that a policy is written for.
type fitSubject struct {
	ref api.Ref
	// policy is the name of its policy.
	policy string
	// workload is nil where it is not among those of the Situation.
	workload *fitWorkload
	// unfit says why no policy can be for it, empty where one can.
	unfit string
	// older is the policy of the name that is there already, nil for none. It stays where none is
	// written in its place, and then stays says why.
	older *networkingv1.NetworkPolicy
	stays string
	sides [2]fitSide
	draft *api.PolicyDraft

	// configured is what is configured and was not observed, nothingAtAll what to say where there
	// is nothing.
	configured          []fitConfigured
	through, notThrough int
	nothingAtAll        string

	edges         int
	scans         map[string]fitCount
	denied        map[string]fitCount
	leftOut       map[string]fitCount
	inexpressible map[string]string
	notes         []string
	observed      int
	covered       int
	widened       int // of those observed, which are among what is added too
	excess        []api.ReasonedUse
	tuples        api.Tuples
	inForce       []api.PolicyInForce
}

// fitCount is how often something was seen, and by what it is so.
type fitCount struct {
	count int64
	by    string
}

// fitSide is one direction.
type fitSide struct {
	direction int
	peers     map[string]*fitPeer
	needs     map[fitUse]*fitNeed
	folded    []fitNeed
	// stuck were observed and no rule can let them through; portless have no ports.
	stuck    []fitStuck
	portless []fitStuck
	// closed tells that other policies close it, closes that the subject's own does, denied that
	// a default does, and shut that any of them does.
	closed, closes, denied, shut bool
	// observed tells that there is something to close it for, asks what is added then.
	observed bool
	asks     []fitNeed
	// lookups are the uses by which names are asked for, where rules have names.
	lookups map[useKey]bool
	// kept are the needs that others do not let through, already who does that.
	kept     []*fitNeed
	already  map[string]bool
	elements []*fitElement
	// added are what rules let through beyond the needs.
	added []api.ReasonedUse
	// granted are the ports of each workload that are observed or added, beyond those that are
	// granted for no need.
	granted, beyond map[*fitWorkload]Ports
}

// fitNeed is a use that is to be let through.
type fitNeed struct {
	use fitUse
	// edges are the observed ones, for as long as the policy is written, and count is theirs.
	edges []*api.Edge
	count int64
	// reason is set for what was added.
	reason string
	// dialled tells a port of a Service, which the other end does not see, and kept a need that
	// others do not let through.
	dialled, kept bool
	// configured is set for what is configured and was not observed.
	configured bool
}

// widened tells what was observed, at one end that is one of many: it is observed, and what a rule lets
// through is more.
func (n *fitNeed) widened() bool {
	return n.count > 0 && (n.reason == manyAddresses || n.reason == portBehindService)
}

// manyAddresses says why the rule for an edge is for any address.
const manyAddresses = "the addresses were too many to keep"

// fitStuck is a use that no rule can let through.
type fitStuck struct {
	use, reason string
	edge        *api.Edge
	protocol    int
	span        span
	// added is set for what was not observed, and asked is why it is to be let through.
	added bool
	asked string
	// name is set where it is one of DNS.
	name string
}

func (s *fitSubject) name() types.NamespacedName {
	return types.NamespacedName{Namespace: s.ref.Namespace, Name: s.policy}
}

// fits tells that a policy can be written.
func (s *fitSubject) fits() bool { return s.unfit == "" && s.stays == "" }

func (s *fitSubject) pods() []*corev1.Pod {
	if s.workload == nil {
		return nil
	}
	return s.workload.pods
}

func (s *fitSubject) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(s.notes, text) {
		s.notes = append(s.notes, text)
	}
}

// nameSubjects makes the subjects. A policy has the name of its workload; where several of a
// namespace have one name, that of the kind is added to each.
func (f *fitter) nameSubjects(refs []api.Ref) {
	taken := map[string]int{}
	for _, w := range f.all {
		taken[w.Ref.Namespace+"/"+w.Ref.Name]++
	}
	for _, ref := range refs {
		s := &fitSubject{
			ref: ref, policy: ref.Name, workload: f.workloads[ref],
			scans: map[string]fitCount{}, denied: map[string]fitCount{}, leftOut: map[string]fitCount{}, inexpressible: map[string]string{},
		}
		for s.policy == defaultDenyName || s.policy == otherDenyName || taken[ref.Namespace+"/"+s.policy] > 1 || s.policy != ref.Name && taken[ref.Namespace+"/"+s.policy] > 0 {
			suffix := "-" + strings.ToLower(ref.Kind)
			s.policy = strings.TrimRight(s.policy[:min(len(s.policy), validation.DNS1123SubdomainMaxLength-len(suffix))], "-.") + suffix
			if len(s.policy) >= validation.DNS1123SubdomainMaxLength {
				break
			}
		}
		for d := range s.sides {
			s.sides[d] = fitSide{
				direction: d, peers: map[string]*fitPeer{}, needs: map[fitUse]*fitNeed{}, already: map[string]bool{}, granted: map[*fitWorkload]Ports{}, beyond: map[*fitWorkload]Ports{},
			}
		}
		f.subjects = append(f.subjects, s)
		f.bySubject[ref] = s
		s.unfit = f.unfit(s)
	}
}

// unfit says why no policy can be for a workload and no other.
func (f *fitter) unfit(s *fitSubject) string {
	w := s.workload
	switch {
	case w == nil:
		return "it is not among the workloads that were read"
	case w.HostNetwork:
		return "it is on the network of its nodes, where policies do not hold"
	case !selects(w.Selector) && w.Unselectable != "":
		return w.Unselectable
	case !selects(w.Selector):
		return "nothing selects its pods and no others: give them a label"
	}
	also := f.alsoSelected(w.Ref, w.Selector)
	if len(also) == 0 {
		return ""
	}
	return fmt.Sprintf("its selector %s also selects %s: %s", selectorWords(w.Selector), someWorkloads(also, w.Ref.Namespace), apartLabel(w, also))
}

// apartLabel says which label would tell a workload from others.
func apartLabel(w *fitWorkload, others []*fitWorkload) string {
	var apart []string
	for key, value := range api.StableLabels(w.pods[0].Labels) {
		has := func(p *corev1.Pod) bool { return p.Labels[key] == value }
		own := !slices.ContainsFunc(w.pods, func(p *corev1.Pod) bool { return !has(p) })
		shared := slices.ContainsFunc(others, func(o *fitWorkload) bool { return slices.ContainsFunc(o.pods, has) })
		if own && !shared {
			apart = append(apart, key+"="+value)
		}
	}
	if len(apart) > 0 {
		return "add " + slices.Min(apart) + " to its selector, which its pods alone have"
	}
	return "add a label to its selector and its pods, such as app.kubernetes.io/component=" + w.Ref.Name
}
