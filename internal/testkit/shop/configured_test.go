package shop_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/assess"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/static"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit/shop"
)

func inventory(t *testing.T, s *shop.Shop) *cluster.Inventory {
	t.Helper()
	objects, problems, err := cluster.Load(t.Context(), cluster.LoadOptions{Filenames: []string{"-"}, Stdin: strings.NewReader(s.YAML())})
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	inv := cluster.NewInventory()
	inv.DefaultNamespace = "default"
	if problems := inv.AddAll(objects); len(problems) > 0 {
		t.Fatal(problems)
	}
	return inv
}

func configuredName(e *api.EdgeEnd) string {
	if e.Kind == api.EndName {
		return e.Name
	}
	return nameOf(*e)
}

// TestConfiguredIsRead: all that the shop is configured to call is found, and nothing else, in
// whichever namespaces.
func TestConfiguredIsRead(t *testing.T) {
	for _, prefix := range []string{"", "a-"} {
		s := shop.New()
		s.Move(prefix)
		want, got := []string{}, []string{}
		for _, e := range s.Configured() {
			want = append(want, fmt.Sprintf("%s > %s %s %d", e.From, e.To, e.Protocol, e.Port))
		}
		r := static.Read(inventory(t, s))
		for i := range r.Edges {
			e := &r.Edges[i]
			got = append(got, fmt.Sprintf("%s > %s %s %d", e.Client.Workload.Name, configuredName(&e.Server), e.Protocol, e.Port))
			if e.Count != 0 || len(e.Configured) == 0 || e.AnyPort {
				t.Errorf("%+v", e)
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if len(r.Unread) != 1 || r.Unread[0].Workload.Name != "checkout" || r.Unread[0].What != "Secret checkout-keys" {
			t.Errorf("%+v", r.Unread)
		}
	}
}

// TestConfiguredAndCalled: with those who are told to call by an Ingress or an annotation it is all
// that the shop needs inside of the cluster, but for names.
func TestConfiguredAndCalled(t *testing.T) {
	s := shop.New()
	inv := inventory(t, s)
	situation, err := assess.Situation(inv, "")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, e := range static.Read(inv).Edges {
		known[fmt.Sprintf("%s > %s %d", e.Client.Workload.Name, configuredName(&e.Server), e.Port)] = true
	}
	for _, c := range situation.Callers {
		for _, p := range c.Ports {
			if c.From != nil {
				known[fmt.Sprintf("%s > %s %d", c.From.Name, c.To.Name, p.First)] = true
			}
		}
	}
	for _, e := range s.Needed() {
		outside := s.Workload(e.From) == nil || s.Workload(e.To) == nil && e.To != shop.APIServer
		if line := fmt.Sprintf("%s > %s %d", e.From, e.To, e.Port); !outside && e.To != "coredns" && !known[line] {
			t.Errorf("%s is not known of %q", line, slices.Sorted(maps.Keys(known)))
		}
	}
}
