package render

import (
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// unread names what could not be read.
func (s *screen) unread(all []api.Unread) {
	for _, words := range unreadWords(all) {
		s.flow(line{{plain, s.text(words)}})
	}
}

// unreadWords are a line by reason, with the verb that each read needs.
func unreadWords(all []api.Unread) []string {
	byReason := map[string][]api.Unread{}
	var reasons []string
	for _, u := range all {
		if byReason[u.Reason] == nil {
			reasons = append(reasons, u.Reason)
		}
		byReason[u.Reason] = append(byReason[u.Reason], u)
	}
	slices.Sort(reasons)
	var out []string
	for _, reason := range reasons {
		out = append(out, "Not readable ("+reasonWords(reason)+"): "+strings.Join(reads(byReason[reason]), "; "))
	}
	return out
}

func reasonWords(reason string) string {
	switch reason {
	case "forbidden":
		return "403"
	case "":
		return "no reason given"
	}
	return reason
}

// reads joins the reads of one API group and namespace.
func reads(all []api.Unread) []string {
	byPlace := map[string][]string{}
	var places []string
	for _, u := range all {
		place := placeWords(u)
		if byPlace[place] == nil {
			places = append(places, place)
		}
		words := strings.TrimSpace(u.Verb + " " + u.Resource)
		if u.Verb == "" {
			words = u.What
		}
		byPlace[place] = append(byPlace[place], words)
	}
	slices.Sort(places)
	out := make([]string, len(places))
	for i, place := range places {
		words := distinct(byPlace[place])
		slices.Sort(words)
		out[i] = strings.Join(words, ", ") + place
	}
	return out
}

func placeWords(u api.Unread) string {
	var inside []string
	if u.Group != "" {
		inside = append(inside, u.Group)
	}
	if u.Namespace == "" && u.Verb != "" {
		inside = append(inside, "cluster-wide")
	}
	words := ""
	if len(inside) > 0 {
		words = " (" + strings.Join(inside, ", ") + ")"
	}
	if u.Namespace != "" {
		words += " in " + u.Namespace
	}
	return words
}
