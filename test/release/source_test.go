package release_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// source is a git repository that holds the files of this working copy as they are now, with
// commits that are the same bytes in every run, so that a working copy need not be clean.
type source struct{ dir string }

// newSource has one commit.
func newSource(t *testing.T) source {
	t.Helper()
	root := testkit.ModuleRoot(t)
	s := source{filepath.Join(t.TempDir(), "source")}
	for name := range strings.SplitSeq(strings.TrimSuffix(git(t, root, "ls-files", "-co", "--exclude-standard", "-z"), "\x00"), "\x00") {
		s.copy(t, root, name)
	}
	git(t, s.dir, "init", "-q", "-b", "main")
	git(t, s.dir, "remote", "add", "origin", "https://github.com/kubectl-harden/kubectl-harden.git") // which goreleaser reads and nobody asks
	s.commit(t, 1)
	return s
}

// copy leaves out what git knows and the working copy no longer has.
func (s source) copy(t *testing.T, root, name string) {
	t.Helper()
	from, to := filepath.Join(root, name), filepath.Join(s.dir, name)
	info, err := os.Stat(from)
	if os.IsNotExist(err) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	put(t, to, []byte(read(t, from)))
	if err := os.Chmod(to, info.Mode().Perm()); err != nil {
		t.Fatal(err)
	}
}

// commit is the nth: on the nth day of a year, with all there is.
func (s source) commit(t *testing.T, n int) {
	t.Helper()
	git(t, s.dir, "add", "-A")
	date := fmt.Sprintf("2026-01-%02dT12:00:00Z", n)
	cmd := gitCommand(t, s.dir, "-c", "user.name=Release Test", "-c", "user.email=release@example.com", "commit", "-q", "--allow-empty", "-m", fmt.Sprintf("Commit %d", n))
	cmd.Env = append(cmd.Env, "GIT_AUTHOR_DATE="+date, "GIT_COMMITTER_DATE="+date)
	output(t, cmd)
}

// clone is the same repository elsewhere, with files that nobody but their owner may read.
func (s source) clone(t *testing.T) source {
	t.Helper()
	other := source{filepath.Join(t.TempDir(), "a", "longer", "way", "to", "it")}
	output(t, exec.CommandContext(t.Context(), "sh", "-c", `umask 077 && exec git clone -q "$1" "$2"`, "sh", s.dir, other.dir))
	return other
}

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	return output(t, gitCommand(t, dir, args...))
}

// gitCommand reads no configuration of the machine.
func gitCommand(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1")
	return cmd
}

// output is what a command prints on stdout; a failure ends the test.
func output(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(cmd.Args, " "), err, stdout.String(), stderr.String())
	}
	return stdout.String()
}
