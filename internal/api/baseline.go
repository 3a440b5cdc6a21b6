package api

// KindBaseline is the kind of a posture that was agreed on.
const KindBaseline = "Baseline"

// Baseline is a posture in few lines, one for each finding and fact, for git: it has no time, index,
// hash or count in it.
type Baseline struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Scope      Scope  `json:"scope"`
	// Server is as in Report; PodSecurity the version of the policy that levels are of.
	Server      string `json:"server"`
	PodSecurity string `json:"podSecurity"`
	// Checks are the IDs of the checks that were there, sorted: what others find is a new rule.
	Checks []string `json:"checks"`
	// Unknown are the reads that failed, each with the checks that it made unknown.
	Unknown []BaselineUnread `json:"unknown"`
	// Workloads come sorted by Ref.
	Workloads []BaselineWorkload `json:"workloads"`
	// Accepted come sorted by Ref and Finding.
	Accepted []BaselineAcceptance `json:"accepted"`
}

// BaselineUnread is a read that failed.
type BaselineUnread struct {
	Verb      string   `json:"verb"`
	Resource  string   `json:"resource"`
	Namespace string   `json:"namespace,omitempty"`
	Checks    []string `json:"checks,omitempty"`
}

// BaselineWorkload is the posture of one workload.
type BaselineWorkload struct {
	// Ref is group/Kind/namespace/name, such as "apps/Deployment/shop/checkout"; the core group
	// is empty.
	Ref string `json:"ref"`
	// PodSecurity is empty for a namespace, which stands among them for its labels.
	PodSecurity Level `json:"podSecurity,omitempty"`
	// Facts are what holds beyond the strictest, in words, sorted: a right, a mount, an open
	// direction. "unknown KIND" tells that those of a kind could not be known.
	Facts []string `json:"facts"`
	// Findings are "severity check [type:container] [subject]", the worst first; unknown ones have
	// "unknown" as their severity.
	Findings []string `json:"findings"`
}

// BaselineAcceptance is a finding that somebody takes the risk of.
type BaselineAcceptance struct {
	Ref     string `json:"ref"`
	Finding string `json:"finding"`
	Reason  string `json:"reason"`
	Owner   string `json:"owner"`
	Expires string `json:"expires,omitempty"`
}
