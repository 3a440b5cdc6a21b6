package plugin

import (
	"flag"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	_ "k8s.io/client-go/plugin/pkg/client/auth" // the legacy auth providers of kubeconfigs
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/klog/v2"
	"k8s.io/kubectl/pkg/cmd/options"
	"k8s.io/kubectl/pkg/util/templates"
)

// displayName is how the plugin is called where it is installed under its own name. Texts
// have this name; Process.naming puts another in its place.
const displayName = "kubectl harden"

// maxVerbosity keeps client-go from logging bodies, which it does from level 8 on.
const maxVerbosity = 7

// globals are the flags that every command has.
type globals struct {
	process Process
	config  *genericclioptions.ConfigFlags
	color   string
	// planners are the commands that ask an API server.
	planners map[*cobra.Command]planner
	// plugins are the credential plugins that may run.
	plugins func() (clientcmdapi.PluginPolicy, error)
}

func newRootCommand(p Process) *cobra.Command {
	root, _ := newRoot(p)
	return root
}

func newRoot(p Process) (*cobra.Command, *globals) {
	g := &globals{process: p, config: genericclioptions.NewConfigFlags(true), color: "auto", planners: map[*cobra.Command]planner{}}
	root := &cobra.Command{
		Use:   p.program(),
		Short: "Explain the security posture of workloads",
		Long: templates.LongDesc(`
			Explain the security posture of workloads: what is in effect for each container and
			who set it, the Pod Security level reached, and what to fix first.

			kubectl-harden only reads, and talks to no server but the API servers of your kubeconfig.`),
		Example: templates.Examples(`
			# What is worst in the namespace
			kubectl harden explain -n shop

			# Everything about one workload, and what to fix first
			kubectl harden explain deploy/checkout -n shop

			# The roles and the policies that it was seen to need
			kubectl harden gen role deploy/checkout -n shop --from audit.log
			kubectl harden gen netpol deploy/checkout -n shop --from flows.json

			# What a manifest would change for the worse, as a gate
			kubectl harden diff -f new.yaml`),
		Annotations:           map[string]string{cobra.CommandDisplayNameAnnotation: p.displayName()},
		SilenceErrors:         true,
		SilenceUsage:          true,
		DisableFlagsInUseLine: true,
		Args:                  unknownCommand,
		RunE:                  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(p.Streams.In)
	root.SetOut(p.Streams.Out)
	root.SetErr(p.Streams.ErrOut)
	g.heedKuberc()
	g.config.AddFlags(root.PersistentFlags())
	root.PersistentFlags().StringVar(&g.color, "color", g.color, "Colour on a terminal: auto, always or never.")
	addVerbosity(root.PersistentFlags())

	groups := templates.CommandGroups{
		{Message: "Commands:", Commands: []*cobra.Command{newExplainCommand(g), newDiffCommand(g), newCanReachCommand(g), newGenCommand(g), newProveCommand(g), newObserveCommand(g), newSnapshotCommand(g)}},
		{Message: "About the plugin:", Commands: []*cobra.Command{newChecksCommand(g), newVersionCommand(g), newCompletionCommand(g)}},
	}
	groups.Add(root)
	root.AddCommand(newOptionsCommand(p))
	root.SetHelpCommand(newHelpCommand())
	templates.ActsAsRootCommand(root, []string{"options"}, groups...)
	nameUsage(root)
	p.nameCommands(root)
	complete(root, g)
	root.SetFlagErrorFunc(flagError)
	return root, g
}

// newOptionsCommand is kubectl's, for this plugin.
func newOptionsCommand(p Process) *cobra.Command {
	cmd := options.NewCmdOptions(p.Streams.Out)
	cmd.Args = noArguments
	cmd.Short = "Print the flags that every command has"
	cmd.Long = "Print the flags that every command of kubectl harden has."
	cmd.Example = templates.Examples(`
		# Which flags choose the cluster and the user?
		kubectl harden options`)
	cmd.SetHelpFunc(func(cmd *cobra.Command, _ []string) { // kubectl's prints nothing
		cmd.Printf("%s\n\nExamples:\n%s\n\n", cmd.Long, cmd.Example)
		_ = cmd.Usage()
	})
	return cmd
}

// addVerbosity adds -v as kubectl has it.
func addVerbosity(flags *pflag.FlagSet) {
	flags.VarP(new(verbosity), "v", "v", "Log level of requests to the API server; bodies are never logged.")
}

// verbosity is the level of klog.
type verbosity int

// String is the level in decimal.
func (v *verbosity) String() string { return strconv.Itoa(int(*v)) }

// Type is the name of the type in help texts.
func (v *verbosity) Type() string { return "int" }

// Set sets the level, up to the last at which no body is logged.
func (v *verbosity) Set(text string) error {
	level, err := strconv.Atoi(text)
	if err != nil || level < 0 {
		return fmt.Errorf("%q is not a log level", text)
	}
	*v = verbosity(min(level, maxVerbosity))
	return logAt(int(*v))
}

// logAt sets the level of what client-go logs on stderr. At 0 it logs nothing: what it would
// say of failed requests is told by the command itself.
func logAt(level int) error {
	set := flag.NewFlagSet("klog", flag.ContinueOnError)
	klog.InitFlags(set)
	silent := strconv.FormatBool(level == 0)
	for _, f := range [][2]string{{"v", strconv.Itoa(level)}, {"logtostderr", strconv.FormatBool(level > 0)}, {"one_output", silent}, {"stderrthreshold", "FATAL"}} {
		if err := set.Set(f[0], f[1]); err != nil {
			return err
		}
	}
	if level == 0 {
		klog.SetOutput(io.Discard)
	}
	return nil
}
