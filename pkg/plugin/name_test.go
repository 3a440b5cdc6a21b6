package plugin

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestEveryHelpSaysTheName keeps the texts of new commands and flags from saying another name
// than the one that the plugin is called by.
func TestEveryHelpSaysTheName(t *testing.T) {
	const argv0, name = "/home/user/.krew/bin/kubectl-harden_workload", "kubectl harden-workload"
	for _, words := range commandLines(newRootCommand(Process{Args: []string{argv0}})) {
		for _, args := range [][]string{slices.Concat(words, []string{"--help"}), slices.Concat(words, []string{"--no-such-flag"})} {
			got := runAs(t, argv0, args...)
			text := got.stdout + got.stderr
			if !strings.Contains(text, name) {
				t.Errorf("%q does not say %s: %s", args, name, text)
			}
			for line := range strings.Lines(text) {
				if strings.Contains(strings.ReplaceAll(line, name, ""), displayName) {
					t.Errorf("%q: %s", args, line)
				}
			}
		}
	}
}

// commandLines are the words that lead to each command below root.
func commandLines(root *cobra.Command) [][]string {
	lines := [][]string{nil}
	for _, cmd := range root.Commands() {
		for _, below := range commandLines(cmd) {
			lines = append(lines, slices.Concat([]string{cmd.Name()}, below))
		}
	}
	return lines
}
