package plugin

import (
	"context"
	"fmt"
	"time"

	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
)

// factsTimeout bounds what is asked of a server for judging files: they can be judged
// without.
const factsTimeout = 5 * time.Second

// load reads the files of -f and -k. Unless --local forbids it and when there is a context,
// the server is asked for its version and the kubelet's defaults.
func (o *inputOptions) load(ctx context.Context) (input, error) {
	objects, problems, err := cluster.Load(ctx, cluster.LoadOptions{
		Filenames: o.filenames, Kustomize: o.kustomize, Recursive: o.recursive, Stdin: o.process.Streams.In,
	})
	if err != nil {
		return input{}, err
	}
	if snapshot, err := cluster.SnapshotFrom(objects); snapshot != nil || err != nil {
		return o.replay(ctx, snapshot, problems, err)
	}
	in := input{inventory: cluster.NewInventory()}
	in.inventory.DefaultNamespace = o.namespace
	for _, p := range append(problems, in.inventory.AddAll(objects)...) {
		in.problems = append(in.problems, p)
	}
	if err := o.facts(ctx, in.inventory); err != nil {
		return input{}, err
	}
	selected, missing := in.inventory.Select(o.targets, o.selector)
	in.selected = selected
	in.problems = append(in.problems, missing...)
	in.pages, missing = in.inventory.SelectPages(o.targets, *o.config.Namespace)
	in.problems = append(in.problems, missing...)
	return in, nil
}

func (o *inputOptions) facts(ctx context.Context, inv *cluster.Inventory) error {
	if o.local {
		return nil
	}
	name, err := o.contextName()
	if err != nil {
		return err
	}
	if name == "" && *o.config.APIServer == "" {
		return nil
	}
	conn, err := o.connect(o.chunkSize)
	if err != nil {
		return err
	}
	bounded, cancel := context.WithTimeout(ctx, factsTimeout)
	defer cancel()
	if err := cluster.CollectFacts(bounded, conn, inv); err != nil && ctx.Err() == nil {
		inv.ForgetFacts()
		_, _ = fmt.Fprintf(o.process.Streams.ErrOut, "note: judged without a server: %v\n", err)
	}
	return ctx.Err()
}
