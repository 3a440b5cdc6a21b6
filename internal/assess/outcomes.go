package assess

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/check"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// situation is what outcomes are worked out from.
type situation struct {
	*assessor
	w      *workload.Workload
	item   *api.Item
	shapes []*workload.Shape
	// account is nil for a mirror pod.
	account *account
	// others are further accounts of live pods or templates.
	others []*account
	// tokens are the containers that hold a token; of an account by itself the account has one.
	tokens bool
	stands stands
	// sandboxed tells that all its pods run in a sandbox.
	sandboxed bool
	// all are the findings, reported or not.
	all []api.Finding
}

// outcomes are what code in a workload gets, worst first, then what could not be judged, then
// what is not possible.
func (s *situation) outcomes(ctx workload.Context) []api.Outcome {
	s.sandboxed = len(s.shapes) > 0 && !slices.ContainsFunc(s.shapes, func(shape *workload.Shape) bool {
		return !check.Sandboxed(check.Subject{Shape: shape, Context: ctx})
	})
	var out []api.Outcome
	out = append(out, s.byRights()...)
	out = append(out, s.cloud()...)
	if s.w.Ref.Kind != kindServiceAccount {
		out = append(out, s.nodeRead()...)
		out = append(out, s.mountedSecrets()...)
		out = append(out, s.reach())
		out = append(out, s.capabilities()...)
		out = append(out, s.persistence()...)
	}
	out = s.withoutServer(out)
	slices.SortStableFunc(out, func(x, y api.Outcome) int {
		return cmp.Or(cmp.Compare(outcomeRank(x), outcomeRank(y)), cmp.Compare(y.Severity.Rank(), x.Severity.Rank()))
	})
	for i := range out {
		out[i].Because = set(out[i].Because)
		out[i].Hops = append([]api.Hop{}, out[i].Hops...)
	}
	return out
}

// byRights are the outcomes of the account's rights. Where the cluster is or may be taken, less
// is not called impossible.
func (s *situation) byRights() []api.Outcome {
	whole := s.cluster()
	less := append([]api.Outcome{s.nodeRoot(), s.namespaceTakeover(), s.otherNamespaces()}, s.secretsByRights()...)
	if whole.Possible || whole.Unknown {
		less = slices.DeleteFunc(less, func(o api.Outcome) bool { return !o.Possible && !o.Unknown })
	}
	return append([]api.Outcome{whole}, less...)
}

// withoutServer leaves out that an outcome of rights is not possible where no more than files
// was read, and says so once.
func (s *situation) withoutServer(out []api.Outcome) []api.Outcome {
	if s.access.fact != workload.FactAbsent || s.withoutToken() != "" {
		return out
	}
	byRights := []string{"cluster", "namespace", "other-namespaces", "secrets"}
	out = slices.DeleteFunc(out, func(o api.Outcome) bool { return !o.Possible && !o.Unknown && slices.Contains(byRights, o.ID) })
	return append(out, api.Outcome{
		ID: "rights", Severity: api.SeverityInfo, Unknown: true, Text: "by other rights",
		Detail: "the files tell what they grant, not what the cluster grants beside",
	})
}

func outcomeRank(o api.Outcome) int {
	switch {
	case o.Possible:
		return 0
	case o.Unknown:
		return 1
	}
	return 2
}

// findings are those of some checks that hold, accepted ones among them, as an acceptance
// takes nothing from an attacker; unknown are those that could not be judged.
func (s *situation) findings(ids ...string) (hold, unknown []api.Finding) {
	for _, f := range s.all {
		switch {
		case !slices.Contains(ids, f.Check):
		case f.Status == api.StatusUnknown:
			unknown = append(unknown, f)
		case f.Status != api.StatusPass:
			hold = append(hold, f)
		}
	}
	return hold, unknown
}

// possible is an outcome that findings lead to.
func possible(id, text string, severity api.Severity, because []api.Finding) api.Outcome {
	o := api.Outcome{ID: id, Severity: severity, Possible: true, Text: text}
	var details, fixes []string
	for _, f := range because {
		o.Because = append(o.Because, f.Check)
		details = appendNew(details, f.Message)
		fixes = appendNew(fixes, f.Fix)
	}
	o.Detail = firstOf(details)
	o.Fix = strings.Join(fixes, "; and ")
	return o
}

func appendNew(list []string, text string) []string {
	if text == "" || slices.Contains(list, text) {
		return list
	}
	return append(list, text)
}

// firstOf gives the first of several texts and counts the others.
func firstOf(texts []string) string {
	switch len(texts) {
	case 0:
		return ""
	case 1:
		return texts[0]
	}
	return fmt.Sprintf("%s; and %d more", texts[0], len(texts)-1)
}

func notPossible(id, text, detail string) api.Outcome {
	return api.Outcome{ID: id, Severity: api.SeverityInfo, Text: text, Detail: detail}
}

func notKnown(id, text string, severity api.Severity, unknown []api.Finding) api.Outcome {
	o := api.Outcome{ID: id, Severity: severity, Unknown: true, Text: text}
	var details []string
	for _, f := range unknown {
		o.Because = append(o.Because, f.Check)
		details = appendNew(details, f.Message)
	}
	o.Detail = firstOf(details)
	return o
}
