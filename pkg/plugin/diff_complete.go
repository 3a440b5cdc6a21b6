package plugin

import (
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// baselines completes the words of --baseline, what stands behind their colon, and files.
func (c completer) baselines(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	prefix, value, found := strings.Cut(typed, ":")
	var all []string
	switch baselineKind(prefix) {
	case baselinePSS:
		all, _ = c.levels(cmd, args, value)
	case baselineContext:
		if config, err := c.config.ToRawKubeConfigLoader().RawConfig(); err == nil {
			all = beginning(slices.Sorted(maps.Keys(config.Contexts)), value)
		}
	case baselineRevision:
		all = beginning([]string{"-1", "-2", "-3"}, value)
	default:
		found = false
	}
	if found {
		for i := range all {
			all[i] = prefix + ":" + all[i]
		}
		return all, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
	out := beginning(baselineWords(), typed)
	for _, word := range beginning(baselinePrefixes(), typed) {
		out = append(out, word+":")
	}
	return out, cobra.ShellCompDirectiveNoSpace
}
