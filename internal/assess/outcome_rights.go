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
	switch why := s.withoutToken(); {
	case why != "":
		return notPossible(id, text, why)
	case s.access.unknownRights():
		return s.unknownRight(id, text, api.SeverityCritical)
	}
	return notPossible(id, text, fmt.Sprintf("no right of ServiceAccount %s leads there in %d steps", s.account.name, rbac.MaxSteps))
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

// unknownRight is an outcome that what could not be read of RBAC may lead to.
func (s *situation) unknownRight(id, text string, severity api.Severity) api.Outcome {
	o := api.Outcome{ID: id, Severity: severity, Unknown: true, Text: text}
	o.Detail = strings.Join(s.access.unknowns(), "; ")
	return o
}

// takesNamespace tells the powers that give the workloads or the accounts of a namespace.
func takesNamespace(kind rbac.PowerKind) bool {
	return kind == rbac.MayAttach || kind != rbac.MayProxyNodes && leadsToPods(kind)
}

// namespaceTakeover is the takeover of the workload's own namespace.
func (s *situation) namespaceTakeover() api.Outcome {
	const id = "namespace"
	text := "the workloads of " + s.w.Ref.Namespace
	switch why := s.withoutToken(); {
	case why != "":
		return notPossible(id, text, why)
	case s.access.unknownRights() && len(s.takes(s.own)) == 0:
		return s.unknownRight(id, text, api.SeverityHigh)
	}
	powers := s.takes(s.own)
	if len(powers) == 0 {
		return notPossible(id, text, "no right to create, change or enter pods, or to act as other accounts")
	}
	return s.byPowers(id, text, api.SeverityHigh, powers)
}

func (s *situation) own(p rbac.Power) bool {
	return p.Namespace == "" || p.Namespace == s.w.Ref.Namespace
}

// takes are the powers over pods and accounts, of all names, that hold where it is asked.
func (s *situation) takes(where func(rbac.Power) bool) []rbac.Power {
	var out []rbac.Power
	for _, p := range s.account.powers {
		if takesNamespace(p.Kind) && where(p) && len(p.Names) == 0 {
			out = append(out, p)
		}
	}
	return out
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
	if powers := s.takes(others); len(powers) > 0 {
		return s.byPowers(id, "the workloads of "+placesOf(powers), api.SeverityHigh, powers)
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
	return someNames(places)
}

// secretsByRights are the Secrets that the account can read, or have read by a path.
func (s *situation) secretsByRights() []api.Outcome {
	if why := s.withoutToken(); why != "" {
		return []api.Outcome{notPossible("secrets", "Secrets by rights", why)}
	}
	var out []api.Outcome
	direct := map[string]bool{}
	for _, p := range s.account.powers {
		if p.Kind != rbac.MayReadSecrets && p.Kind != rbac.MayDoEverything {
			continue
		}
		o := s.byPowers("secrets", secretsText(p), api.SeverityHigh, []rbac.Power{p})
		switch {
		case len(p.Names) > 0:
			o.Severity = api.SeverityMedium
		case p.Namespace == "":
			o.Severity = api.SeverityCritical
		}
		direct[p.Namespace] = direct[p.Namespace] || len(p.Names) == 0
		out = append(out, o)
	}
	for _, path := range s.paths(s.account.accountKey) {
		if ns := path.Goal.Namespace; path.Goal.Kind == rbac.GoalSecrets && !direct[ns] && !direct[""] {
			out = append(out, s.byPath("secrets", secretsText(rbac.Power{Namespace: ns}), api.SeverityHigh, path))
		}
	}
	switch {
	case len(out) > 0:
		return out
	case s.access.unknownRights():
		return []api.Outcome{s.unknownRight("secrets", "Secrets by rights", api.SeverityHigh)}
	}
	return []api.Outcome{notPossible("secrets", "Secrets by rights", "no right to get, list or watch Secrets")}
}

func secretsText(p rbac.Power) string {
	where := "of the cluster"
	if p.Namespace != "" {
		where = "of " + p.Namespace
	}
	if len(p.Names) > 0 {
		noun := "Secret"
		if len(p.Names) > 1 {
			noun = "Secrets"
		}
		return fmt.Sprintf("%s %s %s", noun, someNames(p.Names), where)
	}
	return "every Secret " + where
}

// nodeRead is what else is on the node, for code that is root there or reads its files.
func (s *situation) nodeRead() []api.Outcome {
	root := s.nodeRoot()
	files, _ := s.findings("hostpath-escape", "hostpath-any", "host-pid")
	var out []api.Outcome
	if len(files) > 0 && !root.Possible {
		out = append(out, possible("node-read", nodeText(files), files[0].Severity, files))
	}
	if !root.Possible || len(root.Hops) > 0 {
		return out
	}
	accounts := map[accountKey]bool{}
	var refs []api.Ref
	for _, pod := range s.neighbours() {
		if pod.token {
			accounts[accountKey{pod.namespace, pod.account}] = true
		}
		if !slices.Contains(refs, pod.ref) {
			refs = append(refs, pod.ref)
		}
	}
	if len(refs) == 0 {
		return out
	}
	o := api.Outcome{
		ID: "node-read", Severity: api.SeverityHigh, Possible: true, Because: root.Because, Fix: root.Fix,
		Text:   "what else runs on its nodes",
		Detail: workload.Plural(len(refs), "workload") + ", " + workload.Plural(len(accounts), "account") + " with tokens; " + s.worstOf(accounts),
	}
	return append(out, o)
}

// nodeText says what of the node is read.
func nodeText(findings []api.Finding) string {
	if findings[0].Check == "host-pid" {
		return "processes of the node"
	}
	return "files of the node"
}

// worstOf names the account with the worst power.
func (s *situation) worstOf(accounts map[accountKey]bool) string {
	worst, does, rank := "", "", -1
	for key := range accounts {
		name := "ServiceAccount " + key.namespace + "/" + key.name
		for _, p := range s.access.account(key.namespace, key.name).powers {
			_, severity := check.GradePower(p)
			if r := severity.Rank(); r > rank || r == rank && name < worst {
				worst, does, rank = name, p.Does(), r
			}
		}
	}
	if worst == "" {
		return "none has rights that matter"
	}
	return fmt.Sprintf("the worst, %s, may %s", worst, does)
}
