package plugin

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/compare"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// sides is what was read once, and becomes both sides.
type sides struct {
	collected *cluster.Collected
	snapshot  *cluster.Snapshot
	// conn is asked for what a changed side calls for besides; nil for nobody.
	conn  *cluster.Connection
	query cluster.Query
}

// readTemplates compares live workloads with what they were, with what was applied, or their pods
// with their templates.
func (o *diffOptions) readTemplates(ctx context.Context) (*difference, error) {
	conn, err := o.connect(o.input.chunkSize)
	if err != nil {
		return nil, err
	}
	s := sides{conn: &conn, query: o.query()}
	if s.collected, s.snapshot, err = cluster.Record(ctx, conn, s.query, o.input.asked()); err != nil {
		return nil, err
	}
	return o.templates(ctx, s)
}

// query is what is asked of a cluster for the baseline.
func (o *diffOptions) query() cluster.Query {
	query := o.input.query()
	query.Revisions = o.baseline.kind == baselineRevision
	query.Applied = o.baseline.kind == baselineApplied
	return query
}

// templates judges both sides. Workloads of which one side is not there are lacking; without any
// other there is no answer.
func (o *diffOptions) templates(ctx context.Context, s sides) (*difference, error) {
	in := inputOf(s.collected)
	if _, err := o.judge(in); err != nil {
		return nil, err
	}
	d := &difference{problems: in.problems, lacking: lacking{}}
	workloads := selectedOf(s.collected)
	var all []api.Ref
	for _, w := range workloads {
		all = append(all, w.Ref)
	}
	var was, now cluster.Change
	names := [2]string{string(o.baseline.kind), "live"}
	numbers := map[int64]bool{}
	switch o.baseline.kind {
	case baselineRevision:
		was = rewind(d.lacking, numbers, all, o.baseline.revision)
		now = withoutPods(all)
	case baselineApplied:
		was = o.applied(d.lacking, s, all)
		now = withoutPods(all)
	default:
		names[1] = "live pods"
		all = podsOf(d.lacking, s.collected, workloads)
		was, now = withoutPods(all), func(inv *cluster.Inventory) { inv.PodsAlone(among(all)) }
	}
	w, n, err := o.judgeBoth(ctx, s, was, now, d.lacking, all)
	if err != nil {
		return nil, err
	}
	if len(n.Items) == 0 {
		if err := d.lacking.err(); err != nil {
			d.problems = append(d.problems, err)
		}
		if len(d.problems) > 0 {
			return d, nil
		}
	}
	d.report, d.was, d.now = n, compare.OfReport(w), compare.OfReport(n)
	d.was.Name, d.now.Name = names[0], names[1]
	if o.baseline.kind == baselineRevision {
		d.was.Name = revisionName(o.baseline.value, numbers)
	}
	return d, nil
}

// judgeBoth judges both sides, without the workloads that one of them lacks.
func (o *diffOptions) judgeBoth(ctx context.Context, s sides, was, now cluster.Change, lacking lacking, all []api.Ref) (w, n *api.Report, err error) {
	before, err := s.snapshot.CollectChanged(ctx, s.conn, s.query, was)
	if err != nil {
		return nil, nil, err
	}
	after, err := s.snapshot.CollectChanged(ctx, nil, s.query, now)
	if err != nil {
		return nil, nil, err
	}
	wanted := slices.DeleteFunc(slices.Clone(all), func(ref api.Ref) bool { return lacking[ref] != nil })
	if wanted == nil {
		wanted = []api.Ref{}
	}
	return o.report(before.Inventory, wanted), o.report(after.Inventory, wanted), nil
}

// selectedOf are the workloads that the query selected.
func selectedOf(got *cluster.Collected) []*workload.Workload {
	all := got.Workloads()
	if got.Selected == nil {
		return all
	}
	return slices.DeleteFunc(all, func(w *workload.Workload) bool { return !slices.Contains(got.Selected, w.Ref) })
}

func withoutPods(refs []api.Ref) cluster.Change {
	return func(inv *cluster.Inventory) { inv.WithoutPods(among(refs)) }
}

// rewind gives workloads the templates that they had, and notes the numbers of these.
func rewind(lacking lacking, used map[int64]bool, refs []api.Ref, number int64) cluster.Change {
	return func(inv *cluster.Inventory) {
		for _, ref := range refs {
			found, err := inv.Rewind(ref, number)
			if err != nil {
				lacking[ref] = err
			} else {
				used[found] = true
			}
		}
		inv.WithoutPods(among(refs))
	}
}

// revisionName is the number where it is one.
func revisionName(asked string, used map[int64]bool) string {
	if len(used) == 1 {
		for number := range used {
			return fmt.Sprintf("revision %d", number)
		}
	}
	return "revision " + asked
}

// applied puts in the place of objects what was last applied of them.
func (o *diffOptions) applied(lacking lacking, s sides, refs []api.Ref) cluster.Change {
	objects, broken := s.snapshot.Applied()
	for _, ref := range refs {
		if err := s.snapshot.NotApplied(ref, broken); err != nil {
			lacking[ref] = err
		}
	}
	return func(inv *cluster.Inventory) {
		inv.Replace(objects)
		inv.WithoutPods(among(refs))
	}
}

// podsOf are the workloads with pods and a template, of which both can be compared.
func podsOf(lacking lacking, got *cluster.Collected, workloads []*workload.Workload) []api.Ref {
	refs := []api.Ref{}
	for _, w := range workloads {
		switch {
		case w.Ref.Kind == "Pod" && w.Ref.Group() == "":
			if len(got.Selected) > 0 {
				lacking[w.Ref] = errors.New("a Pod has no template that made it")
			}
			continue
		case len(w.Templates) == 0:
			lacking[w.Ref] = got.TemplateUnread(w.Ref)
		case got.PodsUnread(w.Ref.Namespace):
			lacking[w.Ref] = errPodsUnread(got.Unread)
		case len(w.Pods) == 0:
			lacking[w.Ref] = errors.New("no pod of it runs")
		}
		refs = append(refs, w.Ref)
	}
	return refs
}

// errPodsUnread names the failed read of pods.
func errPodsUnread(unread []api.Unread) error {
	for _, u := range unread {
		if u.Hides && u.Resource == "pods" && u.Group == "" {
			return fmt.Errorf("%s %s in namespace %s: %s", u.Verb, u.Resource, u.Namespace, u.Reason)
		}
	}
	return errors.New("its pods could not all be read")
}
