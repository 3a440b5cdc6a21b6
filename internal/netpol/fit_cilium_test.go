package netpol_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// named gives edges names, and ends that Cilium alone can write.
func (m fitMaker) named(c *fitCase) {
	for i := range c.edges {
		e := &c.edges[i]
		switch m.dice.IntN(6) {
		case 0:
			e.Server = api.EdgeEnd{Kind: api.EndAPIServer}
		case 1:
			e.Server = api.EdgeEnd{Kind: api.EndNode}
		case 2, 3:
			e.Server = api.EdgeEnd{Kind: api.EndAddress, Address: []string{"198.51.100.6", "198.51.100.7", "2001:db8::7"}[m.dice.IntN(3)]}
		}
	}
	for i := range c.edges { // of an address they are the same everywhere
		if e := &c.edges[i]; e.Server.Kind == api.EndAddress {
			e.Names = map[string][]string{
				"198.51.100.6": {"a.example"}, "198.51.100.7": {"a.example", "b.example"}, "198.51.100.8": {"a.example", "b.example", "c.example"},
			}[e.Server.Address]
		}
	}
}

// TestFitCiliumHolds: as TestFitHolds, for what Cilium can write beyond NetworkPolicies. Without any
// of the rules something is lost.
func TestFitCiliumHolds(t *testing.T) {
	random := newRandom(t)
	met := map[string]int{}
	for range randomSituations / 2 {
		m := fitMaker{random}
		c := m.draw()
		m.named(c)
		c.opts.Flavor = api.FlavorCilium
		c.in.APIServer = []netip.AddrPort{netip.MustParseAddrPort("192.168.0.9:6443")}
		if m.in(3) {
			m.configured(c)
			c.opts.Configured = true
		}
		c.opts.DefaultDeny = false
		sets, err := netpol.Fit(&c.in, c.edges, c.subjects, c.opts)
		if err != nil {
			t.Fatalf("%v\n%s", err, describe(c))
		}
		for i := range sets {
			holdsSet(t, c, &sets[i], met)
			holdsCilium(t, &sets[i], met)
		}
		if diff := cmp.Diff(setsText(sets), shuffled(t, random, c)); diff != "" {
			t.Fatalf("another order: %s\n%s", diff, describe(c))
		}
		rules, needless := netpol.FitDropping(&c.in, c.edges, c.subjects, c.opts)
		met["rule dropped"] += rules
		if len(needless) > 0 {
			t.Fatalf("%q\n%s\n%s", needless, setsText(sets), describe(c))
		}
	}
	t.Log(met)
	for _, what := range []string{"policy", "added", "entity", "name", "lookup", "rule dropped", "open"} {
		if met[what] < randomSituations/40 {
			t.Errorf("%s was met %d times", what, met[what])
		}
	}
}

// holdsCilium: names are in egress, and where there are any, look-ups are read.
func holdsCilium(t *testing.T, set *api.PolicySet, met map[string]int) {
	t.Helper()
	for i := range set.Policies {
		d := &set.Policies[i]
		if len(d.Types) == 0 || d.Flavor != api.FlavorCilium {
			t.Fatalf("%+v", d)
		}
		names, lookups := 0, 0
		for _, r := range slices.Concat(d.Ingress, d.Egress) {
			names, lookups, met["entity"] = names+len(r.Terms().Names), lookups+len(r.Terms().Lookups), met["entity"]+len(r.Terms().Entities)
		}
		if (names > 0) != (lookups > 0) {
			t.Fatalf("%d names, %d look-ups\n%s", names, lookups, setsText([]api.PolicySet{*set}))
		}
		met["name"] += names
		met["lookup"] += lookups
		o := d.Cilium()
		if len(o.Spec.Ingress) == 0 && slices.Contains(d.Types, networkingv1.PolicyTypeIngress) || len(o.Spec.Egress) == 0 && slices.Contains(d.Types, networkingv1.PolicyTypeEgress) {
			t.Fatalf("%s does not close %v", d.Name, d.Types)
		}
	}
}

// TestFitCiliumSame: where there are no names, nodes or API server, the policies of both flavours
// let the same through, and their proofs say the same.
func TestFitCiliumSame(t *testing.T) {
	random := newRandom(t)
	met := map[string]int{}
	for range randomSituations / 4 {
		m := fitMaker{random}
		c := m.draw()
		plain := func(e api.EdgeEnd) bool { return e.Kind == api.EndWorkload || e.Kind == api.EndAddress }
		c.edges = slices.DeleteFunc(c.edges, func(e api.Edge) bool { return !plain(e.Client) || !plain(e.Server) })
		c.in.Callers = slices.DeleteFunc(c.in.Callers, func(caller netpol.Caller) bool { return len(caller.Sources) > 0 }) // which nodes pass on
		for _, p := range c.in.Objects.Policies {                                                                          // none is replaced
			p.Name = "of-others-" + p.Name
		}
		c.opts.DefaultDeny = m.in(3)
		want, err := netpol.Fit(&c.in, c.edges, c.subjects, c.opts)
		if err != nil {
			t.Fatal(err)
		}
		c.opts.Flavor = api.FlavorCilium
		got, err := netpol.Fit(&c.in, c.edges, c.subjects, c.opts)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(withoutFlavor(want), withoutFlavor(got)); diff != "" {
			t.Fatalf("%s\n%s", diff, describe(c))
		}
		sameTuples(t, c, want, got, met)
	}
	t.Log(met)
	if met["yes"] < randomSituations || met["no"] < randomSituations {
		t.Error(met)
	}
}

// withoutFlavor is all that sets say, but for the notes, which have policies in another order.
func withoutFlavor(sets []api.PolicySet) string {
	var b strings.Builder
	for line := range strings.Lines(setsText(sets)) {
		if !strings.HasPrefix(line, "  note ") {
			b.WriteString(strings.NewReplacer("cilium policy", "policy", "CiliumNetworkPolicy", "NetworkPolicy").Replace(line))
		}
	}
	return b.String()
}

func sameTuples(t *testing.T, c *fitCase, want, got []api.PolicySet, met map[string]int) {
	t.Helper()
	objects := c.in.Objects
	for i := range got {
		for j := range got[i].Policies {
			objects.Cilium = append(objects.Cilium, got[i].Policies[j].Cilium())
		}
	}
	plain, cilium := netpol.New(written(c, want)), netpol.New(objects)
	if notes := cilium.Notes(); slices.ContainsFunc(notes, func(n netpol.Note) bool { return n.Kind == netpol.NoteRefused }) {
		t.Fatalf("%+v", notes)
	}
	everywhere := everybody(c)
	for i, from := range everywhere {
		for j, to := range everywhere {
			if i >= len(c.in.Workloads) && j >= len(c.in.Workloads) {
				continue
			}
			for _, words := range []string{"TCP 80", "UDP 80", "TCP 81", "TCP 53", "UDP 53", "TCP 7000"} {
				a, b := plain.Reach(from, to, ports(t, words)), cilium.Reach(from, to, ports(t, words))
				if a.Allowed != b.Allowed {
					t.Fatalf("%d > %d %s: %s as NetworkPolicies, %s as those of Cilium\n%s\n%s", i, j, words, a.Allowed, b.Allowed, setsText(got), describe(c))
				}
				met[string(a.Allowed)]++
			}
		}
	}
}

// TestFitCiliumHostile: what is in names and labels of others stays where it belongs, and no rule
// has a name that Cilium would refuse.
func TestFitCiliumHostile(t *testing.T) {
	for _, h := range testkit.HostileStrings() {
		c := readFitCase(t, "workload deploy/pay app=pay\nsubject deploy/pay\noption as-cilium\n")
		c.edges = []api.Edge{{
			Client: api.EdgeEnd{Kind: api.EndWorkload, Workload: &c.subjects[0]}, Server: api.EdgeEnd{Kind: api.EndAddress, Address: "198.51.100.9"},
			Protocol: "TCP", Port: 443, Count: 2, Answered: true, Names: []string{h.Value},
		}}
		sets, err := netpol.Fit(&c.in, c.edges, c.subjects, c.opts)
		if err != nil {
			t.Fatalf("%s: %v", h.Name, err)
		}
		for _, r := range sets[0].Policies[0].Egress {
			if slices.Contains(r.Terms().Names, h.Value) && strings.Trim(h.Value, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" {
				t.Errorf("%s is a name of a rule", h.Name)
			}
		}
		if p := sets[0].Answer.Proof; p.Coverage != 1 || p.Observed != 1 {
			t.Errorf("%s: %+v", h.Name, p)
		}
	}
}

// TestFlavorNotes: what is there already is told, and that others enforce nothing.
func TestFlavorNotes(t *testing.T) {
	in := &netpol.Situation{Plugin: netpol.Plugin{Name: "calico"}}
	if notes := netpol.FlavorNotes(in, api.FlavorCilium); len(notes) != 2 || !strings.Contains(notes[0], "adds up") || !strings.Contains(notes[1], "calico") {
		t.Error(notes)
	}
	in.Plugin.Name = "cilium"
	if notes := netpol.FlavorNotes(in, api.FlavorCilium); len(notes) != 1 {
		t.Error(notes)
	}
	if notes := netpol.FlavorNotes(in, ""); notes != nil {
		t.Error(notes)
	}
}
