package plugin

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-harden/kubectl-harden/internal/render"
)

// runAs runs the program under another name.
func runAs(t *testing.T, name string, args ...string) result {
	t.Helper()
	var out, errOut bytes.Buffer
	t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "none"))
	code := Main(t.Context(), Process{
		Args:      append([]string{name}, args...),
		Streams:   genericiooptions.IOStreams{In: strings.NewReader(""), Out: &out, ErrOut: &errOut},
		LookupEnv: func(string) (string, bool) { return "", false },
	})
	return result{out.String(), errOut.String(), code}
}

func TestCompletion(t *testing.T) {
	tests := []struct {
		words []string
		want  []string
	}{
		{[]string{"expl"}, []string{"explain"}},
		{[]string{"explain", "c"}, []string{"cronjobs"}},
		{[]string{"explain", "pods,c"}, []string{"pods,cronjobs"}},
		{[]string{"explain", "deploy/x", "cron"}, []string{"cronjobs/"}},
		{[]string{"explain", "deploy/"}, nil},
		{[]string{"explain", "deploy", ""}, nil},
		{[]string{"explain", "-o", ""}, render.Formats()},
		{[]string{"checks", "-o", "y"}, []string{"yaml"}},
		{[]string{"explain", "--severity", ""}, []string{"critical", "high", "medium", "low", "info"}},
		{[]string{"explain", "--fail-on", "h"}, []string{"high"}},
		{[]string{"explain", "--pss", "res"}, []string{"restricted"}},
		{[]string{"explain", "--pss", "baseline@l"}, []string{"baseline@latest"}},
		{[]string{"explain", "--pss", "baseline@v1.3"}, []string{"baseline@v1.37", "baseline@v1.36", "baseline@v1.35", "baseline@v1.34", "baseline@v1.33", "baseline@v1.32", "baseline@v1.31", "baseline@v1.30", "baseline@v1.3"}},
		{[]string{"explain", "--skip", "privileged,caps-n"}, []string{"privileged,caps-not-dropped"}},
		{[]string{"explain", "--why", "caps-n"}, []string{"caps-not-dropped"}},
		{[]string{"gen", "role", "--widen", "names,e"}, []string{"names,events"}},
		{[]string{"gen", "netpol", "--isolate", "ingress,"}, []string{"ingress,ingress", "ingress,egress"}},
		{[]string{"can-reach", "s"}, []string{"statefulsets/", "services/"}},
		{[]string{"can-reach", "deploy/a", "i"}, []string{"internet"}},
		{[]string{"can-reach", "deploy/a", "internet", ""}, nil},
		{[]string{"explain", "--color", "a"}, []string{"auto", "always"}},
		{[]string{"checks", "caps-n"}, []string{"caps-not-dropped"}},
		{[]string{"checks", "caps-added", ""}, nil},
		{[]string{"explain", "--context", ""}, nil},
		{[]string{"explain", "-n", ""}, nil},
		{[]string{"version", ""}, nil},
		{[]string{"help", "e"}, []string{"explain"}},
		{[]string{"help", "gen", "b"}, []string{"baseline"}},
		{[]string{"help", "nonsense", ""}, nil},
		{[]string{"completion", ""}, []string{"bash", "zsh", "fish", "powershell"}},
		{[]string{"completion", "bash", ""}, nil},
	}
	for _, test := range tests {
		for _, name := range []string{"kubectl_complete-harden", "/usr/bin/kubectl_complete-harden", `C:\krew\bin\kubectl_complete-harden.exe`, "kubectl_complete-harden.CMD"} {
			got := runAs(t, name, test.words...)
			lines := strings.Split(strings.TrimSuffix(got.stdout, "\n"), "\n")
			var words []string
			for _, line := range lines[:len(lines)-1] {
				word, _, _ := strings.Cut(line, "\t")
				words = append(words, word)
			}
			if !slices.Equal(words, test.want) || got.stderr != "" || got.code != 0 || !strings.HasPrefix(lines[len(lines)-1], ":") {
				t.Errorf("%s %q: %+v", name, test.words, got)
			}
		}
	}
}

func TestCompletionTellsTitles(t *testing.T) {
	if got := runAs(t, "kubectl_complete-harden", "checks", "caps-not"); !strings.HasPrefix(got.stdout, "caps-not-dropped\tCapabilities are not dropped\n") {
		t.Errorf("%+v", got)
	}
}

// TestEveryChoiceFlagIsCompleted keeps the flags of new commands from being forgotten.
func TestEveryChoiceFlagIsCompleted(t *testing.T) {
	root := newRootCommand(Process{Args: []string{"kubectl-harden"}})
	all := root.Commands()
	for _, cmd := range root.Commands() {
		all = append(all, cmd.Commands()...)
	}
	for _, cmd := range all {
		for _, name := range []string{"output", "severity", "fail-on", "pss", "why", "check", "skip", "show", "widen", "isolate", "cni"} {
			if cmd.LocalNonPersistentFlags().Lookup(name) == nil {
				continue
			}
			if _, found := cmd.GetFlagCompletionFunc(name); !found {
				t.Errorf("%s --%s is not completed", cmd.CommandPath(), name)
			}
		}
	}
}

func TestName(t *testing.T) {
	for argv0, want := range map[string]string{
		"kubectl-harden": "kubectl harden", "/usr/bin/kubectl-harden": "kubectl harden", `C:\bin\kubectl-harden.exe`: "kubectl harden",
		"kubectl-harden_workload": "kubectl harden-workload", "kubectl-harden-workload.EXE": "kubectl harden-workload",
		"kubectl_complete-harden_workload": "kubectl harden-workload",
		"plugin.test":                      "kubectl harden", "kubectl-": "kubectl harden", "": "kubectl harden", "kubectl-\x1b[31m": "kubectl harden",
	} {
		if got := (Process{Args: []string{argv0}}).displayName(); got != want {
			t.Errorf("%q: %q, want %q", argv0, got, want)
		}
	}
}

func TestNameInTexts(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"explain", "--help"}, {"snapshot", "--help"}, {"nonsense"}, {"explain", "--nonsense"}, {"checks", "no-such-check-at-all"}} {
		got := runAs(t, "/opt/kubectl-harden_workload", args...)
		text := got.stdout + got.stderr
		if strings.Contains(strings.ReplaceAll(text, "kubectl harden-workload", ""), "kubectl harden") || !strings.Contains(text, "kubectl harden-workload") || strings.Contains(text, "workload-workload") {
			t.Errorf("%q: %s", args, text)
		}
	}
}
