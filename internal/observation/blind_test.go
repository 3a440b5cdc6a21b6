package observation_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
)

func TestBlind(t *testing.T) {
	lost := func(n int64) *int64 { return &n }
	log := api.ObservedSource{Name: "audit.log", Format: "audit events, JSON lines", Parsed: 4, Levels: map[string]int64{"Metadata": 4}, Unclear: map[string]int64{"SubjectAccessReview without its answer": 1}}
	hubble := api.ObservedSource{Name: "h", Format: api.FormatHubble, Parsed: 10, Lost: lost(0)}
	const (
		verdicts = "Hubble shows verdicts, not whether anybody answered"
		sockets  = "sockets show no UDP peers, no connections that were reset, and none that began and ended between two readings"
		nodes    = "conntrack shows little on nodes whose eBPF replaces kube-proxy"
	)
	ofLog := []string{
		"1x a SubjectAccessReview without its answer: it may have asked for more than is known",
		"level Metadata: no bodies, so no bind, escalate, signers, SubjectAccessReviews",
		"no get, list or watch by anybody: reads are not in this log",
		"no request for Event objects by anybody: they may not be in this log",
	}
	for name, test := range map[string]struct {
		sources []api.ObservedSource
		want    []string
	}{
		"nothing": {nil, []string{}},
		"a log":   {[]api.ObservedSource{log}, ofLog},
		"Hubble":  {[]api.ObservedSource{hubble}, []string{verdicts}},
		"Hubble, lost": {[]api.ObservedSource{hubble, {Format: api.FormatHubble, Lost: lost(2), Parsed: 5, Undated: 1}, {Format: api.FormatHubble, Lost: lost(5)}}, []string{
			"Hubble lost 7 events", verdicts, "1 of 15 flows have no time",
		}},
		"sockets": {[]api.ObservedSource{
			{Format: api.FormatProc, Parsed: 2, Undated: 2}, {Format: api.FormatSS, Parsed: 1, Undated: 1, Unclear: map[string]int64{api.UnclearDirection: 3}},
		}, []string{"3x a flow that gives no edge: unknown direction", sockets, "no flow has a time"}},
		"conntrack":     {[]api.ObservedSource{{Format: api.FormatConntrack, Parsed: 1}}, []string{nodes}},
		"conntrack XML": {[]api.ObservedSource{{Format: api.FormatConntrackXML, Parsed: 1}}, []string{nodes}},
		"other flows": {[]api.ObservedSource{{Format: api.FormatNetObserv, Parsed: 2}, {Format: api.FormatAWS, Parsed: 1, Undated: 1}, {Format: api.FormatTrace}}, []string{
			"Inspektor Gadget shows of UDP little but DNS, and of connections that began before it did no more than their end",
			"the AWS VPC CNI logs pods that a policy selects alone, what newer agents accept at level debug alone, and no answers",
			"NetObserv samples packets, one of 50 unless set otherwise: rare edges may be missing, and answers are not shown",
			"1 of 3 flows have no time",
		}},
		"both": {[]api.ObservedSource{hubble, log}, append([]string{ofLog[0], verdicts}, ofLog[1:]...)},
		"unread": {[]api.ObservedSource{{Name: "x", Format: api.FormatUnread, Faults: []api.Fault{{Reason: "cannot be opened"}}}, {Name: "y", Format: api.FormatHubble, Lost: lost(0), Broken: "gone"}}, []string{
			"x was not read, so nothing that it alone holds is known: cannot be opened", "y was not read to its end: gone", verdicts,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, observation.Blind(test.sources...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestBlindSplit: how flows are split makes no difference.
func TestBlindSplit(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 9))
	var parts []api.ObservedSource
	whole := api.ObservedSource{Format: api.FormatHubble, Lost: new(int64), Unclear: map[string]int64{}}
	for range 20 {
		lost, parsed := random.Int64N(3), random.Int64N(9)
		part := api.ObservedSource{Format: api.FormatHubble, Lost: &lost, Parsed: parsed, Undated: random.Int64N(1 + parsed), Unclear: map[string]int64{api.UnclearDirection: 1 + random.Int64N(3)}}
		parts = append(parts, part)
		*whole.Lost += lost
		whole.Parsed += part.Parsed
		whole.Undated += part.Undated
		whole.Unclear[api.UnclearDirection] += part.Unclear[api.UnclearDirection]
	}
	random.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	if diff := cmp.Diff(observation.Blind(whole), observation.Blind(parts...)); diff != "" {
		t.Error(diff)
	}
}
