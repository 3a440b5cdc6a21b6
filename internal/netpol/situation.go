package netpol

import (
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Situation is the cluster that policies are written for.
type Situation struct {
	// Objects are all that was read; the pods of workloads without live ones are made from
	// their templates.
	Objects Objects
	// Workloads come sorted by reference.
	Workloads []Workload
	// DNS are the servers that pods ask for names; none where they were not found. NoDNS then
	// says why.
	DNS   []NameServer
	NoDNS string
	// APIServer are the addresses and ports that its Service leads to.
	APIServer []netip.AddrPort
	// APIService are the addresses and ports of that Service itself.
	APIService []netip.AddrPort
	// Callers are who calls workloads by configuration, whether observed or not.
	Callers []Caller
	// Configured are what workloads are configured to call, sorted as Edges of Observations are:
	// see internal/static.
	Configured []api.Edge
	// Plugin is what enforces policies.
	Plugin Plugin
	// PoliciesUnread is the reason where not all NetworkPolicies could be read, so that what
	// they let through is not known; else empty.
	PoliciesUnread string
	// Hints are what else there is to know, those of all first.
	Hints []Hint
}

// Unread is why it is not known who else is at the other end in a direction: a closed one might
// refuse it.
type Unread struct {
	Direction networkingv1.PolicyType
	// Reason is such as "list ingresses.networking.k8s.io: forbidden".
	Reason string
	// Configuration tells that it is configuration that was not read: it counts where a direction
	// is closed for configuration alone.
	Configuration bool
	// Of is who it is that may be there, where that is known: what is configured between the two
	// answers it.
	Of api.EndKind
}

// Hint is a sentence without its end about a workload, or about all where Of is nil.
type Hint struct {
	Of   *api.Ref
	Text string
}

// Workload is one that policies are for, or that they name as a peer.
type Workload struct {
	Ref api.Ref
	// Selector matches its pods, and those of later revisions: never empty. It is nil where
	// none can be written; Unselectable then says why.
	Selector     *metav1.LabelSelector
	Unselectable string
	// Pods are the live ones, or one of each template.
	Pods []*corev1.Pod
	// HostNetwork tells that all of its pods are on the network of their nodes: no policy
	// holds for them, nor names them.
	HostNetwork bool
	// Unread are why not all of those it talks to are known, sorted.
	Unread []Unread
}

// NameServer is where pods ask for names.
type NameServer struct {
	// Service is that of the cluster, in words such as "Service kube-system/kube-dns", or what
	// else it is, such as "NodeLocal DNSCache".
	Service string
	// Namespace and Selector name its pods; Selector is nil where it has none that a policy
	// can name, and then Addresses are where it is.
	Namespace string
	Selector  *metav1.LabelSelector
	Addresses []netip.Addr
	// Ports are those of the pods or addresses, of UDP and TCP.
	Ports []PortRange
	// Workload is set where its pods are those of one.
	Workload *api.Ref
}

// Caller is somebody who calls a workload by configuration.
type Caller struct {
	// To is the workload, Ports those of its pods.
	To    api.Ref
	Ports []PortRange
	// From is a workload; nil for addresses, and with no Sources for anybody.
	From    *api.Ref
	Sources []netip.Prefix
	// Beside tells one that calls whatever the workload is for, such as Prometheus: it says nothing of
	// who else does, so that ingress is not closed for it alone.
	Beside bool
	// Reason is half a sentence, such as "the API server calls it for
	// ValidatingWebhookConfiguration cert-manager-webhook".
	Reason string
}

// Plugin is what is known of the network plugin that enforces policies.
type Plugin struct {
	// Name is as in Plugins, empty for one that is not known.
	Name string
	// ServicePorts tells one that sees egress before Services are resolved: the Service's own
	// port needs to be allowed beside that of the pods, and its address where it leads to none.
	ServicePorts bool
	// NoNodeBlocks tells one whose ipBlocks never hold for nodes and the API server.
	NoNodeBlocks bool
}

// HintsOf are the hints of a workload, or for nil those of all.
func (s *Situation) HintsOf(of *api.Ref) []string {
	var texts []string
	for _, h := range s.Hints {
		if h.Of == nil && of == nil || h.Of != nil && of != nil && *h.Of == *of {
			texts = append(texts, h.Text)
		}
	}
	return texts
}
