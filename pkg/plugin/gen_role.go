package plugin

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/render"
)

// genRoleFlags are what the command line says.
type genRoleFlags struct {
	self                    string
	users, groups, accounts []string
	output                  string
}

func newGenRoleCommand(g *globals) *cobra.Command {
	f := &genRoleFlags{output: "yaml"}
	cmd := &cobra.Command{
		Use:                   "role --self=COMMAND",
		DisableFlagsInUseLine: true,
		Short:                 "Write the roles that a command of this plugin needs",
		Long: templates.LongDesc(`
			Write the roles with the least rights that a command of this plugin needs, each with
			its reason, so that they can be given to a reviewer. COMMAND is a command line without
			the name of the plugin. It is not run, and no server is asked.

			Roles of a namespace hold what is read there, a ClusterRole what is read of the whole
			cluster. With a user, a group or a ServiceAccount the bindings follow.

			Exit codes: 0 written, or COMMAND needs no rights, which stderr says; 2 COMMAND is none.`),
		Example: templates.Examples(`
			# What a table of the namespace shop needs
			kubectl harden gen role --self="explain -n shop"

			# Give jane what one workload needs, its rights confirmed by the API server
			kubectl harden gen role --self="explain deploy/checkout -n shop --verify" --user jane | kubectl apply -f -

			# For a job that takes snapshots
			kubectl harden gen role --self="snapshot -A" --serviceaccount audit:snapshots`),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(g, cmd, args)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.self, "self", "", "The COMMAND of this plugin that rights are for, such as \"explain -n shop\".")
	flags.StringArrayVar(&f.users, "user", nil, "Bind the roles to this user, as kubectl create rolebinding does.")
	flags.StringArrayVar(&f.groups, "group", nil, "Bind the roles to this group.")
	flags.StringArrayVar(&f.accounts, "serviceaccount", nil, "Bind the roles to this ServiceAccount, as NAMESPACE:NAME.")
	flags.StringVarP(&f.output, "output", "o", f.output, "Output format: "+strings.Join(render.RoleFormats(), ", ")+".")
	for name, complete := range map[string]cobra.CompletionFunc{
		"self": cobra.NoFileCompletions, "user": cobra.NoFileCompletions, "group": cobra.NoFileCompletions,
		"serviceaccount": cobra.NoFileCompletions, "output": words(render.RoleFormats()...),
	} {
		_ = cmd.RegisterFlagCompletionFunc(name, complete) // fails for a flag without a name alone
	}
	return cmd
}

var (
	errNoSelf   = errors.New("gen role needs --self=COMMAND")
	errSelfArgs = errors.New("gen role --self takes no arguments; quote COMMAND, as in --self=\"explain -n shop\"")
)

// run parses COMMAND and prints what it needs.
func (f *genRoleFlags) run(g *globals, cmd *cobra.Command, args []string) error {
	switch {
	case strings.TrimSpace(f.self) == "":
		return errNoSelf
	case len(args) > 0:
		return errSelfArgs
	}
	subjects, err := f.subjects()
	if err != nil {
		return err
	}
	if err := render.ValidateRoleFormat(f.output); err != nil {
		return err
	}
	opts, err := g.renderOptions(f.output)
	if err != nil {
		return err
	}
	outer := chosen(cmd.InheritedFlags())
	self, err := parseSelf(g.process, outer, f.self)
	if err != nil {
		return fmt.Errorf("--self: %w", err)
	}
	if len(self.needs) == 0 {
		_, _ = fmt.Fprintf(g.process.Streams.ErrOut, "%s asks no API server: it needs no rights\n", render.Printable(shellQuote(self.name)))
		return nil
	}
	drafts, err := rbac.Draft(self.needs)
	if err != nil {
		return err
	}
	return render.Roles(g.process.Streams.Out, &api.RoleSet{
		Comment: f.comment(g.process.displayName(), outer, self), Name: f.name(self), Roles: drafts, Subjects: subjects,
	}, opts)
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

// comment says what the roles are for, and what is not in them.
func (f *genRoleFlags) comment(plugin string, outer []string, self *self) []string {
	line := append([]string{plugin, "gen", "role", "--self=" + shellQuote(f.self)}, f.bound()...)
	for _, word := range outer {
		if strings.HasPrefix(word, "--namespace=") {
			line = append(line, shellQuote(word))
		}
	}
	comment := []string{
		strings.Join(line, " "),
		"left out  /version and discovery: every authenticated user may read them",
	}
	if self.collects {
		comment = append(comment, "left out  custom kinds that own pods, such as an Argo Rollout: the cluster alone knows which;",
			"          for each one: --self=\"explain RESOURCE.GROUP\", as in rollouts.argoproj.io")
	}
	return comment
}

// bound are the flags that name the subjects, quoted for a shell.
func (f *genRoleFlags) bound() []string {
	var line []string
	for _, flag := range []struct {
		name   string
		values []string
	}{{"--user=", f.users}, {"--group=", f.groups}, {"--serviceaccount=", f.accounts}} {
		for _, value := range flag.values {
			line = append(line, flag.name+shellQuote(value))
		}
	}
	return line
}

// name is one for each COMMAND, namespace and choice of subjects: applying the roles of one
// does not change what another has.
func (f *genRoleFlags) name(self *self) string {
	sum := sha256.Sum256([]byte(strings.Join(append(append([]string{self.namespace}, self.words...), f.bound()...), "\x00")))
	return "kubectl-harden-" + self.name + "-" + hex.EncodeToString(sum[:4])
}

// chosen are the flags that were set, as words.
func chosen(flags *pflag.FlagSet) []string {
	var words []string
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Changed && f.Name != "v" && f.Name != "color" {
			words = append(words, "--"+f.Name+"="+f.Value.String())
		}
	})
	return words
}
