package plugin

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/printers"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/kubectl-harden/kubectl-harden/internal/assess"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
)

func newSnapshotCommand(g *globals) *cobra.Command {
	f, file := newInputFlags(), "-"
	cmd := &cobra.Command{
		Use:                   "snapshot [TYPE/NAME ... | TYPE NAME ... | TYPE]",
		DisableFlagsInUseLine: true,
		Short:                 "Write what the other commands read into a file",
		Long: templates.LongDesc(`
			Write what the other commands read from the API server into a file, which gives the
			same results with -f: for a review without access to the cluster, for a bug report, to
			look at it again later.

			The snapshot of a namespace answers for the namespace and for every workload in it, that
			of -A for the cluster. Without an argument, -n, -A or -l, a command on a snapshot asks
			what the snapshot was asked. Reads that failed are in it and fail again; what it was not
			asked is unknown.

			It is a JSON List of Kubernetes objects, reduced to what is judged, one a line. Secrets
			are never read. Credential-like values of environment variables, commands and probes are
			replaced by REDACTED-CREDENTIAL, and annotations that no command reads are left out; it
			still tells much of the cluster. A file is readable by its owner alone.

			Exit codes: 0 written; 2 something that was asked for could not be read.`),
		Example: templates.Examples(`
			# A namespace, and what to do with it
			kubectl harden snapshot -n shop --output-file shop.json
			kubectl harden explain -f shop.json --local
			kubectl harden explain deploy/checkout -f shop.json --local

			# The whole cluster
			kubectl harden snapshot -A > cluster.json

			# What a snapshot of the cluster has of one namespace
			kubectl harden snapshot -f cluster.json --local -n shop`),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := f.toSnapshotOptions(g, args)
			if err != nil {
				return err
			}
			return o.writeSnapshot(cmd.Context(), file)
		},
	}
	g.planners[cmd] = func(args []string) (*self, error) {
		o, err := f.toSnapshotOptions(g, args)
		if err != nil {
			return nil, err
		}
		return o.plan(false)
	}
	flags := cmd.Flags()
	f.addFlags(flags)
	flags.StringVar(&file, "output-file", file, "The file to write; - is standard output.")
	flags.Lookup("filename").Usage = "A snapshot, or -: read it instead of the API server."
	for _, name := range []string{"kustomize", "recursive"} {
		flags.Lookup(name).Hidden = true
	}
	return cmd
}

// toSnapshotOptions asks for what every command reads: one of the whole cluster has what gen
// netpol needs, too.
func (f *inputFlags) toSnapshotOptions(g *globals, args []string) (inputOptions, error) {
	o, err := f.toOptions(g, args)
	o.callers, o.configured = o.allNamespaces, o.allNamespaces
	return o, err
}

// writeSnapshot takes a snapshot and writes it. One that has nothing of what was asked for is
// not written.
func (o *inputOptions) writeSnapshot(ctx context.Context, file string) error {
	got, snapshot, err := o.record(ctx)
	if err != nil {
		return err
	}
	if len(got.Selected) == 0 && len(got.Problems) > 0 && len(o.targets) > 0 {
		return conclude(o.process, got.Problems, nil)
	}
	if file == "-" {
		err = snapshot.Write(o.process.Streams.Out)
	} else {
		err = writePrivate(file, snapshot.Write)
	}
	if err != nil {
		return err
	}
	if unread := got.Unread; len(unread) > 0 {
		first := printers.EscapeTerminal(fmt.Sprintf("%s %s: %s", unread[0].Verb, unread[0].Resource, unread[0].Reason))
		_, _ = fmt.Fprintf(o.process.Streams.ErrOut, "note: %d reads failed and are unknown in the snapshot, first %s\n", len(unread), first)
	}
	return conclude(o.process, got.Problems, nil)
}

// record takes a snapshot of the API server, or of a snapshot.
func (o *inputOptions) record(ctx context.Context) (*cluster.Collected, *cluster.Snapshot, error) {
	if o.fromFiles() {
		objects, problems, err := cluster.Load(ctx, cluster.LoadOptions{
			Filenames: o.filenames, Kustomize: o.kustomize, Recursive: o.recursive, Stdin: o.process.Streams.In,
		})
		if err != nil {
			return nil, nil, err
		}
		from, err := cluster.SnapshotFrom(objects)
		if from == nil && err == nil && len(problems) == 0 {
			err = errors.New("-f holds manifests and no snapshot; commands read them as they are")
		}
		if err := o.open(from, problems, err); err != nil {
			return nil, nil, err
		}
		return from.Record(ctx, o.query(), o.asked())
	}
	conn, err := o.connect(o.chunkSize)
	if err != nil {
		return nil, nil, err
	}
	return cluster.Record(ctx, conn, o.query(), o.asked())
}

// replay reads from a snapshot what live commands read from a server. The errors are those of
// reading the snapshot.
func (o *inputOptions) replay(ctx context.Context, s *cluster.Snapshot, problems []cluster.Problem, err error) (input, error) {
	if err := o.open(s, problems, err); err != nil {
		return input{}, err
	}
	got, err := s.Collect(ctx, o.query())
	if err != nil {
		return input{}, err
	}
	return inputOf(got), nil
}

// open takes from a snapshot what the command line does not ask otherwise. A snapshot that
// was read in part would give wrong answers.
func (o *inputOptions) open(s *cluster.Snapshot, problems []cluster.Problem, err error) error {
	errs := []error{err}
	for _, p := range problems {
		errs = append(errs, p)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if len(o.args) == 0 && o.selector == "" {
		o.args, o.selector = s.Query.Targets, s.Query.Selector
		if o.targets, err = parseTargets(o.args); err != nil {
			return err
		}
	}
	switch explicit := *o.config.Namespace; {
	case s.Query.Namespace == "":
		o.allNamespaces = o.allNamespaces || explicit == ""
	case o.allNamespaces, explicit != "" && explicit != s.Query.Namespace:
		return fmt.Errorf("the snapshot is of namespace %s alone", printers.EscapeTerminal(s.Query.Namespace))
	default:
		o.namespace = s.Query.Namespace
	}
	o.replayed = true
	if o.allNamespaces && slices.ContainsFunc(o.targets, func(t cluster.Target) bool { return t.Name != "" }) {
		return errNamedEverywhere
	}
	return nil
}

var errNamedEverywhere = errors.New("a workload is not named across all namespaces; use -n NAMESPACE")

// query is what is asked of a server.
func (o *inputOptions) query() cluster.Query {
	query := cluster.Query{
		Namespace: o.namespace, Selector: o.selector, Targets: o.targets, Secrets: o.secrets, Traffic: o.traffic, Flows: o.flows, Callers: o.callers, Configured: o.configured, Rights: o.rights, Alone: o.alone,
	}
	if o.allNamespaces {
		query.Namespace = ""
	}
	query.Reach = func(inv *cluster.Inventory) cluster.Reach {
		pages, _ := inv.SelectPages(o.targets, query.Namespace) // a problem with them is told later
		return assess.Reach(inv, pages.Accounts...)
	}
	return query
}

// asked is the query in the words of the command line.
func (o *inputOptions) asked() cluster.SnapshotQuery {
	return cluster.SnapshotQuery{Namespace: o.query().Namespace, Selector: o.selector, Targets: o.args}
}
