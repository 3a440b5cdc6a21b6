package render

import (
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// mostGaps is how many gaps between what is configured and what was observed are named.
const mostGaps = 3

// configured counts the edges that are configured alone, and those of them that are let through.
func (a *policyAnswers) configured() (all, through int) {
	for _, answer := range a.answers {
		all, through = all+answer.Configured+answer.NotAllowed, through+answer.Configured
	}
	return all, through
}

// severalConfigured tells a run that stands on configuration alone, and is about several workloads.
func (a *policyAnswers) severalConfigured() bool { return a.onConfiguration && len(a.answers) > 1 }

// configuredWords are what was read from configuration and what of it is allowed; empty where
// nothing was.
func (a *policyAnswers) configuredWords() string {
	all, through := a.configured()
	switch {
	case all == 0:
		return ""
	case through < all:
		return number(through) + " of " + counted(all, "edge") + " read from configuration alone allowed"
	case all == 1:
		return "1 edge read from configuration alone, allowed"
	}
	return counted(all, "edge") + " read from configuration alone, all allowed"
}

// verdictConfigured is the first line of a run that stands on configuration alone.
func (a *policyAnswers) verdictConfigured() string {
	text := a.where() + ": nothing observed; " + strings.Replace(a.configuredWords(), " alone", "", 1) + "; " + policyCount(a.policies) + " written"
	if a.defaults > 0 {
		text += ", and " + counted(a.defaults, "default")
	}
	return text
}

// addedConfigured is what is let through for its configuration alone. A run about several workloads
// that has nothing else tells it once, as a number.
func (a *policyAnswers) addedConfigured() noted {
	if a.severalConfigured() {
		return noted{}
	}
	return a.reasoned("configured", "", joinPorts, func(p *api.SubjectProof) []api.ReasonedUse {
		var out []api.ReasonedUse
		for _, u := range p.Added {
			if reason, found := strings.CutPrefix(u.Reason, api.ConfiguredReason); found {
				out = append(out, api.ReasonedUse{Use: u.Use, Reason: reason})
			}
		}
		return out
	})
}

// notConfigured are the uses that are not there for their configuration.
func notConfigured(uses []api.ReasonedUse) []api.ReasonedUse {
	return slices.DeleteFunc(slices.Clone(uses), func(u api.ReasonedUse) bool { return strings.HasPrefix(u.Reason, api.ConfiguredReason) })
}

// unseen are what is configured and was not observed, but for what is let through all the same.
func (a *policyAnswers) unseen() noted {
	return a.gaps("unseen", "configured, never observed", func(answer *api.PolicyAnswer) []api.ReasonedUse {
		if answer.Configured+answer.NotAllowed > 0 {
			return nil
		}
		return answer.Unobserved
	})
}

// unexplained are what was observed and is in no configuration that was read.
func (a *policyAnswers) unexplained() noted {
	return a.gaps("no config", "observed, and in no configuration that was read", func(answer *api.PolicyAnswer) []api.ReasonedUse {
		return answer.Unconfigured
	})
}

// gaps are one line: the first of them, and how many more there are.
func (a *policyAnswers) gaps(label, what string, of func(*api.PolicyAnswer) []api.ReasonedUse) noted {
	var texts []string
	for i, answer := range a.answers {
		for _, u := range of(answer) {
			text := u.Use
			if u.Reason != "" {
				text += " (" + u.Reason + ")"
			}
			texts = append(texts, a.prefixed(text, a.names[i]))
		}
	}
	if len(texts) == 0 {
		return noted{}
	}
	slices.Sort(texts)
	if more := len(texts) - mostGaps; more > 0 {
		texts = append(texts[:mostGaps:mostGaps], number(more)+" more")
	}
	return noted{label, []string{what + ": " + strings.Join(texts, "; ")}}
}

// addNamed adds the directions that stay open for names outside alone, together.
func (a *policyAnswers) addNamed(all *gathered) {
	names, workloads := map[networkingv1.PolicyType][]string{}, map[networkingv1.PolicyType][]string{}
	for i, answer := range a.answers {
		for _, o := range answer.Open {
			if len(o.Names) > 0 && !a.defaultCloses(answer.Workload, o.Direction) {
				names[o.Direction] = append(names[o.Direction], o.Names...)
				workloads[o.Direction] = append(workloads[o.Direction], a.names[i])
			}
		}
	}
	for direction, each := range names {
		each = slices.Compact(slices.Sorted(slices.Values(each)))
		are := " are names"
		if len(each) == 1 {
			are = " is a name"
		}
		text := strings.ToLower(string(direction)) + " of " + a.some(workloads[direction]) + ": " + strings.Join(someMore(each), ", ") + are
		all.add(text, workloads[direction]...)
	}
}

// onlyOpen tells an answer whose directions are open for the reason that it has no policy for, in
// a run where that is told with the directions.
func (a *policyAnswers) onlyOpen(answer *api.PolicyAnswer) bool {
	return a.severalConfigured() && len(answer.Open) > 0 && !slices.ContainsFunc(answer.Open, func(o api.OpenDirection) bool {
		return o.Reason != answer.Without && len(o.Names) == 0
	})
}
