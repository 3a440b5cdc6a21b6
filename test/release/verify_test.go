package release_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// verify runs krew/verify.sh with a PATH that begins with a folder.
func verify(t *testing.T, first string, args ...string) testkit.Result {
	t.Helper()
	return verifyIn(t, "", first+":"+os.Getenv("PATH"), args...)
}

// verifyIn runs it in a folder, with a PATH.
func verifyIn(t *testing.T, dir, path string, args ...string) testkit.Result {
	t.Helper()
	if os.PathSeparator == '\\' {
		t.Skip("krew/verify.sh needs a POSIX shell")
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(testkit.ModuleRoot(t), "krew/verify.sh"), args...)
	cmd.Dir, cmd.Env = dir, []string{"PATH=" + path, "TMPDIR=" + t.TempDir()}
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return testkit.Result{Stdout: stdout.String(), Stderr: stderr.String(), Code: cmd.ProcessState.ExitCode()}
}

func TestVerifyTakesARelease(t *testing.T) {
	dist := pretend().write(t)
	got := verify(t, "", dist)
	want := dist + "/krew/harden.yaml: v1.2.3, one archive with its program and LICENSE for each of 6 platforms\n"
	if got.Code != 0 || got.Stdout != want {
		t.Errorf("%+v, want %s", got, want)
	}
}

// TestVerifyTakesAnyName of a folder: with a space, like a flag, like a variable of awk.
func TestVerifyTakesAnyName(t *testing.T) {
	dist := pretend().write(t)
	parent := t.TempDir()
	for _, name := range []string{"a b", "-d", "v=1"} {
		link(t, dist, filepath.Join(parent, name))
		if got := verifyIn(t, parent, os.Getenv("PATH"), name); got.Code != 0 || !strings.Contains(got.Stdout, name+"/krew/harden.yaml: v1.2.3, one archive") {
			t.Errorf("%q: %+v", name, got)
		}
	}
}

// TestVerifyNamesAToolThatIsMissing, instead of what it then takes for wrong.
func TestVerifyNamesAToolThatIsMissing(t *testing.T) {
	dist := pretend().write(t)
	tools := []string{"awk", "cat", "cut", "grep", "gzip", "head", "mkdir", "mktemp", "od", "rm", "sha256sum", "tail", "tar", "tr", "wc"}
	for _, missing := range append(tools, "") {
		bin := t.TempDir()
		for _, tool := range tools {
			path, err := exec.LookPath(tool)
			if err != nil {
				t.Skipf("no %s here", tool)
			}
			if tool != missing {
				link(t, path, filepath.Join(bin, tool))
			}
		}
		got := verifyIn(t, "", bin, dist)
		if missing == "" && got.Code != 0 || missing != "" && (got.Code != 2 || !strings.HasPrefix(got.Stderr, "verify.sh: no ")) {
			t.Errorf("without %q: %+v", missing, got)
		}
	}
}

func TestVerifyWithoutARelease(t *testing.T) {
	if got := verify(t, "", t.TempDir()); got.Code != 2 || !strings.Contains(got.Stderr, "build a release first") {
		t.Errorf("%+v", got)
	}
}

func TestVerifyAsksTheValidatorOfKrew(t *testing.T) {
	dist := pretend().write(t)
	bin := t.TempDir()
	for _, test := range []struct {
		script, want string
		code         int
	}{
		{"#!/bin/sh\n[ \"$*\" = \"-manifest " + dist + "/krew/harden.yaml -skip-install\" ]\n", "", 0},
		{"#!/bin/sh\necho overlapping platform selectors >&2\nexit 255\n", "overlapping platform selectors\nverify.sh: krew does not take " + dist + "/krew/harden.yaml\n", 1},
	} {
		validator := filepath.Join(bin, "validate-krew-manifest")
		put(t, validator, []byte(test.script))
		if err := os.Chmod(validator, 0o755); err != nil {
			t.Fatal(err)
		}
		if got := verify(t, bin, dist); got.Code != test.code || got.Stderr != test.want {
			t.Errorf("%+v, want %q", got, test.want)
		}
	}
}
