package resolve

import "github.com/kubectl-harden/kubectl-harden/internal/api"

// Why a flow gives no edge, as api.ObservedSource.Unclear counts it.
const (
	// Undirected are flows of which it never became known who began them.
	Undirected = api.UnclearDirection
	// NoPod are flows of which no end is a pod that was read.
	NoPod = "neither end is a known pod"
	// Ended are those of which an end is a pod that has ended, and the other no pod either.
	Ended = "the pod of an end has ended"
	// Within are flows of a pod with itself, which every policy lets through.
	Within      = "a pod with itself"
	Loopback    = "loopback"
	Multicast   = "multicast or broadcast"
	Unspecified = "unspecified address"
	LinkLocal   = "link-local address"
	// NoAddress are flows with an end of which nothing is said.
	NoAddress = "no address"
	// NoPort are flows of a protocol with ports, without that of the server.
	NoPort = "no port"
	// SidecarHop are connections that a sidecar took over: the port is its own.
	SidecarHop  = "a sidecar's own port"
	HealthCheck = "Cilium's health checks"
)

// Why an end is not known, as api.EdgeEnd.Reason has it.
const (
	changedHands  = "the address has changed hands since"
	severalPods   = "several pods have this address"
	podEnded      = "the pod of this address has ended"
	noPodNow      = "no pod has this address now"
	notPods       = "it may be that of a pod: not all were read"
	noServiceNow  = "no Service has this address now"
	notServices   = "it may be that of a Service: not all were read"
	serviceCalls  = "a Service's address does not call"
	podUnread     = "its pod is not among those read"
	otherCluster  = "a pod of another cluster"
	whoBegan      = "who began is not known"
	ciliumIngress = "Cilium's proxy for Ingresses"
	ciliumAlien   = "a pod that Cilium does not manage"
	ciliumInit    = "a pod whose labels Cilium did not know yet"
	ciliumUnknown = "Cilium does not know it"
	// These are of sources that tell no addresses.
	noSuchPort  = "the Service that is named has no such port"
	severalFit  = "several workloads have these labels, or such names"
	noNamespace = "its namespace is not known"
	noHost      = "a host endpoint or a network set of Calico, whose addresses it does not tell"
)
