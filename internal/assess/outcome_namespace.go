package assess

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/check"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// takesNamespace tells the powers that give the workloads or the accounts of a namespace.
func takesNamespace(kind rbac.PowerKind) bool {
	return kind == rbac.MayAttach || leadsToPods(kind)
}

// namespaceTakeover is the takeover of the workload's own namespace, or of single workloads
// in it.
func (s *situation) namespaceTakeover() api.Outcome {
	const id = "namespace"
	text := "the workloads of " + s.w.Ref.Namespace
	if why := s.withoutToken(); why != "" {
		return notPossible(id, text, why)
	}
	all, named := s.takes(s.own)
	switch {
	case len(all) > 0:
		return s.byPowers(id, text, api.SeverityHigh, all)
	case len(named) > 0:
		return s.byPowers(id, "single workloads of "+s.w.Ref.Namespace, api.SeverityMedium, named)
	case s.access.unknownRights():
		return s.unknownRight(id, text, api.SeverityHigh)
	}
	return notPossible(id, text, "no right to create, change or enter pods, or to act as other accounts")
}

func (s *situation) own(p rbac.Power) bool {
	return p.Namespace == "" || p.Namespace == s.w.Ref.Namespace
}

// takes are the powers over pods and accounts that hold where it is asked: of all names, and
// of some.
func (s *situation) takes(where func(rbac.Power) bool) (all, named []rbac.Power) {
	for _, p := range s.account.powers {
		switch {
		case !takesNamespace(p.Kind) || !where(p):
		case len(p.Names) == 0:
			all = append(all, p)
		default:
			named = append(named, p)
		}
	}
	return all, named
}

func (s *situation) byPowers(id, text string, severity api.Severity, powers []rbac.Power) api.Outcome {
	o := api.Outcome{ID: id, Severity: severity, Possible: true, Text: text}
	var does, fixes []string
	for _, p := range powers {
		o.Because = appendNew(o.Because, check.OfPower(p.Kind))
		does = appendNew(does, p.Does())
		fixes = appendNew(fixes, s.fixOf(p))
	}
	o.Detail = "token → " + firstOf(does)
	o.Fix = strings.Join(fixes, "; and ")
	return o
}

// otherNamespaces is what rights give outside the workload's own namespace.
func (s *situation) otherNamespaces() api.Outcome {
	const id, text = "other-namespaces", "other namespaces"
	if why := s.withoutToken(); why != "" {
		return notPossible(id, text, why)
	}
	others := func(p rbac.Power) bool { return p.Namespace != s.w.Ref.Namespace }
	all, named := s.takes(others)
	switch {
	case len(all) > 0:
		return s.byPowers(id, "the workloads of "+placesOf(all), api.SeverityHigh, all)
	case len(named) > 0:
		return s.byPowers(id, "single workloads of "+placesOf(named), api.SeverityMedium, named)
	}
	outside := slices.DeleteFunc(slices.Clone(s.account.rights), func(r rbac.Right) bool {
		return r.Namespace == s.w.Ref.Namespace || len(r.Rule.Resources) == 0
	})
	switch {
	case s.access.unknownRights():
		return s.unknownRight(id, text, api.SeverityHigh)
	case len(outside) == 0:
		return notPossible(id, text, fmt.Sprintf("no grant outside %s beyond what every account has", s.w.Ref.Namespace))
	}
	var what []string
	for _, r := range outside {
		what = appendNew(what, fmt.Sprintf("%s %s%s", strings.Join(set(r.Rule.Verbs), ","), strings.Join(set(r.Rule.Resources), ","), inPlace(r.Namespace)))
	}
	return api.Outcome{
		ID: id, Severity: api.SeverityInfo, Possible: true, Text: "some of " + text, Detail: "token → " + firstOf(what),
		Fix: "grant it in its own namespace",
	}
}

func inPlace(namespace string) string {
	if namespace == "" {
		return " everywhere"
	}
	return " in " + namespace
}

// placesOf are the namespaces of powers.
func placesOf(powers []rbac.Power) string {
	var places []string
	for _, p := range powers {
		if p.Namespace == "" {
			return "every namespace"
		}
		places = appendNew(places, p.Namespace)
	}
	slices.Sort(places)
	return workload.SomeOf(places)
}
