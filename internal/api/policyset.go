package api

import (
	"slices"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// PolicyRun is what is so of all the sets of one run.
type PolicyRun struct {
	// Namespace is that of the workloads, empty where they are of several.
	Namespace string
	Window    Window
	Sources   []ObservedSource
	// Blind is what the sources together cannot show, in words.
	Blind []string
	// Notes are what else there is to know of all, in sentences without an end.
	Notes []string
	// Unread are the reads that failed.
	Unread []Unread
	// Taken are the sources that were taken unasked, NotTaken those that would see more.
	Taken, NotTaken []SourceNote
}

// SourceNote says of a source what was taken of it, or how it is taken.
type SourceNote struct {
	// Name is a word for the source, such as static, hubble, conntrack.
	Name string
	Text string
	// Command is what writes it into a file; empty for none.
	Command string
}

// PolicySet is what there is to apply for one workload, or for the default of a namespace, and
// what there is to know before.
type PolicySet struct {
	// Comment are lines about the whole set.
	Comment []string
	// Answer is nil for a default.
	Answer *PolicyAnswer
	// Policies are none where none is needed or can be written.
	Policies []PolicyDraft
	// Isolates is set for a default alone.
	Isolates []IsolatedWorkload
}

// PolicyFlavor is the kind of policy that a draft is written as.
type PolicyFlavor string

// The flavours.
const (
	// FlavorNetworkPolicy is NetworkPolicy of networking.k8s.io/v1; so is an empty flavour.
	FlavorNetworkPolicy PolicyFlavor = "networkpolicy"
	// FlavorCilium is CiliumNetworkPolicy of cilium.io/v2.
	FlavorCilium PolicyFlavor = "cilium"
)

// PolicyFlavors are all of them.
func PolicyFlavors() []PolicyFlavor { return []PolicyFlavor{FlavorNetworkPolicy, FlavorCilium} }

// Kind is that of the policies of a flavour.
func (f PolicyFlavor) Kind() string {
	if f == FlavorCilium {
		return "CiliumNetworkPolicy"
	}
	return "NetworkPolicy"
}

// PolicyDraft is a policy of some flavour, in the terms of NetworkPolicies and what Flavor has
// beyond them.
type PolicyDraft struct {
	Flavor      PolicyFlavor
	Name        string
	Namespace   string
	PodSelector metav1.LabelSelector
	// Types are the directions that it closes.
	Types []networkingv1.PolicyType
	// Ingress and Egress come sorted by peer. Several may have the same Peers and Ports: these
	// must not be changed.
	Ingress, Egress []PolicyRuleDraft
}

// PolicyRuleDraft is a rule with the reasons for it.
type PolicyRuleDraft struct {
	// Peers, and Entities and Names of Cilium, are all empty for anybody; at most one of them is not.
	Peers []networkingv1.NetworkPolicyPeer
	// Cilium is what NetworkPolicies have no words for; nil for nothing.
	Cilium *CiliumTerms
	// Ports come sorted by number and protocol; empty for all.
	Ports []networkingv1.NetworkPolicyPort
	// Reasons are lines, of which at least one is there.
	Reasons []string
}

// CiliumTerms are what a rule has in FlavorCilium alone.
type CiliumTerms struct {
	// Entities are such as CiliumNodes, Names those of DNS outside the cluster, of egress.
	Entities, Names []string
	// Lookups are those of Ports, of egress, by which names are asked for and whose answers are read,
	// so that Names hold.
	Lookups []networkingv1.NetworkPolicyPort
}

// Terms are those of Cilium, empty for none.
func (r *PolicyRuleDraft) Terms() CiliumTerms {
	if r.Cilium == nil {
		return CiliumTerms{}
	}
	return *r.Cilium
}

// PolicyAnswer is how well a policy fits what was observed of a workload.
type PolicyAnswer struct {
	Workload Ref
	Proof    SubjectProof
	// Closes are the directions that the policies close and that were open before; Closed are
	// those that other policies close already.
	Closes, Closed []networkingv1.PolicyType
	// Replaces is the policy of the same name that is there, in words such as "NetworkPolicy
	// shop/cart"; empty where there is none. ClosedBefore are those of Closes that it closed.
	Replaces     string
	ClosedBefore []networkingv1.PolicyType
	// Open are the directions that stay open.
	Open []OpenDirection
	// Without says why there is no policy, empty where there is one.
	Without string
	// Edges counts the observed edges that are of the workload.
	Edges int
	// Configured counts the edges that are configured alone and let through, NotAllowed those that
	// are not let through all the same. In a run of several workloads an edge counts once: for its
	// client where that is one of them.
	Configured, NotAllowed int
	// Unobserved are configured and were never observed, each once in a run as above, Unconfigured
	// the other way round, of what the workload calls, where configuration of it was found; both
	// sorted. They are nil where configuration was not read.
	Unobserved, Unconfigured []ReasonedUse
	// InForce are the other policies that allow more than was observed: policies add up.
	InForce []PolicyInForce
	// Notes are what else there is to know, in sentences.
	Notes []string
}

// ConfiguredReason begins the reasons of what is let through, or not, for its configuration alone.
const ConfiguredReason = "configured, "

// OpenDirection is a direction that is left open, and why.
type OpenDirection struct {
	Direction networkingv1.PolicyType
	Reason    string
	// Names are those outside that it is configured to call, where it stays open for these alone.
	Names []string
}

// PolicyInForce is a policy of somebody else that selects the same pods.
type PolicyInForce struct {
	Policy Ref
	// More is what it allows beyond what was observed, in words.
	More []string
}

// IsolatedWorkload is a workload that a default isolates, and that no other policy of the same
// run is for in these directions.
type IsolatedWorkload struct {
	Workload   Ref
	Directions []networkingv1.PolicyType
	// Edges counts what was observed of it in these directions; mostly nothing.
	Edges int
}

// Object is the policy as a NetworkPolicy. Rules that such a one cannot have, with Entities or
// Names, are left out: see Cilium.
func (d *PolicyDraft) Object() *networkingv1.NetworkPolicy {
	o := &networkingv1.NetworkPolicy{
		TypeMeta:   metav1.TypeMeta{APIVersion: networkingv1.SchemeGroupVersion.String(), Kind: "NetworkPolicy"},
		ObjectMeta: metav1.ObjectMeta{Name: d.Name, Namespace: d.Namespace},
		Spec:       networkingv1.NetworkPolicySpec{PodSelector: d.PodSelector, PolicyTypes: d.Types},
	}
	o.Spec.Ingress, o.Spec.Egress = slices.Grow(o.Spec.Ingress, len(d.Ingress)), slices.Grow(o.Spec.Egress, len(d.Egress))
	for _, r := range d.Ingress {
		if len(r.Terms().Entities) > 0 {
			continue
		}
		o.Spec.Ingress = append(o.Spec.Ingress, networkingv1.NetworkPolicyIngressRule{From: r.Peers, Ports: r.Ports})
	}
	for _, r := range d.Egress {
		if len(r.Terms().Entities)+len(r.Terms().Names) > 0 {
			continue
		}
		o.Spec.Egress = append(o.Spec.Egress, networkingv1.NetworkPolicyEgressRule{To: r.Peers, Ports: r.Ports})
	}
	return o
}
