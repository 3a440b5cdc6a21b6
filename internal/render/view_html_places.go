package render

import (
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// places puts each place into a group; a group stands where its first place does.
func (p *flowPage) places(places []api.FlowPlace) {
	index := map[string]int{}
	for i := range places {
		place := &places[i]
		key, title := flowGroup(place)
		group, known := index[key]
		if !known {
			group = len(p.Groups)
			index[key] = group
			p.Groups = append(p.Groups, escape(title, false, ""))
		}
		label, name := place.Name, place.Name
		if place.Kind == api.EndWorkload && place.Ref != nil {
			label, name = place.Ref.Short(), place.Ref.From("")
		}
		p.Places = append(p.Places, flowPagePlace{
			Group: group, Label: escape(label, false, ""), Name: escape(name, false, ""),
			Workload: place.Kind == api.EndWorkload, Facts: text(flowPlaceFacts(place)),
		})
	}
}

// flowGroup is a key that no namespace has but its own, and a title.
func flowGroup(place *api.FlowPlace) (key, title string) {
	switch place.Kind {
	case api.EndWorkload:
		if place.Ref != nil && place.Ref.Namespace != "" {
			return "namespace " + place.Ref.Namespace, "namespace " + place.Ref.Namespace
		}
		return "workloads", "in no namespace"
	case api.EndAPIServer, api.EndNode, api.EndOwnNode:
		return "cluster", "the cluster itself"
	case api.EndUnknown:
		return "unknown", "not known whose"
	}
	return "outside", "outside the cluster"
}

// flowPlaceFacts are what else is known of a place, in words.
func flowPlaceFacts(place *api.FlowPlace) string {
	var facts []string
	if place.Pods > 0 {
		facts = append(facts, counted(place.Pods, "pod"))
	}
	if place.HostNetwork {
		facts = append(facts, "on the network of its nodes, where no policy holds")
	}
	if place.Kind == api.EndWorkload && !place.Subject {
		facts = append(facts, "a peer: this run writes no policy for it")
	}
	return strings.Join(facts, "; ")
}

// flowSourceWords are how well a source could be read, of which time, and what it cannot show.
func flowSourceWords(s *api.ObservedSource) string {
	parts := []string{sourceWords(s, "record")}
	if s.Format != api.FormatUnread {
		parts = append(parts, s.Format, s.Window.Words())
	}
	if s.Broken != "" {
		parts = append(parts, "not read to its end: "+s.Broken)
	}
	if len(s.Blind) > 0 {
		parts = append(parts, "cannot show "+strings.Join(s.Blind, ", "))
	}
	return strings.Join(parts, "; ")
}
