package shop_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/flow"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
	"github.com/kubectl-harden/kubectl-harden/internal/resolve"
	"github.com/kubectl-harden/kubectl-harden/internal/source"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit/shop"
)

// resolved are the edges that files show.
func resolved(t *testing.T, s *shop.Shop, files map[string]string) []api.Edge {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	found, err := source.Find(nil, dir)
	if err != nil {
		t.Fatal(err)
	}
	set := observation.NewSet()
	r := resolve.New(inventory(t, s), set)
	if _, err := flow.Read(t.Context(), found, flow.Options{Now: s.To, Listening: r.Listen}, r.Add); err != nil {
		t.Fatal(err)
	}
	r.Finish()
	return set.Document().Edges
}

// lines are edges as text, without those of nodes and of protocols without ports.
func lines(s *shop.Shop, edges []api.Edge) []string {
	all := map[string]bool{}
	for _, e := range edges {
		client, server := nameOf(e.Client), nameOf(e.Server)
		if strings.Contains(client, "node") || strings.HasPrefix(e.Protocol, "ICMP") || s.Workload(client) == nil && s.Workload(server) == nil {
			continue
		}
		all[fmt.Sprintf("%s > %s %s %d denied %t", client, server, e.Protocol, e.Port, e.Denied)] = true
	}
	return slices.Sorted(maps.Keys(all))
}

func nameOf(e api.EdgeEnd) string {
	switch {
	case e.Kind == api.EndWorkload && e.Workload != nil:
		return e.Workload.Name
	case e.Kind == api.EndAddress:
		return e.Address
	}
	return string(e.Kind)
}

func truth(s *shop.Shop, denied bool, client string) []string {
	all := map[string]bool{}
	name := func(end string) string { // of pods that have ended
		if end == "load" {
			return client
		}
		return end
	}
	for _, e := range s.Needed() {
		all[fmt.Sprintf("%s > %s %s %d denied false", name(e.From), e.To, e.Protocol, e.Port)] = true
	}
	for _, e := range s.Denied() {
		all[fmt.Sprintf("%s > %s %s %d denied %t", e.From, e.To, e.Protocol, e.Port, denied)] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// TestResolvesToTheTruth: what observers print of the truth resolves to it.
func TestResolvesToTheTruth(t *testing.T) {
	s := shop.New()
	tables, sockets := map[string]string{}, s.Sockets(7)
	for _, n := range s.Nodes {
		tables[n.Name] = s.Conntrack(n, 7, n == s.Nodes[0])
	}
	if diff := cmp.Diff(truth(s, true, "load"), lines(s, resolved(t, s, map[string]string{"hubble": s.Hubble(7)}))); diff != "" {
		t.Errorf("Hubble: %s", diff)
	}
	if diff := cmp.Diff(truth(s, false, "unknown"), lines(s, resolved(t, s, tables))); diff != "" {
		t.Errorf("conntrack: %s", diff)
	}
	maps.Copy(tables, sockets)
	if diff := cmp.Diff(truth(s, false, "unknown"), lines(s, resolved(t, s, tables))); diff != "" {
		t.Errorf("conntrack and sockets: %s", diff)
	}
	seen := lines(s, resolved(t, s, sockets))
	for _, line := range seen {
		if !slices.Contains(truth(s, false, "unknown"), line) {
			t.Errorf("sockets: %s", line)
		}
	}
	for _, line := range truth(s, false, "unknown") {
		if !slices.Contains(seen, line) && !strings.Contains(line, " 53 ") && !strings.HasPrefix(line, "unknown") && !strings.Contains(line, "mail > db") {
			t.Errorf("sockets do not show %s", line)
		}
	}
}
