package render

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// pageMap builds maps of flows for tests by names: "shop/cart" is a Deployment.
type pageMap struct {
	api.FlowMap
	index map[string]int
	rules map[string]int
}

func newPageMap(scope string) *pageMap {
	lost := int64(12)
	return &pageMap{index: map[string]int{}, rules: map[string]int{}, FlowMap: api.FlowMap{
		Scope: scope, Window: api.Window{From: "2026-11-19T09:00:00Z", To: "2026-11-20T09:00:00Z"},
		Sources: []api.ObservedSource{{
			Name: "flows.json", Format: api.FormatHubble, Window: api.Window{From: "2026-11-19T09:00:00Z", To: "2026-11-20T09:00:00Z"},
			Parsed: 1048576, Skipped: 3, Lost: &lost, Faults: []api.Fault{{Reason: "no JSON", Count: 3, Offset: 77}}, Blind: []string{"traffic within a node"},
		}},
		Notes: []string{"Cilium enforces policies here", "2 edges have an end that is not known"},
	}}
}

func (m *pageMap) workload(kind, namespace, name string, subject bool) {
	ref := &api.Ref{APIVersion: "apps/v1", Kind: kind, Namespace: namespace, Name: name}
	m.index[namespace+"/"+name] = len(m.Places)
	m.Places = append(m.Places, api.FlowPlace{Kind: api.EndWorkload, Ref: ref, Name: ref.From("shop"), Subject: subject, Pods: 1 + len(name)%3})
}

func (m *pageMap) outside(kind api.EndKind, name string) {
	m.index[name] = len(m.Places)
	m.Places = append(m.Places, api.FlowPlace{Kind: kind, Name: name})
}

// rule is that of a policy of the workload for a port of a peer.
func (m *pageMap) rule(of, direction, peer, port string, written bool) int {
	namespace, name, _ := strings.Cut(of, "/")
	key := fmt.Sprint(of, direction, peer, port, written)
	if at, known := m.rules[key]; known {
		return at
	}
	_, app, _ := strings.Cut(peer, "/")
	side := map[string]string{"ingress": "from", "egress": "to"}[direction]
	r := api.FlowRule{
		Policy: "NetworkPolicy " + namespace + "/" + name, Direction: direction, Written: written,
		YAML: fmt.Sprintf("- %s:\n  - podSelector:\n      matchLabels:\n        app: %s\n  ports:\n  - protocol: TCP\n    port: %s\n", side, cmp.Or(app, peer), port),
	}
	if written {
		r.Reasons = []string{peer + " 61x, both ends, last 2026-11-20T08:57:10Z"}
	}
	m.rules[key] = len(m.Rules)
	m.Rules = append(m.Rules, r)
	return m.rules[key]
}

// used is a link that was observed, that is allowed today by nothing, and then by rules.
func (m *pageMap) used(from, to string, port int32, count int64) *api.FlowLink {
	after := api.FlowDecision{Verdict: api.FlowAllowed}
	if m.Places[m.index[from]].Subject {
		after.Rules = append(after.Rules, m.rule(from, "egress", to, fmt.Sprint(port), true))
	}
	if m.Places[m.index[to]].Subject {
		after.Rules = append(after.Rules, m.rule(to, "ingress", from, fmt.Sprint(port), true))
	}
	m.Links = append(m.Links, api.FlowLink{
		From: m.index[from], To: m.index[to], Protocol: "TCP", Port: port, Count: count,
		First: "2026-11-19T09:00:04Z", Last: "2026-11-20T08:57:10Z", Seen: []string{api.SeenFromClient, api.SeenFromServer},
		Now: api.FlowDecision{Verdict: api.FlowAllowed}, After: after,
	})
	return &m.Links[len(m.Links)-1]
}

// unused is allowed alone today, and refused by the policies that are written.
func (m *pageMap) unused(from, to int, port int32, after string) {
	m.Links = append(m.Links, api.FlowLink{
		From: from, To: to, Protocol: "TCP", Port: port, Now: api.FlowDecision{Verdict: api.FlowAllowed}, After: api.FlowDecision{Verdict: after},
	})
}

func (m *pageMap) sorted() *api.FlowMap {
	slices.SortStableFunc(m.Links, func(a, b api.FlowLink) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), strings.Compare(a.Protocol, b.Protocol), cmp.Compare(a.Port, b.Port))
	})
	return &m.FlowMap
}

// pageShop is a shop of 12 workloads in three namespaces, with what is outside of them.
func pageShop() *api.FlowMap {
	m := newPageMap("namespace shop")
	m.workload("Deployment", "ingress", "traefik", false)
	m.workload("DaemonSet", "monitoring", "node-agent", false)
	m.workload("StatefulSet", "monitoring", "prometheus", false)
	for _, name := range []string{"cart", "catalog", "checkout", "mail", "payment", "web"} {
		m.workload("Deployment", "shop", name, true)
	}
	m.workload("CronJob", "shop", "nightly", true)
	m.workload("StatefulSet", "shop", "db", true)
	m.workload("StatefulSet", "shop", "redis", true)
	m.Places[1].HostNetwork = true
	m.outside(api.EndAPIServer, "the API server")
	m.outside(api.EndAddress, "198.51.100.40")
	m.outside(api.EndName, "smtp.example.com")
	m.outside(api.EndUnknown, "10.0.9.9")
	m.shopLinks()
	for from := range 12 {
		for to := 3; to < 12; to++ {
			if !slices.ContainsFunc(m.Links, func(l api.FlowLink) bool { return l.From == from && l.To == to }) {
				after := api.FlowNotAllowed
				if to == 4 {
					after = api.FlowAllowed
				}
				m.unused(from, to, 8080, after)
			}
		}
	}
	return m.sorted()
}

func (m *pageMap) shopLinks() {
	m.used("ingress/traefik", "shop/web", 8080, 91234)
	m.used("shop/web", "shop/cart", 7070, 412).Services = []string{"shop/cart:80"}
	m.used("shop/web", "shop/catalog", 3550, 5120)
	m.used("shop/web", "shop/checkout", 5050, 61)
	m.used("shop/checkout", "shop/cart", 7070, 61)
	m.used("shop/checkout", "shop/catalog", 3550, 66)
	m.used("shop/checkout", "shop/payment", 50051, 57).Services = []string{"shop/payment:443"}
	m.used("shop/checkout", "shop/mail", 8080, 57).Guessed = true
	m.used("shop/cart", "shop/redis", 6379, 388)
	m.used("shop/redis", "shop/redis", 16379, 20000)
	m.used("shop/catalog", "shop/db", 5432, 9100)
	m.used("shop/nightly", "the API server", 6443, 12)
	m.used("shop/payment", "198.51.100.40", 443, 118).Names = []string{"api.pay.example"}
	m.used("monitoring/prometheus", "shop/cart", 9090, 5760)
	blocked := m.used("shop/mail", "shop/db", 5432, 3)
	blocked.Denied = true
	blocked.Now = api.FlowDecision{Verdict: api.FlowNotAllowed, Rules: []int{m.rule("shop/db", "ingress", "shop/catalog", "5432", false)}}
	blocked.After = blocked.Now
	unknown := m.used("10.0.9.9", "shop/web", 8080, 7)
	unknown.Now.Verdict, unknown.After.Verdict = api.FlowUndecided, api.FlowUndecided
	configured := m.used("shop/mail", "smtp.example.com", 587, 0)
	configured.First, configured.Last, configured.Seen, configured.Configured = "", "", nil, []string{"env SMTP_ADDR of container app"}
	configured.After = api.FlowDecision{Verdict: api.FlowNotAllowed}
}

// pageCrowd is n workloads in namespaces of 25, some thousand links that were observed, and the
// others of all pairs, which are allowed alone.
func pageCrowd(n int) *api.FlowMap {
	m := newPageMap("all namespaces")
	var names []string
	for i := range n {
		namespace := fmt.Sprintf("team-%02d", i/25)
		name := fmt.Sprintf("%s-%03d", []string{"orders-api", "billing-worker", "search", "very-long-name-of-a-frontend-gateway", "cache"}[i%5], i)
		m.workload([]string{"Deployment", "StatefulSet"}[i%2], namespace, name, true)
		names = append(names, namespace+"/"+name)
	}
	m.outside(api.EndAPIServer, "the API server")
	for i := range 40 {
		m.outside(api.EndAddress, fmt.Sprintf("198.51.100.%d", i))
	}
	for i, name := range names {
		for k := range 8 {
			to := (i/25*25 + (i*7+k*k*3+k)%25) % n
			if k > 5 {
				to = (i*13 + k*31) % n
			}
			m.used(name, names[to], int32(8000+k), int64(1)<<(uint(i+k)%20))
		}
		m.used(name, fmt.Sprintf("198.51.100.%d", i%40), 443, int64(i))
	}
	for from := range n {
		for to := range n {
			m.unused(from, to, 9000, []string{api.FlowNotAllowed, api.FlowAllowed}[(from+to)%9/8])
		}
	}
	return m.sorted()
}
