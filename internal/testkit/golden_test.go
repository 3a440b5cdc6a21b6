package testkit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestGolden(t *testing.T) {
	path := filepath.Join(t.TempDir(), "testdata", "table.golden")
	if err := writeGolden(path, []byte("one\ntwo\n")); err != nil {
		t.Fatal(err)
	}
	if *update {
		t.Skip("-update rewrites what this test expects to differ")
	}
	Golden(t, path, []byte("one\ntwo\n"))

	failed := record(t, func(tb testing.TB) { Golden(tb, path, []byte("one\nthree\n")) })
	if !strings.Contains(failed, "two") || !strings.Contains(failed, "three") || !strings.Contains(failed, "-update") {
		t.Errorf("a difference is reported as %q", failed)
	}
	failed = record(t, func(tb testing.TB) { Golden(tb, path+".absent", nil) })
	if !strings.Contains(failed, "does not exist") {
		t.Errorf("a missing file is reported as %q", failed)
	}
}

func TestWriteGolden(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "x.golden")
	for _, want := range []string{"first, and longer\n", "second\n"} {
		if err := writeGolden(path, []byte(want)); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != want {
			t.Errorf("wrote %q, want %q (error %v)", got, want, err)
		}
	}
}
