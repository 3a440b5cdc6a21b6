package api

import (
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// PolicySet is what there is to apply for one workload, or for the default of a namespace, and
// what there is to know before.
type PolicySet struct {
	// Comment are lines about the whole set.
	Comment []string
	// Answer is nil for a default.
	Answer *PolicyAnswer
	// Policies are none where none is needed or can be written.
	Policies []PolicyDraft
}

// PolicyDraft is a NetworkPolicy.
type PolicyDraft struct {
	Name        string
	Namespace   string
	PodSelector metav1.LabelSelector
	// Types are the directions that it closes.
	Types []networkingv1.PolicyType
	// Ingress and Egress come sorted by peer.
	Ingress, Egress []PolicyRuleDraft
}

// PolicyRuleDraft is a rule with the reasons for it.
type PolicyRuleDraft struct {
	// Peers are empty for anybody.
	Peers []networkingv1.NetworkPolicyPeer
	// Ports come sorted by number and protocol; empty for all.
	Ports []networkingv1.NetworkPolicyPort
	// Reasons are lines, of which at least one is there.
	Reasons []string
}

// PolicyAnswer is how well a policy fits what was observed of a workload.
type PolicyAnswer struct {
	Workload Ref
	Proof    SubjectProof
	// Closes are the directions that the policies close and that were open before; Closed are
	// those that other policies close already.
	Closes, Closed []networkingv1.PolicyType
	// Open are the directions that stay open.
	Open []OpenDirection
	// Without says why there is no policy, empty where there is one.
	Without string
	// Edges counts the observed edges that are of the workload.
	Edges int
	// InForce are the other policies that allow more than was observed: policies add up.
	InForce []PolicyInForce
	// Notes are what else there is to know, in sentences.
	Notes []string
}

// OpenDirection is a direction that is left open, and why.
type OpenDirection struct {
	Direction networkingv1.PolicyType
	Reason    string
}

// PolicyInForce is a policy of somebody else that selects the same pods.
type PolicyInForce struct {
	Policy Ref
	// More is what it allows beyond what was observed, in words.
	More []string
}
