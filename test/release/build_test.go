package release_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// goreleaser is the program, at the version of a release, and a folder that comes first in its
// PATH.
type goreleaser struct{ path, bin string }

func newGoreleaser(t *testing.T) goreleaser {
	t.Helper()
	return goreleaser{path: testkit.InstallTool(t, "goreleaser", "github.com/goreleaser/goreleaser/v2", goreleaserVersion)}
}

// release builds the tag that the source stands on, all but to publish it, with scripts in place
// of cosign and syft, which need an identity and a network: they write down how they are called.
func (g goreleaser) release(t *testing.T, s source) dist {
	t.Helper()
	bin := t.TempDir()
	for name, flag := range map[string]string{"cosign": "--bundle=", "syft": "spdx-json="} {
		script := fmt.Sprintf("#!/bin/sh\nfor arg; do case $arg in %[1]s*) echo \"$*\" >\"${arg#%[1]s}\" ;; esac; done\n", flag)
		put(t, filepath.Join(bin, name), []byte(script))
		if err := os.Chmod(filepath.Join(bin, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	g.bin = bin
	g.run(t, s, "release", "--clean", "--skip=publish,announce")
	return dist{filepath.Join(s.dir, "dist")}
}

// snapshot builds whatever the source stands on, without signatures and lists of modules.
func (g goreleaser) snapshot(t *testing.T, s source) dist {
	t.Helper()
	g.run(t, s, "release", "--clean", "--snapshot", "--skip=publish,announce,sbom,sign")
	return dist{filepath.Join(s.dir, "dist")}
}

func (g goreleaser) run(t *testing.T, s source, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), g.path, args...)
	cmd.Dir = s.dir
	// What the machine has set for go build must not show in what is released.
	cmd.Env = append(os.Environ(), "GOFLAGS=-buildvcs=false", "GOWORK=off", "CI=true", "PATH="+g.bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("goreleaser %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// dist is a folder that goreleaser wrote.
type dist struct{ dir string }

func (d dist) manifest(t *testing.T) manifest {
	t.Helper()
	return readManifest(t, filepath.Join(d.dir, "krew/harden.yaml"))
}

// published are the files that a release publishes, by their names.
func (d dist) published(t *testing.T) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, pattern := range []string{"*.tar.gz", "*.zip", "checksums.txt", "krew/harden.yaml"} {
		paths, err := filepath.Glob(filepath.Join(d.dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			out[filepath.Base(path)] = []byte(read(t, path))
		}
	}
	return out
}

// equal tells which published files of two builds differ.
func equal(t *testing.T, a, b dist) {
	t.Helper()
	first, second := a.published(t), b.published(t)
	if len(first) != len(programs())+2 {
		t.Errorf("%d files are published, want an archive for each of %d platforms, checksums and the manifest", len(first), len(programs()))
	}
	for name, data := range first {
		if !bytes.Equal(data, second[name]) {
			t.Errorf("%s differs between two builds of one commit", name)
		}
		delete(second, name)
	}
	for name := range second {
		t.Errorf("%s was built the second time alone", name)
	}
}

// checkSupplyChain wants a list of modules beside each archive, both in the checksums, and the
// checksums signed.
func checkSupplyChain(t *testing.T, d dist, version string) {
	t.Helper()
	var want []string
	for platform := range programs() {
		archive := archiveName(version, platform)
		list := archive + ".sbom.json"
		want = append(want, archive, list)
		if got := read(t, d.dir, list); got != archive+" --output spdx-json="+list+"\n" {
			t.Errorf("syft was called with %s", got)
		}
	}
	var got []string
	for line := range strings.Lines(read(t, d.dir, "checksums.txt")) {
		got = append(got, strings.Fields(line)[1])
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("checksums.txt (-want +got):\n%s", diff)
	}
	call := strings.Fields(read(t, d.dir, "checksums.txt.sigstore.json"))
	for i := range call {
		call[i] = strings.ReplaceAll(call[i], "dist/", "")
	}
	if diff := cmp.Diff([]string{"sign-blob", "--bundle=checksums.txt.sigstore.json", "checksums.txt", "--yes"}, call); diff != "" {
		t.Errorf("the call of cosign (-want +got):\n%s", diff)
	}
}

// archives are the archives of releases by the names of their files.
func archives(t *testing.T, all ...dist) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, d := range all {
		for name, data := range d.published(t) {
			if name != "harden.yaml" && name != "checksums.txt" {
				out[name] = data
			}
		}
	}
	return out
}

// commitOf is the end of the version that Go gives a program of an untagged commit.
func commitOf(t *testing.T, s source) string {
	t.Helper()
	return strings.TrimSpace(git(t, s.dir, "rev-parse", "--short=12", "HEAD"))
}

// tag names the commit that the source stands on.
func (s source) tag(t *testing.T, name string) {
	t.Helper()
	git(t, s.dir, "tag", name)
	if got := strings.Fields(git(t, s.dir, "tag", "--points-at", "HEAD")); !slices.Contains(got, name) {
		t.Fatalf("the tags of HEAD are %q, want %s", got, name)
	}
}
