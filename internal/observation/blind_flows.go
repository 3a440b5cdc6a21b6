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
	// watched counts the workloads that Kubescape did not watch whole, by why.
	watched map[string]int64
}

// isFlows tells whether a format is one of flows.
func isFlows(format string) bool {
	return slices.Contains([]string{
		api.FormatHubble, api.FormatProc, api.FormatSS, api.FormatConntrack, api.FormatConntrackXML,
		api.FormatTrace, api.FormatAWS, api.FormatNetObserv,
		api.FormatEnvoy, api.FormatWhisker, api.FormatNeighborhood,
	}, format)
}

func (f *flowSources) add(s *api.ObservedSource) {
	if f.shown == nil {
		f.shown, f.unclear, f.watched = map[string]bool{}, map[string]int64{}, map[string]int64{}
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
	for _, fault := range s.Faults {
		if fault.Reason == api.FaultWatchedInPart || fault.Reason == api.FaultStillWatched {
			f.watched[fault.Reason] += fault.Count
		}
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
	if f.shown[api.FormatTrace] {
		blind = append(blind, "Inspektor Gadget shows of UDP little but DNS, and of connections that began before it did no more than their end")
	}
	if f.shown[api.FormatAWS] {
		blind = append(blind, "the AWS VPC CNI logs pods that a policy selects alone, what newer agents accept at level debug alone, and no answers")
	}
	if f.shown[api.FormatNetObserv] {
		blind = append(blind, "NetObserv samples packets, one of 50 unless set otherwise: rare edges may be missing, and answers are not shown")
	}
	blind = append(blind, f.blindOfProxies()...)
	switch f.undated {
	case 0:
	case f.parsed:
		blind = append(blind, "no flow has a time")
	default:
		blind = append(blind, fmt.Sprintf("%d of %d flows have no time", f.undated, f.parsed))
	}
	return blind
}

// blindOfProxies is of sources that tell no addresses, or of proxies.
func (f *flowSources) blindOfProxies() []string {
	var blind []string
	if f.shown[api.FormatEnvoy] {
		blind = append(blind, "Istio's access logs show what its proxies took and sent: nothing of what these call themselves, such as istiod, of pods without one, of ports that are kept from it, of UDP, or of waypoints and ztunnel")
	}
	if f.shown[api.FormatWhisker] {
		blind = append(blind, "Whisker tells no addresses, not who is outside, keeps an hour, and shows verdicts, not whether anybody answered")
	}
	if f.shown[api.FormatNeighborhood] {
		blind = append(blind, "Kubescape tells neither when nor how often, nor whether anybody answered; ports that may be a Service's were taken for those behind it")
	}
	for _, why := range slices.Sorted(maps.Keys(f.watched)) {
		blind = append(blind, fmt.Sprintf("%dx %s: what it did before or since is not known", f.watched[why], why))
	}
	return blind
}
