package netpol_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

// configured draws what workloads are configured to call.
func (m fitMaker) configured(c *fitCase) {
	c.in.Configured = []api.Edge{}
	for range m.dice.IntN(8) {
		e := m.edge(c)
		e.Count, e.Denied, e.Answered, e.Certain, e.Seen = 0, false, false, false, nil
		ref := c.in.Workloads[m.dice.IntN(len(c.in.Workloads))].Ref
		e.Client, e.Protocol = api.EdgeEnd{Kind: api.EndWorkload, Workload: &ref}, []string{"TCP", "UDP"}[m.dice.IntN(2)]
		e.Configured = []string{[]string{"env A of container app", "env B of container app"}[m.dice.IntN(2)]}
		switch m.dice.IntN(10) {
		case 0:
			e.Server = api.EdgeEnd{Kind: api.EndName, Name: "api.payments.example"}
		case 1:
			e.Server = api.EdgeEnd{Kind: api.EndAPIServer}
		}
		if e.Server.Kind == api.EndOwnNode {
			continue
		}
		c.in.Configured = append(c.in.Configured, e)
	}
}

// TestFitConfiguredHolds: what is configured between two workloads of a run is let through where
// nobody else closes anything and nothing of it was tried; what was observed is as it is without
// configuration, nothing is let through for no reason, and no rule can be left out.
func TestFitConfiguredHolds(t *testing.T) {
	random := newRandom(t)
	met := map[string]int{}
	for range randomSituations / 2 {
		m := fitMaker{random}
		c := m.draw()
		m.configured(c)
		c.opts.Configured = true
		if m.in(2) {
			c.in.Objects.Policies = nil
		}
		if m.in(3) {
			c.edges = nil
		}
		sets, err := netpol.Fit(&c.in, c.edges, c.subjects, c.opts)
		if err != nil {
			t.Fatalf("%v\n%s", err, describe(c))
		}
		for i := range sets {
			holdsSet(t, c, &sets[i], met)
			if a := sets[i].Answer; len(c.edges) == 0 && (a.Proof.Observed != 0 || a.Edges != 0) {
				t.Fatalf("observed: %s", setsText(sets))
			}
		}
		text := setsText(sets)
		shuffle(random, c.in.Configured)
		if diff := cmp.Diff(text, shuffled(t, random, c)); diff != "" {
			t.Fatalf("another order: %s\n%s", diff, describe(c))
		}
		minimal(t, c, sets, met)
		configuredHolds(t, c, sets, met)
	}
	t.Log(met)
	for _, what := range []string{"let through", "counted", "not allowed", "rule dropped", "unobserved", "unconfigured"} {
		if met[what] < randomSituations/40 {
			t.Errorf("%s was met %d times", what, met[what])
		}
	}
}

func configuredHolds(t *testing.T, c *fitCase, sets []api.PolicySet, met map[string]int) {
	t.Helper()
	n := netpol.New(written(c, sets))
	for i := range sets {
		a := sets[i].Answer
		met["counted"] += a.Configured
		met["not allowed"] += a.NotAllowed
		met["unobserved"] += len(a.Unobserved)
		met["unconfigured"] += len(a.Unconfigured)
		if a.Unobserved == nil {
			t.Fatalf("gaps are nil, and configuration was read\n%s", setsText(sets))
		}
	}
	for i := range c.in.Configured {
		e := &c.in.Configured[i]
		if c.opts.Exact || len(c.in.Objects.Policies) > 0 || e.Server.Workload == nil || c.opts.Isolate != nil || wasTried(c, e) {
			continue
		}
		from, to := workloadOf(c, *e.Client.Workload), workloadOf(c, *e.Server.Workload)
		if !both(c, sets, e) {
			continue
		}
		met["let through"]++
		use := ports(t, e.Protocol+" "+map[int32]string{80: "80", 81: "81", 53: "53", 7000: "7000"}[e.Port])
		if answer := n.Reach(netpol.Pods(from.Pods...), netpol.Pods(to.Pods...), use); answer.Allowed != netpol.Yes {
			t.Fatalf("%s > %s %s %d: %+v\n%s\n%s", e.Client.Words(), e.Server.Words(), e.Protocol, e.Port, answer, setsText(sets), describe(c))
		}
	}
}

// both tells an edge of which both ends are subjects that policies can be for.
func both(c *fitCase, sets []api.PolicySet, e *api.Edge) bool {
	for _, ref := range []*api.Ref{e.Client.Workload, e.Server.Workload} {
		if i := slices.Index(c.subjects, *ref); i < 0 {
			return false
		} else if a := sets[i].Answer; len(sets[i].Policies) == 0 && len(a.Open) == 0 {
			return false
		}
	}
	return true
}

func wasTried(c *fitCase, e *api.Edge) bool {
	return slices.ContainsFunc(c.edges, func(o api.Edge) bool {
		return o.Client.Compare(&e.Client) == 0 && o.Server.Compare(&e.Server) == 0 && o.Protocol == e.Protocol && o.Port == e.Port
	})
}

// TestFitConfiguredChangesNothing: without the option, configuration changes no policy and no proof.
func TestFitConfiguredChangesNothing(t *testing.T) {
	random := newRandom(t)
	for range randomSituations / 8 {
		m := fitMaker{random}
		c := m.draw()
		want, err := netpol.Fit(&c.in, c.edges, c.subjects, c.opts)
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			if a := want[i].Answer; a.Unobserved != nil || a.Unconfigured != nil {
				t.Fatalf("gaps without configuration: %+v", a)
			}
		}
		m.configured(c)
		got, err := netpol.Fit(&c.in, c.edges, c.subjects, c.opts)
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			got[i].Answer.Unobserved, got[i].Answer.Unconfigured = nil, nil
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	}
}

// TestFitConfiguredNames: a name that flows show at the port is let through as it was seen; at
// another port, or seen under another name, it is not.
func TestFitConfiguredNames(t *testing.T) {
	for _, c := range []struct {
		name, port string
		closes     bool
	}{{"api.payments.example", "443", true}, {"api.payments.example", "8443", false}, {"other.example", "443", false}} {
		text := "workload deploy/pay app=pay\nconfigured deploy/pay name:" + c.name + " TCP " + c.port + " by:=env_X_of_container_app\n" +
			"edge deploy/pay 198.51.100.40 TCP 443 5 names:=api.payments.example\noption configured\nsubject deploy/pay\n"
		in := readFitCase(t, text)
		sets, err := netpol.Fit(&in.in, in.edges, in.subjects, in.opts)
		if err != nil {
			t.Fatal(err)
		}
		if closes := len(sets[0].Answer.Closes) > 0; closes != c.closes {
			t.Errorf("%+v: closes %v\n%s", c, closes, setsText(sets))
		}
		for _, o := range sets[0].Answer.Open {
			if o.Direction == "Egress" && !slices.Equal(o.Names, []string{c.name}) {
				t.Errorf("%+v: %+v", c, o)
			}
		}
	}
}
