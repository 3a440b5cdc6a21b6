package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
	"github.com/kubectl-harden/kubectl-harden/internal/render"
)

// observeFlags are what the command line says.
type observeFlags struct {
	source     sourceFlags
	outputFile string
}

func newObserveCommand(g *globals) *cobra.Command {
	f := &observeFlags{outputFile: "-"}
	cmd := &cobra.Command{
		Use:                   "observe [--from SOURCE] [--duration TIME]",
		DisableFlagsInUseLine: true,
		Short:                 "Reduce audit logs to Observations, which add up",
		Long: templates.LongDesc(`
			Reduce audit logs to Observations: who did what, how often, when first and last, and how
			well the logs could be read. The document is small, holds no bodies, and takes the place
			of the logs in --from.

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
			# A day of logs of one API server
			kubectl harden observe --from audit-2026-11-20.log.gz --output-file day-20.json

			# What happens from now on, of a cluster whose API servers keep no logs for long
			kubectl harden observe --duration 30m --output-file now.json

			# Two weeks of them
			kubectl harden gen role deploy/checkout -n shop --from days/`),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("observe takes no arguments; got %q", args[0])
			}
			return nil
		},
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return f.run(cmd.Context(), g, cmd.Flags()) },
	}
	g.planners[cmd] = func([]string) (*self, error) {
		o, err := f.toOptions(g, cmd.Flags())
		return &self{needs: o.live.needs()}, err
	}
	flags := cmd.Flags()
	flags.DurationVar(&f.source.live.duration, "duration", 0, "With --from audit: read what is written from now on, for so long, such as 30m.")
	f.source.addFlags(flags)
	flags.StringVar(&f.outputFile, "output-file", f.outputFile, "Write into this file, which its owner alone can read; - is the standard output.")
	return cmd
}

func (f *observeFlags) toOptions(g *globals, flags *pflag.FlagSet) (sourceOptions, error) {
	f.source.live.timed = flags.Changed("duration")
	if len(f.source.from) == 0 {
		f.source.from = []string{auditWord}
	}
	return f.source.toOptions(g)
}

func (f *observeFlags) run(ctx context.Context, g *globals, flags *pflag.FlagSet) error {
	defer g.process.lean()()
	o, err := f.toOptions(g, flags)
	if err != nil {
		return err
	}
	if done, err := o.begin(ctx); done || err != nil {
		return err
	}
	doc, err := o.observe(ctx, nil)
	if err != nil {
		return err
	}
	var parsed int64
	for i := range doc.Sources {
		parsed += doc.Sources[i].Parsed
		doc.Sources[i].Blind = nil
	}
	if parsed == 0 && len(doc.Access) == 0 {
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
	_, err = fmt.Fprintf(g.process.Streams.ErrOut, "%s, %s, %s, %s\n", render.Counted(parsed, "event"),
		render.Counted(int64(len(requestsByUser(doc))), "user"), render.Counted(usesIn(doc), "use"), doc.Window.Words())
	return err
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
