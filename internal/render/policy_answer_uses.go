package render

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

func (a *policyAnswers) added() noted {
	return a.reasoned("added", "", joinPorts, func(p *api.SubjectProof) []api.ReasonedUse { return notConfigured(p.Added) })
}

func (a *policyAnswers) excess() noted {
	return a.reasoned("excess", "", joinPorts, func(p *api.SubjectProof) []api.ReasonedUse { return p.Excess })
}

func (a *policyAnswers) inexpressible() noted {
	return a.reasoned("no rule", "", joinPorts, func(p *api.SubjectProof) []api.ReasonedUse { return p.Inexpressible })
}

func (a *policyAnswers) denied() noted {
	return a.reasoned("denied", ", not allowed", usesSorted, func(p *api.SubjectProof) []api.ReasonedUse { return seenTimes(p.Denied) })
}

func (a *policyAnswers) leftOut() noted {
	return a.reasoned("left out", "", usesSorted, func(p *api.SubjectProof) []api.ReasonedUse {
		var configured []api.ReasonedUse // and never seen
		asked := slices.DeleteFunc(slices.Clone(p.LeftOut), func(u api.CountedUse) bool {
			if u.Count == 0 {
				configured = append(configured, api.ReasonedUse{Use: u.Use, Reason: u.By})
			}
			return u.By == api.ByOwnNode || u.Count == 0
		})
		return append(seenTimes(asked), configured...)
	})
}

// seenTimes are uses with their counts; who decides is the reason.
func seenTimes(uses []api.CountedUse) []api.ReasonedUse {
	var out []api.ReasonedUse
	for _, u := range uses {
		out = append(out, api.ReasonedUse{Use: u.Use + " " + number(int(u.Count)) + "x", Reason: u.By})
	}
	return out
}

// reasoned are uses, what becomes of them and their reasons: those of one reason and of the same
// workloads together.
func (a *policyAnswers) reasoned(label, outcome string, join func([]string) []string, of func(*api.SubjectProof) []api.ReasonedUse) noted {
	workloads := map[api.ReasonedUse][]int{}
	for i, answer := range a.answers {
		for _, u := range of(&answer.Proof) {
			workloads[u] = append(workloads[u], i)
		}
	}
	type group struct{ reason, of string }
	uses, names := map[group][]string{}, map[group][]string{}
	for u, indices := range workloads {
		g := group{u.Reason, fmt.Sprint(indices)}
		uses[g] = append(uses[g], u.Use)
		if names[g] == nil {
			for _, i := range indices {
				names[g] = append(names[g], a.names[i])
			}
		}
	}
	all := a.gathered(inProof)
	for g := range uses {
		text := strings.Join(someMore(join(uses[g])), "; ") + outcome
		if g.reason != "" {
			text += " (" + g.reason + ")"
		}
		all.add(text, names[g]...)
	}
	return all.noted(label, a.prefixed)
}

func usesSorted(uses []string) []string { return slices.Sorted(slices.Values(uses)) }

// joinPorts are uses, sorted, those of one peer together: "TCP 53, UDP 53 of deploy/coredns".
func joinPorts(uses []string) []string {
	ports := map[string][]string{}
	for _, use := range uses {
		at := len(use)
		for _, between := range []string{" of ", " from "} {
			if i := strings.Index(use, between); i >= 0 {
				at = min(at, i)
			}
		}
		ports[use[at:]] = append(ports[use[at:]], use[:at])
	}
	var out []string
	for peer, each := range ports {
		if peer == "" {
			out = append(out, each...)
			continue
		}
		out = append(out, strings.Join(someMore(usesSorted(each)), ", ")+peer)
	}
	return usesSorted(out)
}

// tuples are how tight the policies are: of each workload where they are few, and in total.
func (a *policyAnswers) tuples() noted {
	const ofThem = ", of them "
	f := noted{label: "tuples"}
	var total api.Tuples
	var each []string
	for i, answer := range a.answers {
		if t := answer.Proof.Tuples; t != nil {
			total.Needed, total.Before, total.After = total.Needed+t.Needed, total.Before+t.Before, total.After+t.After
			each = append(each, a.names[i]+": "+tupleWords(t, ofThem))
		}
	}
	if len(each) > 0 {
		f.texts = append(f.texts, tupleWords(&total, ofThem)+tupleUnit)
	}
	if a.onConfiguration { // none of them is needed, as far as is known
		f.texts = []string{"now " + number(total.Before) + " → after " + number(total.After) + tupleUnit}
		return f
	}
	if len(each) > 1 && len(each) <= mostJoined {
		f.texts = append(f.texts, each...)
	}
	return f
}

// outside is how many addresses outside the cluster are allowed, before and after.
func (a *policyAnswers) outside() noted {
	return a.gather("outside", inProof, func(answer *api.PolicyAnswer) []string { return outsideWords(answer.Proof.Tuples) })
}

func outsideWords(t *api.Tuples) []string {
	if t == nil || t.OutsideBefore+t.OutsideAfter == "" {
		return nil
	}
	return []string{t.OutsideBefore + " → " + t.OutsideAfter}
}
