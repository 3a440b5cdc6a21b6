package plugin

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/check"
	"github.com/kubectl-harden/kubectl-harden/internal/render"
)

func newChecksCommand(g *globals) *cobra.Command {
	output := "text"
	cmd := &cobra.Command{
		Use:                   "checks [ID]",
		DisableFlagsInUseLine: true,
		Short:                 "List the checks, or describe one",
		Long:                  templates.LongDesc(`List the checks with their default severity, or describe one of them.`),
		Example: templates.Examples(`
			# List all checks
			kubectl harden checks

			# What does a check look at, why, and what defines it?
			kubectl harden checks caps-not-dropped`),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("checks takes one ID; got %d", len(args))
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			opts, err := g.renderOptions(output)
			if err != nil {
				return err
			}
			docs := checkDocs()
			if len(args) == 0 {
				return render.Checks(g.process.Streams.Out, docs, opts)
			}
			doc, err := findCheck(docs, args[0])
			if err != nil {
				return err
			}
			return render.Check(g.process.Streams.Out, doc, opts)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", output, "Output format: text, json, yaml, kyaml or name.")
	return cmd
}

func checkDocs() []api.CheckDoc {
	all := check.All()
	docs := make([]api.CheckDoc, len(all))
	for i, c := range all {
		docs[i] = c.Describe()
	}
	return docs
}

// findCheck finds a check by its ID, or says which one may be meant.
func findCheck(docs []api.CheckDoc, id string) (api.CheckDoc, error) {
	i := slices.IndexFunc(docs, func(d api.CheckDoc) bool { return d.ID == id })
	if i < 0 {
		return api.CheckDoc{}, knownChecks([]string{id})
	}
	return docs[i], nil
}
