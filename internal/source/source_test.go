package source

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

func zstded(t *testing.T, text string) string {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(w.EncodeAll([]byte(text), nil))
}

// long does not compress to nothing, and is longer than the head.
func long() string {
	var b strings.Builder
	for i, x := 0, uint32(1); i < 100000; i++ {
		x = x*1664525 + 1013904223
		b.WriteString(string(rune('a'+x>>28)) + "some words ")
	}
	return b.String()
}

func TestStream(t *testing.T) {
	text := long()
	zipped, zst := testkit.Gzip(t, text), zstded(t, text)
	for name, test := range map[string]struct {
		in, want, compression, reason string
		// prefix is set where what is read is only the beginning of want.
		prefix bool
	}{
		"empty":             {},
		"plain":             {in: text, want: text},
		"short":             {in: "x", want: "x"},
		"gzip":              {in: zipped, want: text, compression: "gzip"},
		"gzip members":      {in: zipped + testkit.Gzip(t, "more") + testkit.Gzip(t, ""), want: text + "more", compression: "gzip"},
		"gzip cut":          {in: zipped[:len(zipped)/2], want: text, prefix: true, compression: "gzip", reason: "gzip ends early"},
		"gzip header cut":   {in: zipped[:6], compression: "gzip", reason: "gzip ends early"},
		"gzip, second cut":  {in: zipped + testkit.Gzip(t, "more")[:12], want: text, compression: "gzip", reason: "gzip ends early"},
		"gzip, then others": {in: zipped + "more of another sort", want: text, compression: "gzip", reason: "gzip is damaged"},
		"zstd":              {in: zst, want: text, compression: "zstd"},
		"zstd frames":       {in: "\x50\x2a\x4d\x18\x01\x00\x00\x00x" + zst + zstded(t, "more"), want: text + "more", compression: "zstd"},
		"zstd cut":          {in: zst[:len(zst)*3/4], want: text, prefix: true, compression: "zstd", reason: "zstd ends early"},
		"zstd damaged":      {in: zst[:8] + strings.Repeat("\xff", 30), compression: "zstd", reason: "zstd is damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			files, err := Find(strings.NewReader(test.in), "-")
			if err != nil {
				t.Fatal(err)
			}
			s, err := files[0].Open()
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			head := string(s.Head())
			got, err := io.ReadAll(s)
			var damage *DamagedError
			reason := ""
			if errors.As(err, &damage) {
				reason = damage.Reason
			}
			if reason != test.reason || (err != nil) != (reason != "") {
				t.Errorf("error %v, want %q", err, test.reason)
			}
			switch {
			case test.prefix && (!strings.HasPrefix(test.want, string(got)) || len(got) < len(test.want)/4):
				t.Errorf("%d bytes, which are not the beginning", len(got))
			case !test.prefix && string(got) != test.want:
				t.Errorf("%d bytes, want %d", len(got), len(test.want))
			}
			if want := string(got[:min(len(got), headSize)]); head != want {
				t.Errorf("head of %d bytes, want %d", len(head), len(want))
			}
			if s.Compression != test.compression {
				t.Errorf("compression %q", s.Compression)
			}
			if _, again := s.Read(make([]byte, 10)); !errors.Is(again, io.EOF) && !errors.As(again, &damage) {
				t.Errorf("read behind the end: %v", again)
			}
		})
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"logs/b.log", "logs/a.log", "logs/sub/c.log", "logs/empty", "other/d.log"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{
		"logs/current": "b.log", "logs/folder": "../other", "logs/d": "../other/d.log", "logs/broken": "nowhere", "logs/loop": "../logs", "link": "logs",
	} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Skip("no links here:", err)
		}
	}
	for name, test := range map[string]struct {
		names, want []string
		fails       bool
	}{
		"folder":         {names: []string{"logs"}, want: []string{"logs/a.log", "logs/b.log", "logs/d", "logs/empty", "logs/sub/c.log"}},
		"link to folder": {names: []string{"link"}, want: []string{"link/a.log", "link/b.log", "link/d", "link/empty", "link/sub/c.log"}},
		"file":           {names: []string{"logs/b.log"}, want: []string{"logs/b.log"}},
		"named link":     {names: []string{"logs/current"}, want: []string{"logs/current"}},
		"twice":          {names: []string{"logs/b.log", "logs/../logs/b.log", "logs/sub", "logs/current"}, want: []string{"logs/b.log", "logs/sub/c.log"}},
		"stdin":          {names: []string{"-", "logs/b.log"}, want: []string{"-", "logs/b.log"}},
		"stdin twice":    {names: []string{"-", "-"}, fails: true},
		"missing":        {names: []string{"nothing"}, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(dir)
			files, err := Find(strings.NewReader(""), test.names...)
			if (err != nil) != test.fails {
				t.Fatal(err)
			}
			var got []string
			for _, f := range files {
				got = append(got, filepath.ToSlash(f.Name))
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestOpenMissing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	files, err := Find(nil, path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := files[0].Open(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}
