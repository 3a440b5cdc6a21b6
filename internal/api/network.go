package api

import "strings"

// Network is what a workload can reach and who can reach it, by configuration.
type Network struct {
	Ingress Direction `json:"ingress"`
	Egress  Direction `json:"egress"`
	// Host tells pods on the host's network: no NetworkPolicy holds for them.
	Host bool `json:"host,omitempty"`
	// Derived tells that files alone were read: a cluster may have other policies.
	Derived bool `json:"derived,omitempty"`
	// Enforced says in words what enforces NetworkPolicies, as far as it shows: "kube-router",
	// "nothing: flannel enforces none", empty where nothing shows.
	Enforced string `json:"enforced"`
	// Services select its pods.
	Services []ServicePort `json:"services"`
	// Exposed are the ways in from outside the cluster.
	Exposed []Exposure `json:"exposed"`
	// MTLS says in words what a mesh does for connections to its pods; empty without one.
	MTLS string `json:"mtls"`
	// MTLSMode is "strict", "partly" where some ports are not, "permissive", "off", "none" for
	// pods outside of the mesh, or "unknown"; empty without a mesh.
	MTLSMode string `json:"mtlsMode,omitempty"`
	// MayExpose says what may lead in from outside and could not be judged.
	MayExpose []string `json:"mayExpose,omitempty"`
	// Unknown says what could not be judged: policies of other kinds, failed reads.
	Unknown []string `json:"unknown"`
	// Notes are about the policies that select the pods: rules that match nothing, and such.
	Notes []string `json:"notes"`
}

// Direction is one direction of the traffic of pods.
type Direction struct {
	// Isolated tells that a policy selects the pods for the direction.
	Isolated bool `json:"isolated"`
	// Policies are the names of those that select the pods, sorted.
	Policies []string `json:"policies"`
	// Allows is what is let through in words, "any" where nothing is isolated.
	Allows []string `json:"allows"`
	// Rules are the same, each with the rule that decides.
	Rules []NetworkRule `json:"rules"`
	// Reach tells of peers that matter in every cluster.
	Reach []Reached `json:"reach"`
	// Unknown tells that it could not be judged whether the pods are isolated.
	Unknown bool `json:"unknown,omitempty"`
}

// Reached tells whether traffic with a peer is let through on the side of the workload.
type Reached struct {
	// Peer is "API server", "DNS", "169.254.169.254", "internet", "other namespaces" or
	// "its namespace".
	Peer string `json:"peer"`
	// Allowed is "yes", "no", "partly", "depends" or "unknown".
	Allowed string `json:"allowed"`
	// By is what decides, such as "policy shop/web egress rule 2" or "no policy selects it".
	By string `json:"by"`
}

// NetworkRule is one rule of a policy that lets traffic through.
type NetworkRule struct {
	// Peer in words, such as "deploy/cart", "pods app=cart of namespaces team=x",
	// "198.51.100.0/24 but 198.51.100.7/32", "anybody".
	Peer string `json:"peer"`
	// Who is the peer as the rule names it, without the workloads that are meant now.
	Who string `json:"who,omitempty"`
	// Ports such as "7070", "53/UDP", "8000-8080"; "any port" for all.
	Ports []string `json:"ports"`
	// Policy is the name, Rule counts the rules of the direction from 1.
	Policy string `json:"policy"`
	Rule   int    `json:"rule"`
}

// ServicePort is a port of a Service and the port of the pods behind it.
type ServicePort struct {
	Service string `json:"service"`
	Type    string `json:"type"`
	// Port of the Service, Target of the pods: a number, or a name that no pod has.
	Port     int32  `json:"port"`
	Target   string `json:"target"`
	Protocol string `json:"protocol"`
}

// Exposure is one way from outside the cluster to a port of the pods.
type Exposure struct {
	// Via is what exposes it: "Ingress web", "Service web (LoadBalancer)", "HTTPRoute web".
	Via string `json:"via"`
	// Hosts are the names that lead there; empty for any.
	Hosts []string `json:"hosts"`
	// Paths are those of requests that lead there; empty for any. "/api" is that path alone, "/api/*"
	// it and all below, and one that begins with ~ is a regular expression.
	Paths []string `json:"paths,omitempty"`
	// Port as it is seen from outside, Target that of the pods.
	Port   int32  `json:"port"`
	Target string `json:"target"`
	// TLS is one of the TLS constants.
	TLS string `json:"tls"`
	// From are the source ranges let in; empty for any.
	From []string `json:"from"`
	// Reach says from where it is open; one of the Reach constants.
	Reach string `json:"reach"`
	// Derived tells that nothing shows that it is served: it has no address, or no status.
	Derived bool `json:"derived,omitempty"`
}

// PathCovers tells that every request of a path is one of another, as Paths writes them: a prefix
// covers whole elements, so that /api/* holds /api/v1 and not /apis.
func PathCovers(path, other string) bool {
	if path == other {
		return true
	}
	prefix, is := strings.CutSuffix(path, "/*")
	return is && !strings.HasPrefix(path, "~") && (prefix == "" || other == prefix || !strings.HasPrefix(other, "~") && strings.HasPrefix(other, prefix+"/"))
}

// TLS of an exposure: ended before the pods, not used, or passed through to the pods.
const (
	TLSYes         = "yes"
	TLSNo          = "no"
	TLSPassthrough = "passthrough"
	TLSUnknown     = "unknown"
)

// Reach of an exposure.
const (
	// ReachOutside is an address for the outside world.
	ReachOutside = "outside"
	// ReachNodes is a port on the addresses of the nodes.
	ReachNodes = "nodes"
	// ReachPrivate is an address of a private network.
	ReachPrivate = "private"
)
