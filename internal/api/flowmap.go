package api

// FlowMap is who was seen to reach whom, who is configured to, and what policies say of it: what
// the views of gen netpol show.
type FlowMap struct {
	// Scope is what it is of, such as "namespace shop", "deploy/cart in namespace shop".
	Scope   string           `json:"scope"`
	Window  Window           `json:"window"`
	Sources []ObservedSource `json:"sources"`
	// Places come with workloads first, by namespace, kind and name.
	Places []FlowPlace `json:"places"`
	// Links come sorted by From, To, Protocol and Port: those that were observed or are configured,
	// and also what is allowed alone between subjects and workloads, the API server and any address.
	Links []FlowLink `json:"links"`
	// UnusedLeftOut is set where there are too many pairs of workloads to tell what is allowed alone.
	UnusedLeftOut bool `json:"unusedLeftOut,omitempty"`
	// Rules are those that Links cite by their index.
	Rules []FlowRule `json:"rules"`
	// Notes are what else there is to know, in sentences without an end.
	Notes []string `json:"notes,omitempty"`
}

// FlowPlace is an end of links.
type FlowPlace struct {
	Kind EndKind `json:"kind"`
	// Ref is set for a workload alone.
	Ref *Ref `json:"ref,omitempty"`
	// Name is for a reader: as Ref.From the namespace of the scope, or as EdgeEnd.Words.
	Name string `json:"name"`
	// Subject is set for a workload that policies are written for.
	Subject bool `json:"subject,omitempty"`
	// HostNetwork is set for a workload on the network of its nodes, where no policy holds.
	HostNetwork bool `json:"hostNetwork,omitempty"`
	Pods        int  `json:"pods,omitempty"`
}

// FlowLink is what one place does or may do at another one.
type FlowLink struct {
	// From and To are indexes of Places.
	From int `json:"from"`
	To   int `json:"to"`
	// Protocol and Port are as in Edge; EndPort is set where it is a range, AnyPort for all ports.
	Protocol string `json:"protocol,omitempty"`
	Port     int32  `json:"port,omitempty"`
	EndPort  int32  `json:"endPort,omitempty"`
	AnyPort  bool   `json:"anyPort,omitempty"`
	// Count to Configured are as in Edge. A link with neither Count nor Configured is allowed
	// alone.
	Count      int64    `json:"count,omitempty"`
	Denied     bool     `json:"denied,omitempty"`
	First      string   `json:"first,omitempty"`
	Last       string   `json:"last,omitempty"`
	Services   []string `json:"services,omitempty"`
	Names      []string `json:"names,omitempty"`
	Seen       []string `json:"seen,omitempty"`
	Guessed    bool     `json:"guessed,omitempty"`
	Configured []string `json:"configured,omitempty"`
	// Now is by the policies that are there, After with those that are written.
	Now   FlowDecision `json:"now"`
	After FlowDecision `json:"after"`
}

// FlowDecision is what policies say of a link.
type FlowDecision struct {
	// Verdict is FlowAllowed, FlowNotAllowed or FlowUndecided.
	Verdict string `json:"verdict"`
	// Rules are indexes of the Rules that decide: those that let it through, or the policies that
	// refuse it; none where no policy selects either end.
	Rules []int `json:"rules,omitempty"`
}

// The verdicts of a FlowDecision.
const (
	FlowAllowed    = "yes"
	FlowNotAllowed = "no"
	FlowUndecided  = "unknown"
)

// FlowRule is a rule of a policy, or a policy without one that fits.
type FlowRule struct {
	// Policy is such as "NetworkPolicy shop/cart"; Direction ingress or egress.
	Policy    string `json:"policy"`
	Direction string `json:"direction"`
	// Written is set where the run writes the policy.
	Written bool `json:"written,omitempty"`
	// YAML is the rule as it stands in the policy, or the head of the policy where it refuses.
	YAML string `json:"yaml"`
	// Reasons are the lines that stand above it; none for a policy that is there already.
	Reasons []string `json:"reasons,omitempty"`
}

// FlowState is what a link is, for one who looks at the whole.
type FlowState string

// The states of links.
const (
	// FlowUsed was observed and is allowed.
	FlowUsed FlowState = "used"
	// FlowBlocked was observed and is not allowed, or was refused when it was tried.
	FlowBlocked FlowState = "blocked"
	// FlowConfigured is configured, and was never observed.
	FlowConfigured FlowState = "configured"
	// FlowUnused is allowed, and neither observed nor configured.
	FlowUnused FlowState = "unused"
	// FlowRefused is not allowed, and neither observed nor configured.
	FlowRefused FlowState = "refused"
)

// State is what the link is by one of its decisions.
func (l *FlowLink) State(d *FlowDecision) FlowState {
	switch {
	case l.Count > 0 && (l.Denied || d.Verdict == FlowNotAllowed):
		return FlowBlocked
	case l.Count > 0:
		return FlowUsed
	case len(l.Configured) > 0:
		return FlowConfigured
	case d.Verdict == FlowNotAllowed:
		return FlowRefused
	}
	return FlowUnused
}
