package plugin

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"
)

// completionLong and completionExample have PROGRAM for the name of the program, and COMPLETER
// for that of the one that completes it.
const (
	completionLong = `
			Set up completion: of types, names, checks, flags and what flags take.

			kubectl completes what stands behind a plugin's name by a program on PATH that is called
			like the plugin, COMPLETER. A link of that name to the plugin is that program; krew cannot
			put it there, and its own folder is the wrong place: krew takes what it did not put there
			for what it has yet to clean up. Beside the link, it takes the completion of kubectl
			itself: see 'kubectl completion --help'.

			Where the plugin is called by the name of its program, PROGRAM, the script that this
			command prints for bash, zsh, fish or PowerShell completes it.`

	completionExample = `
			# kubectl harden, in bash, zsh and fish; ~/.local/bin is a folder of PATH
			ln -s "$(command -v PROGRAM)" ~/.local/bin/COMPLETER

			# kubectl harden, in PowerShell on Windows; C:\tools is a folder of PATH
			Set-Content C:\tools\COMPLETER.cmd '@PROGRAM __complete %*'

			# PROGRAM, in bash, from now on or in ~/.bashrc
			source <(kubectl harden completion bash)

			# PROGRAM, in zsh, from now on or in ~/.zshrc behind compinit
			source <(kubectl harden completion zsh)

			# PROGRAM, in fish, from now on or in ~/.config/fish/config.fish
			kubectl harden completion fish | source

			# PROGRAM, in PowerShell, from now on or in $PROFILE
			kubectl harden completion powershell | Out-String | Invoke-Expression`
)

func newCompletionCommand(g *globals) *cobra.Command {
	program := g.process.program()
	names := strings.NewReplacer("PROGRAM", program, "COMPLETER", strings.Replace(program, pluginPrefix, completionPrefix, 1))
	return &cobra.Command{
		Use:                   "completion SHELL",
		DisableFlagsInUseLine: true,
		Short:                 "Set up completion for bash, zsh, fish or PowerShell",
		Long:                  names.Replace(templates.LongDesc(completionLong)),
		Example:               names.Replace(templates.Examples(completionExample)),
		ValidArgsFunction:     first(words(shells()...)),
		Args:                  oneShell,
		RunE: func(cmd *cobra.Command, args []string) error {
			root, out := cmd.Root(), g.process.Streams.Out
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(out, true)
			case "zsh":
				return root.GenZshCompletion(out)
			case "fish":
				return root.GenFishCompletion(out, true)
			}
			return root.GenPowerShellCompletionWithDesc(out)
		},
	}
}

func shells() []string { return []string{"bash", "zsh", "fish", "powershell"} }

func oneShell(_ *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return fmt.Errorf("SHELL is missing: bash, zsh, fish or powershell")
	case len(args) > 1:
		return fmt.Errorf("completion takes one SHELL; got %d", len(args))
	case !slices.Contains(shells(), args[0]):
		return unknownWord("shell", args[0], shells())
	}
	return nil
}
