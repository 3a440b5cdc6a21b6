package release_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// pretended is what goreleaser would write, with headers of programs in place of programs.
type pretended struct{ entries []entry }

// entry is a platform in the manifest and its archive.
type entry struct {
	platform, bin string
	archive       string            // its name in the manifest
	files         map[string][]byte // of the archive; nil for none
	sum, listed   string            // in the manifest and in checksums.txt, where not the archive's
	truncated     bool
	linked        bool   // the program is a link
	host          string // in the manifest, where not the one of releases
}

func pretend() pretended {
	var p pretended
	all := programs()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		p.entries = append(p.entries, entry{
			platform: name, bin: all[name], archive: archiveName("1.2.3", name),
			files: map[string][]byte{"LICENSE": bytes.Repeat([]byte("free\n"), 1000), all[name]: header(name)},
		})
	}
	return p
}

// header is the begin of a program for a platform.
func header(platform string) []byte {
	h := make([]byte, 4096)
	machine := map[string]uint32{
		"linux/amd64": 0x3e, "linux/arm64": 0xb7, "linux/s390x": 0x16,
		"darwin/amd64": 0x01000007, "darwin/arm64": 0x0100000c,
		"windows/amd64": 0x8664, "windows/arm64": 0xaa64, "windows/386": 0x14c,
	}[platform]
	switch system, _, _ := strings.Cut(platform, "/"); system {
	case "linux":
		copy(h, "\x7fELF\x02\x01\x01")
		binary.LittleEndian.PutUint16(h[18:], uint16(machine))
	case "darwin":
		binary.LittleEndian.PutUint32(h, 0xfeedfacf)
		binary.LittleEndian.PutUint32(h[4:], machine)
	case "windows":
		copy(h, "MZ")
		binary.LittleEndian.PutUint32(h[60:], 0x80)
		copy(h[0x80:], "PE\x00\x00")
		binary.LittleEndian.PutUint16(h[0x84:], uint16(machine))
	}
	return h
}

// write makes the folder and returns it.
func (p pretended) write(t *testing.T) string {
	t.Helper()
	dist := t.TempDir()
	var manifest, sums strings.Builder
	manifest.WriteString("apiVersion: krew.googlecontainertools.github.com/v1alpha2\nkind: Plugin\nmetadata:\n  name: harden\nspec:\n  version: v1.2.3\n  platforms:\n")
	for _, e := range p.entries {
		data := e.pack(t)
		sum := sumOf(t, data)
		if e.files != nil {
			put(t, filepath.Join(dist, e.archive), data)
			fmt.Fprintf(&sums, "%s  %s\n", cmp.Or(e.listed, sum), e.archive)
		}
		system, arch, _ := strings.Cut(e.platform, "/")
		fmt.Fprintf(&manifest, "    - bin: %s\n      uri: %s/v1.2.3/%s\n      sha256: %s\n      selector:\n        matchLabels:\n          os: %s\n          arch: %s\n",
			e.bin, cmp.Or(e.host, downloads), e.archive, cmp.Or(e.sum, sum), system, arch)
	}
	put(t, filepath.Join(dist, "krew/harden.yaml"), []byte(manifest.String()))
	put(t, filepath.Join(dist, "checksums.txt"), []byte(sums.String()))
	return dist
}

func sumOf(t *testing.T, data []byte) string {
	t.Helper()
	return fmt.Sprintf("%x", sha256.Sum256(data))
}

func put(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func (e entry) pack(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	var add func(name string) (io.Writer, error)
	var closers []io.Closer
	if strings.HasSuffix(e.archive, ".zip") {
		z := zip.NewWriter(&out)
		add = func(name string) (io.Writer, error) { return z.Create(name) }
		closers = []io.Closer{z}
	} else {
		g := gzip.NewWriter(&out)
		w := tar.NewWriter(g)
		add = func(name string) (io.Writer, error) {
			if e.linked && name == e.bin {
				return io.Discard, w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeSymlink, Linkname: "LICENSE"})
			}
			return w, w.WriteHeader(&tar.Header{Name: name, Mode: e.mode(name), Size: int64(len(e.files[name]))})
		}
		closers = []io.Closer{w, g}
	}
	for _, name := range slices.Sorted(maps.Keys(e.files)) {
		w, err := add(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(e.files[name]); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range closers {
		closed(t, c)
	}
	if e.truncated {
		return out.Bytes()[:out.Len()/2]
	}
	return out.Bytes()
}

// mode makes programs executable.
func (e entry) mode(name string) int64 {
	if strings.HasPrefix(name, "kubectl-harden") {
		return 0o755
	}
	return 0o644
}

// of returns the entry of a platform.
func (p *pretended) of(platform string) *entry {
	return &p.entries[slices.IndexFunc(p.entries, func(e entry) bool { return e.platform == platform })]
}
