package plugin

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/assess"
	"github.com/kubectl-harden/kubectl-harden/internal/compare"
	"github.com/kubectl-harden/kubectl-harden/internal/render"
)

// diffFlags are what the command line says.
type diffFlags struct {
	input            inputFlags
	selection        selectionFlags
	output           string
	baseline         string
	only             []string
	severity, failOn string
	failIncomparable bool
	exitCode         bool
	namespaceMap     []string
	noHeaders, quiet bool
}

func newDiffCommand(g *globals) *cobra.Command {
	f := &diffFlags{input: newInputFlags(), output: "text", failOn: string(api.SeverityLow), exitCode: true}
	cmd := &cobra.Command{
		Use:                   "diff [TYPE/NAME ... | TYPE NAME ... | TYPE] --baseline BASELINE | -f FILE | -k FOLDER",
		DisableFlagsInUseLine: true,
		Short:                 "Tell what changed in the security posture of workloads",
		Long:                  templates.LongDesc(diffLong),
		Example:               templates.Examples(diffExample),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := f.toOptions(g, args)
			if err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	f.addFlags(cmd.Flags())
	g.planners[cmd] = f.planner(g)
	return cmd
}

func (f *diffFlags) addFlags(flags *pflag.FlagSet) {
	f.input.addFlags(flags)
	f.selection.addFlags(flags)
	flags.StringVar(&f.baseline, "baseline", "", "What to compare with: a file, live, last-applied, template, revision:N, context:NAME or pss:LEVEL.")
	flags.StringSliceVar(&f.only, "only", nil, "Show the changes of these states alone: "+strings.Join(changeStates(), ", ")+".")
	flags.StringVar(&f.severity, "severity", "", "Show changes of this severity and above: critical, high, medium, low or info.")
	flags.StringVar(&f.failOn, "fail-on", f.failOn, "Exit 1 when something new, worsened or expired is of this severity or above, shown or not.")
	flags.BoolVar(&f.failIncomparable, "fail-incomparable", false, "Exit 1 also when something cannot be compared.")
	flags.BoolVar(&f.exitCode, "exit-code", f.exitCode, "Exit 1 when something speaks against the new side; with false 0.")
	flags.StringSliceVar(&f.namespaceMap, "namespace-map", nil, "With context:NAME, compare namespace THERE of the baseline as HERE: THERE=HERE.")
	flags.StringVarP(&f.output, "output", "o", f.output, "Output format: "+strings.Join(render.ChangesFormats(), ", ")+".")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "Print the verdict alone.")
	flags.BoolVar(&f.noHeaders, "no-headers", false, "Print tables without their headings.")
}

// changeStates are the states that are listed.
func changeStates() []string {
	var out []string
	for _, s := range []api.ChangeState{
		api.ChangeNew, api.ChangeWorsened, api.ChangeExpired, api.ChangeIncomparable, api.ChangeNewRule,
		api.ChangeResolved, api.ChangeImproved, api.ChangeAccepted,
	} {
		out = append(out, string(s))
	}
	return out
}

const diffLong = `
			Tell what changed in the security posture of workloads since a baseline: what is new or
			worse, what is better, and what cannot be compared. Findings are compared, and what holds
			without being a finding: rights, mounts, who is reached, settings.

			--baseline is what is compared with. A bare value is a file: a Baseline ('gen baseline') or
			what 'explain -o json' printed. Others are:

			    live           what is in the cluster now; for -f, and its default
			    revision:-1    the pod template one revision back; revision:3 the third
			    last-applied   what was last applied with 'kubectl apply'
			    template       the pod template, against what admission made of it
			    context:NAME   the same in the cluster of another kubeconfig context
			    pss:LEVEL      a Pod Security level, such as pss:restricted@v1.36

			With -f or -k the new side is the file as the cluster would have it: with the accounts,
			roles, policies and namespaces that are there, and those of the file in their place. With
			--local, or without a cluster, the new side is the file alone. A snapshot in -f stands for
			the cluster that it was taken of. Looked at are the namespaces that the file is of or about,
			with -A all: what a ClusterRole changes in others is seen with -A alone.

			Exit codes: 0 nothing speaks against it; 1 something new, worsened or with an expired
			acceptance reaches --fail-on, or with --fail-incomparable something that cannot be compared;
			2 could not answer.`

const diffExample = `
			# What changed since what was agreed on
			kubectl harden diff -n shop --baseline shop-baseline.yaml

			# What a manifest would change in the cluster
			kubectl harden diff -f new.yaml

			# What helm would change, as a gate
			helm template shop ./chart | kubectl harden diff -f - --fail-on medium

			# What the last rollout changed
			kubectl harden diff deploy/checkout --baseline revision:-1

			# What was changed by hand since it was applied
			kubectl harden diff -n shop --baseline last-applied

			# What admission added to the pods
			kubectl harden diff deploy/checkout --baseline template

			# How production differs from staging
			kubectl harden diff -n shop --baseline context:staging

			# What keeps workloads from a Pod Security level
			kubectl harden diff -n shop --baseline pss:restricted

			# What is new, alone, for a comment in a review
			kubectl harden diff -f new.yaml --only new,worsened -o markdown`

// diffOptions are what the command does.
type diffOptions struct {
	*globals
	input        inputOptions
	baseline     baseline
	assess       assess.Options
	render       render.Options
	only         []api.ChangeState
	show, failOn api.Severity
	incomparable bool
	exitCode     bool
	names        map[string]string
}

func (f *diffFlags) toOptions(g *globals, args []string) (*diffOptions, error) {
	o := &diffOptions{globals: g, incomparable: f.failIncomparable, exitCode: f.exitCode}
	var err error
	if o.input, err = f.input.toOptions(g, args); err != nil {
		return nil, err
	}
	if o.baseline, err = parseBaseline(f.baseline, o.input.fromFiles()); err != nil {
		return nil, err
	}
	if err := f.selection.apply(&o.assess, g.process.Now); err != nil {
		return nil, err
	}
	if o.names, err = parseNamespaceMap(f.namespaceMap); err != nil {
		return nil, err
	}
	if err := o.conflict(); err != nil {
		return nil, err
	}
	if err := o.output(f); err != nil {
		return nil, err
	}
	return o, nil
}

// output reads what is printed, and what is against it.
func (o *diffOptions) output(f *diffFlags) error {
	var err error
	if o.render, err = o.renderOptions(f.output); err != nil {
		return err
	}
	o.render.Quiet, o.render.NoHeaders = f.quiet, f.noHeaders
	if f.quiet && !render.IsText(f.output) {
		return fmt.Errorf("--quiet does not go with -o %s", f.output)
	}
	if err := render.ValidateChangesFormat(f.output, !o.input.fromFiles()); err != nil {
		return err
	}
	for _, word := range f.only {
		if !slices.Contains(changeStates(), word) {
			return fmt.Errorf("--only: %w", unknownWord("state", word, changeStates()))
		}
		o.only = append(o.only, api.ChangeState(word))
	}
	if o.show, err = parseSeverity("--severity", f.severity); err != nil {
		return err
	}
	o.failOn, err = parseSeverity("--fail-on", f.failOn)
	if err == nil && o.failOn == "" {
		err = fmt.Errorf("--fail-on: a severity is missing; --exit-code=false turns the exit code off")
	}
	return err
}

func (o *diffOptions) run(ctx context.Context) error {
	d, err := o.read(ctx)
	if err != nil {
		return err
	}
	if d.was == nil || d.now == nil {
		return conclude(o.process, d.problems, nil)
	}
	changes, err := compare.Changes(d.was, d.now, compare.Options{
		Now: o.assess.Now, IgnoreAcceptances: o.assess.IgnoreAcceptances, Checks: checkDocs(),
	})
	if err != nil {
		return err
	}
	o.narrow(changes, d.now.Checks)
	d.lacking.addTo(changes)
	changes.Notes = append(changes.Notes, d.notes...)
	o.render.Against = func(change *api.Change) bool { return compare.Against(change, o.failOn, o.incomparable) }
	shown := compare.Filter(changes, o.show)
	if len(o.only) > 0 {
		shown = compare.Only(shown, o.only...)
	}
	if d.report != nil {
		printNotes(o.process, d.report)
	}
	if err := render.Changes(o.process.Streams.Out, o.process.Streams.ErrOut, shown, o.render); err != nil {
		return err
	}
	var verdict error
	missing := o.incomparable && workloadsUnread(changes.Unknown) != nil
	if o.exitCode && (missing || compare.Fails(changes, o.failOn, o.incomparable)) {
		verdict = errNegative
	}
	return conclude(o.process, d.problems, verdict)
}
