package render

import (
	"maps"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// mostSources is up to how many sources of a format are told one by one where all of them could
// be read.
const mostSources = 3

// sources are told one by one, but for many that could be read whole. That no flow has a time,
// and what flows gave no edge, is told once, of all.
func (a *policyAnswers) sources() noted {
	whole := map[string]int{}
	for i := range a.run.Sources {
		if readWhole(&a.run.Sources[i]) {
			whole[a.run.Sources[i].Format]++
		}
	}
	f := noted{label: "source"}
	records := map[string]int64{}
	for _, source := range a.run.Sources {
		if readWhole(&source) && whole[source.Format] > mostSources {
			records[source.Format] += source.Parsed
			continue
		}
		if source.Undated == source.Parsed {
			source.Undated = 0
		}
		f.texts = append(f.texts, sourceWords(&source, "record"))
	}
	for _, format := range slices.Sorted(maps.Keys(records)) {
		f.texts = append(f.texts, number(whole[format])+" sources of "+format+": "+counted(int(records[format]), "record"))
	}
	return f.capped()
}

// readWhole tells a source of which nothing is missing.
func readWhole(s *api.ObservedSource) bool {
	lost := s.Lost != nil && *s.Lost > 0
	return s.Format != api.FormatUnread && !lost && s.Skipped+s.Filtered == 0 && len(s.Faults) == 0 && (s.Undated == 0 || s.Undated == s.Parsed)
}

// written are the workloads with policies, by the directions that these close.
func (a *policyAnswers) written() noted {
	all := a.gathered("")
	i := -1
	for _, set := range a.sets {
		if set.Answer == nil {
			continue
		}
		if i++; len(set.Policies) > 0 {
			all.add(directions(closedBy(set), ", "), a.names[i])
		}
	}
	return all.noted("written", func(text, names string) string { return names + " (" + text + ")" })
}

// defaulted are the policies of no workload.
func (a *policyAnswers) defaulted() noted {
	f := noted{label: "default"}
	for _, set := range a.sets {
		if set.Answer != nil {
			continue
		}
		for k := range set.Policies {
			p := &set.Policies[k]
			f.texts = append(f.texts, p.Name+": "+directions(p.Types, " and ")+" of every pod of "+p.Namespace+", but for what policies allow")
		}
		for _, text := range isolatedWords(set).texts {
			f.texts = append(f.texts, "it isolates "+text)
		}
	}
	return f.cappedBut("")
}

// isolatedWords are the workloads that a default isolates, those first of which something was
// observed.
func isolatedWords(set *api.PolicySet) noted {
	names := [2]map[string][]string{{}, {}}
	for i := range set.Isolates {
		w := &set.Isolates[i]
		at, why := 1, "of which nothing was observed"
		if w.Edges > 0 {
			at, why = 0, "with "+counted(w.Edges, "edge")+" observed"
		}
		text := " (" + directions(w.Directions, ", ") + "), " + why
		names[at][text] = append(names[at][text], shortName(w.Workload))
	}
	f := noted{label: "isolates"}
	for _, each := range names {
		for _, text := range slices.Sorted(maps.Keys(each)) {
			f.texts = append(f.texts, someNames(each[text])+text)
		}
	}
	return f.cappedBut("")
}

// leftOpen are directions by the reason that they are left open for, but where the workload
// gets no policy for the same reason.
func (a *policyAnswers) leftOpen() noted {
	byReason := map[string]map[networkingv1.PolicyType][]string{}
	for i, answer := range a.answers {
		for _, o := range answer.Open {
			told := o.Reason == answer.Without && !a.severalConfigured()
			if told || len(o.Names) > 0 || a.defaultCloses(answer.Workload, o.Direction) {
				continue
			}
			if byReason[o.Reason] == nil {
				byReason[o.Reason] = map[networkingv1.PolicyType][]string{}
			}
			byReason[o.Reason][o.Direction] = append(byReason[o.Reason][o.Direction], a.names[i])
		}
	}
	all := a.gathered("")
	a.addNamed(all)
	for reason, byDirection := range byReason {
		var parts, names []string
		for _, direction := range slices.Sorted(maps.Keys(byDirection)) {
			parts = append(parts, strings.ToLower(string(direction))+" of "+a.some(byDirection[direction]))
			names = append(names, byDirection[direction]...)
		}
		all.add(strings.Join(parts, "; ")+": "+reason, names...)
	}
	return all.noted("left open", func(text, _ string) string { return text })
}

// defaultCloses tells whether a default closes a direction of a workload.
func (a *policyAnswers) defaultCloses(ref api.Ref, direction networkingv1.PolicyType) bool {
	return slices.Contains(a.closed[ref], direction)
}

func (a *policyAnswers) noPolicy() noted {
	all := a.gathered("")
	for i, answer := range a.answers {
		if answer.Without != "" && (len(a.answers) > 1 || a.defaults > 0) && !a.onlyOpen(answer) {
			all.add(answer.Without, a.names[i])
		}
	}
	return all.noted("no policy", func(text, names string) string { return names + ": " + text })
}

func (a *policyAnswers) inForce() noted {
	f := a.gather("in force", "", func(answer *api.PolicyAnswer) []string {
		var texts []string
		for _, p := range answer.InForce {
			texts = append(texts, p.Policy.From("")+" still allows "+strings.Join(someMore(p.More), "; "))
		}
		return texts
	})
	if len(f.texts) > 0 {
		f.texts = append(f.texts, "policies add up: what another one allows, these do not close")
	}
	return f
}

// notes are those of all first.
func (a *policyAnswers) notes() noted {
	f := a.gather("note", "", func(answer *api.PolicyAnswer) []string { return answer.Notes })
	f.texts = append(slices.Clone(a.run.Notes), f.texts...)
	return f
}
