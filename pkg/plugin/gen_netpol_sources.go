package plugin

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/assess"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/render"
	"github.com/kubectl-harden/kubectl-harden/internal/static"
	networkingv1 "k8s.io/api/networking/v1"
)

// What gen netpol takes beside files, in --from.
const (
	// staticWord is what workloads are configured to call.
	staticWord = "static"
	// autoWord is what can be taken without asking more of the cluster than its objects.
	autoWord = "auto"
)

// toPolicyOptions is for flows, and for what is configured. Without any source it is auto.
func (f *sourceFlags) toPolicyOptions(g *globals) (o sourceOptions, words []string, err error) {
	o = sourceOptions{globals: g, from: f.from, now: g.process.Now()}
	if len(o.from) == 0 {
		o.from = []string{autoWord}
	}
	for _, name := range o.from {
		switch {
		case name == staticWord, name == autoWord:
			words = append(words, name)
		case slices.Contains(liveWords(), name):
			return o, nil, fmt.Errorf("--from %s: %w; a file of that name is ./%[1]s", name, errFlowsLive)
		default:
			o.files = append(o.files, name)
		}
	}
	return o, words, f.times(&o)
}

// static tells that what is configured is let through although it was not observed.
func (o *netpolOptions) static() bool { return len(o.words) > 0 }

// auto tells that the user leaves it to the command what is taken.
func (o *netpolOptions) auto() bool { return slices.Contains(o.words, autoWord) }

// configure reads what the workloads are configured to call into the situation.
func (o *netpolOptions) configure(situation *netpol.Situation, inv *cluster.Inventory, subjects []api.Ref) {
	reading := static.Read(inv)
	situation.Configured = reading.Edges
	if situation.Configured == nil {
		situation.Configured = []api.Edge{}
	}
	unread, calls := map[api.Ref][]string{}, map[api.Ref][]string{}
	for _, u := range reading.Unread {
		if unread[u.Workload] = append(unread[u.Workload], u.What); u.Calls {
			calls[u.Workload] = append(calls[u.Workload], u.What)
		}
	}
	for i := range situation.Workloads {
		w := &situation.Workloads[i]
		if what := calls[w.Ref]; len(what) > 0 && o.static() {
			w.Unread = append(w.Unread, netpol.Unread{Direction: networkingv1.PolicyTypeEgress, Reason: "not read: " + few(what), Configuration: true})
		}
	}
	for _, ref := range subjects {
		if len(unread[ref]) > 0 {
			situation.Hints = append(situation.Hints, netpol.Hint{Of: &ref, Text: "not read for what it is configured to call: " + few(unread[ref])})
		}
	}
}

// few are at most three of some texts, and how many more there are.
func few(texts []string) string {
	const most = 3
	text := strings.Join(texts[:min(most, len(texts))], ", ")
	if more := len(texts) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// gathered says in the run what was taken and what would see more.
func (o *netpolOptions) gathered(run *api.PolicyRun, configured []api.Edge, inv *cluster.Inventory, subjects []api.Ref) {
	if !o.static() {
		return
	}
	run.Taken = append(run.Taken, api.SourceNote{Name: staticWord, Text: configuredWords(configured, subjects)})
	if !o.auto() || len(o.files) > 0 || o.input.local && !o.input.replayed {
		return
	}
	run.NotTaken = assess.Collectors(inv, run.Namespace)
}

// configuredWords say how many edges are read from what.
func configuredWords(configured []api.Edge, subjects []api.Ref) string {
	n, from := 0, map[string]bool{}
	for i := range configured {
		e := &configured[i]
		if !touches(e, subjects) {
			continue
		}
		n++
		for _, place := range e.Configured {
			word, _, _ := strings.Cut(place, " ")
			from[word] = true
		}
	}
	text := render.Counted(int64(n), "edge")
	if n > 0 {
		text += " from " + strings.Join(slices.Sorted(maps.Keys(from)), ", ")
	}
	return text
}

var errFlowsLive = errors.New("flows are read from files, such as one of hubble observe -o json")
