package api

// Judgement is how well roles that somebody wrote fit what was observed.
type Judgement struct {
	Proof Proof
	// Files are the files that were judged, Borrowed the roles that they bind and do not hold,
	// and whose they are, in words.
	Files    []string
	Borrowed []string
	// NotSeen are subjects that the files bind and of whom nothing was observed.
	NotSeen []string
	// Unseen counts, for each subject of the proof, those of its refused uses that servers ask
	// for without a trace in what was observed.
	Unseen []int
	// Likely are the uses that are neither granted nor observed, but may be needed, for each
	// subject of the proof.
	Likely [][]ReasonedUse
	// StillAllowed are the live bindings that would allow refused uses all the same, for each
	// subject; Unread says why they are not known.
	StillAllowed [][]string
	Unread       string
	// Blind is what the sources together cannot show, in words.
	Blind []string
}
