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
	return fmt.Sprintf("take %s out of %s, which %s grants", p.Does(), g.Role.From(s.w.Ref.Namespace), g.Binding.From(s.w.Ref.Namespace))
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
	if o, found := s.nodeMayLeadOn(id, text); found {
		return o
	}
	if why := s.withoutToken(); why != "" {
		return notPossible(id, text, why)
	}
	if d := s.ways(s.account.accountKey).doubt; d != nil {
		return s.byDoubt(id, text, *d)
	}
	if s.access.unknownRights() || len(s.account.absent) > 0 {
		return s.unknownRight(id, text, api.SeverityCritical)
	}
	if unread := s.podsUnread(); unread != "" && slices.ContainsFunc(s.account.powers, func(p rbac.Power) bool { return leadsToPods(p.Kind) }) {
		return api.Outcome{ID: id, Severity: api.SeverityHigh, Unknown: true, Text: text, Detail: "which pods its rights lead to is not known: " + unread}
	}
	return notPossible(id, text, fmt.Sprintf("no right of ServiceAccount %s leads there in %d steps", s.account.name, rbac.MaxSteps))
}

// onNode is what gives the tokens of other pods on the node: root there, or files of it.
func (s *situation) onNode() (api.Outcome, bool) {
	if root := s.nodeRoot(); root.Possible && len(root.Hops) == 0 {
		return root, true
	}
	files, _ := s.findings("hostpath-escape")
	if at := slices.IndexFunc(files, showsTokens); at >= 0 {
		return possible("cluster", "files of the node", files[at].Severity, files[at:at+1]), true
	}
	return api.Outcome{}, false
}

// clusterFromNode goes by the tokens of other pods on the node.
func (s *situation) clusterFromNode() (api.Outcome, bool) {
	o, found := s.onNode()
	if !found {
		return o, false
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
	account := "ServiceAccount " + from.namespace + "/" + from.account
	o.Detail = fmt.Sprintf("%s → the token of %s, on %s", o.Text, account, from.node)
	o.ID, o.Text, o.Severity = "cluster", "the cluster", api.SeverityCritical
	first := api.Hop{Subject: "root on " + from.node, Does: "take the tokens of its pods", Becomes: account, Via: api.Via{Rules: []int{}}}
	o.Hops = append([]api.Hop{first}, hopsOf(*best, s.w.Ref.Namespace)...)
	return o, true
}

// nodeMayLeadOn is the cluster by way of the node, where none of the pods that were read leads
// there: others come to the node, and it may be one of the control plane.
func (s *situation) nodeMayLeadOn(id, text string) (api.Outcome, bool) {
	o, found := s.onNode()
	if !found {
		return o, false
	}
	o.ID, o.Detail, o.Possible, o.Unknown = id, o.Text+" leads there with the pods that come to it, and on a node of the control plane", false, true
	o.Severity, o.Text = api.SeverityHigh, text
	return o, true
}

// podsUnread says which pods could not be read; empty where all that were asked for were.
func (s *situation) podsUnread() string {
	for _, u := range s.inv.Unread {
		if u.Resource == "pods" {
			return fmt.Sprintf("%s pods%s: %s", u.Verb, inPlace(u.Namespace), u.Reason)
		}
	}
	return ""
}

// neighbours are the pods of other workloads on the same nodes.
func (s *situation) neighbours() []neighbour {
	if len(s.w.Pods) == 0 {
		return nil
	}
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
	o.Detail = strings.Join(s.access.unknowns(s.w.Ref.Namespace), "; ")
	return o
}
