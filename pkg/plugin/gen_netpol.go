package plugin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/assess"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/render"
)

// genNetpolFlags are what the command line says.
type genNetpolFlags struct {
	input              inputFlags
	source             sourceFlags
	isolate            []string
	defaultDeny        bool
	exact, denied      bool
	minCount           int64
	exclude            []string
	outside, ports     int
	cni, proof, output string
	flavor, view       string
}

// defaultPortRanges is from how many ports of one peer on a range is written: a list of so many
// is one that nobody reads.
const defaultPortRanges = 64

func newGenNetpolCommand(g *globals) *cobra.Command {
	f := &genNetpolFlags{input: newInputFlags(), output: "yaml", ports: defaultPortRanges, flavor: string(api.FlavorNetworkPolicy)}
	cmd := &cobra.Command{
		Use:                   "netpol [TYPE/NAME ...] [--from SOURCE]",
		Aliases:               []string{"networkpolicy"},
		DisableFlagsInUseLine: true,
		Short:                 "Write the least NetworkPolicies for the flows that were observed",
		Long:                  templates.LongDesc(netpolLong),
		Example:               templates.Examples(netpolExamples),
		RunE:                  func(cmd *cobra.Command, args []string) error { return f.run(cmd.Context(), g, cmd, args) },
	}
	g.planners[cmd] = func(args []string) (*self, error) {
		o, err := f.toOptions(g, args)
		if err != nil {
			return nil, err
		}
		return o.input.plan(false)
	}
	f.addNetpolFlags(cmd)
	return cmd
}

func (f *genNetpolFlags) addNetpolFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	f.input.addFlags(flags)
	f.source.addFileFlags(flags, "A file, folder or - with flows or Observations, plain, gzip or zstd; static for what workloads are configured to call; or auto, the default, for what can be had without asking more of the cluster. Repeatable.")
	flags.StringSliceVar(&f.isolate, "isolate", nil, "Close these directions, ingress or egress, also where nothing was observed in them or a peer cannot be written.")
	flags.BoolVar(&f.defaultDeny, "default-deny", false, "Write as the last document a policy that closes every pod of the namespace, in both directions or those of --isolate.")
	flags.BoolVar(&f.exact, "exact", false, "Let nothing through that was not observed, although the workload may need it, such as DNS.")
	flags.BoolVar(&f.denied, "include-denied", false, "Let through also what was refused.")
	flags.Int64Var(&f.minCount, "min-count", 0, "Leave out what was seen less often.")
	flags.StringArrayVar(&f.exclude, "exclude-edge", nil, "Leave out edges, as FROM->TO[:PORT] with TYPE/NAME, NAMESPACE/TYPE/NAME, an address or a block, apiserver, nodes or *. Repeatable.")
	flags.IntVar(&f.outside, "max-external", 0, "Write at most this many blocks of outside addresses in a rule, wider where there are more; 0 writes what was seen.")
	flags.IntVar(&f.ports, "port-ranges", f.ports, "From this many ports of a peer on, write the range from the first to the last; 0 for never.")
	flags.StringVar(&f.cni, "cni", "", "The network plugin: "+strings.Join(assess.Plugins(), ", ")+". The default is what the cluster shows.")
	flags.StringVar(&f.proof, "proof", "", "Write the proof into this file, as JSON.")
	flags.StringVar(&f.flavor, "flavor", f.flavor, "The kind of policies to write: "+strings.Join(policyFlavors(), ", ")+".")
	flags.StringVar(&f.view, "view", "", "Print the flows instead of policies: "+strings.Join(render.Views(), ", ")+".")
	flags.StringVarP(&f.output, "output", "o", f.output, "Output format: "+strings.Join(render.PolicyFormats(), ", ")+".")
	for name, complete := range map[string]cobra.CompletionFunc{
		"isolate": listOf(words("ingress", "egress")), "cni": words(assess.Plugins()...), "output": words(render.PolicyFormats()...),
		"flavor": words(policyFlavors()...), "view": words(render.Views()...),
		"exclude-edge": cobra.NoFileCompletions,
	} {
		_ = cmd.RegisterFlagCompletionFunc(name, complete) // fails for a flag without a name alone
	}
}

// netpolOptions are what policies are made of.
type netpolOptions struct {
	sourceOptions
	flags *genNetpolFlags
	input inputOptions
	// words are the sources that are no files.
	words []string
	fit   netpol.FitOptions
	// again is the command that makes the same policies again.
	again string
}

func (f *genNetpolFlags) toOptions(g *globals, args []string) (*netpolOptions, error) {
	o := &netpolOptions{flags: f, fit: netpol.FitOptions{
		DefaultDeny: f.defaultDeny, Exact: f.exact, Denied: f.denied, MinCount: f.minCount, MaxExternal: f.outside, PortRanges: f.ports,
	}}
	var err error
	if o.sourceOptions, o.words, err = f.source.toPolicyOptions(g); err != nil {
		return nil, err
	}
	o.fit.Configured, o.fit.Flavor = o.static(), api.PolicyFlavor(f.flavor)
	if o.input, err = f.input.toOptions(g, args); err != nil {
		return nil, err
	}
	o.input.flows, o.input.configured = true, true
	switch {
	case !slices.Contains(policyFlavors(), f.flavor):
		return nil, fmt.Errorf("--flavor %q is none of %s", f.flavor, strings.Join(policyFlavors(), ", "))
	case f.minCount < 0 || f.outside < 0 || f.ports < 0:
		return nil, errors.New("--min-count, --max-external and --port-ranges cannot be negative")
	case f.exact && len(o.words) > 0 && len(f.source.from) > 0:
		return nil, errors.New("--exact lets through what was observed alone, and --from static and auto what was not: leave one out")
	case f.exact && len(o.words) > 0:
		return nil, errors.New("--exact needs --from FILE with flows: it lets through what was observed alone")
	case f.view != "" && f.flavor != string(api.FlavorNetworkPolicy):
		return nil, errors.New("--view shows what NetworkPolicies let through: leave out --flavor")
	case f.exact && f.denied:
		return nil, errors.New("--exact does not go with --include-denied")
	case f.defaultDeny && (len(args) > 0 || f.input.selector != ""):
		return nil, errors.New("--default-deny closes every pod of the namespace: leave out TYPE/NAME and --selector, so that each gets what it needs")
	case f.exact && f.outside > 0:
		return nil, errors.New("--exact does not go with --max-external, which lets through more than was observed")
	}
	for _, word := range f.isolate {
		switch strings.ToLower(word) {
		case "ingress":
			o.fit.Isolate = append(o.fit.Isolate, networkingv1.PolicyTypeIngress)
		case "egress":
			o.fit.Isolate = append(o.fit.Isolate, networkingv1.PolicyTypeEgress)
		default:
			return nil, fmt.Errorf("--isolate %q is neither ingress nor egress", word)
		}
	}
	for _, text := range f.exclude {
		pattern, err := netpol.ParseEdgePattern(text, o.input.namespace)
		if err != nil {
			return nil, fmt.Errorf("--exclude-edge %q: %w", text, err)
		}
		o.fit.Exclude = append(o.fit.Exclude, pattern)
	}
	return o, nil
}

func policyFlavors() []string {
	var names []string
	for _, flavor := range api.PolicyFlavors() {
		names = append(names, string(flavor))
	}
	return names
}

// run reads, resolves, fits, proves and prints.
func (f *genNetpolFlags) run(ctx context.Context, g *globals, cmd *cobra.Command, args []string) error {
	if err := f.validateOutput(cmd); err != nil {
		return err
	}
	format := f.output
	if f.view != "" {
		format = "text"
	}
	opts, err := g.renderOptions(format)
	if err != nil {
		return err
	}
	o, err := f.toOptions(g, args)
	if err != nil {
		return err
	}
	o.again = g.line(cmd, args, append(repeated(), "isolate", "default-deny", "min-count", "exclude-edge", "max-external", "port-ranges", "cni", "flavor"))
	return o.run(ctx, opts)
}

// validateOutput tells, before anything is read, what cannot be printed.
func (f *genNetpolFlags) validateOutput(cmd *cobra.Command) error {
	if f.view == "" {
		return render.ValidatePolicyFormat(f.output)
	}
	if cmd.Flags().Changed("output") {
		return errors.New("--view does not go with -o: it prints flows, and no policies")
	}
	if err := render.ValidateView(f.view); err != nil {
		return fmt.Errorf("--view: %w", err)
	}
	return nil
}
