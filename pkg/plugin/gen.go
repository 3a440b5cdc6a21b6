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
		Example: templates.Examples(`
			# The roles for what a workload was seen to do
			kubectl harden gen role deploy/checkout -n shop --from audit.log

			# The NetworkPolicies for whom it was seen to reach, and who reached it
			kubectl harden gen netpol deploy/checkout -n shop --from flows.json

			# The change that lifts it to a Pod Security level
			kubectl harden gen patch deploy/checkout -n shop --to restricted

			# The posture as it is, to keep in git
			kubectl harden gen baseline -n shop`),
		Args: unknownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newGenRoleCommand(g), newGenNetpolCommand(g), newGenPatchCommand(g), newGenBaselineCommand(g))
	return cmd
}
