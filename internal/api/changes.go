package api

// KindChanges is the kind of a document that says what changed between two postures.
const KindChanges = "Changes"

// Changes are what differs between a baseline and a posture.
type Changes struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	// Baseline and Posture name the two sides for a reader, such as "shop-baseline.yaml",
	// "context staging", "live", "new.yaml".
	Baseline string `json:"baseline"`
	Posture  string `json:"posture"`
	// Scope is what was compared.
	Scope   Scope         `json:"scope"`
	Summary ChangeSummary `json:"summary"`
	// Changes come with new and worsened first, then incomparable, resolved, improved, new rules,
	// expired and accepted; within them worst first, then by workload. What is unchanged is counted
	// in Summary alone.
	Changes []Change `json:"changes"`
	// Levels are the workloads whose Pod Security level differs.
	Levels []LevelChange `json:"levels"`
	// Unknown are the reads of either side that failed.
	Unknown []Unread `json:"unknown"`
	// Notes are what else there is to know, such as acceptances that match nothing.
	Notes []string `json:"notes"`
}

// ChangeSummary counts the changes of each state.
type ChangeSummary struct {
	New          int `json:"new"`
	Worsened     int `json:"worsened"`
	Expired      int `json:"expired"`
	Incomparable int `json:"incomparable"`
	NewRule      int `json:"newRule"`
	Resolved     int `json:"resolved"`
	Improved     int `json:"improved"`
	Accepted     int `json:"accepted"`
	Unchanged    int `json:"unchanged"`
	// Unknown counts those of Unchanged that are unknown on both sides.
	Unknown int `json:"unknown"`
	// Workloads counts those of either side.
	Workloads int `json:"workloads"`
}

// ChangeState is what became of one finding or fact.
type ChangeState string

// The states of changes, those that speak against a posture first.
const (
	ChangeNew      ChangeState = "new"
	ChangeWorsened ChangeState = "worsened"
	// ChangeExpired is of what was accepted until a day that has passed.
	ChangeExpired ChangeState = "expired"
	// ChangeIncomparable is unknown on one side: it is never resolved.
	ChangeIncomparable ChangeState = "incomparable"
	// ChangeNewRule is of a check that the baseline's version did not have.
	ChangeNewRule   ChangeState = "new-rule"
	ChangeResolved  ChangeState = "resolved"
	ChangeImproved  ChangeState = "improved"
	ChangeAccepted  ChangeState = "accepted"
	ChangeUnchanged ChangeState = "unchanged"
)

// Change is what became of one finding, or of one fact.
type Change struct {
	State ChangeState `json:"state"`
	// Ref is the workload, as the posture has it, or the baseline where that one is gone.
	Ref Ref `json:"ref"`
	// Check and Severity are those of a finding; of a fact Check is empty and Severity is that
	// which a wider fact of its kind has.
	Check    string   `json:"check,omitempty"`
	Severity Severity `json:"severity"`
	// Fact is the fact in words, as in a Baseline.
	Fact string `json:"fact,omitempty"`
	// Container and Subject are what the finding is about, as in a Baseline.
	Container string `json:"container,omitempty"`
	Subject   string `json:"subject,omitempty"`
	// Now and Was are the finding on either side, nil where it is not there.
	Now *Finding `json:"now,omitempty"`
	Was *Finding `json:"was,omitempty"`
	// Text says in a few words what changed, such as "was medium; a high right since".
	Text string `json:"text,omitempty"`
	// File and Line are where the posture's side stands: the field of a finding that is there now,
	// of any other change the manifest of the workload. Empty and 0 for none.
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
}

// LevelChange is a Pod Security level that differs.
type LevelChange struct {
	Ref Ref   `json:"ref"`
	Was Level `json:"was"`
	Now Level `json:"now"`
}
