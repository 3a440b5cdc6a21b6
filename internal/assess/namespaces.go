package assess

import (
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/check"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// podSecurityPrefix begins the labels by which a namespace admits pods.
const podSecurityPrefix = "pod-security.kubernetes.io/"

// namespaces judges the namespaces of the workloads, each by the workload in it that reaches
// the lowest Pod Security level: a namespace cannot enforce more than that.
func (a *assessor) namespaces(workloads []*workload.Workload, items []api.Item) []api.Namespace {
	lowest := map[string]int{}
	for i, item := range items {
		at, seen := lowest[item.Ref.Namespace]
		if !seen || worse(item.PodSecurity.Level, items[at].PodSecurity.Level) != items[at].PodSecurity.Level {
			lowest[item.Ref.Namespace] = i
		}
	}
	out := []api.Namespace{}
	for _, name := range slices.Sorted(maps.Keys(lowest)) {
		w := workloads[lowest[name]]
		if ctx := a.inv.Context(w); ctx.Namespace.Fact == workload.FactYes || ctx.Namespace.Fact == workload.FactUnknown {
			out = append(out, a.namespace(name, w, ctx))
		}
	}
	return out
}

func (a *assessor) namespace(name string, w *workload.Workload, ctx workload.Context) api.Namespace {
	ns := api.Namespace{Name: name, PodSecurity: map[string]string{}, Findings: []api.Finding{}, Notes: []string{}}
	shapes := w.Shapes()
	shape := slices.MinFunc(shapes, func(x, y *workload.Shape) int {
		return len(a.policy.Failures(y.Meta, y.Spec)) - len(a.policy.Failures(x.Meta, x.Spec))
	})
	ref := api.Ref{APIVersion: "v1", Kind: "Namespace", Name: name}
	subject := check.NewSubject(shape, ctx, a.policy)
	for i := range a.checks {
		c := &a.checks[i]
		if !c.Namespace {
			continue
		}
		for _, found := range c.Eval(subject) {
			v := violation{Violation: found, check: c, shape: shape, subject: found.Key, fingerprint: api.Fingerprint(c.ID, ref, "", found.Key)}
			if a.opts.Selection.reports(v) {
				f := a.changed(a.finding(&workload.Workload{Ref: ref}, v, ctx))
				f.Path, f.Pods = "metadata.labels", ""
				ns.Findings = append(ns.Findings, f)
			}
		}
	}
	if ctx.Namespace.Fact == workload.FactYes {
		a.labels(&ns, ctx.Namespace.Value.Labels, ctx.Namespace.Value.Annotations)
	}
	api.SortFindings(ns.Findings)
	return ns
}

func (a *assessor) labels(ns *api.Namespace, labels, annotations map[string]string) {
	for key, value := range labels {
		if short, ok := strings.CutPrefix(key, podSecurityPrefix); ok {
			ns.PodSecurity[short] = value
		}
	}
	accepted, notes := a.acceptances(annotations)
	ns.Notes = append(ns.Notes, notes...)
	if !a.opts.IgnoreAcceptances {
		accept(ns.Findings, accepted, func(api.Finding) bool { return true })
	}
}
