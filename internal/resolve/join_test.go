package resolve_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/flow"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
	"github.com/kubectl-harden/kubectl-harden/internal/resolve"
)

func TestJoins(t *testing.T) {
	inv := shop(t)
	toCarts := tcp(web+":40000 > 10.96.0.52:80", atClient)
	toGone := tcp(web+":40000 > 10.96.3.3:80", atClient)
	inCanary := tcp(web+":40000 > "+canary+":9090", atServer, final, file("other"))
	both := []string{
		"Deployment shop/web > Deployment shop/cart TCP 8080 via shop/carts:80 from client",
		"Deployment shop/web > Deployment shop/cart-canary TCP 9090 via shop/carts:80 from client",
	}
	joined := []string{"Deployment shop/web > Deployment shop/cart-canary TCP 9090 x2 via shop/carts:80 from client,server"}
	canaryAlone := "Deployment shop/web > Deployment shop/cart-canary TCP 9090 from server"
	for name, c := range map[string]struct {
		flows []*flow.Flow
		want  []string
	}{
		"alone":            {[]*flow.Flow{toCarts}, both},
		"both sides":       {[]*flow.Flow{toCarts, inCanary}, joined},
		"gone Service":     {[]*flow.Flow{toGone, inCanary}, []string{"Deployment shop/web > Deployment shop/cart-canary TCP 9090 x2 from client,server"}},
		"idle Service":     {[]*flow.Flow{tcp(web + ":40000 > 10.96.0.53:80"), inCanary}, []string{"Deployment shop/web > Deployment shop/cart-canary TCP 9090 x2 via shop/idle:80 from server"}},
		"conntrack":        {[]*flow.Flow{toCarts, tcp(web+":40000 > "+canary+":9090", final, dialled("10.96.0.52:80"))}, []string{"Deployment shop/web > Deployment shop/cart-canary TCP 9090 x2 via shop/carts:80 from client"}},
		"another snapshot": {[]*flow.Flow{toCarts, tcp(web+":40000 > "+canary+":9090", atServer, final, snapshot(1))}, []string{both[0], "Deployment shop/web > Deployment shop/cart-canary TCP 9090 x2 via shop/carts:80 from client,server"}},
		"another port":     {[]*flow.Flow{toCarts, tcp(web+":40001 > "+canary+":9090", atServer, final)}, []string{both[0], "Deployment shop/web > Deployment shop/cart-canary TCP 9090 x2 via shop/carts:80 from client,server"}},
		"not behind it":    {[]*flow.Flow{toCarts, tcp(web+":40000 > "+db+":5432", atServer, final)}, append(append([]string{}, both...), "Deployment shop/web > StatefulSet shop/db TCP 5432 from server")},
		"used again": {[]*flow.Flow{toGone, inCanary, tcp(web+":40000 > "+db+":5432", atServer, final)}, []string{
			canaryAlone, "Deployment shop/web > StatefulSet shop/db TCP 5432 from server",
			"Deployment shop/web > 10.96.3.3 (no Service has this address now) TCP 80 from client",
		}},
		"at another time": {[]*flow.Flow{tcp(web+":40000 > 10.96.3.3:80", at(noon)), tcp(web+":40000 > "+canary+":9090", final, at(noon+3600))}, []string{
			"Deployment shop/web > Deployment shop/cart-canary TCP 9090",
			"Deployment shop/web > 10.96.3.3 (no Service has this address now) TCP 80",
		}},
		"masqueraded": {[]*flow.Flow{
			tcp(web+":43710 > "+cart+":8081", final, dialled("10.96.0.51:80"), masqueraded("10.244.2.1:51000")),
			tcp("10.244.2.1:51000 > "+cart+":8081", final, atServer),
		}, []string{"Deployment shop/web > Deployment shop/cart TCP 8081 x2 via shop/cart-admin:80 from server"}},
		"masqueraded, the port stayed": {[]*flow.Flow{
			tcp(web+":43710 > 10.96.0.51:80", atClient), tcp("10.244.2.1:43710 > "+cart+":8081", final, atServer),
		}, []string{"Deployment shop/web > Deployment shop/cart TCP 8081 x2 via shop/cart-admin:80 from client,server"}},
		"a probe": {[]*flow.Flow{
			tcp(web+":43710 > 10.96.0.51:80", atClient), tcp("10.244.2.1:43711 > "+cart+":8081", final, atServer),
		}, []string{"Deployment shop/web > Deployment shop/cart TCP 8081 via shop/cart-admin:80 from client", "its own node > Deployment shop/cart TCP 8081 from server"}},
		"two clients with the port": {[]*flow.Flow{
			tcp(web+":43710 > 10.96.0.51:80", atClient), tcp(db+":43710 > 10.96.0.51:80", atClient), tcp("10.244.2.1:43710 > "+cart+":8081", final, atServer),
		}, []string{
			"Deployment shop/web > Deployment shop/cart TCP 8081 via shop/cart-admin:80 from client",
			"StatefulSet shop/db > Deployment shop/cart TCP 8081 via shop/cart-admin:80 from client",
			"its own node > Deployment shop/cart TCP 8081 from server",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			got := run(inv, c.flows)
			if got.resolved != int64(len(c.flows)) || got.unclear[resolve.Alone] != 0 {
				t.Errorf("%d of %d resolved, %d not joined", got.resolved, len(c.flows), got.unclear[resolve.Alone])
			}
			checkSet(t, got, c.want...)
			reversed := make([]*flow.Flow, 0, len(c.flows))
			for _, f := range c.flows {
				reversed = append([]*flow.Flow{f}, reversed...)
			}
			checkSet(t, run(inv, reversed), c.want...)
		})
	}
}

// TestTooManyConnections: all that a Service leads to stays, though nothing shows who answered, and it is told.
func TestTooManyConnections(t *testing.T) {
	inv := shop(t)
	var flows []*flow.Flow
	for port := range 400 {
		flows = append(flows, tcp(fmt.Sprintf("%s:%d > 10.96.0.52:80", web, 20000+port), atClient))
		flows = append(flows, tcp(fmt.Sprintf("%s:%d > %s:9090", web, 20000+port, canary), atServer, final))
	}
	limited := func(most int) outcome {
		set := observation.NewSet()
		r := resolve.NewLimited(inv, set, most)
		for _, f := range flows {
			r.Add(f)
		}
		r.Finish()
		return outcome{doc: set.Document(), unclear: r.Unclear("file"), resolved: r.Resolved("file")}
	}
	wide, narrow := limited(1000), limited(16)
	check(t, wide, "Deployment shop/web > Deployment shop/cart-canary TCP 9090 x800 via shop/carts:80 from client,server")
	if len(wide.unclear) != 0 {
		t.Errorf("with room for all: %v", wide.unclear)
	}
	if n := narrow.unclear[resolve.Alone]; n == 0 || narrow.resolved != 800 {
		t.Errorf("%d are told to be taken alone, %d resolved", n, narrow.resolved)
	}
	if len(narrow.doc.Edges) != 2 || narrow.doc.Edges[0].Certain || !narrow.doc.Edges[1].Certain {
		t.Errorf("got %v", narrow.lines())
	}
	slices.Reverse(flows)
	if a, b := bytesOf(t, narrow), bytesOf(t, limited(16)); a != b {
		t.Errorf("another order gives\n%s\ninstead of\n%s", b, a)
	}
}

func TestWordsBesideVerdicts(t *testing.T) {
	inv := shop(t)
	says := func(v flow.Verdict, reason string) *flow.Flow {
		return tcp(web+":40000 > "+cart+":8080", func(f *flow.Flow) { f.Verdict, f.Reason, f.Count = v, reason, 3 })
	}
	edge := "Deployment shop/web > Deployment shop/cart TCP 8080 x3"
	check(t, run(inv, []*flow.Flow{says(flow.VerdictAllowed, "AUDIT")}), edge, "none: let pass in audit mode, which a policy would have denied x3")
	check(t, run(inv, []*flow.Flow{says(flow.VerdictUnknown, "ERROR")}), "none: Hubble's verdict ERROR x3")
	check(t, run(inv, []*flow.Flow{says(flow.VerdictDenied, "AUDIT")}), edge+" denied")
	check(t, run(inv, []*flow.Flow{says(flow.VerdictUnknown, "")}), edge)
	waits := says(flow.VerdictAllowed, "AUDIT")
	waits.Direction = flow.DirectionUnknown
	check(t, run(inv, []*flow.Flow{waits}), edge+" guessed", "none: let pass in audit mode, which a policy would have denied x3")
}
