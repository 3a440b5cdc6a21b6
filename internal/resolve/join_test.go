package resolve_test

import (
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/flow"
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
			if got.resolved != int64(len(c.flows)) || got.unjoined != 0 {
				t.Errorf("%d of %d resolved, %d not joined", got.resolved, len(c.flows), got.unjoined)
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
