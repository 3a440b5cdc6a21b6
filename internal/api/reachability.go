package api

// Reachability is whether one end of a connection reaches another, by NetworkPolicies.
type Reachability struct {
	// From and To are the ends as they were asked about, Ports such as "6379" or "any port".
	From, To, Ports string
	// Allowed is "yes", "no", "partly" (some pods, addresses or ports), or "depends".
	Allowed string
	// Egress and Ingress are what decides about leaving the one and entering the other.
	Egress, Ingress []string
	// Enforced is as in Network.
	Enforced string
	// Unknown says what could not be read.
	Unknown []string
	// Notes are about the ends: what a Service leads to, pods that are none.
	Notes []string
}
