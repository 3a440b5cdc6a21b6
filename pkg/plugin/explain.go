package plugin

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/assess"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/render"
)

// explainFlags are what the command line says.
type explainFlags struct {
	input        inputFlags
	selection    selectionFlags
	outputs      outputFlags
	output       string
	pss          string
	severity     string
	failOn       string
	allowUnknown bool
	secrets      bool
	verify       bool
}

func newExplainCommand(g *globals) *cobra.Command {
	f := &explainFlags{input: newInputFlags(), output: "text"}
	cmd := &cobra.Command{
		Use:                   "explain [TYPE/NAME ... | TYPE NAME ... | TYPE] [-f FILE | -k FOLDER]",
		DisableFlagsInUseLine: true,
		Short:                 "Explain the security posture of workloads",
		Long: templates.LongDesc(`
			Explain the security posture of workloads: the settings in effect for each container
			and who set them, the Pod Security level reached with the fields that keep it from the
			next, what its ServiceAccount may do and by which grant, who can become it, what code in
			it would get, what was found, worst first, and what to fix first.

			Without an argument every workload of the namespace is explained in a row. Pods are
			explained with the workload that owns them; template and live pods are both looked at.
			ServiceAccounts, Secrets, Services and NetworkPolicies have pages of their own.

			Exit codes: 0 answered; 1 a finding reaches --fail-on; 2 could not answer, or a check
			at or above --fail-on is unknown.`),
		Example: templates.Examples(`
			# Every workload of the namespace, a row each
			kubectl harden explain

			# One workload
			kubectl harden explain deploy/checkout -n shop

			# Why one finding: the field, who set it, and the change that mends it
			kubectl harden explain deploy/checkout -n shop --why caps-not-dropped

			# A manifest before it is applied, with no cluster
			kubectl harden explain -f deploy.yaml --local

			# What helm would install, as a gate
			helm template ./chart | kubectl harden explain -f - --local --fail-on high

			# What an account may do, and who can become it
			kubectl harden explain serviceaccount/checkout -n shop

			# Who can read a Secret
			kubectl harden explain secret/db -n shop

			# Every workload of the cluster that has something critical, as JSON
			kubectl harden explain -A --severity critical -o json`),
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

func (f *explainFlags) addFlags(flags *pflag.FlagSet) {
	f.input.addFlags(flags)
	f.selection.addFlags(flags)
	f.outputs.addFlags(flags)
	flags.StringVarP(&f.output, "output", "o", f.output, "Output format: "+strings.Join(render.Formats(), ", ")+".")
	flags.StringVar(&f.pss, "pss", "", "Judge by this Pod Security LEVEL[@VERSION], such as restricted@v1.36. The default is restricted at the server's version.")
	flags.StringVar(&f.severity, "severity", "", "Show findings of this severity and above: critical, high, medium, low or info.")
	flags.StringVar(&f.failOn, "fail-on", "", "Exit 1 when a finding of this severity or above is there, shown or not.")
	flags.BoolVar(&f.secrets, "secrets", false, "List the Secrets of the namespace: names, types, numbers of keys and times, never what they hold.")
	flags.BoolVar(&f.verify, "verify", false, "Ask the API server about each right of the account (SubjectAccessReview).")
	flags.BoolVar(&f.allowUnknown, "allow-unknown", false, "Do not exit 2 when --fail-on meets a check that could not be judged.")
}

// explainOptions are what the command does.
type explainOptions struct {
	*globals
	input        inputOptions
	render       render.Options
	assess       assess.Options
	show, failOn api.Severity
	allowUnknown bool
	verify       bool
}

func (f *explainFlags) toOptions(g *globals, args []string) (*explainOptions, error) {
	o := &explainOptions{globals: g, allowUnknown: f.allowUnknown, verify: f.verify}
	if err := fieldHint(args); err != nil {
		return nil, err
	}
	var err error
	if o.input, err = f.input.toOptions(g, args); err != nil {
		return nil, err
	}
	o.input.secrets = f.secrets
	if err := o.canVerify(); err != nil {
		return nil, err
	}
	if err := f.selection.apply(&o.assess, g.process.Now); err != nil {
		return nil, err
	}
	if o.render, err = g.renderOptions(f.output); err != nil {
		return nil, err
	}
	if err := render.ValidateFormat(f.output); err != nil {
		return nil, err
	}
	if err := f.outputs.apply(&o.render, f.severity); err != nil {
		return nil, err
	}
	if f.pss != "" {
		level, version, found, err := podsecurity.Parse(f.pss)
		if err != nil {
			return nil, fmt.Errorf("--pss: %w", err)
		}
		o.assess.Level = level
		if found {
			o.assess.Version = version
		}
	}
	if o.show, err = parseSeverity("--severity", f.severity); err != nil {
		return nil, err
	}
	if o.failOn, err = parseSeverity("--fail-on", f.failOn); err != nil {
		return nil, err
	}
	return o, nil
}

// parseSeverity reads the value of a flag; empty stays empty.
func parseSeverity(flag, value string) (api.Severity, error) {
	if value == "" {
		return "", nil
	}
	s, err := api.ParseSeverity(value)
	if err != nil {
		return "", fmt.Errorf("%s: %w", flag, err)
	}
	return s, nil
}

func (o *explainOptions) run(ctx context.Context) error {
	in, err := o.input.read(ctx)
	if err != nil {
		return err
	}
	o.assess.Accounts, o.assess.Secrets = in.pages.Accounts, in.pages.Secrets
	o.assess.Services, o.assess.Policies = in.pages.Services, in.pages.Policies
	report := o.input.report(in.inventory, in.selected, o.assess)
	if err := o.verifyRights(ctx, report); err != nil {
		return err
	}
	verdict := judge(report, o.failOn, o.allowUnknown)
	if err := o.nothingJudged(report); err != nil && len(in.problems) == 0 {
		in.problems = append(in.problems, err)
	}
	printNotes(o.process, report)
	if len(report.Items)+len(report.Pages) > 0 || len(in.problems) == 0 {
		shown := assess.Filter(report, o.show)
		o.render.Hint = o.input.hint(shown)
		o.patches(in.inventory)
		if err := render.Report(o.process.Streams.Out, o.process.Streams.ErrOut, shown, o.render); err != nil {
			return err
		}
	}
	return conclude(o.process, in.problems, verdict)
}
