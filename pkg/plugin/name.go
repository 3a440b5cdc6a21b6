package plugin

import (
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
)

// completionPrefix begins the name under which kubectl looks for the program that completes
// the arguments of a plugin.
const completionPrefix = "kubectl_complete-"

// pluginPrefix begins the name of the program of a plugin.
const pluginPrefix = "kubectl-"

// programName is the name that the program was called by, without its folder and without
// the ending that Windows gives to programs.
func programName(argv0 string) string {
	name := filepath.Base(strings.ReplaceAll(argv0, `\`, "/"))
	for _, ending := range []string{".exe", ".cmd", ".bat", ".ps1"} {
		if len(name) > len(ending) && strings.EqualFold(name[len(name)-len(ending):], ending) {
			return name[:len(name)-len(ending)]
		}
	}
	return name
}

// arguments are those of the command line. Called as kubectl_complete-harden, which may be a
// link to the plugin, the program completes them.
func (p Process) arguments() []string {
	if p.completes() {
		return append([]string{cobra.ShellCompRequestCmd}, p.Args[1:]...)
	}
	return p.Args[1:]
}

func (p Process) completes() bool { return strings.HasPrefix(programName(p.Args[0]), completionPrefix) }

// program is the name of the plugin's program, also where it completes.
func (p Process) program() string {
	name := strings.Replace(programName(p.Args[0]), completionPrefix, pluginPrefix, 1)
	if !strings.HasPrefix(name, pluginPrefix) || name == pluginPrefix || strings.ContainsFunc(name, unsafeInShell) {
		return pluginPrefix + "harden"
	}
	return name
}

// displayName is how the plugin is called: "kubectl harden-workload" when it was installed
// as kubectl-harden_workload.
func (p Process) displayName() string {
	return "kubectl " + strings.ReplaceAll(strings.TrimPrefix(p.program(), pluginPrefix), "_", "-")
}

// naming puts the name that the plugin is called by into a text that has displayName.
func (p Process) naming(text string) string {
	if p.displayName() == displayName {
		return text
	}
	return ownName.ReplaceAllString(text, p.displayName()+"$1")
}

// ownName leaves alone what is longer, such as the name of a fork.
var ownName = regexp.MustCompile(regexp.QuoteMeta(displayName) + `([^\w-]|$)`)

// nameCommands does so in the help of a command and of those below it.
func (p Process) nameCommands(cmd *cobra.Command) {
	cmd.Long, cmd.Example = p.naming(cmd.Long), p.naming(cmd.Example)
	for _, below := range cmd.Commands() {
		p.nameCommands(below)
	}
}
