package plugin

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// baselineOf writes the baseline of files, with no cluster.
func baselineOf(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	return run(t, stdin, append([]string{"gen", "baseline", "--local"}, args...)...)
}

func TestGenBaseline(t *testing.T) {
	r := baselineOf(t, "", "-f", shop)
	if r.code != 0 || r.stderr != "" {
		t.Fatalf("exit %d: %s", r.code, r.stderr)
	}
	text := strings.Replace(r.stdout, shop, "examples/shop", 1)
	testkit.Golden(t, "testdata/baseline-shop.golden", []byte(text))
	for _, secret := range []string{"2026-", "sha256", "containers["} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in it", secret)
		}
	}
	if again := baselineOf(t, "", "-f", shop); again.stdout != r.stdout {
		t.Error("another run gives other bytes")
	}
	parts, err := filepath.Glob(shop + "/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var args []string
	for i := range parts {
		args = append(args, "-f", parts[len(parts)-1-i])
	}
	_, facts, _ := strings.Cut(r.stdout, "\nserver:")
	if _, split, _ := strings.Cut(baselineOf(t, "", args...).stdout, "\nserver:"); split != facts {
		t.Error("the order of the files changes it")
	}
}

// TestGenBaselineUpdate: acceptances stay, whatever else changes; those that match nothing are told.
func TestGenBaselineUpdate(t *testing.T) {
	dir := t.TempDir()
	r := baselineOf(t, badPod, "-f", "-")
	accepted := `accepted:
- {ref: "/Pod/default/bad", finding: "privileged main:app", reason: SEC-12, owner: team, expires: "2027-01-31"}
- {ref: "/Pod/default/gone", finding: "privileged main:app", reason: SEC-13, owner: team}
`
	file := write(t, dir, "b.yaml", strings.Replace(r.stdout, "accepted: []\n", accepted, 1))
	for _, args := range [][]string{{"--update", file}, {"--update", "-", "-f", write(t, dir, "bad.yaml", badPod)}} {
		stdin := badPod
		if len(args) == 2 {
			args = append(args, "-f", "-")
		} else {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			stdin = string(data)
		}
		r = baselineOf(t, stdin, args...)
		if r.code != 0 || !strings.HasSuffix(r.stdout, accepted) {
			t.Errorf("exit %d: %s%s", r.code, r.stdout, r.stderr)
		}
		if strings.Count(r.stderr, "\n") != 1 || !strings.HasPrefix(r.stderr, "note: the acceptance of privileged main:app for Pod default/gone matches nothing") {
			t.Errorf("%q", r.stderr)
		}
	}
}

// TestGenBaselineBad: one clear line on stderr, exit 2, and nothing on stdout.
func TestGenBaselineBad(t *testing.T) {
	dir := t.TempDir()
	conflict := write(t, dir, "conflict.yaml", "apiVersion: kubectl-harden.dev/v1alpha1\n<<<<<<< HEAD\n")
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"no such file":   {[]string{"--update", filepath.Join(dir, "none.yaml")}, "none.yaml: no such file or directory"},
		"a URL":          {[]string{"--update", "https://example.com/b.yaml"}, "https://example.com/b.yaml: URLs are refused"},
		"a conflict":     {[]string{"--update", conflict}, "conflict.yaml:2: a merge conflict that was not resolved"},
		"no baseline":    {[]string{"--update", write(t, dir, "pod.yaml", badPod)}, `pod.yaml:1: kind "Pod" is neither Baseline`},
		"a format":       {[]string{"-o", "text"}, `output format "text" is none of yaml, json, kyaml`},
		"nothing there":  {[]string{"-l", "app=none"}, "no workloads: the files have none that are asked for"},
		"an odd check":   {[]string{"--skip", "no-such-check"}, "--skip: "},
		"one of a flag":  {[]string{"--container", "app"}, "unknown flag: --container"},
		"no such target": {[]string{"deploy/none"}, "deploy/none is not in the files"},
		"an account":     {[]string{"secret/x", "-n", "shop"}, "diff and gen baseline compare workloads: ServiceAccounts"},
		"twice -":        {[]string{"--update", "-"}, "--update and -f both read the standard input"},
	} {
		t.Run(name, func(t *testing.T) {
			r := baselineOf(t, badPod, append([]string{"-f", "-"}, tt.args...)...)
			if r.code != 2 || r.stdout != "" || !strings.HasPrefix(r.stderr, "error: ") || !strings.Contains(r.stderr, tt.want) || strings.Count(r.stderr, "\n") > 2 {
				t.Errorf("exit %d, stdout %q, stderr %q", r.code, r.stdout, r.stderr)
			}
		})
	}
}

func TestGenBaselineNoSecrets(t *testing.T) {
	for _, format := range []string{"yaml", "json", "kyaml"} {
		r := baselineOf(t, testkit.PlantedManifest(), "-f", "-", "-o", format)
		if r.code != 0 {
			t.Fatalf("exit %d: %s", r.code, r.stderr)
		}
		testkit.CheckNoSecrets(t, r.stdout+r.stderr)
	}
}
