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
)

const doubtCase = `
workload deploy/web app=web
workload deploy/cart app=cart ports:=TCP/80
edge deploy/web deploy/cart TCP 80 3
subject deploy/web deploy/cart
`

// TestFitDoubts: who may call and could not be read keeps a direction open that would be closed.
func TestFitDoubts(t *testing.T) {
	const hooks, routes = "list webhooks: forbidden", "list routes: forbidden"
	const why = "who calls it is not known"
	both := []netpol.Unread{{Direction: networkingv1.PolicyTypeIngress, Reason: hooks}, {Direction: networkingv1.PolicyTypeIngress, Reason: routes}}
	type result struct {
		Without       string
		Types         []networkingv1.PolicyType
		Open          []api.OpenDirection
		Inexpressible int
	}
	in, out := networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress
	open := []api.OpenDirection{
		{Direction: in, Reason: why + ": " + hooks + "; " + routes + " (--isolate ingress closes it)"}, {Direction: out, Reason: "nothing observed"},
	}
	for name, test := range map[string]struct {
		unread []netpol.Unread
		opts   netpol.FitOptions
		extra  string
		want   result
	}{
		"none":         {nil, netpol.FitOptions{}, "", result{"", []networkingv1.PolicyType{in}, open[1:], 0}},
		"two":          {both, netpol.FitOptions{}, "", result{why, nil, open, 0}},
		"of egress":    {[]netpol.Unread{{Direction: out, Reason: hooks}}, netpol.FitOptions{}, "", result{"", []networkingv1.PolicyType{in}, open[1:], 0}},
		"asked":        {both, netpol.FitOptions{Isolate: []networkingv1.PolicyType{in}}, "", result{"", []networkingv1.PolicyType{in}, open[1:], 1}},
		"by default":   {both, netpol.FitOptions{DefaultDeny: true, Isolate: []networkingv1.PolicyType{in}}, "", result{"", []networkingv1.PolicyType{in}, open[1:], 1}},
		"exact":        {both, netpol.FitOptions{Exact: true}, "", result{"", []networkingv1.PolicyType{in}, open[1:], 0}},
		"a peer, too":  {both, netpol.FitOptions{}, "edge node deploy/cart TCP 80 3\n", result{"a peer that was observed cannot be written", nil, []api.OpenDirection{{Direction: in, Reason: "TCP 80 from a node: addresses of nodes change; " + open[0].Reason}, open[1]}, 0}},
		"closed today": {both, netpol.FitOptions{}, "---\n{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: deny, namespace: shop}, spec: {podSelector: {}, policyTypes: [Ingress]}}\n", result{"", []networkingv1.PolicyType{in}, open[1:], 0}},
	} {
		c := readFitCase(t, doubtCase+test.extra)
		for i := range c.in.Workloads {
			if c.in.Workloads[i].Ref == refOf("deploy/cart") {
				c.in.Workloads[i].Unread = test.unread
			}
		}
		sets, err := netpol.Fit(&c.in, c.edges, c.subjects, test.opts)
		if err != nil {
			t.Fatal(name, err)
		}
		a := sets[1].Answer
		got := result{Without: a.Without, Open: a.Open, Inexpressible: len(a.Proof.Inexpressible)}
		for _, p := range sets[1].Policies {
			got.Types = append(got.Types, p.Types...)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestFitDoubtsOfConfiguration: what of configuration was not read counts where a direction is closed
// for configuration alone, and no edge to whom it asks about is configured.
func TestFitDoubtsOfConfiguration(t *testing.T) {
	const why = "its calls of the API server are not known"
	server := api.Edge{Client: api.EdgeEnd{Kind: api.EndWorkload, Workload: new(refOf("deploy/web"))}, Server: api.EdgeEnd{Kind: api.EndAPIServer}, Protocol: "TCP", Port: 6443, Configured: []string{"env K of container c"}}
	cart := server
	cart.Server, cart.Port = api.EdgeEnd{Kind: api.EndWorkload, Workload: new(refOf("deploy/cart"))}, 80
	for name, test := range map[string]struct {
		configured []api.Edge
		observed   bool
		static     bool
		open       bool
	}{
		"on configuration alone": {[]api.Edge{cart}, false, true, true},
		"answered":               {[]api.Edge{cart, server}, false, true, false},
		"observed":               {[]api.Edge{cart}, true, true, false},
		"from flows alone":       {nil, true, false, false},
	} {
		c := readFitCase(t, doubtCase)
		for i := range c.in.Workloads {
			c.in.Workloads[i].Unread = []netpol.Unread{{Direction: networkingv1.PolicyTypeEgress, Reason: why, Configuration: true, Of: api.EndAPIServer}}
		}
		c.in.Configured, c.in.APIServer = test.configured, []netip.AddrPort{netip.MustParseAddrPort("192.168.0.9:6443")}
		if !test.observed {
			c.edges = nil
		}
		isolate := []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
		sets, err := netpol.Fit(&c.in, c.edges, c.subjects, netpol.FitOptions{Configured: test.static, Isolate: isolate})
		if err != nil {
			t.Fatal(name, err)
		}
		open := slices.ContainsFunc(sets[0].Answer.Open, func(o api.OpenDirection) bool { return strings.Contains(o.Reason, why) })
		closed := slices.Contains(sets[0].Answer.Closes, networkingv1.PolicyTypeEgress)
		if open != test.open || closed == test.open {
			t.Errorf("%s: %+v closes %v", name, sets[0].Answer.Open, sets[0].Answer.Closes)
		}
	}
}
