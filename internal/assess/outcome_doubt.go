package assess

import (
	"fmt"
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/check"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// doubt is a power that may lead to the cluster, in reach of an account: what it leads to
// depends on more than was read.
type doubt struct {
	power rbac.Power
	// steps lead to who holds it; none for the account itself.
	steps []rbac.Step
}

// leadsOn finds the worst power that paths do not follow, the nearest of these.
func (a *assessor) leadsOn(around []rbac.Reached) *doubt {
	var worst *rbac.Power
	var by rbac.Reached
	rank := -1
	for _, who := range around {
		for i := range who.Powers {
			p := &who.Powers[i]
			if p.Kind.Lesser() || a.follows(*p) {
				continue
			}
			if _, severity := check.GradePower(*p); severity.Rank() > rank && severity.AtLeast(api.SeverityMedium) {
				worst, by, rank = p, who, severity.Rank()
			}
		}
	}
	if worst == nil {
		return nil
	}
	return &doubt{*worst, by.Steps()}
}

// follows tells whether rbac.Graph knows where a power leads, in the world that was read.
func (a *assessor) follows(p rbac.Power) bool {
	switch p.Kind {
	case rbac.MayReadSecrets:
		return a.knowsTypes(p)
	case rbac.MayExec, rbac.MayDebug, rbac.MayChangePods:
		return a.knowsPods(p)
	}
	return leadsToPods(p.Kind) || slices.Contains([]rbac.PowerKind{
		rbac.MayBecomeMaster, rbac.MayIssueCertificates, rbac.MayIssueNodeCertificates, rbac.MayBindInCluster,
		rbac.MayImpersonateUsers, rbac.MayImpersonateGroups,
	}, p.Kind)
}

// knowsTypes tells whether the Secrets of a power were listed: else they may be tokens of
// accounts.
func (a *assessor) knowsTypes(p rbac.Power) bool {
	names := p.Names
	if len(names) == 0 {
		names = []string{""}
	}
	return !slices.ContainsFunc(names, func(name string) bool {
		fact := a.inv.Secret(p.Namespace, name).Fact
		return fact != workload.FactYes && fact != workload.FactNo
	})
}

// knowsPods tells whether the pods that a power names were read, or are not there.
func (a *assessor) knowsPods(p rbac.Power) bool {
	unread := a.access.fact == workload.FactAbsent || slices.ContainsFunc(a.inv.Unread, func(u api.Unread) bool {
		return u.Resource == "pods" && (u.Namespace == "" || p.Namespace == "" || u.Namespace == p.Namespace)
	})
	if len(p.Names) == 0 || !unread {
		return true
	}
	return p.Namespace != "" && !slices.ContainsFunc(p.Names, func(name string) bool {
		return !slices.ContainsFunc(a.worldOf().pods, func(pod neighbour) bool { return pod.namespace == p.Namespace && pod.name == name })
	})
}

// byDoubt is an outcome that is not known.
func (s *situation) byDoubt(id, text string, d doubt) api.Outcome {
	_, severity := check.GradePower(d.power)
	first, does := d.power, "token → "+d.power.Does()
	if len(d.steps) > 0 {
		last := d.steps[len(d.steps)-1]
		does = fmt.Sprintf("token → %s, and %s of %s", d.steps[0].Does, d.power.Does(), last.To)
		if d.steps[0].Power != nil {
			first = *d.steps[0].Power
		}
	}
	o := api.Outcome{
		ID: id, Severity: severity, Unknown: true, Text: text, Because: []string{check.OfPower(first.Kind)},
		Detail: does + " may lead there", Fix: s.fixOf(first),
	}
	if d.power.Kind == rbac.MayReadSecrets {
		o.Detail += ": whether a Secret there is the token of an account was not read"
	}
	return o
}
