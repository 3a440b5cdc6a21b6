package resolve_test

import (
	"net/netip"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/flow"
)

func answer(query string, addrs ...string) func(*flow.Flow) {
	return func(f *flow.Flow) {
		f.Answer = &flow.Answer{Query: query}
		for _, a := range addrs {
			f.Answer.Addrs = append(f.Answer.Addrs, netip.MustParseAddr(a))
		}
	}
}

func TestNames(t *testing.T) {
	inv := shop(t)
	call := tcp(web + ":40000 > 198.51.100.7:443")
	asked := func(query string, addrs ...string) *flow.Flow {
		return udp(web+":40001 > "+dns+":5353", final, answer(query, addrs...))
	}
	const toDNS = "Deployment shop/web > Deployment kube-system/coredns UDP 5353"
	edge := "Deployment shop/web > 198.51.100.7 TCP 443"
	for name, c := range map[string]struct {
		flows []*flow.Flow
		want  []string
	}{
		"before":      {[]*flow.Flow{asked("API.example.com.", "198.51.100.7"), call}, []string{edge + " named api.example.com", toDNS}},
		"after":       {[]*flow.Flow{call, asked("api.example.com", "198.51.100.7")}, []string{edge + " named api.example.com", toDNS}},
		"other":       {[]*flow.Flow{call, asked("api.example.com", "198.51.100.8")}, []string{edge, toDNS}},
		"mapped":      {[]*flow.Flow{call, asked("api.example.com", "::ffff:198.51.100.7")}, []string{edge + " named api.example.com", toDNS}},
		"three":       {[]*flow.Flow{asked("d.example", "198.51.100.7"), asked("b.example", "198.51.100.7"), call, asked("c.example", "198.51.100.7"), asked("a.example", "198.51.100.7"), asked("a.example", "198.51.100.7")}, []string{edge + " named a.example,b.example,c.example", toDNS + " x5"}},
		"of the flow": {[]*flow.Flow{tcp(web+":40000 > 198.51.100.7:443", func(f *flow.Flow) { f.Server.Names = []string{"x.example"} })}, []string{edge + " named x.example"}},
		"failed":      {[]*flow.Flow{call, udp(web+":40001 > "+dns+":5353", final, answer("api.example.com", "198.51.100.7"), func(f *flow.Flow) { f.Answer.Code = 3 })}, []string{edge, toDNS}},
		"empty":       {[]*flow.Flow{call, asked(".", "198.51.100.7"), asked("x.example")}, []string{edge, toDNS + " x2"}},
		"of a pod":    {[]*flow.Flow{tcp(web + ":40000 > " + cart + ":8080"), asked("cart.shop.svc.cluster.local", cart)}, []string{"Deployment shop/web > Deployment shop/cart TCP 8080", toDNS}},
		"denied":      {[]*flow.Flow{tcp(web+":40000 > 198.51.100.7:443", denied), asked("api.example.com", "198.51.100.7")}, []string{edge + " named api.example.com denied", toDNS}},
		"by hand":     {[]*flow.Flow{tcp(web + ":40000 > 10.96.0.54:3306"), asked("old.example", "198.51.100.33")}, []string{"Deployment shop/web > 198.51.100.33 TCP 3307 via shop/legacy:3306 named old.example", toDNS}},
	} {
		t.Run(name, func(t *testing.T) { checkSet(t, run(inv, c.flows), c.want...) })
	}
}
