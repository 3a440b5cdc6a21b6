package apiserver_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// withCompletion installs the plugin with its link for completion into a folder of PATH.
func withCompletion(t *testing.T, opts testkit.RunOptions) testkit.RunOptions {
	t.Helper()
	plugin, dir := testkit.BuildPlugin(t), t.TempDir()
	for _, name := range []string{"kubectl-harden", "kubectl_complete-harden"} {
		if err := os.Symlink(plugin, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	opts.Env = append(opts.Env, "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	return opts
}

// completions asks kubectl what it would offer.
func completions(t *testing.T, opts testkit.RunOptions, words ...string) []string {
	t.Helper()
	result := testkit.Kubectl(t, opts, append([]string{"__complete", "harden"}, words...)...)
	lines := strings.Split(strings.TrimSuffix(result.Stdout, "\n"), "\n")
	if result.Code != 0 || !strings.HasPrefix(lines[len(lines)-1], ":") {
		t.Fatalf("%q: %+v", words, result)
	}
	for line := range strings.Lines(result.Stderr) {
		// kubectl itself says how it goes about it.
		if !strings.HasPrefix(line, "[Debug] ") && !strings.HasPrefix(line, "Completion ended ") {
			t.Errorf("%q: %s", words, line)
		}
	}
	return lines[:len(lines)-1]
}

func TestCompletionThroughKubectl(t *testing.T) {
	control := setUp(t, "completed")
	opts := withCompletion(t, asAdmin(control))
	for _, test := range []struct {
		words []string
		want  []string
	}{
		{[]string{"explain", "-n", "completed", "deploy/"}, []string{"deploy/web"}},
		{[]string{"explain", "-n", "completed", "deployments.apps/w"}, []string{"deployments.apps/web"}},
		{[]string{"explain", "-n", "completed", "sts", ""}, []string{"db"}},
		{[]string{"explain", "-n", "completed", "sts", "db", ""}, nil},
		{[]string{"explain", "-n", "completed", "sts/db", "daemonset/"}, []string{"daemonset/agent"}},
		{[]string{"explain", "-n", "completed", "sts/db", "job"}, []string{"jobs/"}},
		{[]string{"explain", "-n", "completed", "thing/"}, nil},
		{[]string{"explain", "d"}, []string{"daemonsets", "deployments"}},
		{[]string{"snapshot", "-n", "completed", "cj/"}, []string{"cj/nightly"}},
		{[]string{"gen", "netpol", "-n", "completed", "deploy/"}, []string{"deploy/web"}},
		{[]string{"gen", "role", "-n", "completed", "deploy/"}, []string{"deploy/web"}},
		{[]string{"explain", "-n", "comple"}, []string{"completed"}},
		{[]string{"explain", "--context", ""}, []string{"test"}},
		{[]string{"explain", "--user", "t"}, []string{"test"}},
	} {
		if got := completions(t, opts, test.words...); !slices.Equal(got, test.want) {
			t.Errorf("%q: got %q, want %q", test.words, got, test.want)
		}
	}
}

func TestCompletionWithoutRights(t *testing.T) {
	control := setUp(t, "uncompleted")
	opts := withCompletion(t, asAdmin(control))
	opts.Kubeconfig = control.Kubeconfig(t, "nobody")
	if got := completions(t, opts, "explain", "-n", "uncompleted", "deploy/"); len(got) > 0 {
		t.Errorf("without rights: %q", got)
	}
	gone := testkit.NewFaultProxy(t, testkit.Upstream(t, control.AdminKubeconfig))
	gone.Close()
	stalling := testkit.NewFaultProxy(t, testkit.Upstream(t, control.AdminKubeconfig))
	stalling.On(testkit.Match{Optional: true}, testkit.Stall())
	for name, kubeconfig := range map[string]string{"gone": gone.Kubeconfig, "stalling": stalling.Kubeconfig} {
		opts.Kubeconfig = kubeconfig
		for _, words := range [][]string{{"explain", "deploy/"}, {"explain", "rollout/"}, {"explain", "-n", ""}} {
			if got := completions(t, opts, words...); len(got) > 0 {
				t.Errorf("%s: %q: %q", name, words, got)
			}
		}
	}
}
