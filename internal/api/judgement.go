package api

// Judgement is how well roles, or NetworkPolicies, that somebody wrote fit what was observed.
type Judgement struct {
	Proof Proof
	// Files are the files that were judged, Borrowed the roles that they bind and do not hold,
	// and whose they are, in words. Of policies Borrowed says with which others they are judged.
	Files    []string
	Borrowed []string
	// NotSeen are subjects that the files bind, or select, and of whom nothing was observed.
	NotSeen []string
	// Unseen counts, for each subject of the proof, those of its refused uses that servers ask
	// for without a trace in what was observed.
	Unseen []int
	// Likely are the uses that are neither granted nor observed, but may be needed, for each
	// subject of the proof.
	Likely [][]ReasonedUse
	// StillAllowed are the live bindings that would allow refused uses all the same, for each
	// subject; Unread says why they are not known. Policies are judged with the live ones: of
	// these they are those that let through what the files do not, and what that is.
	StillAllowed [][]string
	Unread       string
	// Blind is what the sources together cannot show, in words.
	Blind []string
	// Notes are what else there is to know, in sentences without their end.
	Notes []string
}
