package plugin

import (
	"context"
	"fmt"

	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/kubectl-harden/kubectl-harden/internal/assess"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/compare"
	"github.com/kubectl-harden/kubectl-harden/internal/render"
)

// otherContext are the globals of another context of the same kubeconfig. What is said of the server
// and of the user is about the first one alone; impersonation holds for both.
func (g *globals) otherContext(name string) *globals {
	config := genericclioptions.NewConfigFlags(true)
	config.KubeConfig, config.CacheDir, config.Timeout = g.config.KubeConfig, g.config.CacheDir, g.config.Timeout
	config.Impersonate, config.ImpersonateGroup, config.ImpersonateUID = g.config.Impersonate, g.config.ImpersonateGroup, g.config.ImpersonateUID
	config.Context, config.WrapConfigFn = &name, g.config.WrapConfigFn
	return &globals{process: g.process, config: config, color: g.color, plugins: g.plugins}
}

// readContext compares with the same workloads of another cluster.
func (o *diffOptions) readContext(ctx context.Context) (*difference, error) {
	there := o.otherContext(o.baseline.value)
	conn, err := there.connect(o.input.chunkSize)
	if err != nil {
		return nil, fmt.Errorf("--baseline context: %w", err)
	}
	in, err := o.input.read(ctx)
	if err != nil {
		return nil, err
	}
	report, err := o.judge(in)
	if err != nil {
		return nil, err
	}
	d := &difference{report: report, problems: in.problems}
	theirs, err := o.readThere(ctx, conn)
	if err != nil {
		return nil, err
	}
	for _, problem := range theirs.problems {
		d.problems = append(d.problems, fmt.Errorf("context %s: %w", render.Printable(o.baseline.value), problem))
	}
	old := o.report(theirs.inventory, theirs.selected)
	if err := noneRead(old.Unknown); err != nil && len(old.Items) == 0 {
		return nil, fmt.Errorf("context %s: %w", render.Printable(o.baseline.value), err)
	}
	if (len(report.Items) == 0 || len(old.Items) == 0) && len(d.problems) > 0 {
		return d, nil
	}
	d.was, d.now = compare.OfReport(old), compare.OfReport(report)
	d.was.Name, d.now.Name = "context "+render.Printable(o.baseline.value), "live"
	if name, err := o.contextName(); err == nil && name != "" {
		d.now.Name = "context " + render.Printable(name)
	}
	d.notes = append(d.notes, fmt.Sprintf("%s is %s, %s is %s", d.was.Name, version(old.Server), d.now.Name, version(report.Server)))
	return d, nil
}

func version(server string) string {
	if server == "" {
		return "of an unknown version"
	}
	return render.Printable(server)
}

// readThere reads the other cluster, with its namespaces under the names that they are compared by.
func (o *diffOptions) readThere(ctx context.Context, conn cluster.Connection) (input, error) {
	query := o.queryThere()
	got, snapshot, err := cluster.Record(ctx, conn, query, cluster.SnapshotQuery{Namespace: query.Namespace})
	if err != nil {
		return input{}, err
	}
	if snapshot, err = snapshot.Renamed(o.names); err != nil {
		return input{}, err
	}
	renamed, err := snapshot.Collect(ctx, o.input.query())
	if err != nil {
		return input{}, err
	}
	in := inputOf(renamed)
	in.problems = got.Problems // with the names that they have there
	return in, nil
}

// there is the name that a namespace has in the other cluster.
func (o *diffOptions) there(here string) string {
	for from, to := range o.names {
		if to == here {
			return from
		}
	}
	return here
}

// queryThere is what is asked of the other cluster.
func (o *diffOptions) queryThere() cluster.Query {
	query := o.input.query()
	query.Namespace = o.there(query.Namespace)
	query.Reach = func(inv *cluster.Inventory) cluster.Reach { return assess.Reach(inv) }
	return query
}
