package netpol

// Verdict is the answer to a question.
type Verdict string

// The verdicts.
const (
	Yes Verdict = "yes"
	No  Verdict = "no"
	// Partly is yes for some of the pods, addresses and ports of the question, not for all.
	Partly Verdict = "partly"
	// Depends is neither yes nor no: see Doubt.
	Depends Verdict = "depends"
)

// Doubt is why something depends, as half a sentence.
type Doubt string

// The doubts.
const (
	// DoubtBlock: the API means ipBlocks for addresses outside the cluster, and plugins differ
	// for those inside.
	DoubtBlock Doubt = "the network plugin decides whether an ipBlock holds for addresses of pods and nodes"
	// DoubtHostNetwork: "NetworkPolicy and hostNetwork pods" of the Kubernetes documentation
	// leaves to the plugin whether it can tell such a pod from its node.
	DoubtHostNetwork Doubt = "the network plugin decides whether a selector holds for a pod on the host's network"
	// DoubtOwnNode: the Kubernetes documentation always allows traffic to a pod's own node, the
	// API documentation only that from it; and where two are may be unknown.
	DoubtOwnNode Doubt = "the network plugin decides about traffic to the pod's own node"
	// DoubtSameNode: a pod's own node always reaches it.
	DoubtSameNode Doubt = "it is not known whether they share a node"
	// DoubtRefused: the API server's validation would not let the policy in.
	DoubtRefused Doubt = "the API server refuses the policy as it is written"
	// DoubtNamespace: the Namespace was not read.
	DoubtNamespace Doubt = "the labels of the namespace are not known"
	// DoubtPortName: the API documentation has names of ports unique in a pod.
	DoubtPortName Doubt = "several containers of the pod give the port's name"
	// DoubtSize: an answer would take too long.
	DoubtSize Doubt = "the policies have too many address ranges to compare"
)

// match is how something fits.
type match uint8

const (
	never match = iota
	perhaps
	surely
)

func matchIf(fits bool) match {
	if fits {
		return surely
	}
	return never
}
