package plugin

import (
	"context"
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
)

// planner says what diff asks of clusters. Files are read for the namespaces that they are of; where
// they come from standard input, it is the namespace of the command line.
func (f *diffFlags) planner(g *globals) planner {
	return func(args []string) (*self, error) {
		o, err := f.toOptions(g, args)
		if err != nil {
			return nil, err
		}
		if o.input.fromFiles() {
			return o.planFiles()
		}
		out := &self{namespace: o.query().Namespace, collects: true}
		if out.needs, err = cluster.Needs(o.query()); err != nil || o.baseline.kind != baselineContext {
			return out, err
		}
		there, err := cluster.Needs(o.queryThere())
		out.needs = append(out.needs, there...)
		return out, err
	}
}

func (o *diffOptions) planFiles() (*self, error) {
	out := &self{namespace: o.input.namespace}
	switch {
	case o.input.local:
		return out, nil
	case o.baseline.kind == baselinePSS:
		out.needs = cluster.FactNeeds()
		return out, nil
	}
	f := files{places: []string{o.input.namespace}}
	if !slices.Contains(o.input.filenames, "-") {
		objects, problems, err := o.load(context.Background())
		if err != nil {
			return nil, err
		}
		if s, err := cluster.SnapshotFrom(objects); s != nil || err != nil {
			return out, err
		}
		inv := cluster.NewInventory()
		inv.DefaultNamespace = o.input.namespace
		f, _ = o.inFiles(inv, objects, problems)
	}
	out.collects = true
	for _, place := range f.places {
		needs, err := cluster.Needs(o.placeQuery(f.selected, place))
		if err != nil {
			return nil, err
		}
		out.needs = append(out.needs, needs...)
	}
	return out, nil
}
