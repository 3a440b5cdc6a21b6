package api

// Judgement is how well roles that somebody wrote fit what was observed.
type Judgement struct {
	Proof Proof
	// Files are the files that were judged.
	Files []string
	// Likely are the uses that are neither granted nor observed, but known to be needed, for
	// each subject of the proof.
	Likely [][]ReasonedUse
	// StillAllowed are the live bindings that would allow refused uses all the same, for each
	// subject; Unread says why they are not known.
	StillAllowed [][]string
	Unread       string
}
