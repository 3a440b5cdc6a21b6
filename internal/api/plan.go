package api

// Plan is what a live source is about to read, for a person to judge beforehand.
type Plan struct {
	// What says it in one sentence, without a full stop.
	What string
	Rows []PlanRow
}

// PlanRow is one sort of facts in a Plan.
type PlanRow struct {
	Label string
	Texts []string
}
