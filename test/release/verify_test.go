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
	if os.PathSeparator == '\\' {
		t.Skip("krew/verify.sh needs a POSIX shell")
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(testkit.ModuleRoot(t), "krew/verify.sh"), args...)
	cmd.Env = []string{"PATH=" + first + ":" + os.Getenv("PATH"), "TMPDIR=" + t.TempDir()}
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
