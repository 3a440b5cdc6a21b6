package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/flow"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
	"github.com/kubectl-harden/kubectl-harden/internal/render"
	"github.com/kubectl-harden/kubectl-harden/internal/source"
)

// observeFlags are what the command line says.
type observeFlags struct {
	source     sourceFlags
	state      inputFlags
	outputFile string
}

// observeOptions are what observations are made of.
type observeOptions struct {
	sourceOptions
	// state is what flows are resolved with, where there are any.
	state inputOptions
}

func newObserveCommand(g *globals) *cobra.Command {
	f := &observeFlags{outputFile: "-", state: newInputFlags()}
	cmd := &cobra.Command{
		Use:                   "observe [--from SOURCE] [--duration TIME]",
		DisableFlagsInUseLine: true,
		Short:                 "Reduce audit logs and flows to Observations, which add up",
		Long: templates.LongDesc(`
			Reduce audit logs and flows to Observations: who did what, and who reached whom on which
			port, how often, when first and last, and how well the sources could be read. The document
			is small, holds no bodies, and takes the place of the sources in --from.

			The addresses of flows are resolved now, with what the cluster says now, or with -f and
			--local a file with its objects: later they may be another's.

			Observations of many windows, servers and shards add up: those of parts of a log, given
			together, are those of the whole log. So a large history is reduced where it lies, part by
			part, and the parts are kept when the logs are gone. An event that is in two parts counts
			twice, and changes nothing else.

			Times are kept to the day, but for the first and the last of each use.

			Without --from, or with --from audit, the logs are read where the API servers write them,
			below /var/log of their nodes, through the log endpoint of the kubelets: all that is there,
			or with --duration what is written from now on. This needs get nodes/proxy, a right that
			lets its holder run code in every pod of a node; --plan says what would be read. The first
			SIGINT (Ctrl-C) or SIGTERM ends --duration early, and the document is written.

			Exit codes: 0 written; 2 nothing could be read; 130 interrupted a second time, or without
			--duration.`),
		Example: templates.Examples(`
			# A day of flows, of the cluster that kubectl talks to
			kubectl harden observe --from flows-20.json.gz --output-file flows-20.json

			# A day of logs of one API server
			kubectl harden observe --from audit-20.log.gz --output-file day-20.json

			# What happens from now on, where the API servers keep no logs for long
			kubectl harden observe --duration 30m --output-file now.json

			# Two weeks of them
			kubectl harden gen role deploy/checkout -n shop --from days/`),
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return f.run(cmd.Context(), g, cmd.Flags()) },
	}
	g.planners[cmd] = func([]string) (*self, error) {
		return f.plan(g, cmd.Flags())
	}
	f.addFlags(cmd.Flags())
	return cmd
}

func (f *observeFlags) addFlags(flags *pflag.FlagSet) {
	flags.DurationVar(&f.source.live.duration, "duration", 0, "With --from audit: read what is written from now on, for so long, such as 30m.")
	f.source.addFileFlags(flags, "A file, folder or - with audit logs, flows as gen netpol takes them, or Observations, plain, gzip or zstd; or audit for the logs of the cluster's API servers. Repeatable.")
	f.source.live.addFlags(flags)
	f.state.addFileFlags(flags, "A file, folder or - with the objects of the cluster, which flows are resolved with.")
	flags.StringVar(&f.outputFile, "output-file", f.outputFile, "Write into this file, which its owner alone can read; - is the standard output.")
}

// plan is what live sources need, and where all are files what flows are resolved with.
func (f *observeFlags) plan(g *globals, flags *pflag.FlagSet) (*self, error) {
	o, err := f.toOptions(g, flags)
	if err != nil || f.state.local || !mayHaveFlows(o.files) {
		return &self{needs: o.live.needs()}, err
	}
	out, err := o.state.plan(false)
	if err == nil {
		out.needs = append(out.needs, o.live.needs()...)
	}
	return out, err
}

// mayHaveFlows tells whether some file has flows, or cannot be looked at now.
func mayHaveFlows(names []string) bool {
	if slices.Contains(names, source.Stdin) {
		return true
	}
	files, err := source.Find(nil, names...)
	return err != nil || slices.ContainsFunc(files, func(f source.File) bool {
		stream, err := f.Open()
		if err != nil {
			return !f.Listed
		}
		defer stream.Close()
		_, has := flow.Format(stream.Head())
		return has
	})
}

func (f *observeFlags) toOptions(g *globals, flags *pflag.FlagSet) (o observeOptions, err error) {
	f.source.live.timed = flags.Changed("duration")
	if len(f.source.from) == 0 {
		f.source.from = []string{auditWord}
	}
	for _, name := range f.source.from {
		if slices.Contains(flowWords(), name) {
			return o, fmt.Errorf("--from %s: %w; a file of that name is ./%[1]s", name, errFlowsLive)
		}
	}
	if o.sourceOptions, err = f.source.toOptions(g); err != nil {
		return o, err
	}
	if err := o.live.offline(f.state.local); err != nil {
		return o, err
	}
	o.state = inputOptions{globals: g, inputFlags: f.state, flows: true}
	if f.state.local && !o.state.fromFiles() {
		return o, nil // what needs no objects can be read all the same
	}
	if o.state, err = f.state.toOptions(g, nil); err == nil {
		o.state.flows = true
	}
	return o, err
}

func (f *observeFlags) run(ctx context.Context, g *globals, flags *pflag.FlagSet) error {
	defer g.process.bound(logHeap())()
	o, err := f.toOptions(g, flags)
	if err != nil {
		return err
	}
	if done, err := o.begin(ctx); done || err != nil {
		return err
	}
	doc, err := o.observeAll(ctx)
	if err != nil {
		return err
	}
	var parsed int64
	for i := range doc.Sources {
		parsed += doc.Sources[i].Parsed
		doc.Sources[i].Blind = nil
	}
	if parsed == 0 && len(doc.Access)+len(doc.Edges) == 0 {
		return errors.New("nothing was observed: the sources hold no event")
	}
	write := func(w io.Writer) error { return observation.Write(w, doc) }
	if f.outputFile == "-" {
		err = write(g.process.Streams.Out)
	} else {
		err = writePrivate(f.outputFile, write)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(g.process.Streams.ErrOut, observedWords(doc, parsed))
	return err
}

// observedWords say how much was observed.
func observedWords(doc *api.Observations, parsed int64) string {
	parts := []string{render.Counted(parsed, "event")}
	if len(doc.Access) > 0 || len(doc.Edges) == 0 {
		parts = append(parts, render.Counted(int64(len(requestsByUser(doc))), "user"), render.Counted(usesIn(doc), "use"))
	}
	if len(doc.Edges) > 0 {
		parts = append(parts, render.Counted(int64(len(doc.Edges)), "edge"))
	}
	return strings.Join(append(parts, doc.Window.Words()), ", ")
}

func usesIn(doc *api.Observations) int64 {
	n := int64(0)
	for i := range doc.Access {
		n += int64(len(doc.Access[i].Uses) + len(doc.Access[i].Denied))
	}
	return n
}

// encodeIndented writes JSON for files that people look at.
func encodeIndented(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	return encoder.Encode(value)
}
