package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/kubectl-harden/kubectl-harden/internal/assess"
	"github.com/kubectl-harden/kubectl-harden/internal/compare"
	"github.com/kubectl-harden/kubectl-harden/internal/render"
)

// genBaselineFlags are what the command line says.
type genBaselineFlags struct {
	input     inputFlags
	selection selectionFlags
	update    string
	output    string
}

func newGenBaselineCommand(g *globals) *cobra.Command {
	f := &genBaselineFlags{input: newInputFlags(), output: "yaml"}
	cmd := &cobra.Command{
		Use:                   "baseline [TYPE/NAME ...] [-f FILE] [--update FILE]",
		DisableFlagsInUseLine: true,
		Short:                 "Write the posture as a small file to keep in git",
		Long: templates.LongDesc(`
			Write the security posture of a workload, or of every workload of the namespace, as a
			baseline: a small YAML file to keep in git, with a line for each finding and each fact, such
			as a right, a mount or a peer in reach. It has no time, count, index or hash in it, so that
			its changes are the review.

			Risks that somebody takes stand in it under accepted, each with the finding, a reason, an
			owner and, where it ends, the last day. They are written by hand. With --update the file is
			read, and what it accepts is kept; comments are not.

			Exit codes: 0 written; 2 nothing could be read, or the file of --update is no baseline.`),
		Example: templates.Examples(`
			# What is agreed on for the namespace
			kubectl harden gen baseline -n shop > shop-baseline.yaml

			# The same again after changes, with what was accepted
			kubectl harden gen baseline -n shop --update shop-baseline.yaml > new.yaml

			# Of a chart, with no cluster
			helm template shop ./chart | kubectl harden gen baseline -f - --local`),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := f.toOptions(g, args)
			if err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	f.addFlags(cmd)
	g.planners[cmd] = func(args []string) (*self, error) {
		o, err := f.toOptions(g, args)
		if err != nil {
			return nil, err
		}
		return o.input.plan(true)
	}
	return cmd
}

func (f *genBaselineFlags) addFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	f.input.addFlags(flags)
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.selection.addFlags(all)
	for _, name := range []string{"check", "skip", "exclude-namespace", "config"} {
		flags.AddFlag(all.Lookup(name))
	}
	flags.StringVar(&f.update, "update", "", "Keep what this baseline accepts. The file is read, not written.")
	flags.StringVarP(&f.output, "output", "o", f.output, "Output format: "+strings.Join(render.BaselineFormats(), ", ")+".")
	_ = cmd.RegisterFlagCompletionFunc("output", words(render.BaselineFormats()...)) // fails for a flag without a name alone
}

// baselineOptions are what the command does.
type baselineOptions struct {
	*globals
	input  inputOptions
	render render.Options
	assess assess.Options
	update string
}

func (f *genBaselineFlags) toOptions(g *globals, args []string) (*baselineOptions, error) {
	o := &baselineOptions{globals: g, update: f.update}
	if err := render.ValidateBaselineFormat(f.output); err != nil {
		return nil, err
	}
	var err error
	if o.input, err = f.input.toOptions(g, args); err != nil {
		return nil, err
	}
	if f.update == "-" && slices.Contains(f.input.filenames, "-") {
		return nil, errors.New("--update and -f both read the standard input")
	}
	if err := f.selection.apply(&o.assess, g.process.Now); err != nil {
		return nil, err
	}
	o.render, err = g.renderOptions(f.output)
	return o, err
}

func (o *baselineOptions) run(ctx context.Context) error {
	// The file first: what is wrong with it is known before a cluster is asked.
	var was *compare.Posture
	if o.update != "" {
		var err error
		if was, err = readPosture(o.process, o.update); err != nil {
			return err
		}
	}
	in, err := o.input.read(ctx)
	if err != nil {
		return err
	}
	if err := in.problem(); err != nil {
		return err
	}
	report, err := o.input.posture(&in, o.assess)
	if err != nil {
		return err
	}
	printNotes(o.process, report)
	b, notes := compare.Baseline(compare.OfReport(report), was)
	if unread := report.Unknown; len(unread) > 0 {
		notes = append(notes, fmt.Sprintf("%s failed, and what they are for is unknown in the baseline, first %s %s: %s",
			render.Counted(int64(len(unread)), "read"), unread[0].Verb, unread[0].Resource, unread[0].Reason))
	}
	for _, note := range notes {
		_, _ = fmt.Fprintf(o.process.Streams.ErrOut, "note: %s\n", render.Printable(note))
	}
	return render.Baseline(o.process.Streams.Out, b, o.render)
}

// readPosture reads a baseline or a report from a file, or - for the standard input.
func readPosture(p Process, name string) (*compare.Posture, error) {
	if strings.Contains(name, "://") {
		return nil, fmt.Errorf("%s: URLs are refused", name)
	}
	data, err := readWhole(p, name)
	if err != nil {
		return nil, err
	}
	return postureOf(name, data)
}

// readWhole reads a file, or - for the standard input. The error begins with the name.
func readWhole(p Process, name string) (data []byte, err error) {
	if name == "-" {
		data, err = io.ReadAll(p.Streams.In)
	} else {
		data, err = os.ReadFile(name)
	}
	if path, ok := errors.AsType[*os.PathError](err); ok {
		err = path.Err
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", render.Printable(name), err)
	}
	return data, nil
}

// postureOf reads what stands in a file, of which an error may tell parts.
func postureOf(name string, data []byte) (*compare.Posture, error) {
	posture, err := compare.Read(render.Printable(name), data)
	if err != nil {
		return nil, errors.New(render.Printable(err.Error()))
	}
	return posture, nil
}
