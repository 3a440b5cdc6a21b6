package plugin

import (
	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"
)

func newGenCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:                   "gen",
		DisableFlagsInUseLine: true,
		Short:                 "Write the least that is needed, as YAML to apply",
		Long: templates.LongDesc(`
			Write the least that is needed, as YAML. Nothing is applied: that is for you, after you
			have read it.`),
		Args: unknownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newGenRoleCommand(g), newGenNetpolCommand(g), newGenPatchCommand(g), newGenBaselineCommand(g))
	return cmd
}
