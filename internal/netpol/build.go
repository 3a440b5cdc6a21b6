package netpol

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/types"
)

// builder reads objects.
type builder struct {
	network   *Network
	selectors map[string]*selector
	peers     map[string]*rulePeer
	ports     map[string]*rulePorts
	// key is what is looked up in these.
	key []byte
	// refused are Objects.Refused.
	refused map[types.NamespacedName][]string
}

func (b *builder) readNamespaces(objects []*corev1.Namespace) {
	for _, o := range objects {
		// The API server sets the label (KEP-2161); a file may leave it to it.
		labels := map[string]string{}
		maps.Copy(labels, o.Labels)
		labels[corev1.LabelMetadataName] = o.Name
		b.network.namespaces[o.Name] = &namespace{name: o.Name, labels: labels, known: true}
	}
}

// namespace returns the one of a name, and keeps it.
func (b *builder) namespace(name string) *namespace {
	ns := b.network.namespace(name)
	b.network.namespaces[name] = ns
	return ns
}

func (b *builder) readPods(objects []*corev1.Pod) {
	n := b.network
	type key struct{ namespace, name string }
	last := map[key]*corev1.Pod{}
	for _, pod := range objects {
		last[key{pod.Namespace, pod.Name}] = pod
	}
	for _, pod := range slices.SortedFunc(maps.Values(last), comparePods) {
		if ended(pod) {
			continue
		}
		for _, a := range hostAddresses(pod) {
			n.nodes[a] = cmp.Or(n.nodes[a], pod.Spec.NodeName)
		}
		if !pod.Spec.HostNetwork {
			for _, a := range podAddresses(pod) {
				n.pods[a] = append(n.pods[a], pod)
			}
		}
		b.addPod(pod)
	}
}

func (b *builder) addPod(pod *corev1.Pod) {
	n := b.network
	key := n.groupKey(pod)
	g := n.groups[key]
	if g != nil {
		g.pods = append(g.pods, pod)
	} else {
		g = n.newGroup(pod, b.namespace(pod.Namespace))
		n.groups[key] = g
		n.sorted = append(n.sorted, g)
		g.namespace.groups = append(g.namespace.groups, g)
	}
	n.byPod[pod] = g
}

func (b *builder) readPolicies(objects []*networkingv1.NetworkPolicy) {
	type key struct{ namespace, name string }
	last := map[key]*networkingv1.NetworkPolicy{}
	for _, o := range objects {
		ref := policyRef(o.Namespace, o.Name)
		if o.Namespace == "" {
			b.note(NoteRefused, ref, "has no namespace, and is left out")
			continue
		}
		if last[key{o.Namespace, o.Name}] != nil {
			b.note(NoteOdd, ref, "is there more than once; the last one counts")
		}
		last[key{o.Namespace, o.Name}] = o
	}
	for _, o := range last {
		p := b.policy(o)
		p.namespace.policies = append(p.namespace.policies, p)
	}
}

// selectPods evaluates each distinct selector of a namespace once for each group of it.
func (b *builder) selectPods() {
	for _, ns := range b.network.namespaces {
		slices.SortFunc(ns.policies, func(x, y *policy) int {
			return cmp.Or(strings.Compare(x.ref.Name, y.ref.Name), strings.Compare(x.ref.Kind, y.ref.Kind))
		})
		matches := map[*selector][]match{}
		for _, p := range ns.policies {
			m, found := matches[p.pods]
			if !found {
				m = make([]match, len(ns.groups))
				for i, g := range ns.groups {
					m[i] = p.pods.matchPod(g.labels)
				}
				matches[p.pods] = m
			}
			for i, g := range ns.groups {
				if g.choose(p, m[i]); m[i] != never {
					p.chosen = append(p.chosen, g)
				}
			}
		}
	}
}

func (b *builder) finish() *Network {
	slices.SortFunc(b.network.notes, compareNotes)
	b.network.notes = slices.Compact(b.network.notes)
	return b.network
}
