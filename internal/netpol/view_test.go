package netpol_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

// networksOf are those that a map's decisions are about.
func networksOf(c *fitCase, sets []api.PolicySet) [2]*netpol.Network {
	now, after := c.in.Objects, c.in.Objects
	written := policiesOf(sets)
	after.Policies = slices.Concat(slices.DeleteFunc(slices.Clone(now.Policies), func(p *networkingv1.NetworkPolicy) bool {
		return slices.ContainsFunc(written, func(w *networkingv1.NetworkPolicy) bool { return w.Namespace == p.Namespace && w.Name == p.Name })
	}), written)
	return [2]*netpol.Network{netpol.New(now), netpol.New(after)}
}

// peerOf is a place as the evaluator takes it; false for those that it has no word for.
func peerOf(c *fitCase, p *api.FlowPlace, other bool) (netpol.Peer, bool) {
	if p.Kind == api.EndAddress {
		if a, err := netip.ParseAddr(p.Name); err == nil {
			return netpol.Address(a), true
		}
		return netpol.Addresses(netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")), true
	}
	if p.Ref == nil {
		return netpol.Peer{}, false
	}
	for i := range c.in.Workloads {
		if w := &c.in.Workloads[i]; w.Ref == *p.Ref {
			pods := w.Pods
			if other && len(pods) == 1 {
				pod := pods[0].DeepCopy()
				pod.Name = "another"
				pods = []*corev1.Pod{pod}
			}
			return netpol.Pods(pods...), true
		}
	}
	return netpol.Peer{}, false
}

// portsOfLink are those that a link is about; false for protocols that policies do not know.
func portsOfLink(t *testing.T, l *api.FlowLink) (netpol.Ports, bool) {
	t.Helper()
	switch {
	case l.Protocol == "" && l.AnyPort:
		return netpol.AllPorts(), true
	case l.Protocol == "ICMP" || l.AnyPort || l.EndPort > 0:
		return netpol.Ports{}, false
	}
	return ports(t, fmt.Sprintf("%s %d", l.Protocol, l.Port)), true
}

func verdictOf(v netpol.Verdict) string {
	switch v {
	case netpol.Yes:
		return api.FlowAllowed
	case netpol.No:
		return api.FlowNotAllowed
	}
	return api.FlowUndecided
}

// TestMapDecides: each link has the verdicts of the evaluator, nothing that is allowed is missing,
// what was observed adds up, and neither order nor split of the input matters.
func TestMapDecides(t *testing.T) {
	random := newRandom(t)
	met := map[string]int{}
	for range 400 {
		c := fitMaker{random}.draw()
		c.in.Objects.Policies = append(c.in.Objects.Policies, fitMaker{random}.policy(c, 9))
		sets, err := netpol.Fit(&c.in, c.edges, c.subjects, c.opts)
		if err != nil {
			t.Fatal(err)
		}
		drawConfigured(random, c)
		got := netpol.Map(&c.in, c.edges, c.subjects, sets, netpol.MapOptions{})
		networks := networksOf(c, sets)
		linked := map[string]bool{}
		for i := range got.Links {
			l := &got.Links[i]
			from, knownFrom := peerOf(c, &got.Places[l.From], false)
			to, knownTo := peerOf(c, &got.Places[l.To], l.From == l.To)
			linked[fmt.Sprintf("%s>%s %s %d", got.Places[l.From].Name, got.Places[l.To].Name, l.Protocol, l.Port)] = true
			asked, portsKnown := portsOfLink(t, l)
			for v, d := range [...]api.FlowDecision{l.Now, l.After} {
				met[d.Verdict]++
				met[string(l.State(&d))]++
				if !knownFrom || !knownTo || !portsKnown {
					met["not compared"]++
					continue
				}
				met["compared"]++
				if want := verdictOf(networks[v].Reach(from, to, asked).Allowed); d.Verdict != want {
					t.Fatalf("%s to %s %+v: network %d says %s\n%s", got.Places[l.From].Name, got.Places[l.To].Name, l, v, want, describe(c))
				}
				rulesFit(t, got, l, d)
			}
		}
		nothingMissing(t, c, networks, linked, met)
		countsAddUp(t, c, got)
		checkMapOrder(t, got)
		mapAgain(t, random, c, sets, got)
	}
	t.Log(met)
	for _, what := range []string{"compared", "not compared", "yes", "no", "unknown", "used", "blocked", "configured", "unused", "refused", "missing and refused"} {
		if met[what] < 40 {
			t.Errorf("%s was met %d times", what, met[what])
		}
	}
}

// drawConfigured adds edges that are configured alone, some of them among those of a document.
func drawConfigured(random *rand.Rand, c *fitCase) {
	for range random.IntN(4) {
		e := fitMaker{random}.edge(c)
		e.Count, e.Denied, e.Answered, e.Certain, e.Seen, e.Configured = 0, false, false, false, nil, []string{"env A of container c"}
		if random.IntN(2) == 0 {
			c.in.Configured = append(c.in.Configured, e)
		} else {
			c.edges = append(c.edges, e)
		}
	}
}

// rulesFit looks at the rules that are cited.
func rulesFit(t *testing.T, m *api.FlowMap, l *api.FlowLink, d api.FlowDecision) {
	t.Helper()
	if d.Verdict == api.FlowNotAllowed && len(d.Rules) == 0 {
		t.Errorf("nothing refuses %+v", l)
	}
	for _, i := range d.Rules {
		r := &m.Rules[i]
		refuses := strings.HasPrefix(r.YAML, "podSelector:")
		if d.Verdict == api.FlowNotAllowed != refuses && d.Verdict != api.FlowUndecided || r.YAML == "" || !strings.HasPrefix(r.Policy, "NetworkPolicy ") {
			t.Errorf("%s by %+v", d.Verdict, r)
		}
		if r.Written && !refuses && len(r.Reasons) == 0 {
			t.Errorf("no reason for %+v", r)
		}
		var some any
		if err := yaml.Unmarshal([]byte(r.YAML), &some); err != nil {
			t.Error(err)
		}
	}
}

// nothingMissing asks about all pairs of subjects on the port that all of them serve.
func nothingMissing(t *testing.T, c *fitCase, networks [2]*netpol.Network, linked map[string]bool, met map[string]int) {
	t.Helper()
	for _, from := range c.subjects {
		for _, to := range c.subjects {
			if linked[fmt.Sprintf("%s>%s TCP 80", from.From(""), to.From(""))] {
				continue
			}
			a, _ := peerOf(c, &api.FlowPlace{Ref: &from}, false)
			b, _ := peerOf(c, &api.FlowPlace{Ref: &to}, from == to)
			for _, n := range networks {
				if got := n.Reach(a, b, ports(t, "TCP 80")).Allowed; got != netpol.No {
					t.Errorf("no link from %s to %s, and it is %s\n%s", from.From(""), to.From(""), got, describe(c))
				}
			}
			met["missing and refused"]++
		}
	}
}

// countsAddUp: every observation of a subject is in one link.
func countsAddUp(t *testing.T, c *fitCase, m *api.FlowMap) {
	t.Helper()
	var want, got int64
	denied := map[string]bool{}
	key := func(e *api.Edge) string {
		return e.Client.Words() + string(e.Client.Kind) + ">" + e.Server.Words() + string(e.Server.Kind) + e.Protocol + fmt.Sprint(e.Port)
	}
	for i := range c.edges {
		denied[key(&c.edges[i])] = denied[key(&c.edges[i])] || c.edges[i].Denied
	}
	for i := range c.edges {
		e := &c.edges[i]
		of := func(end *api.EdgeEnd) bool { return end.Workload != nil && slices.Contains(c.subjects, *end.Workload) }
		if of(&e.Client) || of(&e.Server) {
			if !e.Denied && denied[key(e)] {
				return // one of them is left out, as with a fit
			}
			want += e.Count
		}
	}
	for i := range m.Links {
		got += m.Links[i].Count
	}
	if got != want {
		t.Errorf("%d observations in links, %d were given\n%s", got, want, describe(c))
	}
}

func checkMapOrder(t *testing.T, m *api.FlowMap) {
	t.Helper()
	linked := map[int]bool{}
	for i := range m.Links {
		l := &m.Links[i]
		linked[l.From], linked[l.To] = true, true
		if i > 0 && (m.Links[i-1].From > l.From || m.Links[i-1].From == l.From && m.Links[i-1].To > l.To) {
			t.Errorf("links %d and %d are not sorted", i-1, i)
		}
	}
	workloads := true
	for i := range m.Places {
		p := &m.Places[i]
		if !linked[i] && !p.Subject {
			t.Errorf("%s has no link", p.Name)
		}
		if p.Ref != nil && !workloads {
			t.Errorf("%s is not first", p.Name)
		}
		workloads = p.Ref != nil
	}
}

func mapAgain(t *testing.T, random *rand.Rand, c *fitCase, sets []api.PolicySet, want *api.FlowMap) {
	t.Helper()
	in, edges, subjects := c.in, []api.Edge{}, slices.Clone(c.subjects)
	in.Workloads, in.Objects.Policies = slices.Clone(in.Workloads), slices.Clone(in.Objects.Policies)
	for _, e := range c.edges {
		if e.Count > 1 {
			part := e
			part.Count--
			e.Count = 1
			edges = append(edges, part)
		}
		edges = append(edges, e)
	}
	shuffle(random, edges)
	shuffle(random, subjects)
	shuffle(random, in.Workloads)
	shuffle(random, in.Objects.Policies)
	if diff := cmp.Diff(want, netpol.Map(&in, edges, subjects, sets, netpol.MapOptions{})); diff != "" {
		t.Fatalf("another order: %s", diff)
	}
}
