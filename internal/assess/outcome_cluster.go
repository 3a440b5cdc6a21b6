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

// pathTo is the shortest path of the account to a goal.
func (s *situation) pathTo(kind rbac.GoalKind) (rbac.Path, bool) {
	if s.withoutToken() != "" {
		return rbac.Path{}, false
	}
	for _, path := range s.paths(s.account.accountKey) {
		if path.Goal.Kind == kind {
			return path, true
		}
	}
	return rbac.Path{}, false
}

// byPath is an outcome that a path leads to.
func (s *situation) byPath(id, text string, severity api.Severity, path rbac.Path) api.Outcome {
	first := path.Steps[0]
	o := api.Outcome{ID: id, Severity: severity, Possible: true, Text: text, Hops: hopsOf(path, s.w.Ref.Namespace)}
	o.Detail = "token → " + first.Does
	if n := len(path.Steps); n > 1 {
		o.Detail = fmt.Sprintf("token → %s, and %s on", first.Does, workload.Plural(n-1, "step"))
	}
	if first.Power != nil {
		o.Because = []string{check.OfPower(first.Power.Kind)}
		o.Fix = s.fixOf(*first.Power)
	}
	return o
}

// fixOf is what ends a power: the fix of the finding about it.
func (s *situation) fixOf(p rbac.Power) string {
	if f := s.stands.finding(s.all, p); f != nil {
		return f.Fix
	}
	if len(p.Grants) == 0 {
		return ""
	}
	g := p.Grants[0]
	return fmt.Sprintf("take %s out of %s, which %s grants", p.Does(), nameFrom(g.Role, s.w.Ref.Namespace), nameFrom(g.Binding, s.w.Ref.Namespace))
}

// cluster is takeover of the cluster.
func (s *situation) cluster() api.Outcome {
	const id, text = "cluster", "the cluster"
	if path, found := s.pathTo(rbac.GoalClusterAdmin); found {
		return s.byPath(id, text, api.SeverityCritical, path)
	}
	if o, found := s.clusterFromNode(); found {
		return o
	}
	if why := s.withoutToken(); why != "" {
		return notPossible(id, text, why)
	}
	if power, found := s.leadsOn(); found {
		_, severity := check.GradePower(power)
		return api.Outcome{
			ID: id, Severity: severity, Unknown: true, Text: text, Because: []string{check.OfPower(power.Kind)},
			Detail: fmt.Sprintf("token → %s may lead there", power.Does()), Fix: s.fixOf(power),
		}
	}
	if s.access.unknownRights() {
		return s.unknownRight(id, text, api.SeverityCritical)
	}
	return notPossible(id, text, fmt.Sprintf("no right of ServiceAccount %s leads there in %d steps", s.account.name, rbac.MaxSteps))
}

// leadsOn finds the worst power that paths do not follow: what it leads to depends on more than
// was read.
func (s *situation) leadsOn() (rbac.Power, bool) {
	var worst rbac.Power
	rank := -1
	for _, p := range s.account.powers {
		named := len(p.Names) > 0 && slices.Contains([]rbac.PowerKind{rbac.MayExec, rbac.MayDebug, rbac.MayChangePods}, p.Kind)
		if p.Kind.Lesser() || followed(p.Kind) && !named {
			continue
		}
		if _, severity := check.GradePower(p); severity.Rank() > rank && severity.AtLeast(api.SeverityMedium) {
			worst, rank = p, severity.Rank()
		}
	}
	return worst, rank >= 0
}

// followed tells the powers of which rbac.Graph knows where they lead.
func followed(kind rbac.PowerKind) bool {
	return leadsToPods(kind) && kind != rbac.MayAttach || slices.Contains([]rbac.PowerKind{
		rbac.MayBecomeMaster, rbac.MayIssueCertificates, rbac.MayIssueNodeCertificates, rbac.MayBindInCluster,
		rbac.MayImpersonateUsers, rbac.MayImpersonateGroups, rbac.MayReadSecrets,
	}, kind)
}

// clusterFromNode goes by the tokens of other pods on the node, where code is root there.
func (s *situation) clusterFromNode() (api.Outcome, bool) {
	root := s.nodeRoot()
	if !root.Possible || len(root.Hops) > 0 {
		return api.Outcome{}, false
	}
	var best *rbac.Path
	var from neighbour
	for _, pod := range s.neighbours() {
		if !pod.token {
			continue
		}
		for _, path := range s.paths(accountKey{pod.namespace, pod.account}) {
			shorter := best == nil || len(path.Steps) < len(best.Steps)
			if path.Goal.Kind == rbac.GoalClusterAdmin && len(path.Steps) < rbac.MaxSteps && shorter {
				best, from = &path, pod
			}
		}
	}
	if best == nil {
		return api.Outcome{}, false
	}
	o := root
	o.ID, o.Text = "cluster", "the cluster"
	account := "ServiceAccount " + from.namespace + "/" + from.account
	o.Detail = fmt.Sprintf("root on the node → the token of %s, on %s", account, from.node)
	first := api.Hop{Subject: "root on " + from.node, Does: "take the tokens of its pods", Becomes: account, Via: api.Via{Rules: []int{}}}
	o.Hops = append([]api.Hop{first}, hopsOf(*best, s.w.Ref.Namespace)...)
	return o, true
}

// neighbours are the pods of other workloads on the same nodes.
func (s *situation) neighbours() []neighbour {
	nodes := map[string]bool{}
	for _, pod := range s.w.Pods {
		nodes[pod.Spec.NodeName] = pod.Spec.NodeName != ""
	}
	var out []neighbour
	for _, pod := range s.worldOf().pods {
		if nodes[pod.node] && pod.ref != s.w.Ref {
			out = append(out, pod)
		}
	}
	return out
}

// withoutToken is why no right of the account is within reach; empty where one is.
func (s *situation) withoutToken() string {
	switch {
	case s.account == nil:
		return "a mirror pod has no account"
	case !s.tokens:
		return fmt.Sprintf("no token of ServiceAccount %s in any container", s.account.name)
	}
	return ""
}

// unknownRight is an outcome that what could not be read of RBAC may lead to.
func (s *situation) unknownRight(id, text string, severity api.Severity) api.Outcome {
	o := api.Outcome{ID: id, Severity: severity, Unknown: true, Text: text}
	o.Detail = strings.Join(s.access.unknowns(), "; ")
	return o
}
