package assess

import (
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

// stands tells which powers the findings of an item are about, by fingerprint.
type stands map[string][]rbac.Power

func standsOf(found []violation) stands {
	s := stands{}
	for _, v := range found {
		if len(v.Powers) > 0 {
			s[v.fingerprint] = append(s[v.fingerprint], v.Powers...)
		}
	}
	return s
}

// samePower tells a power by what it is, whatever grants it.
func samePower(a, b rbac.Power) bool {
	return a.Kind == b.Kind && a.Namespace == b.Namespace && a.Group == b.Group && a.Resource == b.Resource && slices.Equal(a.Names, b.Names)
}

// finding is the one about a power, nil for none.
func (s stands) finding(findings []api.Finding, power rbac.Power) *api.Finding {
	for i := range findings {
		if slices.ContainsFunc(s[findings[i].Fingerprint], func(p rbac.Power) bool { return samePower(p, power) }) {
			return &findings[i]
		}
	}
	return nil
}

// mark notes on rights, none of which is merged yet, which findings stand on them.
func (s stands) mark(rights []api.Right, findings []api.Finding, namespace string) {
	type rule struct {
		binding, role, subject string
		number                 int
	}
	index := map[rule][]int{}
	for i, r := range rights {
		key := rule{r.Via.Binding, r.Via.Role, r.Via.Subject, r.Via.Rules[0]}
		index[key] = append(index[key], i)
	}
	for _, f := range findings {
		for _, power := range s[f.Fingerprint] {
			for _, g := range power.Grants {
				by := via(g, namespace)
				for _, i := range index[rule{by.Binding, by.Role, by.Subject, g.Rule}] {
					if concerns(rights[i].Resources, power.Resource) && !slices.Contains(rights[i].Checks, f.Check) {
						rights[i].Checks = set(append(slices.Clone(rights[i].Checks), f.Check))
					}
				}
			}
		}
	}
}

// concerns tells whether resources of a rule hold one; that of a power over everything is
// empty or a star.
func concerns(resources []string, resource string) bool {
	_, subresource, _ := strings.Cut(resource, "/")
	return resource == "" || slices.ContainsFunc(resources, func(r string) bool {
		return r == resource || r == rbacv1.ResourceAll || subresource != "" && r == "*/"+subresource
	})
}

// raise takes a step up what leads on to root on a node or to the cluster: the power by
// itself is a step on the way. Severities that were set by hand stay.
func (s *situation) raise() {
	if s.withoutToken() != "" {
		return
	}
	for _, path := range s.paths(s.account.accountKey) {
		if path.Goal.Kind == rbac.GoalSecrets || path.Steps[0].Power == nil {
			continue
		}
		f := s.stands.finding(s.all, *path.Steps[0].Power)
		if f == nil || f.Modifier != "" || !f.Severity.AtLeast(api.SeverityMedium) || f.Severity == api.SeverityCritical {
			continue
		}
		if _, byHand := s.opts.Severities[f.Check]; byHand {
			continue
		}
		raised := *f
		raised.Severity, raised.Modifier = f.Severity.Step(1), "+1: leads to "+path.Steps[len(path.Steps)-1].To
		for _, list := range [][]api.Finding{s.all, s.item.Findings} {
			for i := range list {
				if list[i].Fingerprint == raised.Fingerprint {
					list[i].Severity, list[i].Modifier = raised.Severity, raised.Modifier
				}
			}
		}
	}
}
