package api

// Network is what a workload can reach and who can reach it, by configuration.
type Network struct {
	Ingress Direction `json:"ingress"`
	Egress  Direction `json:"egress"`
	// Host tells pods on the host's network: no NetworkPolicy holds for them.
	Host bool `json:"host,omitempty"`
	// Enforced says in words what enforces NetworkPolicies, as far as it shows: "kube-router",
	// "nothing: flannel enforces none", empty where nothing shows.
	Enforced string `json:"enforced"`
	// Services select its pods.
	Services []ServicePort `json:"services"`
	// Exposed are the ways in from outside the cluster.
	Exposed []Exposure `json:"exposed"`
	// MTLS says in words what a mesh does for connections to its pods; empty without one.
	MTLS string `json:"mtls"`
	// Unknown says what could not be judged: policies of other kinds, failed reads.
	Unknown []string `json:"unknown"`
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
	// Unknown tells that it could not be judged whether the pods are isolated.
	Unknown bool `json:"unknown,omitempty"`
}

// NetworkRule is one rule of a policy that lets traffic through.
type NetworkRule struct {
	// Peer in words, such as "deploy/cart", "pods app=cart of namespaces team=x",
	// "198.51.100.0/24 but 198.51.100.7/32", "anybody".
	Peer string `json:"peer"`
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
	// Port as it is seen from outside, Target that of the pods.
	Port   int32  `json:"port"`
	Target string `json:"target"`
	// TLS is "yes", "no", "passthrough" or "unknown".
	TLS string `json:"tls"`
	// From are the source ranges let in; empty for any.
	From []string `json:"from"`
}
