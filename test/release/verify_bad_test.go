package release_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fault is planted in a release, and is what verify.sh must say of it; SUM stands for the sum of
// the archive.
type fault struct {
	plant func(*pretended)
	want  string
}

// TestVerifyRefuses plants faults, each in a platform of its own, and wants every one named, and
// nothing else.
func TestVerifyRefuses(t *testing.T) {
	zeros := strings.Repeat("0", 64)
	for name, faults := range map[string][]fault{
		"sums and files": {
			{func(p *pretended) { p.of("darwin/amd64").files["LICENSE"] = nil }, "darwin/amd64: kubectl-harden_v1.2.3_darwin_amd64.tar.gz has no LICENSE"},
			{func(p *pretended) { p.of("darwin/arm64").listed = zeros }, "darwin/arm64: checksums.txt does not have the sum of kubectl-harden_v1.2.3_darwin_arm64.tar.gz"},
			{func(p *pretended) { p.of("linux/amd64").files = nil }, "linux/amd64: no archive kubectl-harden_v1.2.3_linux_amd64.tar.gz in DIST"},
			{func(p *pretended) { p.of("linux/arm64").sum = zeros }, "linux/arm64: the manifest has the sum " + zeros + ", the archive SUM"},
			{func(p *pretended) { delete(p.of("windows/amd64").files, "LICENSE") }, "windows/amd64: kubectl-harden_v1.2.3_windows_amd64.zip has no LICENSE"},
			{func(p *pretended) { delete(p.of("windows/arm64").files, "kubectl-harden.exe") }, "windows/arm64: kubectl-harden_v1.2.3_windows_arm64.zip has no kubectl-harden.exe"},
		},
		"programs of others": {
			{func(p *pretended) { p.of("darwin/amd64").files["kubectl-harden"] = []byte("#!/bin/sh\n") }, "darwin/amd64: kubectl-harden is a program for no known platform"},
			{func(p *pretended) { p.of("darwin/arm64").files["kubectl-harden"] = header("darwin/amd64") }, "darwin/arm64: kubectl-harden is a program for darwin/amd64"},
			{func(p *pretended) { p.of("linux/amd64").files["kubectl-harden"] = header("linux/arm64") }, "linux/amd64: kubectl-harden is a program for linux/arm64"},
			{func(p *pretended) { p.of("linux/arm64").files["kubectl-harden"] = header("linux/s390x") }, "linux/arm64: kubectl-harden is a program for no known platform"},
			{func(p *pretended) { p.of("windows/amd64").files["kubectl-harden.exe"] = header("windows/386") }, "windows/amd64: kubectl-harden.exe is a program for no known platform"},
			{func(p *pretended) { p.of("windows/arm64").files["kubectl-harden.exe"] = header("linux/arm64") }, "windows/arm64: kubectl-harden.exe is a program for linux/arm64"},
		},
		"archives": {
			{func(p *pretended) { p.of("darwin/amd64").archive = "harden.rpm" }, "darwin/amd64: harden.rpm cannot be unpacked"},
			{func(p *pretended) { p.of("darwin/arm64").bin = "LICENSE" }, "darwin/arm64: LICENSE is not executable\ndarwin/arm64: LICENSE is a program for no known platform"},
			{func(p *pretended) { p.of("linux/amd64").truncated = true }, "linux/amd64: kubectl-harden_v1.2.3_linux_amd64.tar.gz cannot be unpacked"},
			{func(p *pretended) { p.of("windows/amd64").truncated = true }, "windows/amd64: kubectl-harden_v1.2.3_windows_amd64.zip cannot be unpacked"},
			{func(p *pretended) { p.of("windows/arm64").files["../out"] = []byte("x") }, "windows/arm64: kubectl-harden_v1.2.3_windows_arm64.zip cannot be unpacked"},
		},
		"places": {
			{func(p *pretended) { p.of("darwin/amd64").host = "https://example.com/x" }, "darwin/amd64: https://example.com/x/v1.2.3/kubectl-harden_v1.2.3_darwin_amd64.tar.gz is not below " + downloads},
			{func(p *pretended) { p.of("linux/amd64").linked = true }, "linux/amd64: kubectl-harden_v1.2.3_linux_amd64.tar.gz has no kubectl-harden"},
		},
		"platforms": {
			{func(p *pretended) { p.of("darwin/amd64").platform = "plan9/amd64" }, "darwin/amd64: 0 archives are selected, want 1\nplan9/amd64 is no platform of a release"},
			{func(p *pretended) { p.entries = append(p.entries, *p.of("linux/amd64")) }, "linux/amd64: 2 archives are selected, want 1"},
			{func(p *pretended) { p.of("windows/amd64").bin = "LICENSE" }, "windows/amd64: LICENSE does not end in .exe\nwindows/amd64: LICENSE is a program for no known platform"},
			{func(p *pretended) { p.of("windows/arm64").files["kubectl-harden.exe"] = nil }, "windows/arm64: kubectl-harden.exe is a program for no known platform"},
		},
	} {
		p := pretend()
		want := map[string]bool{}
		for _, f := range faults {
			f.plant(&p)
		}
		dist := p.write(t)
		text := strings.NewReplacer("DIST", dist, "SUM", sumOf(t, p.of("linux/arm64").pack(t)))
		for _, f := range faults {
			for line := range strings.SplitSeq(f.want, "\n") {
				want["verify.sh: "+text.Replace(line)] = true
			}
		}
		got := verify(t, "", dist)
		if diff := cmp.Diff(want, complaints(got.Stderr)); diff != "" || got.Code != 1 || got.Stdout != "" {
			t.Errorf("%s: exit code %d, %q (-want +got):\n%s", name, got.Code, got.Stdout, diff)
		}
	}
}

// complaints are the lines of verify.sh itself, without what tar and gzip say beside.
func complaints(stderr string) map[string]bool {
	out := map[string]bool{}
	for line := range strings.Lines(stderr) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "verify.sh: ") && !strings.Contains(line, "is not on PATH") {
			out[line] = true
		}
	}
	return out
}

// TestVerifyChecksTheSumInsideAZip changes a byte in the middle of a file that does not compress.
func TestVerifyChecksTheSumInsideAZip(t *testing.T) {
	p := pretend()
	e := p.of("windows/amd64")
	noise := rand.NewChaCha8([32]byte{})
	license := make([]byte, 1<<20)
	if _, err := noise.Read(license); err != nil {
		t.Fatal(err)
	}
	e.files["LICENSE"] = license
	dist := p.write(t)
	if got := verify(t, "", dist); got.Code != 0 {
		t.Fatalf("before the change: %+v", got)
	}
	data := e.pack(t)
	data[len(data)/2] ^= 0xff
	if err := os.WriteFile(filepath.Join(dist, e.archive), data, 0o644); err != nil {
		t.Fatal(err)
	}
	got := verify(t, "", dist)
	if want := "verify.sh: windows/amd64: " + e.archive + " cannot be unpacked"; !complaints(got.Stderr)[want] {
		t.Errorf("%+v, want %q", got, want)
	}
}
