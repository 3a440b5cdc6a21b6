package plugin

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/assess"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/compare"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/render"
)

var (
	errFilesNeedCluster   = errors.New("files are compared with what is live, and no kubeconfig context is set; set --kubeconfig or KUBECONFIG, or take --baseline FILE")
	errTemplateNeedsLive  = errors.New("--baseline template compares pods with their template: it takes live objects or a snapshot, and -f holds manifests")
	errSnapshotNeedsOther = errors.New("-f holds a snapshot, which is the new side by itself; to compare the cluster with it, write its baseline: gen baseline -f SNAPSHOT")
)

// files are manifests, as the new side.
type files struct {
	objects  []cluster.Object
	selected []api.Ref
	// named tells that the selection is that of the command line.
	named    bool
	places   []string
	problems []error
}

// readFiles reads -f or -k as the new side.
func (o *diffOptions) readFiles(ctx context.Context) (*difference, error) {
	objects, problems, err := o.load(ctx)
	if err != nil {
		return nil, err
	}
	snapshot, err := cluster.SnapshotFrom(objects)
	if snapshot != nil || err != nil {
		return o.readSnapshot(ctx, snapshot, problems, err)
	}
	if o.baseline.kind == baselineTemplate {
		return nil, errTemplateNeedsLive
	}
	inv := cluster.NewInventory()
	inv.DefaultNamespace = o.input.namespace
	f, in := o.inFiles(inv, objects, problems)
	if len(objects) == 0 {
		return &difference{problems: in.problems}, nil
	}
	var d *difference
	switch connected, err := o.connected(); {
	case err != nil:
		return nil, err
	case connected && o.baseline.kind != baselinePSS:
		d, err = o.inSurroundings(ctx, f)
		if err != nil {
			return nil, err
		}
	case o.baseline.kind == baselineLive && !connected:
		return nil, errFilesNeedCluster
	default:
		if err := o.input.facts(ctx, inv); err != nil {
			return nil, err
		}
		if d, err = o.against(in, o.fileName()); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (o *diffOptions) load(ctx context.Context) ([]cluster.Object, []cluster.Problem, error) {
	return cluster.Load(ctx, cluster.LoadOptions{
		Filenames: o.input.filenames, Kustomize: o.input.kustomize, Recursive: o.input.recursive, Stdin: o.process.Streams.In,
	})
}

// connected tells whether there is a cluster to ask.
func (o *diffOptions) connected() (bool, error) {
	if o.input.local {
		return false, nil
	}
	name, err := o.contextName()
	return name != "" || *o.config.APIServer != "", err
}

// fileName is the new side for a reader.
func (o *diffOptions) fileName() string {
	return render.Printable(strings.Join(o.input.scope().Files, ", "))
}

// inFiles finds in files what the command line asks for.
func (o *diffOptions) inFiles(inv *cluster.Inventory, objects []cluster.Object, problems []cluster.Problem) (files, input) {
	copies := slices.Clone(objects)
	for i := range copies {
		copies[i].Object = objects[i].DeepCopyObject()
	}
	in := input{inventory: inv}
	for _, p := range append(problems, inv.AddAll(copies)...) {
		in.problems = append(in.problems, p)
	}
	var missing []error
	in.selected, missing = inv.Select(o.input.targets, o.input.selector)
	in.problems = append(in.problems, missing...)
	in.pages, missing = inv.SelectPages(o.input.targets, *o.config.Namespace)
	in.problems = append(in.problems, missing...)
	f := files{objects: objects, selected: in.selected, named: in.selected != nil, problems: in.problems}
	if !f.named {
		for _, w := range inv.Workloads() {
			f.selected = append(f.selected, w.Ref)
		}
	}
	f.places = o.placesOf(copies, f.selected, f.named)
	return f, in
}

// readSnapshot takes a snapshot for the cluster that it is of.
func (o *diffOptions) readSnapshot(ctx context.Context, s *cluster.Snapshot, problems []cluster.Problem, err error) (*difference, error) {
	if err == nil && o.baseline.kind == baselineLive {
		return nil, errSnapshotNeedsOther
	}
	if err := render.ValidateChangesFormat(o.render.Format, true); err != nil {
		return nil, err
	}
	if o.baseline.kind == baselineTemplate {
		if err := o.input.open(s, problems, err); err != nil {
			return nil, err
		}
		got, err := s.Collect(ctx, o.input.query())
		if err != nil {
			return nil, err
		}
		return o.templates(ctx, sides{collected: got, snapshot: s, query: o.input.query()})
	}
	in, err := o.input.replay(ctx, s, problems, err)
	if err != nil {
		return nil, err
	}
	return o.against(in, o.fileName())
}

// inSurroundings judges files as the cluster would have them, namespace by namespace: what is there
// is read once, and judged twice, without and with the files. Pods are of the old templates, and those
// of changed workloads are looked at on neither side.
func (o *diffOptions) inSurroundings(ctx context.Context, f files) (*difference, error) {
	conn, err := o.connect(o.input.chunkSize)
	if err != nil {
		return nil, err
	}
	var was, now []*api.Report
	for _, place := range f.places {
		w, n, err := o.inPlace(ctx, conn, f, place)
		if err != nil {
			return nil, err
		}
		was, now = append(was, w), append(now, n)
	}
	d := &difference{problems: f.problems}
	if len(now) == 0 {
		if len(d.problems) == 0 {
			d.problems = []error{errors.New("the files hold nothing of namespace " + *o.config.Namespace)}
		}
		return d, nil
	}
	d.report = merged(now)
	if len(d.report.Items) == 0 && len(d.problems) > 0 {
		return d, nil
	}
	if note := o.beyondPlaces(f); note != "" {
		d.notes = append(d.notes, note)
	}
	d.now = compare.OfReport(d.report)
	d.now.Name = o.fileName()
	if o.baseline.kind == baselineFile {
		d.was, err = o.readBaseline()
		return d, err
	}
	d.was = compare.OfReport(merged(was))
	d.was.Name, d.was.Merged, d.now.Merged = "live", true, true
	return d, nil
}

// inPlace judges one namespace, all for "", without and with the files.
func (o *diffOptions) inPlace(ctx context.Context, conn cluster.Connection, f files, place string) (was, now *api.Report, err error) {
	query := o.placeQuery(f.selected, place)
	_, snapshot, err := cluster.Record(ctx, conn, query, cluster.SnapshotQuery{Namespace: place})
	if err != nil {
		return nil, nil, err
	}
	changed := among(f.selected)
	before, err := snapshot.CollectChanged(ctx, nil, query, func(inv *cluster.Inventory) { inv.WithoutPods(changed) })
	if err != nil {
		return nil, nil, err
	}
	after, err := snapshot.CollectChanged(ctx, &conn, query, func(inv *cluster.Inventory) {
		inv.DefaultNamespace = o.input.namespace
		inv.Replace(f.objects) // what cannot be judged is among the problems of the files
		if slices.ContainsFunc(f.objects, isClusterRole) {
			inv.AggregateClusterRoles(rbac.Aggregated)
		}
		inv.WithoutPods(changed)
	})
	if err != nil {
		return nil, nil, err
	}
	var selected []api.Ref
	if f.named {
		selected = f.selected
	}
	was, now = o.report(before.Inventory, selected), o.report(after.Inventory, selected)
	o.dropOthers(was, now, changed, place)
	return was, now, nil
}

// placeQuery reads a namespace whole, and the custom objects of files by their names.
func (o *diffOptions) placeQuery(selected []api.Ref, place string) cluster.Query {
	query := cluster.Query{Namespace: place, Reach: func(inv *cluster.Inventory) cluster.Reach { return assess.Reach(inv) }}
	for _, ref := range selected {
		if (place == "" || ref.Namespace == place) && strings.Contains(ref.Group(), ".") {
			query.Custom = append(query.Custom, ref)
		}
	}
	return query
}

// among tells the workloads of a list, whatever their version.
func among(refs []api.Ref) func(api.Ref) bool {
	type key struct{ group, kind, namespace, name string }
	of := func(r api.Ref) key { return key{r.Group(), r.Kind, r.Namespace, r.Name} }
	known := map[key]bool{}
	for _, ref := range refs {
		known[of(ref)] = true
	}
	return func(ref api.Ref) bool { return known[of(ref)] }
}

// dropOthers leaves out the workloads that are not in the files and that these do not change, and
// those of other namespaces.
func (o *diffOptions) dropOthers(was, now *api.Report, held func(api.Ref) bool, place string) {
	before := map[api.Ref]*api.Item{}
	for i := range was.Items {
		before[was.Items[i].Ref] = &was.Items[i]
	}
	same := map[api.Ref]bool{}
	for i := range now.Items {
		item := &now.Items[i]
		old := before[item.Ref]
		same[item.Ref] = !held(item.Ref) && old != nil && (reflect.DeepEqual(old, item) || !o.changes(was, now, old, item))
	}
	drop := func(item api.Item) bool { return same[item.Ref] || place != "" && item.Ref.Namespace != place }
	was.Items, now.Items = slices.DeleteFunc(was.Items, drop), slices.DeleteFunc(now.Items, drop)
}

// changes tells whether anything changed in one workload.
func (o *diffOptions) changes(was, now *api.Report, old, item *api.Item) bool {
	w, n := *was, *now
	w.Items, n.Items = []api.Item{*old}, []api.Item{*item}
	w.Namespaces, n.Namespaces = nil, nil
	before, after := compare.OfReport(&w), compare.OfReport(&n)
	before.Merged, after.Merged = true, true
	changes, err := compare.Changes(before, after, compare.Options{Now: o.assess.Now, Checks: checkDocs()})
	return err != nil || len(changes.Changes) > 0
}

// merged is one report of those of several namespaces.
func merged(reports []*api.Report) *api.Report {
	out := *reports[0]
	for _, r := range reports[1:] {
		out.Items = append(out.Items, r.Items...)
		out.Namespaces = append(out.Namespaces, r.Namespaces...)
		for _, u := range r.Unknown {
			if !slices.Contains(out.Unknown, u) {
				out.Unknown = append(out.Unknown, u)
			}
		}
	}
	slices.SortFunc(out.Items, func(a, b api.Item) int { return a.Ref.Compare(b.Ref) })
	return &out
}
