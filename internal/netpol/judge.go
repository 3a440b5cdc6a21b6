package netpol

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Place names a rule of a policy for a reader; one whose Number is 0 is the policy itself.
type Place func(Rule) string

// JudgeOptions are what a judge knows beside the policies.
type JudgeOptions struct {
	// Where is nil for the names of policies.
	Where Place
	// Refused are as Objects.Refused, of the written policies.
	Refused map[types.NamespacedName][]string
}

// Judgement is how well policies that somebody wrote fit what was observed.
type Judgement struct {
	// Subjects are the workloads that the policies select and of which something was observed,
	// sorted; NotSeen are the others.
	Subjects []Judged
	NotSeen  []api.Ref
	// Notes are what else there is to know, in sentences without their end.
	Notes []string
}

// Judged is the judgement of one workload.
type Judged struct {
	Workload api.Ref
	// Proof lists in Refused what was let through when it was observed and would not be any
	// more, the most frequent first, in Inexpressible what cannot be judged, and in LeftOut what no
	// rule is about, such as ICMP. Observed does not count the latter two.
	Proof api.SubjectProof
	// Likely are not let through and were not observed, but may be needed.
	Likely []api.ReasonedUse
	// StillAllowed are the other policies that let through what the written ones would not, and
	// what that is.
	StillAllowed []string
	// Notes are sentences without their end.
	Notes []string
}

// judge is the work on all subjects. As with a fit, others has the policies that stay, before
// those in force and after the others with the written ones.
type judge struct {
	*fitter
	where Place
}

// Judge asks the evaluator about everything that was observed of the workloads which written
// policies select, with these in place of those of the same name. The error is for a policy
// that the API server refuses, and for policies that select nothing.
func Judge(in *Situation, written []*networkingv1.NetworkPolicy, edges []api.Edge, opts JudgeOptions) (*Judgement, error) {
	j := newJudge(in, written, edges, opts)
	if err := j.valid(written, opts.Refused); err != nil {
		return nil, err
	}
	out := &Judgement{}
	refs := j.selectedBy(written, out)
	if len(refs) == 0 {
		return nil, fmt.Errorf("nothing to judge: %s", some(out.Notes, "; "))
	}
	j.noteOdd(out)
	seen := slices.DeleteFunc(slices.Clone(refs), func(ref api.Ref) bool { return len(j.clients[ref])+len(j.servers[ref]) == 0 })
	out.NotSeen = slices.DeleteFunc(refs, func(ref api.Ref) bool { return slices.Contains(seen, ref) })
	j.nameSubjects(seen)
	for _, s := range j.subjects {
		out.Subjects = append(out.Subjects, j.subject(s))
	}
	return out, nil
}

func newJudge(in *Situation, written []*networkingv1.NetworkPolicy, edges []api.Edge, opts JudgeOptions) *judge {
	j := &judge{fitter: newFitter(in, edges, nil, FitOptions{}, nil), where: opts.Where}
	if j.where == nil {
		j.where = func(r Rule) string { return "NetworkPolicy" + strings.TrimPrefix(r.String(), "policy") }
	}
	for _, p := range written {
		j.written[policyName(p)] = true
	}
	objects := in.Objects
	objects.Whole, objects.Policies, objects.Refused = false, without(in.Objects.Policies, j.written), maps.Clone(in.Objects.Refused)
	j.others = New(objects)
	for name := range j.written {
		delete(objects.Refused, name)
	}
	objects.Policies = slices.Concat(objects.Policies, written)
	j.after = New(objects)
	return j
}

// valid is the error for a written policy that the API server refuses: the newest one, which
// does not take host bits in a block either.
func (j *judge) valid(written []*networkingv1.NetworkPolicy, refused map[types.NamespacedName][]string) error {
	for _, note := range New(Objects{Policies: written, Refused: refused}).Notes() {
		if note.Kind == NoteRefused || note.Kind == NoteOdd && note.Rule.Number > 0 {
			rule := note.Rule
			rule.Policy = note.Object
			return fmt.Errorf("%s: the API server refuses NetworkPolicy %s/%s: %s", j.where(rule), note.Object.Namespace, note.Object.Name, note.Message)
		}
	}
	return nil
}

// selectedBy are the workloads that written policies select. It notes the policies that select
// none, and workloads that no policy holds for.
func (j *judge) selectedBy(written []*networkingv1.NetworkPolicy, out *Judgement) []api.Ref {
	var refs []api.Ref
	used := map[types.NamespacedName]bool{}
	for _, w := range j.all {
		by := j.writtenOn(w)
		for _, name := range by {
			used[name] = true
		}
		switch {
		case len(by) == 0:
		case w.HostNetwork:
			out.note("NetworkPolicy %s selects %s, which is on the network of its nodes, where policies do not hold", by[0], w.Ref.ShortFrom(by[0].Namespace))
		default:
			refs = append(refs, w.Ref)
		}
	}
	for _, p := range written {
		if name := policyName(p); !used[name] {
			out.note("NetworkPolicy %s selects nothing: there is no workload %s", name, whomWords(p))
		}
	}
	slices.Sort(out.Notes)
	return refs
}

// whomWords say whom a policy selects.
func whomWords(p *networkingv1.NetworkPolicy) string {
	if !selects(&p.Spec.PodSelector) {
		return "in namespace " + p.Namespace
	}
	return "with " + selectorWords(&p.Spec.PodSelector) + " in namespace " + p.Namespace
}

// writtenOn are the written policies that select some pod of a workload.
func (j *judge) writtenOn(w *fitWorkload) []types.NamespacedName {
	var by []types.NamespacedName
	for _, own := range j.endsOf(j.after, w) {
		for d := range own.group.selected {
			for _, p := range own.group.selected[d] {
				if name := nameOf(p.ref); j.written[name] && !slices.Contains(by, name) {
					by = append(by, name)
				}
			}
		}
	}
	return by
}

func (out *Judgement) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(out.Notes, text) {
		out.Notes = append(out.Notes, text)
	}
}

// noteOdd notes rules of written policies that do nothing, and what there is to know of all.
func (j *judge) noteOdd(out *Judgement) {
	for _, note := range j.after.notes {
		if note.Kind == NoteDead && j.written[nameOf(note.Object)] {
			out.note("NetworkPolicy %s/%s %s", note.Object.Namespace, note.Object.Name, note.Message)
		}
	}
	for _, hint := range j.in.HintsOf(nil) {
		out.note("%s", hint)
	}
}
