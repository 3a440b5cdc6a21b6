package assess

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/check"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
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
	if s.w.Ref.Kind != kindServiceAccount {
		out = append(out, s.nodeRoot())
	}
	out = append(out, s.cluster(), s.namespaceTakeover(), s.otherNamespaces())
	out = append(out, s.secretsByRights()...)
	out = append(out, s.cloud()...)
	if s.w.Ref.Kind != kindServiceAccount {
		out = append(out, s.nodeRead()...)
		out = append(out, s.mountedSecrets()...)
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

// capabilities are what stays within reach of a setuid program.
func (s *situation) capabilities() []api.Outcome {
	hold, _ := s.findings("caps-not-dropped", "caps-added")
	if len(hold) == 0 {
		return nil
	}
	worst := slices.MaxFunc(hold, func(x, y api.Finding) int { return cmp.Compare(x.Severity.Rank(), y.Severity.Rank()) })
	return []api.Outcome{possible("capabilities", s.kept(), worst.Severity, hold)}
}

// kept says how many capabilities stay, where that was worked out.
func (s *situation) kept() string {
	most := 0
	for _, c := range s.item.Containers {
		if n := len(strings.Fields(c.Settings["capabilities"].Value)); n > most {
			most = n
		}
	}
	if most < 2 {
		return "capabilities"
	}
	return fmt.Sprintf("%d capabilities", most)
}

// persistence is what an attacker can leave behind.
func (s *situation) persistence() []api.Outcome {
	var out []api.Outcome
	if hold, _ := s.findings("rootfs-writable"); len(hold) > 0 {
		o := possible("persistence", "its image's files", hold[0].Severity, hold)
		o.Detail = "changed until the container restarts: root file system writable in " + containersIn(hold)
		out = append(out, o)
	}
	if hold, _ := s.findings("pvc-shared"); len(hold) > 0 {
		out = append(out, possible("persistence", "files of others", api.SeverityLow, hold))
	}
	return out
}

func containersIn(findings []api.Finding) string {
	var names []string
	for _, f := range findings {
		names = appendNew(names, f.Container)
	}
	slices.Sort(names)
	return someNames(names)
}

// mountedSecrets are the Secrets that the pod was given.
func (s *situation) mountedSecrets() []api.Outcome {
	if len(s.item.Secrets) == 0 {
		return nil
	}
	var names []string
	for _, use := range s.item.Secrets {
		names = append(names, use.Name)
	}
	return []api.Outcome{{
		ID: "secrets", Severity: api.SeverityInfo, Possible: true, Text: workload.Plural(len(names), "Secret") + " given to it",
		Detail: someNames(names), Fix: "give it no Secret that it does not need",
	}}
}

// cloud is the role that a cloud gives to the account.
func (s *situation) cloud() []api.Outcome {
	hold, _ := s.findings("cloud-identity")
	if len(hold) == 0 {
		return nil
	}
	return []api.Outcome{possible("cloud", "a role in the cloud", hold[0].Severity, hold)}
}
