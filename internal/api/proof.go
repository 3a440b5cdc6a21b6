package api

// KindProof is the kind of a document that says how well roles or policies fit what was seen.
const KindProof = "Proof"

// Proof tells that what was observed is allowed, and what is allowed beyond it.
type Proof struct {
	APIVersion string           `json:"apiVersion"`
	Kind       string           `json:"kind"`
	Subjects   []SubjectProof   `json:"subjects"`
	Total      ProofCounts      `json:"total"`
	Window     Window           `json:"window"`
	Sources    []ObservedSource `json:"sources"`
	// Unknown are the reads of the cluster that failed.
	Unknown []Unread `json:"unknown,omitempty"`
}

// ProofCounts are numbers of distinct uses. granted = observed + added + excess.
type ProofCounts struct {
	Observed int `json:"observed"`
	Covered  int `json:"covered"`
	// Coverage is Covered of Observed, 1 where nothing was observed.
	Coverage float64 `json:"coverage"`
	Granted  int     `json:"granted"`
}

// SubjectProof is the proof for one subject.
type SubjectProof struct {
	Subject string `json:"subject"`
	ProofCounts
	Added         []ReasonedUse `json:"added"`
	Excess        []ReasonedUse `json:"excess"`
	Inexpressible []ReasonedUse `json:"inexpressible"`
	// Denied were refused when they were tried, and are not granted.
	Denied []CountedUse `json:"denied"`
	// Refused were allowed when they were tried, and would not be any more.
	Refused []CountedUse `json:"refused"`
	// LeftOut are granted to everybody: no rule is needed for them.
	LeftOut []CountedUse `json:"leftOut"`
	// Starts counts how often pods of the subject started in the window; nil where that
	// cannot be told.
	Starts *int `json:"starts"`
	// Tuples tell how tight policies are; nil in the proof of roles.
	Tuples *Tuples `json:"tuples,omitempty"`
}

// Tuples count whom a workload may exchange traffic with: each is a direction, a peer within
// the cluster and a port.
type Tuples struct {
	// Needed were observed. Before are allowed by what is in force, After with the policies
	// that the proof is for.
	Needed int `json:"needed"`
	Before int `json:"before"`
	After  int `json:"after"`
	// OutsideBefore and OutsideAfter are the addresses outside the cluster that are allowed,
	// in words such as "any address", "3 addresses", "none".
	OutsideBefore string `json:"outsideBefore"`
	OutsideAfter  string `json:"outsideAfter"`
}

// ByOwnNode is By of what the node of a pod does, such as the probes of its kubelet: so it is
// with every workload.
const ByOwnNode = "its own node, which no policy keeps out"

// ReasonedUse is a use in words, and why it is granted or not.
type ReasonedUse struct {
	Use    string `json:"use"`
	Reason string `json:"reason"`
}

// CountedUse is a use in words, and how often it was seen.
type CountedUse struct {
	Use   string `json:"use"`
	Count int64  `json:"count"`
	// By says who grants it, or what would have to.
	By string `json:"by,omitempty"`
}

// Sum adds the counts of the subjects up to the total.
func (p *Proof) Sum() {
	p.Total = ProofCounts{Coverage: 1}
	for _, s := range p.Subjects {
		p.Total.Observed += s.Observed
		p.Total.Covered += s.Covered
		p.Total.Granted += s.Granted
	}
	if p.Total.Observed > 0 {
		p.Total.Coverage = float64(p.Total.Covered) / float64(p.Total.Observed)
	}
}
