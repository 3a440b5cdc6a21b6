// Package compare tells what changed between two postures: the findings and facts of a report, of
// a baseline, or of one of each. It reads no file, no server and no clock.
package compare

import (
	"time"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Options say how to compare.
type Options struct {
	// Now decides whether an acceptance has expired.
	Now time.Time
	// IgnoreAcceptances treats accepted findings as any other.
	IgnoreAcceptances bool
	// Checks describe the checks of this version: which ones imply others, so that what comes to
	// light where another finding went is not new.
	Checks []api.CheckDoc
}

// Posture is one side of a comparison: what was found and what holds, without times, counts and
// places in a file.
type Posture struct {
	// Name is that of the side for a reader, such as "shop-baseline.yaml" or "live".
	Name  string
	Scope api.Scope
	// Server and PodSecurity are as in a Baseline.
	Server, PodSecurity string
	// Checks are the IDs of the checks that were there, sorted; nil where nothing tells.
	Checks []string
	// Unknown are the reads that failed.
	Unknown []api.Unread
	// Merged tells files that were judged among the objects of a cluster: what the files do not hold
	// is known all the same.
	Merged bool
	// citing are the checks that each of Unknown made unknown.
	citing    [][]string
	workloads []workload
	accepted  []acceptance
}

// workload is what one side has of a workload, or of a namespace.
type workload struct {
	ref      api.Ref
	level    api.Level
	findings []finding
	facts    []fact
	// containers are the keys of all, of a report alone.
	containers []string
	// source is where the manifest stands, nil for none.
	source *api.Source
	// idle tells that no pod runs that could be looked at.
	idle bool
}

// files tells a posture of nothing but files: they hold no more of a cluster than somebody put there.
func (p *Posture) files() bool { return len(p.Scope.Files) > 0 && !p.Merged }
