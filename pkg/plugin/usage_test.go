package plugin

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestUsageErrors: one line says what is wrong with a command line, and what may be meant.
func TestUsageErrors(t *testing.T) {
	for line, want := range map[string]string{
		"explian":                        `unknown command "explian"; did you mean kubectl harden explain?`,
		"explian --severity high":        `unknown command "explian"; did you mean kubectl harden explain?`,
		"-n shop explian":                `unknown command "explian"; did you mean kubectl harden explain?`,
		"gen rolle":                      `unknown command "rolle"; did you mean kubectl harden gen role?`,
		"gen rolle --from x":             `unknown command "rolle"; did you mean kubectl harden gen role?`,
		"netpol":                         `unknown command "netpol"; did you mean kubectl harden gen netpol?`,
		"gen explain":                    `unknown command "explain"; see 'kubectl harden gen --help'`,
		"deploy/checkout":                `unknown command "deploy/checkout"; did you mean kubectl harden explain deploy/checkout?`,
		"/usr/bin":                       `unknown command "/usr/bin"; see 'kubectl harden --help'`,
		"nonsense":                       `unknown command "nonsense"; see 'kubectl harden --help'`,
		"help nonsense":                  `unknown command "nonsense"; see 'kubectl harden --help'`,
		"help gen rolle":                 `unknown command "rolle"; did you mean kubectl harden gen role?`,
		"--sevrity high":                 "unknown flag: --sevrity; see 'kubectl harden --help'",
		"explain --sevrity high":         "unknown flag: --sevrity; did you mean --severity?",
		"explain --sevrity=high":         "unknown flag: --sevrity; did you mean --severity?",
		"gen role --form audit.log":      "unknown flag: --form; did you mean --from?",
		"explain --naemspace shop":       "unknown flag: --naemspace; did you mean --namespace?",
		"gen role --service-account a:b": "unknown flag: --service-account; did you mean --serviceaccount?",
		"diff -baseline file":            "unknown shorthand flag: 'b' in -baseline; did you mean --baseline?",
		"explain -N shop":                "unknown shorthand flag: 'N' in -N; did you mean -n?",
		"explain -Z":                     "unknown shorthand flag: 'Z' in -Z; see 'kubectl harden explain --help'",
		"explain --nonsense":             "unknown flag: --nonsense; see 'kubectl harden explain --help'",
		"can-reach --kustomise x":        "unknown flag: --kustomise; did you mean --kustomize?",
		"can-reach --all-namespace a b":  "unknown flag: --all-namespace; did you mean --to-namespace?",
		"explain --severity":             "flag needs an argument: --severity; see 'kubectl harden explain --help'",
		"version foo":                    `version takes no arguments; got "foo"`,
		"options foo":                    `options takes no arguments; got "foo"`,
		"prove foo":                      `prove takes no arguments; got "foo"`,
		"observe foo":                    `observe takes no arguments; got "foo"`,
		"completion":                     "SHELL is missing: bash, zsh, fish or powershell",
		"completion fisch":               `unknown shell "fisch"; did you mean fish?`,
		"completion bash zsh":            "completion takes one SHELL; got 2",
		"checks a b":                     "checks takes one ID; got 2",
		"explain pod.spec":               "pod.spec is a field: kubectl explain pod.spec tells about it; explain takes a TYPE or TYPE/NAME, such as pod",
		"explain deploy.spec.template":   "deploy.spec.template is a field: kubectl explain deploy.spec.template tells about it; explain takes a TYPE or TYPE/NAME, such as deploy",
		"explain pods.metadata --local":  "pods.metadata is a field: kubectl explain pods.metadata tells about it; explain takes a TYPE or TYPE/NAME, such as pods",
		"explain rollouts.argoproj.io":   "no kubeconfig context is set; set --kubeconfig or KUBECONFIG, or try -f FILE --local",
		"explain deploy/web.spec":        "no kubeconfig context is set; set --kubeconfig or KUBECONFIG, or try -f FILE --local",
		"explain pod.spec.\x1b[31m":      `'pod.spec.\x1b[31m' is a field: kubectl explain 'pod.spec.\x1b[31m' tells about it; explain takes a TYPE or TYPE/NAME, such as pod`,
	} {
		if got := run(t, "", strings.Split(line, " ")...); got != (result{"", "error: " + want + "\n", 2}) {
			t.Errorf("%s: %+v", line, got)
		}
	}
}

// TestHelpNamesThePlugin: every page of help calls the plugin as it is called.
func TestHelpNamesThePlugin(t *testing.T) {
	for argv0, name := range map[string]string{"kubectl-harden": "kubectl harden", "kubectl-harden_workload": "kubectl harden-workload"} {
		for _, args := range [][]string{{}, {"--help"}, {"help"}, {"gen"}, {"help", "gen"}, {"gen", "--help"}} {
			got := runAs(t, argv0, args...)
			tip := "Use \"" + name + " <command> --help\" for more"
			if strings.Contains(strings.Join(args, " "), "gen") {
				tip = "Use \"" + name + " gen <command> --help\" for more"
			}
			if got.code != 0 || got.stderr != "" || !strings.Contains(got.stdout, tip) {
				t.Errorf("%s %q: %+v", argv0, args, got)
			}
		}
	}
}

// helpWidth is the narrowest terminal for which help is wrapped.
const helpWidth = 80

// TestEveryCommandHasExamples that say what they are for, fit on a terminal and parse.
func TestEveryCommandHasExamples(t *testing.T) {
	p := Process{Args: []string{"kubectl-harden"}}
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		if len(cmd.Short) > helpWidth-16 && cmd.HasParent() {
			t.Errorf("%s: wider than its column: %s", cmd.CommandPath(), cmd.Short)
		}
		lines := strings.Split(cmd.Example, "\n")
		if cmd.Long == "" || !strings.HasPrefix(cmd.Example, "  # ") || strings.Contains(cmd.Example, "\t") {
			t.Errorf("%s: no text or no examples: %q", cmd.CommandPath(), cmd.Example)
		}
		for _, line := range lines {
			if len(line) > helpWidth && !strings.Contains(line, "kubectl_complete") {
				t.Errorf("%s: wider than %d: %s", cmd.CommandPath(), helpWidth, line)
			}
			_, words, found := strings.Cut(strings.TrimSpace(line), displayName+" ")
			if !found || strings.HasPrefix(strings.TrimSpace(line), "#") || strings.Contains(line, "<(") {
				continue
			}
			words, _, _ = strings.Cut(words, " | ")
			words, _, _ = strings.Cut(words, " > ")
			words, _, _ = strings.Cut(words, " && ")
			parts, err := splitWords(words)
			if err == nil {
				err = Parse(p, parts)
			}
			if err != nil {
				t.Errorf("%s: %s: %v", cmd.CommandPath(), line, err)
			}
		}
		for _, below := range cmd.Commands() {
			if below.IsAvailableCommand() {
				walk(below)
			}
		}
	}
	walk(newRootCommand(p))
}

func TestParse(t *testing.T) {
	p := Process{Args: []string{"kubectl-harden"}}
	for line, want := range map[string]string{
		"explain deploy/x -n y --why z": "",
		"help explain":                  "",
		"options":                       "",
		"completion bash":               "",
		"can-reach a b":                 "",
		"can-reach a":                   "can-reach takes two ends, FROM and TO[:PORT]; got 1",
		"explain --nope":                "unknown flag: --nope; see 'kubectl harden explain --help'",
		"explian":                       `unknown command "explian"; did you mean kubectl harden explain?`,
		"version x":                     `version takes no arguments; got "x"`,
	} {
		err := Parse(p, strings.Fields(line))
		if (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
	}
}
