package render

import (
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// unknownRights says what of the rights is not known, once, beside the checks that would
// need it. It returns the findings that are about something else.
func (p page) unknownRights(findings []api.Finding) []api.Finding {
	if p.item.Identity == nil || len(p.item.Identity.Unknown) == 0 {
		return findings
	}
	var of, rest []api.Finding
	for _, f := range findings {
		if f.Status == api.StatusUnknown && label(f.Check) == "rights" && p.saysUnknown(f.Message) {
			of = append(of, f)
		} else {
			rest = append(rest, f)
		}
	}
	for i, words := range alikeUnknowns(p.item.Identity.Unknown) {
		r := row{mark: p.unknownMark(), label: line{{plain, "rights"}}, value: p.said(words)}
		if i == 0 && p.checksFit(of) {
			r.checks = p.checks(of)
		} else if i == 0 && len(of) > 0 {
			r.notes = []line{p.checks(of)}
		}
		p.row(r)
	}
	return rest
}

// checksFit tells whether the checks fit into their column.
func (p page) checksFit(findings []api.Finding) bool { return p.checks(findings).width() <= checksFrom }

// saysUnknown tells whether a message says no more than what of the rights is not known.
func (p page) saysUnknown(message string) bool {
	return slices.Contains(p.item.Identity.Unknown, message) || strings.HasSuffix(message, "could not be read: what they grant is not known")
}

// alikeUnknowns joins what is not known for the same reason: "x not readable (forbidden)".
func alikeUnknowns(all []string) []string {
	const not = " not readable"
	var tails []string
	heads := map[string][]string{}
	for _, words := range all {
		head, tail := words, ""
		if i := strings.LastIndex(words, not); i > 0 && !strings.Contains(words, ": ") {
			head, tail = words[:i], words[i:]
		}
		if tail == "" {
			head, tail = "", words
		}
		if heads[tail] == nil {
			tails = append(tails, tail)
		}
		heads[tail] = append(heads[tail], head)
	}
	out := make([]string, len(tails))
	for i, tail := range tails {
		out[i] = strings.Join(distinct(heads[tail]), ", ") + tail
	}
	return out
}
