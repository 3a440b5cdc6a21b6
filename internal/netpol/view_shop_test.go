package netpol_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

// mapText is a map, a line for each place, link and rule.
func mapText(m *api.FlowMap) string {
	var b strings.Builder
	for i := range m.Links {
		l := &m.Links[i]
		fmt.Fprintf(&b, "%s > %s %s %d", m.Places[l.From].Name, m.Places[l.To].Name, l.Protocol, l.Port)
		if l.EndPort > 0 {
			fmt.Fprintf(&b, "-%d", l.EndPort)
		}
		if l.AnyPort {
			b.WriteString(" any")
		}
		if l.Count > 0 {
			fmt.Fprintf(&b, " %dx", l.Count)
		}
		if len(l.Configured) > 0 {
			fmt.Fprintf(&b, " %q", l.Configured)
		}
		for _, d := range []*api.FlowDecision{&l.Now, &l.After} {
			fmt.Fprintf(&b, " | %s %s", l.State(d), d.Verdict)
			for _, r := range d.Rules {
				fmt.Fprintf(&b, " %s %s", m.Rules[r].Policy, m.Rules[r].Direction)
			}
		}
		b.WriteString("\n")
	}
	for _, note := range m.Notes {
		b.WriteString("note " + note + "\n")
	}
	return b.String()
}

const mapShop = `workload deploy/web app=web ports:=TCP/8080
workload deploy/cart app=cart ports:=TCP/7070
workload sts/redis app=redis ports:=TCP/6379
workload ds/agent app=agent ports:=TCP/9100 host:=yes
workload ops/deploy/prom app=prom ports:=TCP/9090
edge deploy/web deploy/cart TCP 7070 1
edge deploy/web sts/redis TCP 6379 1
edge ops/deploy/prom deploy/cart TCP 7070 1
subject deploy/web deploy/cart
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: redis-in, namespace: shop}
spec:
  podSelector: {matchLabels: {app: redis}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: cart}}}]
    ports: [{port: 6379}]
`

func configuredEdge(from, to string, port int32, where string) api.Edge {
	client := refOf(from)
	e := api.Edge{Client: api.EdgeEnd{Kind: api.EndWorkload, Workload: &client}, Server: api.EdgeEnd{Kind: api.EndName, Name: to}, Protocol: "TCP", Port: port, Configured: []string{where}}
	if strings.Contains(to, "/") {
		server := refOf(to)
		e.Server = api.EdgeEnd{Kind: api.EndWorkload, Workload: &server}
	}
	return e
}

// TestMapOfShop: what is configured joins what was observed, a policy that is there refuses, nodes'
// workloads are let in, and what is allowed alone is told.
func TestMapOfShop(t *testing.T) {
	c := readFitCase(t, mapShop)
	c.in.Configured = []api.Edge{
		configuredEdge("deploy/cart", "sts/redis", 6379, "env REDIS_ADDR of container app"),
		configuredEdge("deploy/web", "api.example", 443, "env API of container app"),
		configuredEdge("deploy/web", "deploy/cart", 7070, "env CART of container app"),
		configuredEdge("ops/deploy/prom", "api.example", 443, "no subject's"),
	}
	got := mapText(netpol.Map(&c.in, c.edges, c.subjects, nil, netpol.MapOptions{Namespace: "shop"}))
	for _, line := range []string{
		`Deployment cart > StatefulSet redis TCP 6379 ["env REDIS_ADDR of container app"] | configured yes NetworkPolicy shop/redis-in ingress | configured yes NetworkPolicy shop/redis-in ingress`,
		`Deployment web > api.example TCP 443 ["env API of container app"] | configured yes | configured yes`,
		`Deployment web > StatefulSet redis TCP 6379 1x | blocked no NetworkPolicy shop/redis-in ingress | blocked no NetworkPolicy shop/redis-in ingress`,
		`Deployment web > Deployment cart TCP 7070 1x ["env CART of container app"] | used yes | used yes`,
		`Deployment ops/prom > Deployment cart TCP 7070 1x | used yes | used yes`,
		`Deployment cart > DaemonSet agent TCP 9100 | unused yes | unused yes`,
		`Deployment cart > any address  0 any | unused yes | unused yes`,
		`any address > Deployment cart TCP 7070 | unused yes | unused yes`,
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	if strings.Contains(got, "no subject's") || strings.Contains(got, "prom > StatefulSet") {
		t.Error("a link of no subject")
	}
	if t.Failed() {
		t.Log(got)
	}
}

// TestMapUnread: where not all policies were read, only a rule that is known lets anything through.
func TestMapUnread(t *testing.T) {
	c := readFitCase(t, mapShop)
	c.in.PoliciesUnread = "list networkpolicies: forbidden"
	m := netpol.Map(&c.in, c.edges, c.subjects, nil, netpol.MapOptions{})
	for i := range m.Links {
		if l := &m.Links[i]; l.Now.Verdict != api.FlowUndecided || l.After.Verdict != api.FlowUndecided {
			t.Errorf("%+v", l)
		}
	}
	if !slices.ContainsFunc(m.Notes, func(n string) bool { return strings.Contains(n, "list networkpolicies: forbidden") }) {
		t.Error(m.Notes)
	}
	sets, err := netpol.Fit(&c.in, c.edges, c.subjects, netpol.FitOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := mapText(netpol.Map(&c.in, c.edges, c.subjects, sets, netpol.MapOptions{})); !strings.Contains(got, "| used yes NetworkPolicy shop/") {
		t.Errorf("both ends are written, and it is not known:\n%s", got)
	}
}

// TestMapEnds: what cannot be known of an end is not decided.
func TestMapEnds(t *testing.T) {
	const closed = "\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: cart, namespace: shop}\nspec:\n  podSelector: {matchLabels: {app: cart}}\n  policyTypes: [Ingress, Egress]\n"
	const web = "  egress:\n  - to: [{ipBlock: {cidr: 198.51.100.0/24}}]\n    ports: [{port: 443}]\n"
	c := readFitCase(t, mapShop)
	ref := refOf("deploy/cart")
	cart := api.EdgeEnd{Kind: api.EndWorkload, Workload: &ref}
	goneRef := refOf("deploy/gone")
	gone := api.EdgeEnd{Kind: api.EndWorkload, Workload: &goneRef}
	labelled := gone
	labelled.Labels = map[string]string{"app": "web"}
	cases := []struct {
		name           string
		client, server api.EdgeEnd
		protocol       string
		policies, want string
	}{
		{"unknown, no policy", api.EdgeEnd{Kind: api.EndUnknown, Address: "10.9.9.9"}, cart, "TCP", "", "yes"},
		{"unknown, all closed", api.EdgeEnd{Kind: api.EndUnknown, Address: "10.9.9.9"}, cart, "TCP", closed, "unknown"},
		{"unknown, some rule", cart, api.EdgeEnd{Kind: api.EndUnknown, Address: "10.9.9.9"}, "TCP", closed + web, "unknown"},
		{"unknown, another policy", api.EdgeEnd{Kind: api.EndUnknown, Address: "10.9.9.9"}, cart, "TCP", strings.ReplaceAll(closed, "cart", "web"), "unknown"},
		{"gone", gone, cart, "TCP", closed + web, "unknown"},
		{"gone, no policy", gone, cart, "TCP", "", "yes"},
		{"gone with labels", labelled, cart, "TCP", strings.ReplaceAll(closed, "cart", "web"), "no"},
		{"gone with labels, no policy", labelled, cart, "TCP", "", "yes"},
		{"name, closed", cart, api.EdgeEnd{Kind: api.EndName, Name: "a.example"}, "TCP", closed, "no"},
		{"name, some block", cart, api.EdgeEnd{Kind: api.EndName, Name: "a.example"}, "TCP", closed + web, "unknown"},
		{"address in a block", cart, api.EdgeEnd{Kind: api.EndAddress, Address: "198.51.100.9"}, "TCP", closed + web, "yes"},
		{"address in none", cart, api.EdgeEnd{Kind: api.EndAddress, Address: "203.0.113.9"}, "TCP", closed + web, "no"},
		{"no address", cart, api.EdgeEnd{Kind: api.EndAddress, Address: "what"}, "TCP", closed + web, "unknown"},
		{"any address", cart, api.EdgeEnd{Kind: api.EndAddress, AnyAddress: true}, "TCP", closed + web, "unknown"},
		{"node", api.EdgeEnd{Kind: api.EndNode}, cart, "TCP", closed, "unknown"},
		{"node, open", api.EdgeEnd{Kind: api.EndNode}, cart, "TCP", "", "yes"},
		{"own node", api.EdgeEnd{Kind: api.EndOwnNode}, cart, "TCP", closed, "yes"},
		{"API server, not known", cart, api.EdgeEnd{Kind: api.EndAPIServer}, "TCP", closed, "unknown"},
		{"ICMP, open", cart, api.EdgeEnd{Kind: api.EndAddress, Address: "198.51.100.9"}, "ICMP", "", "yes"},
		{"ICMP, closed", cart, api.EdgeEnd{Kind: api.EndAddress, Address: "198.51.100.9"}, "ICMP", closed, "unknown"},
	}
	for _, test := range cases {
		in := c.in
		in.Objects.Policies = nil
		if test.policies != "" {
			addYAML(t, &in.Objects, strings.TrimPrefix(test.policies, "\n---\n"))
		}
		e := api.Edge{Client: test.client, Server: test.server, Protocol: test.protocol, Port: 443, Count: 1, Answered: true}
		m := netpol.Map(&in, []api.Edge{e}, []api.Ref{ref}, nil, netpol.MapOptions{})
		at := slices.IndexFunc(m.Links, func(l api.FlowLink) bool { return l.Count > 0 })
		if at < 0 || m.Links[at].Now.Verdict != test.want {
			t.Errorf("%s: %+v, want %s", test.name, m.Links, test.want)
		}
	}
	c.in.APIServer = []netip.AddrPort{netip.MustParseAddrPort("198.51.100.9:443")}
	addYAML(t, &c.in.Objects, strings.TrimPrefix(closed+web, "\n---\n"))
	e := api.Edge{Client: cart, Server: api.EdgeEnd{Kind: api.EndAPIServer}, Protocol: "TCP", Port: 443, Count: 1, Answered: true}
	for no, want := range map[bool]string{false: "used yes", true: "used unknown"} {
		c.in.Plugin.NoNodeBlocks = no
		if got := mapText(netpol.Map(&c.in, []api.Edge{e}, []api.Ref{ref}, nil, netpol.MapOptions{})); !strings.Contains(got, "the API server TCP 443 1x | "+want) {
			t.Errorf("blocks hold %t:\n%s", !no, got)
		}
	}
}

// TestMapReplaces: a written policy stands in place of the one of its name.
func TestMapReplaces(t *testing.T) {
	c := readFitCase(t, strings.ReplaceAll(mapShop, "name: redis-in", "name: redis")+"\n")
	c.subjects = []api.Ref{refOf("sts/redis")}
	sets, err := netpol.Fit(&c.in, c.edges, c.subjects, netpol.FitOptions{Denied: true})
	if err != nil {
		t.Fatal(err)
	}
	got := mapText(netpol.Map(&c.in, c.edges, c.subjects, sets, netpol.MapOptions{Namespace: "shop"}))
	for _, line := range []string{
		`Deployment web > StatefulSet redis TCP 6379 1x | blocked no NetworkPolicy shop/redis ingress | used yes NetworkPolicy shop/redis ingress`,
		`Deployment cart > StatefulSet redis TCP 6379 | unused yes NetworkPolicy shop/redis ingress | refused no NetworkPolicy shop/redis ingress`,
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("no line %s in\n%s", line, got)
		}
	}
}

// TestMapScan: a scan is one link.
func TestMapScan(t *testing.T) {
	c := readFitCase(t, mapShop)
	for port := range int32(300) {
		e := c.edges[0]
		e.Port, e.Answered = 1000+port, false
		c.edges = append(c.edges, e)
	}
	m := netpol.Map(&c.in, c.edges, c.subjects, nil, netpol.MapOptions{})
	if got := mapText(m); !strings.Contains(got, "Deployment shop/web > Deployment shop/cart TCP 0 any 300x | blocked yes") || !strings.Contains(got, "note TCP from Deployment shop/web to Deployment shop/cart: port scan: ") {
		t.Error(got)
	}
}

// TestMapHostile: whatever names are, the rules are YAML.
func TestMapHostile(t *testing.T) {
	c := readFitCase(t, mapShop)
	for _, hostile := range []string{"a\n  evil: yes", "{{x}}", "<script>", "\x1b[2J", "\u2028", strings.Repeat("x", 5000)} {
		for _, p := range c.in.Objects.Policies {
			p.Spec.PodSelector.MatchLabels = map[string]string{"app": "redis"}
			p.Spec.Ingress[0].From[0].PodSelector.MatchLabels = map[string]string{"app": hostile}
			p.Name = hostile
		}
		m := netpol.Map(&c.in, c.edges, c.subjects, nil, netpol.MapOptions{})
		if _, err := json.Marshal(m); err != nil || len(m.Rules) == 0 {
			t.Errorf("%q: %v %d", hostile, err, len(m.Rules))
		}
	}
}
