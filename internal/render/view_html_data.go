package render

import (
	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// flowPage is a map of flows as flowpage/data.js reads it: links are numbers, since there may be
// some hundred thousand of them. Every string is fit to be shown.
type flowPage struct {
	Scope   text   `json:"scope"`
	Window  text   `json:"window"`
	Sources []text `json:"sources"`
	Notes   []text `json:"notes"`
	// Written tells that some policy is written, or that today differs from after anyway.
	Written bool            `json:"written"`
	Groups  []text          `json:"groups"`
	Places  []flowPagePlace `json:"places"`
	Rules   []flowPageRule  `json:"rules"`
	// Decisions are a verdict and the indexes of rules.
	Decisions []flowPageDecision `json:"decisions"`
	// Shapes are what many links have in common.
	Shapes []flowPageShape `json:"shapes"`
	// Links are three numbers each: how much From is more than that of the link before, To, and
	// the index of the shape.
	Links []int `json:"links"`
	// Seen is what is known of the links that were observed or are configured.
	Seen []flowPageSeen `json:"seen"`
}

type flowPagePlace struct {
	Group int `json:"group"`
	// Label is the name within the group, Name the one everywhere.
	Label    text `json:"label"`
	Name     text `json:"name"`
	Workload bool `json:"workload,omitempty"`
	Facts    text `json:"facts,omitempty"`
}

type flowPageRule struct {
	Policy    text   `json:"policy"`
	Direction text   `json:"direction"`
	Written   bool   `json:"written,omitempty"`
	YAML      text   `json:"yaml"`
	Reasons   []text `json:"reasons,omitempty"`
}

type flowPageDecision struct {
	Verdict string `json:"verdict"`
	Rules   []int  `json:"rules"`
}

// flowPageShape has the states and decisions of a link, each today and after.
type flowPageShape struct {
	Port      text      `json:"port"`
	States    [2]string `json:"states"`
	Decisions [2]int    `json:"decisions"`
}

type flowPageSeen struct {
	Link       int    `json:"link"`
	Count      int64  `json:"count,omitempty"`
	Denied     bool   `json:"denied,omitempty"`
	First      text   `json:"first,omitempty"`
	Last       text   `json:"last,omitempty"`
	Services   []text `json:"services,omitempty"`
	Names      []text `json:"names,omitempty"`
	Seen       text   `json:"seen,omitempty"`
	Guessed    bool   `json:"guessed,omitempty"`
	Configured []text `json:"configured,omitempty"`
}

func newFlowPage(m *api.FlowMap) *flowPage {
	p := &flowPage{Scope: escape(m.Scope, false, ""), Window: escape(m.Window.Words(), false, ""), Notes: escaped(m.Notes)}
	for i := range m.Sources {
		p.Sources = append(p.Sources, escape(flowSourceWords(&m.Sources[i]), false, ""))
	}
	p.places(m.Places)
	for i := range m.Rules {
		r := &m.Rules[i]
		p.Written = p.Written || r.Written
		p.Rules = append(p.Rules, flowPageRule{escape(r.Policy, false, ""), escape(r.Direction, false, ""), r.Written, escape(r.YAML, false, "\n"), escaped(r.Reasons)})
	}
	p.links(m.Links)
	return p
}

func escaped(values []string) []text {
	var out []text
	for _, v := range values {
		out = append(out, escape(v, false, ""))
	}
	return out
}
