package render

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// flowNotKnown is the state on a page of what policies do not decide: to count it as allowed
// would be a guess.
const flowNotKnown = "unknown"

func (p *flowPage) links(links []api.FlowLink) {
	decisions, shapes := map[string]int{}, map[flowPageShape]int{}
	before := 0
	for i := range links {
		l := &links[i]
		shape := flowPageShape{
			Port:      escape(flowPortWords(l), false, ""),
			States:    [2]string{flowPageState(l, &l.Now), flowPageState(l, &l.After)},
			Decisions: [2]int{p.decision(decisions, &l.Now), p.decision(decisions, &l.After)},
		}
		p.Written = p.Written || shape.Decisions[0] != shape.Decisions[1]
		at, known := shapes[shape]
		if !known {
			at = len(p.Shapes)
			shapes[shape] = at
			p.Shapes = append(p.Shapes, shape)
		}
		p.Links = append(p.Links, l.From-before, l.To, at)
		before = l.From
		if l.Count > 0 || len(l.Configured) > 0 {
			p.Seen = append(p.Seen, flowPageSeen{
				i, l.Count, l.Denied, escape(l.First, false, ""), escape(l.Last, false, ""), escaped(l.Services), escaped(l.Names),
				escape(flowSeenWords(l.Seen), false, ""), l.Guessed, escaped(l.Configured),
			})
		}
	}
}

// decision is the index of a decision, which many links share.
func (p *flowPage) decision(known map[string]int, d *api.FlowDecision) int {
	key := fmt.Sprint(d.Verdict, d.Rules)
	at, found := known[key]
	if !found {
		at = len(p.Decisions)
		known[key] = at
		p.Decisions = append(p.Decisions, flowPageDecision{d.Verdict, d.Rules})
	}
	return at
}

func flowPageState(l *api.FlowLink, d *api.FlowDecision) string {
	state := l.State(d)
	if d.Verdict == api.FlowUndecided && (state == api.FlowUsed || state == api.FlowUnused) {
		return flowNotKnown
	}
	return string(state)
}

func flowPortWords(l *api.FlowLink) string {
	protocol := l.Protocol
	if protocol == "" {
		protocol = "any protocol"
	}
	switch {
	case l.AnyPort:
		return protocol + " any port"
	case l.Port == 0:
		return protocol
	case l.EndPort > l.Port:
		return protocol + " " + strconv.Itoa(int(l.Port)) + " to " + strconv.Itoa(int(l.EndPort))
	}
	return protocol + " " + strconv.Itoa(int(l.Port))
}

// flowSeenWords say from where a link was seen.
func flowSeenWords(seen []string) string {
	var ends []string
	for _, s := range seen {
		switch s {
		case api.SeenFromClient:
			s = "the client's end"
		case api.SeenFromServer:
			s = "the server's end"
		case api.SeenFromBetween:
			s = "between them"
		}
		ends = append(ends, s)
	}
	return strings.Join(ends, " and ")
}
