// Package assess turns workloads and an inventory into a Report: it runs the checks on
// every shape of every workload, drops what another finding implies, and works out the
// Pod Security level with its gaps.
package assess

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	psapi "k8s.io/pod-security-admission/api"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/check"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/memo"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// Options say how to judge.
type Options struct {
	// Version of the Pod Security policy; the zero value is the server's minor, and without
	// a server the newest known.
	Version psapi.Version
	// Level limits the gaps to those that keep a workload from this level.
	Level api.Level
	// Selection narrows what is judged.
	Selection Selection
	// Severities override those of checks, by ID.
	Severities map[string]api.Severity
	// Registries are the only ones that images may come from; none means no opinion.
	Registries []string
	// IgnoreAcceptances treats accepted findings as any other.
	IgnoreAcceptances bool
	// Accounts are ServiceAccounts that are judged by themselves, and Secrets those of which is
	// told who can read them, Services those of which is told who reaches them, and Policies
	// NetworkPolicies of which is told what they do.
	Accounts, Secrets, Services, Policies []api.Ref
	// Now decides whether an acceptance has expired.
	Now time.Time
}

// Report judges the workloads of an inventory.
func Report(inv *cluster.Inventory, opts Options) *api.Report {
	a := assessor{
		inv:    inv,
		checks: check.All(),
		policy: podsecurity.New(PolicyVersion(inv.Server, opts.Version)),
		opts:   opts,
		known:  map[string]bool{},
		access: newAccess(inv),
	}
	for _, c := range a.checks {
		a.known[c.ID] = true
	}
	report := api.NewReport()
	report.Server = inv.Server
	report.Unknown = append(report.Unknown, inv.Unread...)
	workloads := inv.Workloads()
	a.users = usersOf(inv, workloads)
	for _, w := range workloads {
		a.refs = append(a.refs, w.Ref)
	}
	a.net = networkOf(inv)
	workloads = slices.DeleteFunc(workloads, func(w *workload.Workload) bool { return !opts.Selection.wants(w) })
	workloads = append(workloads, a.accountWorkloads()...)
	report.Items = a.items(workloads)
	report.Pages = a.pages()
	report.Namespaces = a.namespaces(workloads, report.Items)
	report.Summary = Summarize(report.Items)
	report.Checks, report.Narrowed = a.reported()
	return report
}

// Summarize counts the findings of items.
func Summarize(items []api.Item) api.Summary {
	s := api.Summary{Workloads: len(items)}
	for _, item := range items {
		s.Counts = s.Add(api.Count(item.Findings))
	}
	return s
}

// PolicyVersion is the version to judge by: the one asked for, else the minor of the server's
// version such as "v1.36.3", else the newest known.
func PolicyVersion(server string, asked psapi.Version) psapi.Version {
	if asked != (psapi.Version{}) {
		return asked
	}
	if minor, ok := minorOf(server); ok {
		return psapi.MajorMinorVersion(1, minor)
	}
	return podsecurity.Newest()
}

type assessor struct {
	inv    *cluster.Inventory
	checks []check.Check
	policy *podsecurity.Evaluator
	opts   Options
	// known are the IDs of all checks.
	known  map[string]bool
	access *access
	// refs are all workloads that were read.
	refs []api.Ref
	// users are the workloads that act as an account.
	users map[accountKey][]api.Ref
	// others are policies that are not evaluated, in words, by namespace.
	others memo.Table[string, []string]
	// peers are those that rules name, in words, as a namespace sees them.
	peers memo.Table[string, string]
	net   *netpol.Network
	// exposure is what leads to pods.
	exposure lazyExposure
	lazy     lazyWorld
	finder   pathFinder
}

// items judges the workloads on every processor; each has its own place in the answer.
func (a *assessor) items(workloads []*workload.Workload) []api.Item {
	items := make([]api.Item, len(workloads))
	var next atomic.Int64
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(workloads); i = int(next.Add(1)) - 1 {
				items[i] = a.item(workloads[i])
			}
		})
	}
	group.Wait()
	return items
}

func (a *assessor) item(w *workload.Workload) api.Item {
	ctx := a.inv.Context(w)
	ctx.Registries = a.opts.Registries
	shapes := w.Shapes()
	ctx.Network = a.network(w, shapes)
	a.expose(ctx.Network, w, shapes)
	found := a.found(w, shapes, ctx)
	item := api.Item{
		Ref:         w.Ref,
		Source:      sourceOf(w),
		Pods:        podsOf(w, a.inv.PodsUnread(w.Ref.Namespace)),
		PodSecurity: a.podSecurity(w, shapes, found),
		Settings:    podSettings(shapes),
		Containers:  containersOf(shapes, ctx),
		Network:     ctx.Network,
		Findings:    a.findings(w, found, ctx, a.opts.Selection),
		Notes:       []string{},
	}
	item.Notes = append(item.Notes, a.acceptAll(w, item.Findings)...)
	s := a.situation(&item, w, shapes, ctx)
	s.stands = standsOf(found)
	s.all = item.Findings
	if a.opts.Selection.narrows() || len(a.opts.Severities) > 0 {
		s.all = a.findings(w, found, ctx, Selection{unchanged: true})
	}
	s.identify(ctx)
	a.opts.Selection.trim(&item)
	api.SortFindings(item.Findings)
	return item
}

func sourceOf(w *workload.Workload) *api.Source {
	if w.Source.File == "" {
		return nil
	}
	return &api.Source{File: w.Source.File, Line: w.Source.Line}
}

func podsOf(w *workload.Workload, unread bool) api.Pods {
	pods := api.Pods{Live: len(w.Pods), Unknown: unread}
	if w.Source.File == "" {
		pods.Desired = w.Desired
	}
	for _, pod := range w.Pods {
		if len(pod.Status.Conditions) > 0 && pod.Status.Conditions[0].Status == "True" {
			pods.Ready++
		}
	}
	return pods
}
