package observation

import (
	"fmt"
	"maps"
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// flowSources are the sources of flows together.
type flowSources struct {
	// shown are the formats.
	shown                 map[string]bool
	parsed, undated, lost int64
	unclear               map[string]int64
}

// isFlows tells whether a format is one of flows.
func isFlows(format string) bool {
	return slices.Contains([]string{api.FormatHubble, api.FormatProc, api.FormatSS, api.FormatConntrack, api.FormatConntrackXML}, format)
}

func (f *flowSources) add(s *api.ObservedSource) {
	if f.shown == nil {
		f.shown, f.unclear = map[string]bool{}, map[string]int64{}
	}
	f.shown[s.Format] = true
	f.parsed += s.Parsed
	f.undated += s.Undated
	if s.Lost != nil {
		f.lost += *s.Lost
	}
	for what, n := range s.Unclear {
		f.unclear[what] += n
	}
}

// blind is what they cannot show, each in one sentence.
func (f *flowSources) blind() []string {
	var blind []string
	for _, what := range slices.Sorted(maps.Keys(f.unclear)) {
		words := "a flow that gives no edge: " + what
		if what == api.UnclearAudited || what == api.UnclearAlone {
			words = "a flow " + what
		}
		blind = append(blind, fmt.Sprintf("%dx %s", f.unclear[what], words))
	}
	if f.lost > 0 {
		blind = append(blind, fmt.Sprintf("Hubble lost %d events", f.lost))
	}
	if f.shown[api.FormatHubble] {
		blind = append(blind, "Hubble shows verdicts, not whether anybody answered")
	}
	if f.shown[api.FormatConntrack] || f.shown[api.FormatConntrackXML] {
		blind = append(blind, "conntrack shows little on nodes whose eBPF replaces kube-proxy")
	}
	if f.shown[api.FormatProc] || f.shown[api.FormatSS] {
		blind = append(blind, "sockets show no UDP peers, no connections that were reset, and none that began and ended between two readings")
	}
	switch f.undated {
	case 0:
	case f.parsed:
		blind = append(blind, "no flow has a time")
	default:
		blind = append(blind, fmt.Sprintf("%d of %d flows have no time", f.undated, f.parsed))
	}
	return blind
}
