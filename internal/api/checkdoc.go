package api

// CheckDoc describes a check: what the checks command prints and what docs/checks.md holds.
type CheckDoc struct {
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	Severity Severity `json:"severity"`
	// Standards are references such as "pss:restricted" or "cis-1.12:5.2.8".
	Standards []string `json:"standards"`
	// Doc says what is evaluated, what follows from it, and what defines the behaviour.
	Doc string `json:"doc"`
	Fix string `json:"fix"`
	// MayBreak is empty when nothing is known.
	MayBreak string `json:"mayBreak"`
	// ImpliedBy are the checks whose finding covers this one.
	ImpliedBy []string `json:"impliedBy"`
}
