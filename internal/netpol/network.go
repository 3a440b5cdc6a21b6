// Package netpol evaluates NetworkPolicies of networking.k8s.io/v1 as the API documents them:
// which pods they isolate, and who reaches whom on which ports, by which rule. It is pure: a
// Network is made from objects and asked any number of times, also at the same time.
//
// What the API leaves to the network plugin, and what cannot be known from the objects, is
// answered with Depends and the Doubt behind it, never with yes or no. It knows
// NetworkPolicies, and of CiliumNetworkPolicies what is written here: plugins have policies of
// their own, and some enforce none at all.
// Addresses of Services are for the caller to resolve: the API does not say whether they are
// rewritten before or after policies are applied.
package netpol

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Objects are what a Network is made from. Their order does not matter, but for objects of
// the same name, of which the last counts. A Network keeps parts of them: they must not
// change afterwards.
type Objects struct {
	Policies []*networkingv1.NetworkPolicy
	// Cilium are CiliumNetworkPolicies as they are written here, for a network of Cilium.
	Cilium     []*api.CiliumPolicy
	Namespaces []*corev1.Namespace
	// Pods need their labels, spec, status.phase, status.podIPs and status.hostIPs. Those that
	// have ended are left out.
	Pods []*corev1.Pod
	// Refused are reasons for which the API server would not let a policy in that do not show in
	// the object: fields that it does not know were lost when it was decoded.
	Refused map[types.NamespacedName][]string
	// Whole says that Namespaces and Pods are all that there are. Only then is there a Note on
	// what selects nothing.
	Whole bool
}

// Network answers who reaches whom. The zero value has no policies.
type Network struct {
	namespaces map[string]*namespace
	// keys are the labels of pods that some selector asks for.
	keys map[string]bool
	// groups by their keys, and in their order.
	groups map[string]*group
	byPod  map[*corev1.Pod]*group
	sorted []*group
	// pods by their own addresses, and the names of nodes by theirs.
	pods  map[netip.Addr][]*corev1.Pod
	nodes map[netip.Addr]string
	notes []Note
}

// namespace holds what belongs to one namespace.
type namespace struct {
	name   string
	labels map[string]string
	// known tells that labels are all; otherwise they are those that every namespace has.
	known    bool
	policies []*policy
	groups   []*group
}

// New makes the network of all objects. What is not as the API server would have it, and
// what does nothing, becomes a Note.
func New(objects Objects) *Network {
	b := builder{
		network: &Network{
			namespaces: map[string]*namespace{}, keys: map[string]bool{}, groups: map[string]*group{},
			byPod: map[*corev1.Pod]*group{},
			pods:  map[netip.Addr][]*corev1.Pod{}, nodes: map[netip.Addr]string{},
		},
		selectors: map[string]*selector{}, peers: map[string]*rulePeer{}, ports: map[string]*rulePorts{}, refused: objects.Refused,
	}
	b.readNamespaces(objects.Namespaces)
	b.readPolicies(objects.Policies)
	b.readCilium(objects.Cilium)
	b.readPods(objects.Pods)
	b.selectPods()
	b.noteUses(objects.Whole)
	return b.finish()
}

// Notes of all objects, sorted.
func (n *Network) Notes() []Note { return n.notes }

// Groups are the pods that no policy can tell apart but by their addresses and nodes: those
// of equal namespace, named ports, and labels that selectors ask for. Their order is that of namespaces and names.
func (n *Network) Groups() [][]*corev1.Pod {
	groups := make([][]*corev1.Pod, len(n.sorted))
	for i, g := range n.sorted {
		groups[i] = g.pods
	}
	return groups
}

// Distinct are one of each of the Groups that some pods are of, in their order.
func (n *Network) Distinct(pods []*corev1.Pod) []*corev1.Pod {
	var out []*corev1.Pod
	told := map[string]bool{}
	for _, pod := range pods {
		if key := n.groupKey(pod); !told[key] {
			told[key] = true
			out = append(out, pod)
		}
	}
	return out
}

// namespace returns the one of a name, also where nothing of it was read.
func (n *Network) namespace(name string) *namespace {
	if ns := n.namespaces[name]; ns != nil {
		return ns
	}
	return &namespace{name: name, labels: map[string]string{corev1.LabelMetadataName: name}}
}

func policyRef(namespace, name string) api.Ref {
	return api.Ref{APIVersion: networkingv1.SchemeGroupVersion.String(), Kind: "NetworkPolicy", Namespace: namespace, Name: name}
}

func comparePods(a, b *corev1.Pod) int {
	if n := strings.Compare(a.Namespace, b.Namespace); n != 0 {
		return n
	}
	return strings.Compare(a.Name, b.Name)
}

// sortedPods are by namespace and name.
func sortedPods(pods []*corev1.Pod) []*corev1.Pod {
	pods = slices.Clone(pods)
	slices.SortFunc(pods, comparePods)
	return pods
}
