package assess

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// Words of a direction of traffic.
const (
	anyPeer = "any"
	anyPort = "any port"
	open    = "no policy selects it"

	unknownWord = "unknown"
)

// network tells what a workload reaches and who reaches it by policies; nil without pods.
func (a *assessor) network(w *workload.Workload, shapes []*workload.Shape) *api.Network {
	if w.Ref.Kind == kindServiceAccount || len(shapes) == 0 {
		return nil
	}
	out := &api.Network{
		Derived: a.access.fact == workload.FactAbsent, Enforced: a.inv.Enforcer(), Services: []api.ServicePort{}, Exposed: []api.Exposure{}, Unknown: []string{}, Notes: []string{},
	}
	policies, fact := a.inv.NetworkPolicies(w.Ref.Namespace)
	pods := standIns(w, shapes)
	out.Host = !slices.ContainsFunc(pods, func(p *corev1.Pod) bool { return !p.Spec.HostNetwork })
	for _, d := range []struct {
		into *api.Direction
		is   networkingv1.PolicyType
	}{{&out.Ingress, networkingv1.PolicyTypeIngress}, {&out.Egress, networkingv1.PolicyTypeEgress}} {
		*d.into = a.direction(pods, d.is)
		if fact == workload.FactUnknown || fact == workload.FactAbsent && len(policies) == 0 && (!out.Derived || !a.inv.HasPolicies()) {
			d.into.Unknown = true
		}
	}
	if fact == workload.FactUnknown {
		out.Unknown = append(out.Unknown, "networkpolicies in namespace "+w.Ref.Namespace+" not readable")
	}
	others := a.others.Of(w.Ref.Namespace, func() []string { return a.inv.OtherPolicies(w.Ref.Namespace) })
	out.Unknown = append(out.Unknown, others...)
	a.noteNetwork(out, w.Ref.Namespace)
	return out
}

// standIns are pods that policies may tell apart: live ones of different labels, and those that
// templates will make.
func standIns(w *workload.Workload, shapes []*workload.Shape) []*corev1.Pod {
	var out []*corev1.Pod
	told := map[string]bool{}
	for _, pod := range append(slices.Clone(w.Pods), podsOfTemplates(w, shapes)...) {
		key := labels.Set(pod.Labels).String() + fmt.Sprint(pod.Spec.HostNetwork)
		if len(out) < maxStandIns && !told[key] {
			told[key] = true
			out = append(out, pod)
		}
	}
	return out
}

// maxStandIns bounds the pods of one workload that are looked at: those of a StatefulSet each
// have a label of their own, which hardly any policy asks for.
const maxStandIns = 100

// podsFor are pods that stand for a workload: its live ones, or one of each template.
func podsFor(w *workload.Workload, shapes []*workload.Shape) []*corev1.Pod {
	if len(w.Pods) > 0 {
		return w.Pods
	}
	return podsOfTemplates(w, shapes)
}

func podsOfTemplates(w *workload.Workload, shapes []*workload.Shape) []*corev1.Pod {
	var pods []*corev1.Pod
	for i, shape := range shapes {
		if shape.Live {
			continue
		}
		pod := &corev1.Pod{Spec: *shape.Spec}
		// A name that no pod has: those of one name are one pod.
		pod.Namespace, pod.Name, pod.Labels = w.Ref.Namespace, shortRef(w.Ref), shape.Meta.Labels
		pod.Annotations = shape.Meta.Annotations
		if i > 0 {
			pod.Name += fmt.Sprintf("#%d", i)
		}
		pod.OwnerReferences = []metav1.OwnerReference{{APIVersion: w.Ref.APIVersion, Kind: w.Ref.Kind, Name: w.Ref.Name, Controller: new(true)}}
		pods = append(pods, pod)
	}
	return pods
}

// direction is that of pods which policies may treat differently: where one is open, the
// workload is.
func (a *assessor) direction(pods []*corev1.Pod, is networkingv1.PolicyType) api.Direction {
	d := api.Direction{Isolated: true, Policies: []string{}, Allows: []string{}, Rules: []api.NetworkRule{}, Reach: []api.Reached{}}
	told := map[string]bool{}
	for _, pod := range pods {
		isolation := a.net.Isolated(pod, is)
		for _, ref := range append(slices.Clone(isolation.Policies), isolation.Refused...) {
			d.Policies = appendNew(d.Policies, ref.Name)
		}
		d.Isolated = d.Isolated && isolation.Verdict != netpol.No
		d.Unknown = d.Unknown || isolation.Verdict == netpol.Depends
		for _, rule := range a.rulesOf(pod, is) {
			if key := fmt.Sprint(rule); !told[key] {
				told[key] = true
				d.Rules = append(d.Rules, rule)
			}
		}
		d.Reach = mergeReach(d.Reach, ifRefused(isolation, a.reachOf(pod, is, isolation.Verdict != netpol.No)))
	}
	slices.Sort(d.Policies)
	if !d.Isolated {
		d.Allows, d.Rules = []string{anyPeer}, []api.NetworkRule{}
	}
	for _, rule := range d.Rules {
		d.Allows = appendNew(d.Allows, rule.Peer+" "+strings.Join(rule.Ports, ", "))
	}
	return d
}

// ifRefused leaves open what policies keep away that may not be in force.
func ifRefused(i netpol.Isolation, reach []api.Reached) []api.Reached {
	for n := range reach {
		if i.Verdict == netpol.Depends && reach[n].Allowed != string(netpol.Yes) {
			reach[n].Allowed, reach[n].By = unknownWord, string(netpol.DoubtRefused)
		}
	}
	return reach
}

// mergeReach is what some of two pods reach: where one is let through and the other is not, some
// are.
func mergeReach(one, other []api.Reached) []api.Reached {
	if len(one) == 0 {
		return other
	}
	for i := range one {
		x, y := one[i], other[i]
		if x.Allowed == y.Allowed {
			continue
		}
		if reachRank(y.Allowed) > reachRank(x.Allowed) {
			one[i] = y
		}
		if one[i].Allowed == string(netpol.Yes) {
			one[i].Allowed = string(netpol.Partly)
		}
	}
	return one
}

func reachRank(allowed string) int {
	return slices.Index([]string{string(netpol.No), unknownWord, string(netpol.Depends), string(netpol.Partly), string(netpol.Yes)}, allowed)
}

// rulesOf is what policies let through, in words.
func (a *assessor) rulesOf(pod *corev1.Pod, is networkingv1.PolicyType) []api.NetworkRule {
	var out []api.NetworkRule
	for _, allowance := range a.net.Allows(pod, is) {
		rule := api.NetworkRule{Peer: a.peerText(allowance.Peer, pod.Namespace), Who: allowance.Peer.String(), Ports: portTexts(allowance)}
		for _, by := range allowance.Rules {
			rule.Policy, rule.Rule = by.Policy.Name, by.Number
			out = append(out, rule)
		}
	}
	return out
}

func portTexts(a netpol.Allowance) []string {
	if a.Ports.All() {
		return []string{anyPort}
	}
	var out []string
	if !a.Ports.Empty() {
		out = append(out, strings.ReplaceAll(a.Ports.String(), "TCP ", ""))
	}
	return append(out, a.Names...)
}

// peerText is who a rule names, with the workloads that are known to be meant.
func (a *assessor) peerText(who netpol.Who, namespace string) string {
	return a.peers.Of(who.String()+"\x00"+namespace, func() string { return a.namedPeer(who, namespace) })
}

func (a *assessor) namedPeer(who netpol.Who, namespace string) string {
	text := strings.TrimSuffix(who.String(), " of namespace "+namespace)
	sure, _ := a.net.Matching(who)
	var refs []string
	for _, pod := range sure {
		ref := a.inv.WorkloadOf(pod)
		name := shortRef(ref)
		if ref.Namespace != namespace {
			name = ref.Namespace + "/" + ref.Name
		}
		refs = appendNew(refs, name)
	}
	if len(refs) == 0 || strings.HasPrefix(text, "all pods") {
		return text
	}
	slices.Sort(refs)
	return text + " (" + workload.SomeOf(refs) + ")"
}

// noteNetwork notes what is wrong with the policies of the workload's directions.
func (a *assessor) noteNetwork(out *api.Network, namespace string) {
	selecting := append(slices.Clone(out.Ingress.Policies), out.Egress.Policies...)
	for _, note := range a.net.Notes() {
		if note.Object.Namespace != namespace || !slices.Contains(selecting, note.Object.Name) {
			continue
		}
		if note.Kind == netpol.NoteRefused {
			out.Unknown = appendNew(out.Unknown, "NetworkPolicy "+note.Object.Name+" is one that the API server refuses: "+note.Message)
		} else {
			out.Notes = appendNew(out.Notes, "NetworkPolicy "+note.Object.Name+": "+note.Message)
		}
	}
	if strings.HasPrefix(out.Enforced, "nothing") && len(selecting) > 0 {
		out.Notes = append(out.Notes, "policies select it, and "+strings.TrimPrefix(out.Enforced, "nothing: "))
	}
}
