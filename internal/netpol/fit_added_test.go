package netpol_test

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

// TestFitAddedHolds: what is added for a workload no policy of the run refuses, at neither end;
// the default included where the other end is of the run.
func TestFitAddedHolds(t *testing.T) {
	random := newRandom(t)
	met := map[string]int{}
	for range randomSituations {
		m := fitMaker{random}
		c := m.draw()
		c.opts.Exact, c.opts.DefaultDeny, c.in.Plugin.ServicePorts = false, m.in(2), m.in(4)
		for range m.dice.IntN(4) {
			c.in.Callers = append(c.in.Callers, m.caller(c))
		}
		if m.in(4) && len(c.in.DNS) > 0 {
			c.in.DNS[0].Workload = &c.in.Workloads[0].Ref
		}
		sets, err := netpol.Fit(&c.in, c.edges, c.subjects, c.opts)
		if err != nil {
			t.Fatalf("%v\n%s", err, describe(c))
		}
		addedHolds(t, c, sets, met)
	}
	t.Log(met)
	for _, what := range []string{"of a server", "of a workload", "from a workload", "by default", "of another subject"} {
		if met[what] < randomSituations/50 {
			t.Errorf("%s was met %d times", what, met[what])
		}
	}
}

func addedHolds(t *testing.T, c *fitCase, sets []api.PolicySet, met map[string]int) {
	t.Helper()
	objects := written(c, sets)
	n, ours, without := netpol.New(objects), map[string]bool{}, map[string]string{}
	for i := range sets {
		for _, p := range sets[i].Policies {
			ours[p.Namespace+"/"+p.Name] = true
		}
		if a := sets[i].Answer; a != nil && len(sets[i].Policies) == 0 {
			without[a.Workload.Namespace+"/"+a.Workload.Name] = a.Without
		}
	}
	for i := range sets {
		if sets[i].Answer == nil {
			continue
		}
		own := workloadOf(c, sets[i].Answer.Workload)
		for _, added := range sets[i].Answer.Proof.Added {
			use, direction, peer := addedUse(t, c, own, added)
			if peer == nil {
				continue
			}
			subject := slices.Contains(c.subjects, peer.Ref)
			met[direction+" a workload"]++
			if strings.Contains(added.Reason, "DNS") {
				met["of a server"]++
			}
			if subject && peer.Ref != own.Ref {
				met["of another subject"]++
			}
			from, to := netpol.Pods(own.Pods...), netpol.Pods(peer.Pods...)
			if direction == "from" {
				from, to = to, from
			}
			answer := n.Reach(from, to, use)
			if answer.Allowed == netpol.Yes {
				continue
			}
			theirs, byDefault := false, false
			for _, d := range append(answer.Ingress, answer.Egress...) {
				name := d.Rule.Policy.Namespace + "/" + d.Rule.Policy.Name
				theirs = theirs || d.Verdict == netpol.No && d.Rule.Policy.Name != "" && !ours[name]
				byDefault = byDefault || d.Rule.Policy.Name == "default-deny"
			}
			why := without[peer.Ref.Namespace+"/"+peer.Ref.Name]
			if theirs || byDefault && (!subject || strings.Contains(why, "also selects")) {
				met["refused"]++
				if byDefault {
					met["by default"]++
				}
				continue
			}
			t.Fatalf("%s %s, added: %+v\n%s\n%s", own.Ref.Short(), added.Use, answer, setsText(sets), describe(c))
		}
	}
}

// addedUse reads an added use. There is no peer where it is none of a workload, or where it is
// let through with something else and not needed.
func addedUse(t *testing.T, c *fitCase, own *netpol.Workload, added api.ReasonedUse) (netpol.Ports, string, *netpol.Workload) {
	t.Helper()
	for _, beside := range []string{"the selector ", "a range ", "the network plugin "} {
		if strings.HasPrefix(added.Reason, beside) {
			return netpol.Ports{}, "", nil
		}
	}
	text, whom, direction := added.Use, "", ""
	for _, between := range []string{"of", "from"} {
		if a, b, found := strings.Cut(added.Use, " "+between+" "); found {
			text, whom, direction = a, b, between
		}
	}
	for i := range c.in.Workloads {
		w := &c.in.Workloads[i]
		if w.Ref.ShortFrom(own.Ref.Namespace) == whom || whom == "the pods of Service x/dns" && servedBy(c, w) {
			return ports(t, text), direction, w
		}
	}
	return netpol.Ports{}, "", nil
}

func servedBy(c *fitCase, w *netpol.Workload) bool {
	server := c.in.DNS[0]
	return server.Namespace == w.Ref.Namespace && labels.SelectorFromSet(server.Selector.MatchLabels).Matches(labels.Set(w.Pods[0].Labels))
}

func workloadOf(c *fitCase, ref api.Ref) *netpol.Workload {
	for i := range c.in.Workloads {
		if c.in.Workloads[i].Ref == ref {
			return &c.in.Workloads[i]
		}
	}
	return nil
}

// TestFitServesAnybody: where the ingress of a name server closes, names are answered to pods,
// namespaces and addresses that nobody ever saw.
func TestFitServesAnybody(t *testing.T) {
	random := newRandom(t)
	closed := 0
	for range randomSituations / 4 {
		m := fitMaker{random}
		c := m.draw()
		if len(c.in.DNS) == 0 {
			continue
		}
		c.opts.Exact, c.opts.Isolate, c.in.Objects.Policies = false, []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}, nil
		sets, err := netpol.Fit(&c.in, c.edges, c.subjects, c.opts)
		if err != nil {
			t.Fatal(err)
		}
		n := netpol.New(written(c, sets))
		for i := range sets {
			w := workloadOf(c, sets[i].Answer.Workload)
			if len(sets[i].Policies) == 0 || !servedBy(c, w) {
				continue
			}
			closed++
			stranger := &corev1.Pod{}
			stranger.Namespace, stranger.Name, stranger.Labels = "b", "stranger", map[string]string{"of": "nobody"}
			for _, text := range []string{"TCP 53", "UDP 53"} {
				for _, from := range []netpol.Peer{netpol.Pods(stranger), everybody(c)[len(everybody(c))-1]} {
					if answer := n.Reach(from, netpol.Pods(w.Pods...), ports(t, text)); answer.Allowed != netpol.Yes {
						t.Fatalf("%s: %+v\n%s\n%s", text, answer, setsText(sets), describe(c))
					}
				}
			}
		}
	}
	if closed < randomSituations/40 {
		t.Errorf("%d were closed", closed)
	}
}
