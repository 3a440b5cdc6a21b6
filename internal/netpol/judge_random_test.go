package netpol_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

func policiesOf(sets []api.PolicySet) []*networkingv1.NetworkPolicy {
	var out []*networkingv1.NetworkPolicy
	for i := range sets {
		for j := range sets[i].Policies {
			out = append(out, sets[i].Policies[j].Object())
		}
	}
	return out
}

const judgedSituations = 300

// TestJudgeHolds: policies that a fit wrote let through what was observed, but for what the fit
// itself said that no rule can; without one of their rules something is refused, or likely to be
// needed. Neither order nor split of the input matters.
func TestJudgeHolds(t *testing.T) {
	random := newRandom(t)
	met := map[string]int{}
	for range judgedSituations {
		c := fitMaker{random}.draw()
		if random.IntN(3) == 0 {
			c.opts.Isolate = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress}
		}
		sets, err := netpol.Fit(&c.in, c.edges, c.subjects, c.opts)
		if err != nil {
			t.Fatal(err)
		}
		written := policiesOf(sets)
		if len(written) == 0 {
			continue
		}
		got, err := netpol.Judge(&c.in, written, c.edges, netpol.JudgeOptions{})
		if err != nil {
			t.Fatalf("%v\n%s\n%s", err, setsText(sets), describe(c))
		}
		for i := range got.Subjects {
			holdsJudged(t, c, sets, &got.Subjects[i], met)
		}
		judgedWithout(t, c, sets, got, met)
		edges := slices.Clone(c.edges)
		shuffle(random, edges)
		shuffle(random, written)
		again, err := netpol.Judge(&c.in, written, edges, netpol.JudgeOptions{})
		if diff := cmp.Diff(got, again); err != nil || diff != "" {
			t.Fatalf("another order: %v %s\n%s", err, diff, describe(c))
		}
	}
	t.Log(met)
	for _, what := range []string{"covered", "added", "refused", "left out", "denied", "excess", "rule dropped", "port dropped", "refused then", "likely then"} {
		if met[what] < judgedSituations/50 {
			t.Errorf("%s was met %d times", what, met[what])
		}
	}
}

// answerOf is what a fit said of a workload; nil where it was no subject of it.
func answerOf(sets []api.PolicySet, ref api.Ref) *api.PolicyAnswer {
	for i := range sets {
		if a := sets[i].Answer; a != nil && a.Workload == ref {
			return a
		}
	}
	return nil
}

func holdsJudged(t *testing.T, c *fitCase, sets []api.PolicySet, got *netpol.Judged, met map[string]int) {
	t.Helper()
	p := &got.Proof
	fail := func(why string) {
		t.Helper()
		t.Fatalf("%s: %s: %+v\n%s\n%s", got.Workload.Short(), why, *got, setsText(sets), describe(c))
	}
	if p.Covered+len(p.Refused) != p.Observed || p.Granted != p.Covered+len(p.Added)+len(p.Excess) || p.Tuples == nil {
		fail("the counts")
	}
	answer := answerOf(sets, got.Workload)
	if answer == nil {
		fail("no policy was written for it")
	}
	known := func(use string) bool {
		return slices.ContainsFunc(answer.Proof.Inexpressible, func(u api.ReasonedUse) bool { return u.Use == use })
	}
	for _, u := range p.Refused {
		if !known(u.Use) || u.By == "" || u.Count == 0 {
			fail("refused")
		}
	}
	for _, u := range p.Inexpressible {
		if !known(u.Use) {
			fail("unjudged")
		}
	}
	also := slices.ContainsFunc(answer.Proof.Added, func(u api.ReasonedUse) bool { return strings.Contains(u.Reason, "also selects") })
	if len(p.Excess) > 0 && (c.opts.Exact || !also) {
		fail("excess")
	}
	if !c.opts.Exact && len(answer.Closed) == 0 && slices.ContainsFunc(got.Likely, func(u api.ReasonedUse) bool { return !strings.HasSuffix(u.Reason, "at the other end") }) {
		fail("likely")
	}
	if p.Tuples.After != answer.Proof.Tuples.After || p.Tuples.Before != answer.Proof.Tuples.Before || p.Tuples.OutsideAfter != answer.Proof.Tuples.OutsideAfter {
		fail("tuples")
	}
	for what, n := range map[string]int{"covered": p.Covered, "added": len(p.Added), "refused": len(p.Refused), "left out": len(p.LeftOut), "denied": len(p.Denied), "excess": len(p.Excess), "by others": len(got.StillAllowed)} {
		met[what] += n
	}
}

// judgedWithout takes each rule, and each port, out of the policies.
func judgedWithout(t *testing.T, c *fitCase, sets []api.PolicySet, whole *netpol.Judgement, met map[string]int) {
	t.Helper()
	for i := range sets {
		for j := range sets[i].Policies {
			d := &sets[i].Policies[j]
			for _, list := range []*[]api.PolicyRuleDraft{&d.Ingress, &d.Egress} {
				rules := *list
				for k := range rules {
					*list = slices.Concat(rules[:k], rules[k+1:])
					met["rule dropped"]++
					lostUse(t, c, sets, sets[i].Answer, &rules[k], whole, met)
					for p := range rules[k].Ports {
						less := rules[k]
						if less.Ports = slices.Concat(less.Ports[:p], less.Ports[p+1:]); len(less.Ports) > 0 {
							*list = slices.Concat(rules[:k], []api.PolicyRuleDraft{less}, rules[k+1:])
							met["port dropped"]++
							lostUse(t, c, sets, sets[i].Answer, nil, whole, met)
						}
					}
				}
				*list = rules
			}
		}
	}
}

// lostUse: what was covered is refused, or what was added is likely or denied. A rule without
// anything added leaves a use refused.
func lostUse(t *testing.T, c *fitCase, sets []api.PolicySet, answer *api.PolicyAnswer, rule *api.PolicyRuleDraft, whole *netpol.Judgement, met map[string]int) {
	t.Helper()
	if slices.Contains(whole.NotSeen, answer.Workload) {
		return
	}
	got, err := netpol.Judge(&c.in, policiesOf(sets), c.edges, netpol.JudgeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	of := func(j *netpol.Judgement) *netpol.Judged {
		for i := range j.Subjects {
			if j.Subjects[i].Workload == answer.Workload {
				return &j.Subjects[i]
			}
		}
		return &netpol.Judged{}
	}
	was, is := of(whole), of(got)
	refused, likely := len(is.Proof.Refused)-len(was.Proof.Refused), len(is.Likely)-len(was.Likely)
	refused += refusedToday(&is.Proof) - refusedToday(&was.Proof) // as what was never accepted is without a rule
	less := len(was.Proof.Added) - len(is.Proof.Added) + was.Proof.Tuples.After - is.Proof.Tuples.After + len(was.Proof.Excess) - len(is.Proof.Excess)
	if refused > 0 {
		met["refused then"]++
	}
	if likely > 0 {
		met["likely then"]++
	}
	observed := rule != nil && !slices.ContainsFunc(rule.Reasons, func(line string) bool { return strings.HasPrefix(line, "added") })
	if refused <= 0 && (observed || likely <= 0 && less <= 0) || answered(&was.Proof)-answered(&is.Proof) != refused {
		t.Fatalf("%s: nothing is lost without %+v\nwas %+v\nis %+v\n%s\n%s", answer.Workload.Short(), rule, *was, *is, setsText(sets), describe(c))
	}
}

func refusedToday(p *api.SubjectProof) int {
	n := 0
	for _, u := range p.Denied {
		if strings.HasSuffix(u.By, " it today") {
			n++
		}
	}
	return n
}

// answered counts what is let through, or may be.
func answered(p *api.SubjectProof) int { return p.Covered + len(p.Inexpressible) }
