package plugin

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/kubectl-harden/kubectl-harden/internal/render"
)

// genRoleFlags are what the command line says.
type genRoleFlags struct {
	self                    string
	users, groups, accounts []string
	output                  string
	observedFlags
}

func newGenRoleCommand(g *globals) *cobra.Command {
	f := &genRoleFlags{output: "yaml", observedFlags: newObservedFlags()}
	cmd := &cobra.Command{
		Use:                   "role [TYPE/NAME ...] --from SOURCE | --self=COMMAND",
		DisableFlagsInUseLine: true,
		Short:                 "Write the least roles for what was observed",
		Long: templates.LongDesc(`
			Write the roles with the least rights for what the ServiceAccount of a workload was seen
			to do, a ServiceAccount, a user or a group that is named, or, without any of these, every
			ServiceAccount of the namespace. SOURCE is an audit log of the API servers, or Observations
			made of such ones: a file, a folder or -, as JSON lines or lists, plain, gzip or zstd. With
			--from audit, the logs are read where the API servers write them, through the kubelets.

			Roles grant what was observed, and what it is known to need besides: to list beside a watch,
			any name where the subject itself created every object it named, what servers ask for
			without a trace in the log. Each of these is counted and named; --exact leaves them out.
			Before anything is printed, the roles are run through an evaluator: all that was observed
			is allowed, and nothing beyond what is named. What Kubernetes grants to every account needs
			no rule.

			Every API server of a cluster writes a log of its own: give all of them.

			With --self, the roles are for a command of this plugin, so that they can be given to a
			reviewer. COMMAND is a command line without the name of the plugin. It is not run, and no
			server is asked. With a user, a group or a ServiceAccount the bindings follow.

			Exit codes: 0 written; 2 nothing could be read, nothing was observed, or something that was
			observed would not be allowed.`),
		Example: templates.Examples(`
			# What deploy/checkout was seen to do, from the logs of all API servers
			kubectl harden gen role deploy/checkout --from cp-1.log --from cp-2.log.gz

			# The same from the logs on the nodes of the API servers; see also --plan
			kubectl harden gen role deploy/checkout -n shop --from audit

			# An account, without asking a cluster
			kubectl harden gen role --serviceaccount shop:cart --from audit.log --local

			# A user, with the bindings, in the last two weeks
			kubectl harden gen role --user jane --bind --since 14d --from logs/

			# What it takes to explain one workload, and to ask about its rights
			kubectl harden gen role --self="explain deploy/checkout -n shop --verify"

			# Give jane what it takes to explain the namespace
			kubectl harden gen role --self="explain -n shop" --user jane > jane.yaml

			# For a job that takes snapshots
			kubectl harden gen role --self="snapshot -A" --serviceaccount audit:snapshots`),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd.Context(), g, cmd, args)
		},
	}
	g.planners[cmd] = f.planner(g)
	f.addRoleFlags(cmd)
	return cmd
}

func (f *genRoleFlags) addRoleFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.self, "self", "", "The COMMAND of this plugin that rights are for, such as \"explain -n shop\".")
	flags.StringArrayVar(&f.users, "user", nil, "The user that the roles are for; with --self they are bound to it.")
	flags.StringArrayVar(&f.groups, "group", nil, "The group that the roles are for: what any of its users did.")
	flags.StringArrayVar(&f.accounts, "serviceaccount", nil, "The ServiceAccount that the roles are for, as NAMESPACE:NAME.")
	f.addFlags(flags)
	flags.StringVarP(&f.output, "output", "o", f.output, "Output format: "+strings.Join(render.RoleFormats(), ", ")+".")
	for name, complete := range map[string]cobra.CompletionFunc{
		"self": cobra.NoFileCompletions, "user": cobra.NoFileCompletions, "group": cobra.NoFileCompletions,
		"serviceaccount": cobra.NoFileCompletions, "output": words(render.RoleFormats()...), "widen": listOf(words(widenings()...)),
	} {
		_ = cmd.RegisterFlagCompletionFunc(name, complete) // fails for a flag without a name alone
	}
}

// run prints roles for a command of the plugin, or for what was observed.
func (f *genRoleFlags) run(ctx context.Context, g *globals, cmd *cobra.Command, args []string) error {
	if err := render.ValidateRoleFormat(f.output); err != nil {
		return err
	}
	opts, err := g.renderOptions(f.output)
	if err != nil {
		return err
	}
	if cmd.Flags().Changed("self") {
		if strings.TrimSpace(f.self) == "" {
			return errNoSelf
		}
		if err := f.conflicts(cmd, "self", observedNames()); err != nil {
			return err
		}
		return f.runSelf(g, cmd, args, opts)
	}
	o, err := f.toOptions(g, args)
	if err != nil {
		return err
	}
	o.again = g.line(cmd, args, append([]string{"user", "group", "serviceaccount", "widen"}, repeated()...))
	return o.run(ctx, opts)
}

// planner says what finding the accounts and what is in force needs.
func (f *genRoleFlags) planner(g *globals) planner {
	return func(args []string) (*self, error) {
		if f.self != "" {
			return &self{}, nil
		}
		o, err := f.toOptions(g, args)
		if err != nil || o.input == nil {
			return &self{}, err
		}
		out, err := o.input.plan(true)
		out.needs = append(out.needs, o.live.needs()...)
		return out, err
	}
}

// conflicts finds a flag that does not go with another one.
func (f *genRoleFlags) conflicts(cmd *cobra.Command, with string, names []string) error {
	for _, name := range names {
		if cmd.Flags().Changed(name) {
			return fmt.Errorf("--%s does not go with --%s", name, with)
		}
	}
	return nil
}

// subjects are whom the roles are given to.
func (f *genRoleFlags) subjects() ([]rbacv1.Subject, error) {
	var subjects []rbacv1.Subject
	for _, name := range f.users {
		subjects = append(subjects, rbacv1.Subject{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: name})
	}
	for _, name := range f.groups {
		subjects = append(subjects, rbacv1.Subject{Kind: rbacv1.GroupKind, APIGroup: rbacv1.GroupName, Name: name})
	}
	for _, account := range f.accounts {
		namespace, name, found := strings.Cut(account, ":")
		if !found || namespace == "" || name == "" || strings.Contains(name, ":") {
			return nil, fmt.Errorf("--serviceaccount %q is not of the form NAMESPACE:NAME", account)
		}
		subjects = append(subjects, rbacv1.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: name})
	}
	for _, s := range subjects {
		if s.Name == "" {
			return nil, fmt.Errorf("a %s without a name", s.Kind)
		}
	}
	return subjects, nil
}
