package observation

import (
	"slices"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// TestBlindOfNeighborhoods: what was watched in part is told, together for all sources.
func TestBlindOfNeighborhoods(t *testing.T) {
	part := func(n int64) api.ObservedSource {
		return api.ObservedSource{Format: api.FormatNeighborhood, Parsed: 1, Undated: 1, Faults: []api.Fault{
			{Reason: api.FaultWatchedInPart, Count: n}, {Reason: api.FaultStillWatched, Count: 1}, {Reason: "no workload named", Count: 5},
		}}
	}
	blind := Blind(part(2), part(3))
	for _, want := range []string{
		"5x a workload that was not watched from its start: what it did before or since is not known",
		"2x a workload whose watching has not ended: what it did before or since is not known",
		"no flow has a time",
	} {
		if !slices.Contains(blind, want) {
			t.Errorf("%q is not among %q", want, blind)
		}
	}
	if len(blind) != 4 {
		t.Errorf("%q", blind)
	}
}
