package release_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// user is somebody who has kubectl and krew, a home that krew writes to, and an index of plugins
// that is a git repository of the same machine.
type user struct {
	kubectl string
	bin     string // holds kubectl and kubectl-krew
	root    string // KREW_ROOT
	index   string
	server  string // where the archives are, in place of the host of the releases
	env     []string
}

// newUser can download the archives from the loopback interface.
func newUser(t *testing.T, archives map[string][]byte) user {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, found := archives[path.Base(r.URL.Path)]
		if !found {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(data) // krew tells what it got
	}))
	t.Cleanup(server.Close)
	u := user{kubectl: testkit.BuildKubectl(t), bin: t.TempDir(), root: t.TempDir(), index: t.TempDir(), server: server.URL}
	link(t, u.kubectl, filepath.Join(u.bin, "kubectl"))
	link(t, testkit.BuildTool(t, "krew", "release/krew", "sigs.k8s.io/krew/cmd/krew", "sigs.k8s.io/krew"), filepath.Join(u.bin, "kubectl-krew"))
	git(t, u.index, "init", "-q", "-b", "master")
	return u
}

func link(t *testing.T, to, name string) {
	t.Helper()
	if err := os.Symlink(to, name); err != nil {
		t.Fatal(err)
	}
}

// run runs kubectl, which finds krew and what krew installed.
func (u user) run(t *testing.T, args ...string) testkit.Result {
	t.Helper()
	env := append([]string{
		"PATH=" + strings.Join([]string{u.bin, filepath.Join(u.root, "bin"), os.Getenv("PATH")}, string(os.PathListSeparator)),
		"KREW_ROOT=" + u.root, "KREW_DEFAULT_INDEX_URI=" + u.index, "KREW_NO_UPGRADE_CHECK=1",
		"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
	}, u.env...)
	return testkit.Kubectl(t, testkit.RunOptions{Kubectl: u.kubectl, Dir: testkit.ModuleRoot(t), Env: env}, args...)
}

// complete makes the link that kubectl completes arguments through. In krew's own folder it would
// stay there alone after krew uninstall, and krew takes that for its layout of before v0.3:
// https://github.com/kubernetes-sigs/krew/blob/v0.4.4/internal/receiptsmigration/migration.go
func (u user) complete(t *testing.T, name string) {
	t.Helper()
	link(t, filepath.Join(u.root, "bin", "kubectl-"+name), filepath.Join(u.bin, "kubectl_complete-"+name))
}

// must is a run that succeeds, and its stdout and stderr.
func (u user) must(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	got := u.run(t, args...)
	if got.Code != 0 {
		t.Fatalf("kubectl %s: %+v", strings.Join(args, " "), got)
	}
	return got.Stdout, got.Stderr
}

// publish puts the manifest of a release into the index under a name, as one commit.
func (u user) publish(t *testing.T, d dist, name string) {
	t.Helper()
	put(t, filepath.Join(u.index, "plugins", name+".yaml"), []byte(u.manifest(t, d, name)))
	git(t, u.index, "add", "-A")
	git(t, u.index, "-c", "user.name=Release Test", "-c", "user.email=release@example.com", "commit", "-q", "-m", "Publish "+name)
}

// manifest is that of a release with the loopback interface in place of the host of the releases.
func (u user) manifest(t *testing.T, d dist, name string) string {
	t.Helper()
	text := read(t, d.dir, "krew/harden.yaml")
	if strings.Count(text, downloads) != len(programs()) {
		t.Fatalf("not %d archives below %s:\n%s", len(programs()), downloads, text)
	}
	text = strings.ReplaceAll(text, downloads, u.server)
	return regexp.MustCompile(`(?m)^  name: harden$`).ReplaceAllString(text, "  name: "+name)
}

// elsewhere is the user on another platform, with nothing installed.
func (u user) elsewhere(t *testing.T, platform string) user {
	t.Helper()
	system, arch, _ := strings.Cut(platform, "/")
	u.root = t.TempDir()
	u.env = []string{"KREW_OS=" + system, "KREW_ARCH=" + arch}
	return u
}
