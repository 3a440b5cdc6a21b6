package api

// FieldChange is one field of an object that a patch writes or removes.
type FieldChange struct {
	// Path from the object's root, such as "spec.template.spec.hostPID".
	Path string `json:"path"`
	// Container is empty for a field of the pod.
	Container string `json:"container"`
	// Was is the value as it is written, "unset" without one; Becomes the same after the change.
	Was     string `json:"was"`
	Becomes string `json:"becomes"`
	// Check is the ID of the check that found the field, and Why its title.
	Check string `json:"check"`
	Why   string `json:"why"`
	// MayBreak says what the change may break; empty when nothing is known.
	MayBreak string `json:"mayBreak"`
	// Unsure says what of the change is not known, and why; empty where all is.
	Unsure string `json:"unsure,omitempty"`
}

// PatchObstacle is something that keeps an object from a Pod Security level and that no field
// mends.
type PatchObstacle struct {
	Path      string `json:"path"`
	Container string `json:"container"`
	// Check is the ID of the check that found it, empty where none is known.
	Check string `json:"check"`
	// Got is what is written there.
	Got string `json:"got"`
	// Why says what it is and what would mend it.
	Why string `json:"why"`
}

// PodPatch is what lifts one object to a Pod Security level, and what there is to know of it.
type PodPatch struct {
	Ref Ref
	// Command makes the same patch again.
	Command string
	// Goal is the level asked for, Before and After what the object is at and comes to. Version
	// is that of the policy.
	Goal, Before, After Level
	Version             string
	Changes             []FieldChange
	Obstacles           []PatchObstacle
	// Effect says what applying it does to the pods there are.
	Effect string
	// Apply is the command line that applies it, FILE for the patch.
	Apply string
	// Notes are what else there is to know, in sentences without an end.
	Notes []string
	// Server says what the API server made of it; empty where none was asked.
	Server string
	// Beyond are the IDs of checks that found something that no level covers, worst first.
	Beyond []string
	Unread []Unread
}

// Reached tells whether the object comes to the level asked for.
func (p *PodPatch) Reached() bool {
	return p.After == p.Goal || p.After == LevelRestricted || p.Goal == LevelPrivileged
}
