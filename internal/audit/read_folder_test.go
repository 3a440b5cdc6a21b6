package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
	"github.com/kubectl-harden/kubectl-harden/internal/source"
)

func TestReadFolder(t *testing.T) {
	dir := t.TempDir()
	text := strings.Repeat(getPod("a", someTime)+"\n", 5000)
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	random := rand.New(rand.NewPCG(1, 1))
	for i := range 5000 {
		if _, err := fmt.Fprintln(w, getPod(fmt.Sprintf("z%d", i%3), fmt.Sprintf(`,"x":"%x"`, random.Uint64())+someTime)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"audit.log": text, "audit-2026.log.gz": zipped.String(), "cut.log.gz": zipped.String()[:zipped.Len()/2],
		"empty": "", "README.md": "# Logs\n", "rules.yaml": "apiVersion: v1\nkind: Pod\n", "sub/list.json": `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[` + getPod("l", "") + `]}`,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	files, err := source.Find(nil, ".")
	if err != nil {
		t.Fatal(err)
	}
	doc := readFiles(t, files, Options{})
	if got := podNames(doc); !slices.Equal(got, []string{"a", "l", "z0", "z1", "z2"}) {
		t.Errorf("pods %s", got)
	}
	type row struct {
		Name, Format, Fault string
		Parsed              int64
	}
	var got []row
	for _, s := range doc.Sources {
		r := row{filepath.ToSlash(s.Name), s.Format, "", s.Parsed}
		for _, f := range s.Faults {
			r.Fault += f.Reason + " "
		}
		if s.Name == "cut.log.gz" && s.Parsed > 1000 && s.Parsed < 5000 {
			r.Parsed = -1
		}
		got = append(got, r)
	}
	const lines = "audit events, JSON lines"
	want := []row{
		{"README.md", "", "no audit log ", 0}, {"audit-2026.log.gz", lines, "", 5000}, {"audit.log", lines, "", 5000},
		{"cut.log.gz", lines, "cut gzip ends early ", -1}, {"empty", "empty", "", 0}, {"rules.yaml", "Kubernetes objects", "no audit log ", 0},
		{"sub/list.json", "audit EventList", "", 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
}

func TestReadNamedFileThatIsNoLog(t *testing.T) {
	files, err := source.Find(strings.NewReader("apiVersion: v1\nkind: Pod\n"), source.Stdin)
	if err != nil {
		t.Fatal(err)
	}
	set := observation.NewSet()
	err = Read(t.Context(), files, Options{}, set)
	var refused *NotLogError
	if !errors.As(err, &refused) || err.Error() != "- is no audit log: it looks like Kubernetes objects" {
		t.Errorf("error %v", err)
	}
	taken := func(s *source.Stream) (bool, error) {
		text, err := io.ReadAll(s)
		return strings.HasPrefix(string(text), "apiVersion"), err
	}
	files, err = source.Find(strings.NewReader("apiVersion: v1\nkind: Pod\n"), source.Stdin)
	if err != nil {
		t.Fatal(err)
	}
	if err := Read(t.Context(), files, Options{Other: taken}, set); err != nil {
		t.Errorf("taken by others: %v", err)
	}
}

// TestReadDamagedFromTheStart: a log of which nothing can be read is not one with nothing in it.
func TestReadDamagedFromTheStart(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "audit.log.gz")
	if err := os.WriteFile(name, []byte("\x1f\x8bthese bytes are no gzip stream"), 0o600); err != nil {
		t.Fatal(err)
	}
	files, err := source.Find(nil, name)
	if err != nil {
		t.Fatal(err)
	}
	var damage *source.DamagedError
	if err := Read(t.Context(), files, Options{}, observation.NewSet()); !errors.As(err, &damage) || !strings.Contains(err.Error(), "audit.log.gz") {
		t.Errorf("error %v", err)
	}
	if files, err = source.Find(nil, dir); err != nil {
		t.Fatal(err)
	}
	doc := readFiles(t, files, Options{})
	if s := doc.Sources[0]; s.Format != api.FormatUnread || len(s.Faults) != 1 || s.Faults[0].Reason != "gzip is damaged" {
		t.Errorf("%+v", s)
	}
}
