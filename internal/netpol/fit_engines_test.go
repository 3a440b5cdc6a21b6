package netpol_test

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol/netpoltest"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

const engineSituations = 300

// TestFitAgreesWithEngines asks two engines made by others about the policies that were written:
// whatever was observed they let through, and of all other pairs they say what is said here.
func TestFitAgreesWithEngines(t *testing.T) {
	others := testkit.StartEngine(t, "netpol")
	random := newRandom(t)
	count := map[string]int{}
	for n := 0; n < engineSituations || n < 2*engineSituations && count["observed"] < engineSituations; n++ {
		c := fitMaker{random}.draw()
		c.edges = slices.DeleteFunc(c.edges, func(e api.Edge) bool { // netpol-analyzer knows IPv4 alone
			return strings.Contains(e.Client.Address+e.Server.Address, ":")
		})
		sets, err := netpol.Fit(&c.in, c.edges, c.subjects, c.opts)
		if err != nil {
			t.Fatal(err)
		}
		objects := written(c, sets)
		a := asked{World: netpoltest.World{Namespaces: objects.Namespaces, Pods: objects.Pods, Policies: objects.Policies}, Questions: allPairs(c)}
		var theirs answers
		others.Ask(t, a, &theirs)
		if len(theirs.Analyzer) != len(a.Questions) {
			t.Fatalf("%d answers", len(theirs.Analyzer))
		}
		network := netpol.New(objects)
		for i, q := range a.Questions {
			ours := answerTo(t, network, a.World, q)
			if !agrees(ours, theirs.Analyzer[i], theirs.Cyclonus[i]) {
				t.Fatalf("%+v: here %s, netpol-analyzer %s, cyclonus %s\n%s\n%s", q, ours.Allowed, theirs.Analyzer[i], theirs.Cyclonus[i], setsText(sets), describe(c))
			}
			count[string(ours.Allowed)]++
			if needs(c, sets, q) {
				count["observed"]++
				if theirs.Analyzer[i] != "yes" || theirs.Cyclonus[i] == "no" {
					t.Fatalf("%+v was observed: netpol-analyzer %s, cyclonus %s\n%s\n%s", q, theirs.Analyzer[i], theirs.Cyclonus[i], setsText(sets), describe(c))
				}
			}
		}
	}
	t.Log(count)
	if count["observed"] < engineSituations || count["yes"] < engineSituations || count["no"] < engineSituations {
		t.Errorf("too few: %v", count)
	}
}

// allPairs asks about a pod of each workload, on every port that edges have.
func allPairs(c *fitCase) []netpoltest.Question {
	var all []netpoltest.Question
	name := func(w *netpol.Workload) string { return w.Pods[0].Namespace + "/" + w.Pods[0].Name }
	for i := range c.in.Workloads {
		for j := range c.in.Workloads {
			for _, port := range []int32{80, 81, 53, 7000} {
				for _, protocol := range []corev1.Protocol{"TCP", "UDP"} {
					all = append(all, netpoltest.Question{From: name(&c.in.Workloads[i]), To: name(&c.in.Workloads[j]), Protocol: protocol, Port: port})
				}
			}
		}
	}
	return all
}

// needs tells a question about what was observed between two subjects, and that no policy of
// others refuses.
func needs(c *fitCase, sets []api.PolicySet, q netpoltest.Question) bool {
	for i := range c.edges {
		e := &c.edges[i]
		if e.Client.Workload == nil || e.Server.Workload == nil || e.Denied || e.Protocol == "TCP" && !e.Answered || e.Protocol != string(q.Protocol) || e.Port != q.Port {
			continue
		}
		if q.From != e.Client.Workload.Namespace+"/"+e.Client.Workload.Name+"-0" || q.To != e.Server.Workload.Namespace+"/"+e.Server.Workload.Name+"-0" {
			continue
		}
		return !refusedToo(c, e) && allowedBy(c, sets, *e.Client.Workload) && allowedBy(c, sets, *e.Server.Workload)
	}
	return false
}

// refusedToo tells an edge that was also denied, and that the client's end alone saw let out.
func refusedToo(c *fitCase, e *api.Edge) bool {
	taken := slices.Contains(e.Seen, api.SeenFromServer) || e.Answered && slices.Contains(e.Seen, api.SeenFromBetween)
	return !taken && slices.ContainsFunc(c.edges, func(o api.Edge) bool {
		return o.Denied && o.Client.Compare(&e.Client) == 0 && o.Server.Compare(&e.Server) == 0 && o.Protocol == e.Protocol && o.Port == e.Port
	})
}

// allowedBy tells a subject that nothing was refused to, and that all could be expressed of.
func allowedBy(c *fitCase, sets []api.PolicySet, ref api.Ref) bool {
	i := slices.Index(c.subjects, ref)
	if i < 0 {
		return false
	}
	p := &sets[i].Answer.Proof
	refused := slices.ContainsFunc(p.Denied, func(u api.CountedUse) bool { return u.By != "" })
	stuck := slices.ContainsFunc(p.Inexpressible, func(u api.ReasonedUse) bool { return !strings.HasPrefix(u.Use, "ICMP") })
	return !refused && !stuck
}
