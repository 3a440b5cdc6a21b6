package render

import (
	"io"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// PolicyAnswers print what there is to know about policies beside their YAML: how well they fit
// what was observed, what stays open, and what comes next. What is so of several workloads is
// told once. The error is that of w.
func PolicyAnswers(w io.Writer, sets []*api.PolicySet, run *api.PolicyRun, opts Options) error {
	if run == nil {
		run = &api.PolicyRun{}
	}
	s := newScreen(opts)
	a := newPolicyAnswers(sets, run)
	s.flow(s.said(a.verdict()))
	s.policyFacts(gatheredFrom("took", run.Taken), gatheredFrom("not taken", run.NotTaken), a.window(), a.sources(), a.written(), a.defaulted(), a.leftOpen())
	uses := []noted{a.added(), includeWords(a.denied()), a.inForce()}
	if a.severalConfigured() {
		s.policyFacts(uses[0], a.excess(), a.noPolicy(), uses[1], uses[2], a.leftOut(), a.inexpressible())
	} else {
		s.policyFacts(a.noPolicy(), a.addedConfigured())
		for _, f := range uses {
			if len(f.texts) == 0 && a.policies > 0 {
				f.texts = []string{"none"}
			}
			s.policyFacts(f)
			if f.label == "added" {
				s.policyFacts(a.excess())
			}
		}
		s.policyFacts(a.leftOut(), a.inexpressible(), a.unseen(), a.unexplained(), a.tuples(), a.outside())
	}
	s.policyFacts(a.notes(), noted{"blind", run.Blind}.capped())
	s.unread(run.Unread)
	if next := a.next(); next != "" {
		s.flow(s.said(next))
	}
	return printScreen(w, s)
}

// policyAnswerAt is the column of what stands behind a label about policies.
const policyAnswerAt = 11

func (s *screen) policyFacts(all ...noted) { s.factsAt(policyAnswerAt, all...) }

// window is the time that was observed; a run that stands on configuration may have none.
func (a *policyAnswers) window() noted {
	if a.onConfiguration && a.run.Window.From == "" {
		return noted{}
	}
	return noted{"window", []string{a.run.Window.Words()}}
}

// policyAnswers are sets, and what their workloads are called.
type policyAnswers struct {
	run     *api.PolicyRun
	sets    []*api.PolicySet
	answers []*api.PolicyAnswer
	// names are those of the answers: no longer than tells them apart.
	names []string
	// policies and defaults count the policies of workloads, and the others.
	policies, defaults int
	// onConfiguration tells a run that stands on configuration alone: nothing was observed.
	onConfiguration bool
	// closed are the directions of workloads that defaults close.
	closed map[api.Ref][]networkingv1.PolicyType
}

func newPolicyAnswers(sets []*api.PolicySet, run *api.PolicyRun) *policyAnswers {
	a := &policyAnswers{run: run, sets: sets, closed: map[api.Ref][]networkingv1.PolicyType{}}
	for _, set := range sets {
		for _, w := range set.Isolates {
			a.closed[w.Workload] = append(a.closed[w.Workload], w.Directions...)
		}
		if set.Answer == nil {
			a.defaults += len(set.Policies)
			continue
		}
		a.policies += len(set.Policies)
		a.answers = append(a.answers, set.Answer)
	}
	a.names = toldApart(a.answers, run.Namespace)
	all, _ := a.configured()
	a.onConfiguration = all > 0 && !slices.ContainsFunc(a.answers, func(answer *api.PolicyAnswer) bool { return answer.Edges+answer.Proof.Observed > 0 })
	return a
}

// toldApart names workloads: with their type where two have one name, with their namespace where
// it is not that of the run.
func toldApart(answers []*api.PolicyAnswer, namespace string) []string {
	plain := func(r api.Ref) string {
		if r.Namespace == namespace {
			return r.Name
		}
		return r.Namespace + "/" + r.Name
	}
	count := map[string]int{}
	for _, a := range answers {
		count[plain(a.Workload)]++
	}
	names := make([]string, len(answers))
	for i, a := range answers {
		names[i] = plain(a.Workload)
		if count[names[i]] > 1 {
			named := a.Workload
			named.Name = shortName(named)
			names[i] = plain(named)
		}
	}
	return names
}

// verdict is the first line.
func (a *policyAnswers) verdict() string {
	if len(a.answers) == 1 && a.defaults == 0 {
		return a.verdictOfOne()
	}
	if a.onConfiguration {
		return a.verdictConfigured()
	}
	text := a.where() + ": " + policyCount(a.policies) + " for " + counted(len(a.answers), "workload")
	if a.defaults > 0 {
		text += " and " + counted(a.defaults, "default")
	}
	return text + "; " + a.fit()
}

// fit is how well the policies fit. What was seen of two workloads counts for each of them.
func (a *policyAnswers) fit() string {
	var observed, denied, without, added, excess int
	for _, answer := range a.answers {
		p := &answer.Proof
		observed, denied, without = observed+p.Observed, denied+len(p.Denied), without+len(p.Inexpressible)
		added, excess = added+len(p.Added), excess+len(p.Excess)
	}
	text := "nothing observed"
	switch {
	case observed > 0:
		text = observedWords(observed, "use")
	case without+denied > 0:
		text += " that a rule allows"
	}
	if without > 0 {
		text += ", " + number(without) + " without a rule"
	}
	if denied > 0 {
		text += ", " + number(denied) + " denied"
	}
	if words := a.configuredWords(); words != "" {
		text += "; " + words
	}
	if a.policies == 0 {
		return text
	}
	return text + ", " + number(added) + " added, " + number(excess) + " excess"
}

func (a *policyAnswers) verdictOfOne() string {
	answer := a.answers[0]
	if a.policies == 0 {
		return answer.Workload.From("") + " gets no policy: " + answer.Without
	}
	var names []string
	for _, set := range a.sets {
		for i := range set.Policies {
			names = append(names, set.Policies[i].Flavor.Kind()+" "+set.Policies[i].Namespace+"/"+set.Policies[i].Name)
		}
	}
	return strings.Join(someMore(names), ", ") + ": " + a.fit()
}

// where is the namespace, or how many there are.
func (a *policyAnswers) where() string {
	if a.run.Namespace != "" {
		return a.run.Namespace
	}
	seen := map[string]bool{}
	for _, answer := range a.answers {
		seen[answer.Workload.Namespace] = true
	}
	return counted(len(seen), "namespace")
}

func policyCount(n int) string {
	switch n {
	case 0:
		return "no policy"
	case 1:
		return "1 policy"
	}
	return number(n) + " policies"
}

// next is what to do with the policies. The documents of a file are applied from its top.
func (a *policyAnswers) next() string {
	if a.onConfiguration {
		return nextSource(a.run.NotTaken)
	}
	if a.policies+a.defaults == 0 {
		return ""
	}
	text := "Next: kubectl apply -f FILE"
	if a.defaults > 0 && a.policies > 0 {
		text += " (in its order: what closes the rest comes last)"
	}
	return text
}
