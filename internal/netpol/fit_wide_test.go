package netpol_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

// TestFitAnyAddressObserved: an edge of any address was observed, and more is let through than that.
func TestFitAnyAddressObserved(t *testing.T) {
	c := readFitCase(t, "workload deploy/web app=web\nsubject deploy/web\n")
	c.edges = []api.Edge{{
		Client: api.EdgeEnd{Kind: api.EndWorkload, Workload: new(refOf("deploy/web"))}, Server: api.EdgeEnd{Kind: api.EndAddress, AnyAddress: true},
		Protocol: "TCP", Port: 443, Count: 6000, Answered: true, Certain: true,
	}}
	sets, err := netpol.Fit(&c.in, c.edges, c.subjects, c.opts)
	if err != nil {
		t.Fatal(err)
	}
	p := sets[0].Answer.Proof
	if p.Observed != 1 || p.Covered != 1 || p.Granted != len(p.Added)+len(p.Excess) || len(sets[0].Policies) != 1 {
		t.Errorf("%+v", p)
	}
	if !strings.Contains(setsText(sets), "the addresses were too many to keep") {
		t.Error(setsText(sets))
	}
}

// TestFitCiliumServerPort: the port of the API server's Service is never what Cilium is to compare.
func TestFitCiliumServerPort(t *testing.T) {
	const dialled = "default/kubernetes:443"
	for name, test := range map[string]struct {
		at         string
		port       int32
		services   []string
		configured bool
		exact      bool
		want       string
	}{
		"configured, endpoints not known": {"", 443, nil, true, false, "any"},
		"configured, endpoints known":     {"192.168.0.9:6443", 6443, nil, true, false, "6443"},
		"observed through the Service":    {"", 443, []string{dialled}, false, false, "any"},
		"observed, endpoints elsewhere":   {"192.168.0.9:6443", 443, []string{dialled}, false, false, "any"},
		"observed at the endpoint":        {"", 6443, []string{dialled}, false, false, "6443"},
		"observed, and that port it is":   {"192.168.0.9:443", 443, []string{dialled}, false, false, "443"},
		"observed without the Service":    {"", 443, nil, false, false, "443"},
		"exact":                           {"", 443, []string{dialled}, false, true, "open"},
	} {
		c := readFitCase(t, "workload deploy/web app=web\nsubject deploy/web\n")
		e := api.Edge{
			Client: api.EdgeEnd{Kind: api.EndWorkload, Workload: new(refOf("deploy/web"))}, Server: api.EdgeEnd{Kind: api.EndAPIServer},
			Protocol: "TCP", Port: test.port, Services: test.services,
		}
		if c.in.Configured = []api.Edge{}; test.configured {
			e.Configured = []string{"env K of container c"}
			c.in.Configured = append(c.in.Configured, e)
		} else {
			e.Count, e.Answered, e.Certain = 3, true, true
			c.edges = append(c.edges, e)
		}
		if test.at != "" {
			c.in.APIServer = []netip.AddrPort{netip.MustParseAddrPort(test.at)}
		}
		sets, err := netpol.Fit(&c.in, c.edges, c.subjects, netpol.FitOptions{Flavor: api.FlavorCilium, Configured: test.configured, Exact: test.exact})
		if err != nil {
			t.Fatal(name, err)
		}
		got := "open"
		if len(sets[0].Policies) > 0 {
			for _, r := range sets[0].Policies[0].Egress {
				if len(r.Terms().Entities) > 0 {
					got = serverPorts(r)
				}
			}
		}
		if got != test.want {
			t.Errorf("%s: %s, not %s\n%s", name, got, test.want, setsText(sets))
		}
		if p := sets[0].Answer.Proof; !test.configured && p.Observed != 1 {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

// serverPorts are those of a rule in words.
func serverPorts(r api.PolicyRuleDraft) string {
	var out []string
	for _, p := range r.Ports {
		if p.Port == nil || p.EndPort != nil && *p.EndPort != p.Port.IntVal {
			return "any"
		}
		out = append(out, p.Port.String())
	}
	return strings.Join(out, ", ")
}
