package plugin

import (
	"strings"
	"testing"
)

// TestCompletionScripts: each script completes the name that the program has.
func TestCompletionScripts(t *testing.T) {
	for argv0, program := range map[string]string{"/usr/bin/kubectl-harden": "kubectl-harden", "kubectl-harden_workload": "kubectl-harden_workload"} {
		for shell, want := range map[string]string{
			"bash":       "complete -o default -o nospace -F __start_PROGRAM PROGRAM",
			"zsh":        "#compdef PROGRAM\ncompdef _PROGRAM PROGRAM",
			"fish":       "complete -c PROGRAM ",
			"powershell": "Register-ArgumentCompleter -CommandName 'PROGRAM'",
		} {
			got := runAs(t, argv0, "completion", shell)
			if got.code != 0 || got.stderr != "" || !strings.Contains(got.stdout, strings.ReplaceAll(want, "PROGRAM", program)) {
				t.Errorf("%s %s: exit %d, %s\n%.300s", argv0, shell, got.code, got.stderr, got.stdout)
			}
		}
	}
}

// TestCompletionHelp tells how kubectl finds the completion of a plugin, for each shell.
func TestCompletionHelp(t *testing.T) {
	for argv0, words := range map[string][]string{
		"kubectl-harden":          {"kubectl harden completion SHELL", "kubectl_complete-harden", "bash", "zsh", "fish", "PowerShell", "krew"},
		"kubectl-harden_workload": {"kubectl harden-workload completion SHELL", "kubectl_complete-harden_workload", "kubectl-harden_workload"},
	} {
		got := runAs(t, argv0, "completion", "--help")
		for _, word := range words {
			if got.code != 0 || !strings.Contains(got.stdout, word) {
				t.Errorf("%s: no %s: %+v", argv0, word, got)
			}
		}
	}
}
