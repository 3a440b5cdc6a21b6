package plugin

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"
	psapi "k8s.io/pod-security-admission/api"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/render"
)

// genPatchFlags are what the command line says.
type genPatchFlags struct {
	input      inputFlags
	to, output string
}

func newGenPatchCommand(g *globals) *cobra.Command {
	f := &genPatchFlags{input: newInputFlags(), output: "yaml"}
	cmd := &cobra.Command{
		Use:                   "patch (TYPE/NAME | -f FILE) --to LEVEL[@VERSION]",
		DisableFlagsInUseLine: true,
		Short:                 "Write the change that lifts a workload to a Pod Security level",
		Long: templates.LongDesc(`
			Write the smallest change that lifts a workload to the Pod Security level baseline or
			restricted, with what each field was and what its change may break. No change can be left
			out: without any of them the level is lost.

			Of live workloads it is a patch for kubectl patch: a strategic merge patch, and for custom
			kinds a JSON Patch. Pods, and templates of Jobs, cannot be changed: for them it is a manifest
			to create once the old one is deleted, unless it would show a credential. A pod or ReplicaSet
			with an owner stands for its owner. With -f it is the text of FILE with the changes in it,
			and every other byte as it was.

			Before anything is printed, the change is applied and judged by the policy of the API server,
			at its version, or at the newest known. Where there is a cluster and the right to patch, the
			API server is asked what it would make of it (dryRun=All), which changes nothing.

			A volume is never taken away, and what else no field mends is named as in the way. Then the
			change is printed as far as it goes, and says that it does not reach the level.

			Exit codes: 0 written, or there is nothing to change; 2 the level is not reached, the API
			server would refuse the change, or something could not be read.`),
		Example: templates.Examples(`
			# What lifts deploy/checkout to restricted
			kubectl harden gen patch deploy/checkout -n shop --to restricted > patch.yaml

			# A manifest, edited in place of the old one, with no cluster
			kubectl harden gen patch -f deploy.yaml --to restricted --local > new.yaml

			# By the policy of the next version
			kubectl harden gen patch ds/agent -n shop --to baseline@v1.37`),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd.Context(), g, cmd, args) },
	}
	g.planners[cmd] = func(args []string) (*self, error) {
		o, err := f.toOptions(g, args)
		if err != nil {
			return nil, err
		}
		return o.input.plan(true)
	}
	flags := cmd.Flags()
	flags.StringSliceVarP(&f.input.filenames, "filename", "f", nil, "A file or - with manifests, whose text is handed back with the changes; or a snapshot. URLs are refused.")
	flags.BoolVar(&f.input.local, "local", false, "Judge the file alone and ask no server.")
	flags.Int64Var(&f.input.chunkSize, "chunk-size", f.input.chunkSize, "List in chunks of this many objects; 0 turns chunks off.")
	flags.StringVar(&f.to, "to", "", "The Pod Security LEVEL[@VERSION] to reach: baseline or restricted, such as restricted@v1.36. The default version is the server's.")
	flags.StringVarP(&f.output, "output", "o", f.output, "Output format: "+strings.Join(render.PatchFormats(), ", ")+".")
	for name, complete := range map[string]cobra.CompletionFunc{"to": words("baseline", "restricted"), "output": words(render.PatchFormats()...)} {
		_ = cmd.RegisterFlagCompletionFunc(name, complete) // fails for a flag without a name alone
	}
	return cmd
}

// patchOptions are what a patch is made of.
type patchOptions struct {
	*globals
	input   inputOptions
	level   api.Level
	version psapi.Version
	output  string
	// again is the command that makes the same patch again.
	again string
}

func (f *genPatchFlags) toOptions(g *globals, args []string) (*patchOptions, error) {
	o := &patchOptions{globals: g, output: f.output}
	var err error
	if f.to == "" {
		return nil, errors.New("--to says which Pod Security level to reach: baseline or restricted")
	}
	level, version, found, err := podsecurity.Parse(f.to)
	switch {
	case err != nil:
		return nil, fmt.Errorf("--to: %w", err)
	case level == api.LevelPrivileged:
		return nil, errors.New("--to: every pod is at privileged: name baseline or restricted")
	case found:
		o.version = version
	}
	o.level = level
	if o.input, err = f.input.toOptions(g, args); err != nil {
		return nil, err
	}
	o.input.alone = true
	switch targets := o.input.targets; {
	case len(f.input.filenames) > 1:
		return nil, errors.New("-f takes one file here: what is handed back is its text")
	case len(f.input.filenames) == 1:
	case len(targets) != 1 || targets[0].Name == "":
		return nil, errors.New("name one workload, as TYPE/NAME, or a file with -f")
	}
	return o, nil
}

func (f *genPatchFlags) run(ctx context.Context, g *globals, cmd *cobra.Command, args []string) error {
	if err := render.ValidatePatchFormat(f.output); err != nil {
		return err
	}
	opts, err := g.renderOptions(f.output)
	if err != nil {
		return err
	}
	o, err := f.toOptions(g, args)
	if err != nil {
		return err
	}
	o.again = g.line(cmd, args, []string{"filename", "to", "namespace", "context", "local"})
	if o.input.fromFiles() {
		return o.runFile(ctx, opts)
	}
	in, err := o.input.read(ctx)
	if err != nil {
		return err
	}
	return o.runLive(ctx, &in, opts)
}
