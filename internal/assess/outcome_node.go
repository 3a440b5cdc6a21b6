package assess

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/check"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// nodeRoot is root on the node now.
func (s *situation) nodeRoot() api.Outcome {
	const id, text = "node-root", "root on the node"
	hold, unknown := s.findings(escapeChecks()...)
	hold = slices.DeleteFunc(hold, func(f api.Finding) bool { return f.Severity != api.SeverityCritical || s.contained(f) })
	switch {
	case len(hold) > 0:
		return possible(id, text, api.SeverityCritical, hold)
	case len(unknown) > 0:
		return notKnown(id, text, api.SeverityCritical, unknown)
	}
	if path, found := s.pathTo(rbac.GoalNodeRoot); found {
		return s.byPath(id, "root on a node", api.SeverityCritical, path)
	}
	if namespace, found := s.unlabelled(); found {
		o := notKnown(id, text, api.SeverityCritical, nil)
		o.Detail = fmt.Sprintf("it can make pods in %s, of which is not known whether it lets privileged ones in", namespace)
		return o
	}
	if s.withoutToken() == "" && s.access.unknownRights() {
		return s.unknownRight(id, text, api.SeverityCritical)
	}
	if s.w.Ref.Kind == kindServiceAccount {
		return notPossible(id, text, "no right to make or enter pods that are root on their node")
	}
	return notPossible(id, text, s.whyNotRoot())
}

// unlabelled finds a namespace that was not read and that the account can make pods in.
func (s *situation) unlabelled() (string, bool) {
	if s.withoutToken() != "" {
		return "", false
	}
	for _, p := range s.account.powers {
		makes := p.Kind == rbac.MayCreatePods || p.Kind == rbac.MayWriteTemplates
		if fact := s.inv.Namespace(p.Namespace).Fact; makes && p.Namespace != "" && fact != workload.FactYes {
			return p.Namespace, true
		}
	}
	return "", false
}

// contained tells that what a finding gives stays in a sandbox.
func (s *situation) contained(f api.Finding) bool {
	return s.sandboxed && slices.ContainsFunc(s.checks, func(c check.Check) bool { return c.ID == f.Check && c.Root })
}

// whyNotRoot names what would make code root on the node and is not there, and what is there
// and does not lead so far.
func (s *situation) whyNotRoot() string {
	var absent, short []string
	for _, way := range [][2]string{
		{"privileged", "privileged container"}, {"caps-added-escape", "capability"},
		{"hostpath-escape", "hostPath"}, {"runtime-socket", "runtime socket"},
	} {
		hold, _ := s.findings(way[0])
		switch {
		case len(hold) == 0:
			absent = append(absent, way[1])
		case s.contained(hold[0]):
			short = append(short, way[0]+" ends at the sandbox")
		default:
			short = append(short, fmt.Sprintf("%s is %s alone", way[0], hold[0].Severity))
		}
	}
	if len(absent) > 0 {
		short = append([]string{"no " + orList(absent) + " that leads there"}, short...)
	}
	return strings.Join(short, "; ")
}

func orList(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// nodeRead is what else is on the node, for code that is root there or reads its files.
func (s *situation) nodeRead() []api.Outcome {
	root := s.nodeRoot()
	files, _ := s.findings("hostpath-escape", "hostpath-any", "host-pid")
	var out []api.Outcome
	if len(files) > 0 && !root.Possible {
		o := possible("node-read", nodeText(files), files[0].Severity, files)
		if slices.ContainsFunc(files, showsTokens) {
			o.Detail += "; the tokens of its pods are among them: " + s.worstOf(s.neighbourAccounts())
		}
		out = append(out, o)
	}
	if !root.Possible || len(root.Hops) > 0 {
		return out
	}
	accounts := s.neighbourAccounts()
	var refs []api.Ref
	for _, pod := range s.neighbours() {
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

// neighbourAccounts are those whose tokens are in pods on the same nodes.
func (s *situation) neighbourAccounts() map[accountKey]bool {
	accounts := map[accountKey]bool{}
	for _, pod := range s.neighbours() {
		if pod.token {
			accounts[accountKey{pod.namespace, pod.account}] = true
		}
	}
	return accounts
}

// showsTokens tells a path of the node below which the kubelet keeps the volumes of pods.
func showsTokens(f api.Finding) bool {
	const pods = "/var/lib/kubelet/pods"
	at := path.Clean("/" + f.Got)
	return f.Check == "hostpath-escape" && (holds(at, pods) || holds(pods, at))
}

// holds tells whether a folder is, or has in it, a place.
func holds(folder, place string) bool {
	return strings.HasPrefix(place+"/", strings.TrimSuffix(folder, "/")+"/")
}
