package netpol

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

func (f *fitter) network(policies []*networkingv1.NetworkPolicy) *Network {
	o := f.in.Objects
	o.Policies, o.Whole = policies, false
	return New(o)
}

// notReplaced are the policies without those that have the names of the subjects' own.
func (f *fitter) notReplaced() []*networkingv1.NetworkPolicy {
	if f.cilium() { // which has names of its own
		return f.in.Objects.Policies
	}
	for _, p := range f.in.Objects.Policies {
		f.there[policyName(p)] = p
	}
	own := map[types.NamespacedName]bool{}
	for _, s := range f.subjects {
		own[s.name()] = s.stays == ""
		s.older = f.there[s.name()]
		if f.opts.DefaultDeny {
			own[types.NamespacedName{Namespace: s.ref.Namespace, Name: f.denyName(s.ref.Namespace)}] = true
		}
	}
	return without(f.in.Objects.Policies, own)
}

func without(policies []*networkingv1.NetworkPolicy, names map[types.NamespacedName]bool) []*networkingv1.NetworkPolicy {
	var left []*networkingv1.NetworkPolicy
	for _, p := range policies {
		if !names[policyName(p)] {
			left = append(left, p)
		}
	}
	return left
}

// together is the network with what is written in place of what it replaces.
func (f *fitter) together(defaults []api.PolicySet) *Network {
	var drafts []*api.PolicyDraft
	for _, s := range f.subjects {
		if s.draft != nil {
			drafts = append(drafts, s.draft)
		}
	}
	for i := range defaults {
		for j := range defaults[i].Policies {
			drafts = append(drafts, &defaults[i].Policies[j])
		}
	}
	for _, d := range drafts {
		f.written[types.NamespacedName{Namespace: d.Namespace, Name: d.Name}] = true
	}
	o := f.in.Objects
	o.Whole = false
	if f.cilium() {
		for _, d := range drafts {
			o.Cilium = append(o.Cilium, d.Cilium())
		}
		return New(o)
	}
	o.Policies = without(o.Policies, f.written)
	for _, d := range drafts {
		o.Policies = append(o.Policies, d.Object())
	}
	return New(o)
}

// running are the pods of a workload as they are when they run: one that has ended, as those of a
// Job, no longer has its address.
func running(w *Workload) []*corev1.Pod {
	var pods, over []*corev1.Pod
	for _, pod := range w.Pods {
		if ended(pod) {
			pod = pod.DeepCopy()
			pod.Status = corev1.PodStatus{}
			over = append(over, pod)
		} else {
			pods = append(pods, pod)
		}
	}
	if len(pods) == 0 {
		pods = over
	}
	if len(pods) == 0 && w.Selector != nil {
		pods = append(pods, podOf(w.Ref, w.Selector.MatchLabels))
	}
	return sortedPods(pods)
}

// podOf is a pod of which nothing but its labels is known.
func podOf(ref api.Ref, labels map[string]string) *corev1.Pod {
	pod := &corev1.Pod{}
	pod.Namespace, pod.Name, pod.Labels = ref.Namespace, fmt.Sprintf("%s-%s", ref.Kind, ref.Name), labels
	return pod
}
