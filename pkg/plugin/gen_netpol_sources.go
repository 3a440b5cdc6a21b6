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
	for _, ref := range subjects {
		if missed := reading.Missed(ref); len(missed) > 0 {
			situation.Hints = append(situation.Hints, netpol.Hint{Of: &ref, Text: "not read for what it is configured to call: " + few(missed)})
		}
	}
	if o.static() {
		doubtConfiguration(situation, reading.Unread, subjects)
	}
}

// doubtConfiguration tells of each workload which configuration was not read that may say whom it
// calls, and in its namespace who may call it. What workloads of other namespaces have not shown is
// told once.
func doubtConfiguration(situation *netpol.Situation, unread []static.Unread, subjects []api.Ref) {
	type caller struct {
		api.Ref
		text string
	}
	own, others, elsewhere := map[api.Ref][]string{}, map[string][]caller{}, map[api.Ref]bool{}
	of := map[string]bool{}
	for _, ref := range subjects {
		of[ref.Namespace] = true
	}
	for _, u := range unread {
		if !u.Calls {
			continue
		}
		own[u.Workload] = append(own[u.Workload], u.What)
		others[u.Workload.Namespace] = append(others[u.Workload.Namespace], caller{u.Workload, u.What + " of " + u.Workload.Short()})
		if !of[u.Workload.Namespace] {
			elsewhere[u.Workload] = true
		}
	}
	for i := range situation.Workloads {
		w := &situation.Workloads[i]
		w.Unread = append(w.Unread, unreadConfiguration(networkingv1.PolicyTypeEgress, own[w.Ref])...)
		var callers []string
		for _, c := range others[w.Ref.Namespace] {
			if c.Ref != w.Ref {
				callers = append(callers, c.text)
			}
		}
		w.Unread = append(w.Unread, unreadConfiguration(networkingv1.PolicyTypeIngress, callers)...)
	}
	if len(elsewhere) > 0 {
		situation.Hints = append(situation.Hints, netpol.Hint{
			Text: render.Counted(int64(len(elsewhere)), "workload") + " of other namespaces may be configured to call by what was not read, such as Secrets",
		})
	}
}

func unreadConfiguration(direction networkingv1.PolicyType, what []string) []netpol.Unread {
	if len(what) == 0 {
		return nil
	}
	return []netpol.Unread{{Direction: direction, Reason: "not read: " + few(what), Configuration: true}}
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
func (o *netpolOptions) gathered(run *api.PolicyRun, situation *netpol.Situation, inv *cluster.Inventory, subjects []api.Ref) {
	if !o.static() {
		return
	}
	run.Taken = append(run.Taken, api.SourceNote{Name: staticWord, Text: configuredWords(situation, subjects)})
	if !o.auto() || len(o.files) > 0 || o.input.local && !o.input.replayed {
		return
	}
	run.NotTaken = assess.Collectors(inv, run.Namespace)
}

// configuredWords say how many edges are read from what.
func configuredWords(situation *netpol.Situation, subjects []api.Ref) string {
	n, from, touches, among := 0, map[string]bool{}, touching(subjects), setOf(subjects)
	for _, e := range situation.Configured {
		if !touches(e) {
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
	var callers []string
	for _, c := range situation.Callers {
		if !c.Beside && among[c.To] {
			callers = append(callers, c.Reason)
		}
	}
	if len(callers) > 0 {
		text += fmt.Sprintf("; %d of who calls: %s", len(callers), few(callers))
	}
	return text
}

var errFlowsLive = errors.New("flows are read from files, such as one of hubble observe -o json")
