package release_test

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

var asked = flag.Bool("release", false, "build releases and install them with krew; minutes the first time")

// goreleaserVersion is the one that .github/workflows/release.yaml releases with.
const goreleaserVersion = "v2.16.0"

// The first release is that of a tag. The second is a snapshot of the commit behind it.
const (
	firstVersion  = "0.1.0"
	secondVersion = "0.1.1-next"
)

// TestRelease builds two releases, the second twice, and lives with them as a user does.
func TestRelease(t *testing.T) {
	if !*asked {
		t.Skip("builds releases for all platforms, and goreleaser and krew before: make release-test")
	}
	build := newGoreleaser(t)
	tree := newSource(t)
	if out := build.run(t, tree, "check"); strings.Contains(out, "DEPRECATED") {
		t.Errorf("goreleaser check: %s", out)
	}
	tree.tag(t, "v"+firstVersion)
	t.Log("building the release of a tag")
	first := keep(t, build.release(t, tree))
	tree.commit(t, 2)
	t.Log("building a snapshot, twice")
	second := build.snapshot(t, tree)
	equal(t, second, build.snapshot(t, tree.clone(t)))

	checkSupplyChain(t, first, firstVersion)
	checkPlatforms(t, first.manifest(t), firstVersion, "v"+firstVersion)
	checkPlatforms(t, second.manifest(t), secondVersion, "v"+firstVersion)
	validator := testkit.BuildTool(t, "validate-krew-manifest", "release/krew", "sigs.k8s.io/krew/cmd/validate-krew-manifest", "sigs.k8s.io/krew")
	for _, d := range []dist{first, second} {
		if got := verify(t, filepath.Dir(validator), d.dir); got.Code != 0 || got.Stderr != "" {
			t.Errorf("krew/verify.sh: %+v", got)
		}
	}
	u := newUser(t, archives(t, first, second))
	t.Run("every platform", func(t *testing.T) { everyPlatform(t, u, second) })
	t.Run("install, upgrade, uninstall", func(t *testing.T) { life(t, u, first, second, commitOf(t, tree)) })
	t.Run("another name", func(t *testing.T) { anotherName(t, u, first) })
}

// keep takes a release out of the way of the next one.
func keep(t *testing.T, d dist) dist {
	t.Helper()
	kept := dist{filepath.Join(t.TempDir(), "dist")}
	if err := os.Rename(d.dir, kept.dir); err != nil {
		t.Fatal(err)
	}
	return kept
}

// everyPlatform has krew install the plugin as on each platform, and looks at what it chose.
func everyPlatform(t *testing.T, u user, d dist) {
	file := filepath.Join(t.TempDir(), "harden.yaml")
	put(t, file, []byte(u.manifest(t, d, "harden")))
	all := programs()
	for _, platform := range slices.Sorted(maps.Keys(all)) {
		there := u.elsewhere(t, platform)
		there.must(t, "krew", "install", "--manifest="+file)
		program, err := filepath.EvalSymlinks(filepath.Join(there.root, "bin", all[platform]))
		if err != nil {
			t.Errorf("%s: %v", platform, err)
			continue
		}
		if got := programPlatform(t, program); got != platform {
			t.Errorf("%s: krew installs a program for %s", platform, got)
		}
		if got := read(t, filepath.Dir(program), "LICENSE"); got != read(t, testkit.ModuleRoot(t), "LICENSE") {
			t.Errorf("%s: another LICENSE", platform)
		}
	}
	there := u.elsewhere(t, "linux/s390x")
	if got := there.run(t, "krew", "install", "--manifest="+file); got.Code == 0 || !strings.Contains(got.Stderr, "does not offer installation for this platform") {
		t.Errorf("on a platform without an archive: %+v", got)
	}
}

// life is what a user does with the plugin from the index.
func life(t *testing.T, u user, first, second dist, commit string) {
	u.publish(t, first, "harden")
	u.must(t, "krew", "update")
	if _, stderr := u.must(t, "krew", "install", "harden"); !strings.Contains(stderr, "kubectl_complete-harden") {
		t.Errorf("krew does not show how arguments are completed: %s", stderr)
	}
	checkVersion(t, u, "kubectl-harden v"+firstVersion+" (go")
	u.complete(t, "harden")
	checkUse(t, u)

	u.publish(t, second, "harden")
	if _, stderr := u.must(t, "krew", "upgrade", "harden"); !strings.Contains(stderr, "Upgraded plugin: harden") {
		t.Errorf("krew upgrade: %s", stderr)
	}
	// Go names a commit behind v0.1.0 by its time and hash: https://go.dev/ref/mod#pseudo-versions
	checkVersion(t, u, "kubectl-harden v0.1.1-0.20260102120000-"+commit+" (go")
	checkUse(t, u)

	u.must(t, "krew", "uninstall", "harden")
	if got := u.run(t, "harden", "version"); got.Code == 0 || !strings.Contains(got.Stderr, `unknown command "harden"`) {
		t.Errorf("after krew uninstall: %+v", got)
	}
	if list, _ := u.must(t, "krew", "list"); strings.Contains(list, "harden") {
		t.Errorf("krew list: %s", list)
	}
}

func checkVersion(t *testing.T, u user, begin string) {
	t.Helper()
	if got, _ := u.must(t, "harden", "version"); !strings.HasPrefix(got, begin) || !strings.Contains(got, " "+runtime.GOOS+"/"+runtime.GOARCH+")\n") {
		t.Errorf("version: %s, want %s…", got, begin)
	}
}

// checkUse explains files, with the exit code that reaches kubectl, and completes words.
func checkUse(t *testing.T, u user) {
	t.Helper()
	explain := []string{"harden", "explain", "deploy/checkout", "-f", "examples/shop", "--local"}
	if got, _ := u.must(t, explain...); !strings.HasPrefix(got, "Deployment shop/checkout ") {
		t.Errorf("explain: %s", got)
	}
	if got := u.run(t, append(explain, "--fail-on=high")...); got.Code != 1 {
		t.Errorf("explain --fail-on=high: %+v", got)
	}
	if got, _ := u.must(t, "__complete", "harden", "expl"); !strings.HasPrefix(got, "explain\t") {
		t.Errorf("completion of a command: %s", got)
	}
	if got, _ := u.must(t, "__complete", "harden", "explain", "--skip", "caps-n"); !strings.HasPrefix(got, "caps-not-dropped\t") {
		t.Errorf("completion of a value: %s", got)
	}
}

// anotherName installs the same archives under the name that the plugin would have if the index
// did not take a verb.
func anotherName(t *testing.T, u user, d dist) {
	u.publish(t, d, "harden-workload")
	u.must(t, "krew", "update")
	u.must(t, "krew", "install", "harden-workload")
	u.complete(t, "harden_workload")
	if got, _ := u.must(t, "harden-workload", "version"); !strings.HasPrefix(got, "kubectl-harden v"+firstVersion) {
		t.Errorf("version: %s", got)
	}
	if got, _ := u.must(t, "harden-workload", "explain", "--help"); strings.Contains(got, "kubectl harden ") || !strings.Contains(got, "kubectl harden-workload explain") {
		t.Errorf("help: %s", got)
	}
	if got := u.run(t, "harden-workload", "explian"); got.Code != 2 || got.Stderr != "error: unknown command \"explian\"; did you mean kubectl harden-workload explain?\n" {
		t.Errorf("error: %+v", got)
	}
	if got, _ := u.must(t, "__complete", "harden-workload", "expl"); !strings.HasPrefix(got, "explain\t") {
		t.Errorf("completion: %s", got)
	}
	u.must(t, "krew", "uninstall", "harden-workload")
}
