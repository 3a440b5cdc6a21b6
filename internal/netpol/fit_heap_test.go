package netpol_test

import (
	"encoding/json"
	"runtime"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

// TestFitKeepsLittle: what remains of a fit are its policies alone, whose selectors and ports are
// shared. Each edge is a rule at both ends, of about 200 bytes.
func TestFitKeepsLittle(t *testing.T) {
	const peers, most = 50, 400
	c := denseEdges(peers)
	before := heapInUse()
	sets, err := netpol.Fit(&c.in, c.edges, c.subjects, c.opts)
	if err != nil {
		t.Fatal(err)
	}
	rules := 0
	kept := int(heapInUse()) - int(before)
	for i := range sets {
		for _, p := range sets[i].Policies {
			rules += len(p.Ingress) + len(p.Egress)
		}
	}
	if rules < 2*len(c.edges) {
		t.Fatalf("%d rules for %d edges", rules, len(c.edges))
	}
	if kept > rules*most {
		t.Errorf("%d bytes are kept for each of %d rules, not %d", kept/rules, rules, most)
	}
	runtime.KeepAlive(c)
	runtime.KeepAlive(sets)
}

// TestFitLeavesEdges: the edges given stay as they are, also those that are added up.
func TestFitLeavesEdges(t *testing.T) {
	c := denseEdges(2)
	odd := api.EdgeEnd{Kind: api.EndAPIServer, Workload: &c.subjects[1]}
	c.edges = append(c.edges, c.edges[0], c.edges[0], api.Edge{Client: c.edges[0].Client, Server: odd, Protocol: "TCP", Port: 443, Count: 1, Answered: true})
	c.edges[1].Services, c.edges[len(c.edges)-2].Services = []string{"shop/b:80"}, []string{"shop/a:80"}
	before, err := json.Marshal(c.edges)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := netpol.Fit(&c.in, c.edges, c.subjects, c.opts); err != nil {
		t.Fatal(err)
	}
	after, err := json.Marshal(c.edges)
	if err != nil {
		t.Fatal(err)
	}
	if string(before) != string(after) {
		t.Errorf("edges changed: %s, before %s", after, before)
	}
}
