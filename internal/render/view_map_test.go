package render

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// mapMaker makes maps of flows.
type mapMaker struct{ api.FlowMap }

func (m *mapMaker) workload(namespace, name string) int {
	ref := api.Ref{APIVersion: "apps/v1", Kind: "Deployment", Namespace: namespace, Name: name}
	m.Places = append(m.Places, api.FlowPlace{Kind: api.EndWorkload, Ref: &ref, Name: ref.From("shop"), Subject: namespace == "shop", Pods: 1})
	return len(m.Places) - 1
}

func (m *mapMaker) address(name string) int {
	m.Places = append(m.Places, api.FlowPlace{Kind: api.EndAddress, Name: name})
	return len(m.Places) - 1
}

// link adds one that is allowed by all policies, and observed as often.
func (m *mapMaker) link(from, to int, port int32, count int64) *api.FlowLink {
	yes := api.FlowDecision{Verdict: api.FlowAllowed}
	l := api.FlowLink{From: from, To: to, Protocol: "TCP", Port: port, Count: count, Now: yes, After: yes}
	if count > 0 {
		l.Last, l.Seen = "2026-11-20T08:57:10Z", []string{api.SeenFromClient}
	}
	m.Links = append(m.Links, l)
	return &m.Links[len(m.Links)-1]
}

// crowdMap is of many workloads, of which each uses a few and may reach all.
func crowdMap(count, uses, namespaces int) *api.FlowMap {
	m := &mapMaker{}
	m.Scope = "namespace shop"
	for i := range count {
		namespace := "shop"
		if k := i % namespaces; k > 0 {
			namespace = fmt.Sprintf("ns%03d", k)
		}
		m.workload(namespace, fmt.Sprintf("workload-%03d", i))
	}
	for i := range count {
		for j := range count {
			used := int64(0)
			if near := (j - i + count) % count; near > 0 && near <= uses {
				used = int64(1 + i)
			}
			if used > 0 || m.Places[i].Subject || m.Places[j].Subject {
				m.link(i, j, 8080, used)
			}
		}
	}
	return &m.FlowMap
}

func viewText(t *testing.T, view string, m *api.FlowMap, opts Options) (out, errOut string) {
	t.Helper()
	var a, b bytes.Buffer
	if err := FlowView(&a, &b, view, m, opts); err != nil {
		t.Fatal(err)
	}
	return a.String(), b.String()
}

func textViews() []string { return []string{viewEdges, viewMatrix, viewMermaid, viewDot} }

func TestFlowViewRefuses(t *testing.T) {
	var out bytes.Buffer
	if err := FlowView(&out, &out, "pdf", &api.FlowMap{}, Options{}); err == nil || !strings.Contains(err.Error(), "edges, matrix, mermaid, dot, html") {
		t.Error(err)
	}
	m := &mapMaker{}
	m.workload("shop", "a")
	m.link(0, 0, 80, 1)
	m.Links[0].To = 7
	for _, view := range Views() {
		if err := FlowView(&out, &out, view, &m.FlowMap, Options{}); err == nil {
			t.Errorf("%s: place 7 of 1", view)
		}
	}
	if out.Len() > 0 {
		t.Error(out.String())
	}
	for _, view := range Views() {
		if err := ValidateView(view); err != nil {
			t.Error(err)
		}
	}
}

// TestFlowViewFails: the error of a write comes back.
func TestFlowViewFails(t *testing.T) {
	for _, view := range textViews() {
		if err := FlowView(broken{}, broken{}, view, crowdMap(3, 1, 1), Options{}); err == nil {
			t.Errorf("%s: no error", view)
		}
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, fmt.Errorf("broken pipe") }

// TestFlowViewOfLittle: nothing at all, and one workload.
func TestFlowViewOfLittle(t *testing.T) {
	one := &mapMaker{}
	one.Scope = "namespace shop"
	one.workload("shop", "a")
	for name, m := range map[string]*api.FlowMap{"empty": {Scope: "namespace shop"}, "one": &one.FlowMap} {
		out, errOut := viewText(t, viewEdges, m, Options{})
		if out != "" || errOut != "no edge of namespace shop was observed or is configured\n" {
			t.Errorf("%s: %q %q", name, out, errOut)
		}
		out, errOut = viewText(t, viewMatrix, m, Options{})
		if out != "" || errOut != "nothing that namespace shop may reach is known to serve a port\n" {
			t.Errorf("%s: %q %q", name, out, errOut)
		}
		out, _ = viewText(t, viewMermaid, m, Options{})
		checkMermaid(t, out)
		out, _ = viewText(t, viewDot, m, Options{})
		checkDot(t, out)
	}
	out, _ := viewText(t, viewMermaid, &one.FlowMap, Options{})
	if !strings.Contains(out, `n0["deploy/a"]`) {
		t.Errorf("a subject is not drawn: %s", out)
	}
}

// TestOutsideIsJoinedExactly: blocks hold the addresses seen and no others, those of one client and
// port alone.
func TestOutsideIsJoinedExactly(t *testing.T) {
	m := &mapMaker{}
	a, b := m.workload("shop", "a"), m.workload("shop", "b")
	for i := 1; i <= 6; i++ {
		m.link(a, m.address(fmt.Sprintf("198.51.100.%d", i)), 443, 10)
	}
	m.link(b, m.address("198.51.100.7"), 443, 1)
	m.link(a, m.address("198.51.100.8"), 80, 1)
	m.link(a, m.address("2001:db8::2"), 443, 1)
	m.link(a, m.address("2001:db8::3"), 443, 1).Now.Verdict = api.FlowUndecided
	m.link(m.address("198.51.100.9"), a, 8443, 4)
	m.link(m.address("198.51.100.8"), a, 8443, 3)
	m.link(a, m.address("any address"), 443, 1)
	out, errOut := viewText(t, viewEdges, &m.FlowMap, Options{})
	var got []string
	for line := range strings.Lines(out) {
		fields := strings.Fields(line)
		got = append(got, strings.Join(fields[:len(fields)-2], " "))
	}
	want := []string{
		"FROM TO PORT SVC SEEN ENDS", "198.51.100.8/31 deploy/a TCP 8443 7x", "deploy/a 198.51.100.1 TCP 443 10x", "deploy/a 198.51.100.2/31 TCP 443 20x",
		"deploy/a 198.51.100.4/31 TCP 443 20x", "deploy/a 198.51.100.6 TCP 443 10x", "deploy/a 198.51.100.8 TCP 80 1x", "deploy/a 2001:db8::2 TCP 443 1x",
	}
	for i, line := range want {
		if i >= len(got) || got[i] != line {
			t.Errorf("line %d is not %q:\n%s", i, line, out)
		}
	}
	if !strings.Contains(out, "? not known whether it is allowed") || !strings.HasPrefix(errOut, "10 edges; of 1 it is not known whether they are allowed") {
		t.Error(errOut, out)
	}
}

// TestEdgesAddUp: the states of the closing line are those of the lines, and all links are counted.
func TestEdgesAddUp(t *testing.T) {
	m := &mapMaker{}
	a, b := m.workload("shop", "a"), m.workload("shop", "b")
	m.Rules = []api.FlowRule{{Policy: "NetworkPolicy shop/a", Direction: "egress", YAML: "podSelector: {}"}, {Policy: "NetworkPolicy shop/new", Written: true}}
	no, then := api.FlowDecision{Verdict: api.FlowNotAllowed, Rules: []int{0}}, api.FlowDecision{Verdict: api.FlowNotAllowed, Rules: []int{1}}
	m.link(a, b, 80, 1)
	m.link(a, b, 81, 2).Now = no
	m.link(a, b, 82, 3).After = then
	m.link(a, b, 83, 0).Configured = []string{"env B of container app"}
	m.link(a, b, 84, 4).Denied = true
	m.link(b, a, 85, 0)
	refused := m.link(b, a, 86, 0)
	refused.Now, refused.After = no, no
	out, errOut := viewText(t, viewEdges, &m.FlowMap, Options{})
	if errOut != "5 edges: 2 used, 2 blocked, 1 configured; 1 would be denied by the new policies; 1 more is allowed and never used\n" {
		t.Error(errOut)
	}
	for port, words := range map[string]string{
		"80": "2026-11-20T08:57:10Z", "81": "× denied today by NetworkPolicy shop/a; the new policies allow it", "82": "× would be denied by the new NetworkPolicy shop/new",
		"83": "configured, never observed: env B of container app", "84": "× refused, or not answered, when it was tried",
	} {
		found := false
		for line := range strings.Lines(out) {
			found = found || strings.Contains(line, "TCP "+port+" ") && strings.HasSuffix(line, words+"\n")
		}
		if !found {
			t.Errorf("no line of port %s that ends with %q:\n%s", port, words, out)
		}
	}
	out, errOut = viewText(t, viewMatrix, &m.FlowMap, Options{})
	if !strings.Contains(out, "80,×81,82,(83),×84") || errOut != "port used, × tried and denied, (port) configured and never used, · allowed and never used, - denied today: 1 of 2 allowed pairs are used, with the new policies 1 of 2\n" {
		t.Error(out, errOut)
	}
}

// TestEdgesFit: nothing is wider than the terminal, and every column is there.
func TestEdgesFit(t *testing.T) {
	m := crowdMap(4, 2, 2)
	m.Places[0].Ref.Name = strings.Repeat("long-", 20)
	m.Places[0].Name = m.Places[0].Ref.From("shop")
	m.Links[1].Names = []string{strings.Repeat("name.", 40) + "example"}
	m.Links[1].Services = []string{"shop/a:30000", "shop/b:30001"}
	for _, width := range []int{20, 80, 100, 120, 200} {
		out, _ := viewText(t, viewEdges, m, Options{Width: width})
		for i, line := range strings.Split(out, "\n") {
			if text(line).width() > max(width, minWidth) {
				t.Errorf("%d wide: %q", width, line)
			}
			if i == 0 && strings.Join(strings.Fields(line), " ") != "FROM TO PORT SVC SEEN ENDS LAST" && width < 200 {
				t.Errorf("%d: %q", width, line)
			}
		}
		if !strings.Contains(out, "2026-11-20") || !strings.Contains(out, "30000,30001") {
			t.Errorf("%d: %s", width, out)
		}
	}
	out, _ := viewText(t, viewEdges, m, Options{})
	if !strings.Contains(out, m.Links[1].Names[0]) || !strings.Contains(out, m.Places[0].Ref.Name) {
		t.Errorf("a pipe is cut: %s", out)
	}
}

// TestFlowViewASCII: no other characters come out.
func TestFlowViewASCII(t *testing.T) {
	m := crowdMap(4, 2, 2)
	m.Places[1].Ref.Name, m.Links[1].Names, m.Links[2].Denied, m.Notes = "é", []string{"ü"}, true, []string{"…"}
	m.Places[1].Name = m.Places[1].Ref.From("shop")
	for _, view := range textViews() {
		out, errOut := viewText(t, view, m, Options{Width: 80, ASCII: true})
		for _, r := range out + errOut {
			if r > '~' {
				t.Fatalf("%s: %q in %s", view, r, out)
			}
		}
	}
}
