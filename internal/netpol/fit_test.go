package netpol_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// TestFit holds the policies for each situation of testdata/fit.
func TestFit(t *testing.T) {
	files, err := filepath.Glob("testdata/fit/*.txt")
	if err != nil || len(files) < 15 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			c := readFitCase(t, string(text))
			sets, err := netpol.Fit(&c.in, c.edges, c.subjects, c.opts)
			got := setsText(sets)
			if err != nil {
				got = "error: " + err.Error() + "\n"
			}
			testkit.Golden(t, strings.TrimSuffix(file, ".txt")+".golden", []byte(got))
		})
	}
}
