package shop_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/flow"
	"github.com/kubectl-harden/kubectl-harden/internal/source"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit/shop"
)

// TestObserversAreRead: each observer's output is of the format it stands for, whole, and the
// same for the same seed.
func TestObserversAreRead(t *testing.T) {
	s := shop.New()
	for seed := range uint64(3) {
		files := map[string]string{"hubble.json": s.Hubble(seed)}
		for _, n := range s.Nodes {
			files[n.Name+".conntrack"] = s.Conntrack(n, seed, n == s.Nodes[0])
		}
		maps.Copy(files, s.Sockets(seed))
		for name, text := range files {
			format, ok := flow.Format([]byte(text))
			if !ok || !strings.Contains(format, map[bool]string{true: "Hubble", false: ""}[name == "hubble.json"]) {
				t.Errorf("%s looks like %q", name, format)
			}
		}
		if again := shop.New(); again.Hubble(seed) != files["hubble.json"] || again.YAML() != s.YAML() {
			t.Error("the same seed, another shop")
		}
	}
	if s.Hubble(0) == s.Hubble(1) {
		t.Error("another seed, the same flows")
	}
	if len(s.Workloads) < 14 {
		t.Errorf("%d workloads", len(s.Workloads))
	}
}

// TestNeededOnce: the truth has no edge twice, and only names that are there.
func TestNeededOnce(t *testing.T) {
	s := shop.New()
	var seen []shop.Edge
	for _, e := range append(s.Needed(), s.Denied()...) {
		if slices.Contains(seen, e) || s.Workload(e.From) == nil && s.Workload(e.To) == nil {
			t.Errorf("%+v", e)
		}
		seen = append(seen, e)
	}
}

// TestObserversAreReadWhole: nothing of what the observers print is skipped.
func TestObserversAreReadWhole(t *testing.T) {
	s, dir := shop.New(), t.TempDir()
	files := s.Sockets(7)
	files["hubble.json"] = s.Hubble(7)
	for _, n := range s.Nodes {
		files[n.Name+".conntrack"] = s.Conntrack(n, 7, n == s.Nodes[0])
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	found, err := source.Find(nil, dir)
	if err != nil {
		t.Fatal(err)
	}
	flows := 0
	sources, err := flow.Read(t.Context(), found, flow.Options{}, func(*flow.Flow) { flows++ })
	if err != nil || len(sources) != len(files) {
		t.Fatalf("%d of %d sources: %v", len(sources), len(files), err)
	}
	for _, source := range sources {
		if source.Skipped != 0 || len(source.Faults) != 0 {
			t.Errorf("%+v", source)
		}
	}
	t.Logf("%d flows of %d sources", flows, len(sources))
}
