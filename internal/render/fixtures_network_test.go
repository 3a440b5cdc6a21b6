package render

import (
	"fmt"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// isolated is a direction with n rules.
func isolated(n int) api.Direction {
	d := api.Direction{Isolated: true, Policies: []string{"web"}, Allows: []string{}, Rules: []api.NetworkRule{}, Reach: []api.Reached{
		{Peer: "API server", Allowed: "no", By: "no rule"}, {Peer: "DNS", Allowed: "yes", By: "policy web rule 4"},
		{Peer: "169.254.169.254", Allowed: "no"}, {Peer: "internet", Allowed: "partly"},
		{Peer: "its namespace", Allowed: "depends"}, {Peer: "other namespaces", Allowed: "unknown"},
	}}
	for i := range n {
		d.Rules = append(d.Rules, []api.NetworkRule{
			{Peer: "deploy/cart", Ports: []string{"7070"}, Policy: "web", Rule: i + 1},
			{Peer: "pods k8s-app=kube-dns of namespaces kubernetes.io/metadata.name=kube-system", Ports: []string{"53; UDP 53"}, Policy: "web", Rule: i + 1},
			{Peer: "198.51.100.0/24 but 198.51.100.7/32", Ports: []string{"80, 8000-8080; UDP 53, 5353; SCTP", "metrics"}, Policy: "web-with-a-long-name", Rule: i + 1},
			{Peer: "anybody", Ports: []string{"any port"}, Policy: "web", Rule: i + 1},
		}[i%4])
	}
	for _, r := range d.Rules {
		d.Allows = append(d.Allows, r.Peer)
	}
	return d
}

func openDirection() api.Direction {
	return api.Direction{Policies: []string{}, Allows: []string{"any"}, Rules: []api.NetworkRule{}, Reach: []api.Reached{}}
}

func onNetwork(name string, n api.Network, findings ...api.Finding) api.Item {
	item := clean()
	item.Ref.Name = name
	item.Findings = nil
	item = add(item, findings...)
	item.Network = &n
	return item
}

// openNetwork has no policy; its findings say so.
func openNetwork() api.Item {
	const m = api.SeverityMedium
	return onNetwork("open", api.Network{
		Egress: openDirection(), Ingress: openDirection(), Enforced: "kube-router",
		Services: []api.ServicePort{{Service: "checkout", Type: "ClusterIP", Port: 5050, Target: "5050", Protocol: "TCP"}},
		Exposed:  []api.Exposure{}, Unknown: []string{}, Notes: []string{},
	}, finding(m, "netpol-none-egress", "no policy isolates its egress"), finding(m, "netpol-none-ingress", "no policy isolates its ingress"))
}

// exposedNetwork has some of everything.
func exposedNetwork() api.Item {
	accepted := with(finding(api.SeverityMedium, "netpol-none-ingress", "no policy isolates its ingress"), api.StatusAccepted)
	accepted.Acceptance = &api.Acceptance{Reason: "public", Owner: "team-shop", Origin: "annotation"}
	return onNetwork("exposed", api.Network{
		Egress: isolated(4), Ingress: openDirection(), MTLSMode: "permissive", MTLS: "permissive (PeerAuthentication shop/default): plain connections are taken too",
		Services: []api.ServicePort{
			{Service: "web", Type: "ClusterIP", Port: 80, Target: "8080", Protocol: "TCP"},
			{Service: "web", Type: "ClusterIP", Port: 9090, Target: "metrics", Protocol: "TCP"},
			{Service: "dns", Type: "LoadBalancer", Port: 53, Target: "53", Protocol: "UDP"},
			{Service: "other", Type: "NodePort", Port: 12345, Target: "12345", Protocol: "TCP"},
		},
		Exposed: []api.Exposure{
			{Via: "Ingress web", Hosts: []string{"shop.example.com", "www.shop.example.com"}, Port: 443, Target: "8080", TLS: api.TLSYes, From: []string{}, Reach: api.ReachOutside},
			{Via: "Service dns (LoadBalancer)", Hosts: []string{}, Port: 53, Target: "53", TLS: api.TLSNo, From: []string{"198.51.100.0/24"}, Reach: api.ReachPrivate},
			{Via: "Service other (NodePort)", Hosts: []string{}, Port: 30080, Target: "12345", TLS: api.TLSUnknown, From: []string{}, Reach: api.ReachNodes},
			{Via: "HTTPRoute web", Hosts: []string{"*"}, Target: "8080", TLS: api.TLSPassthrough, From: []string{}, Reach: api.ReachOutside, Derived: true},
		},
		MayExpose: []string{"Gateway ingress/public: listeners not readable (forbidden)"},
		Unknown:   []string{"ciliumnetworkpolicies in namespace shop not readable"},
		Notes:     []string{"NetworkPolicy web: rule 3 selects no pod", "policies select it, and what enforces them does not show"},
	}, accepted, finding(api.SeverityMedium, "exposed", "internet, TLS, by Ingress web"), finding(api.SeverityLow, "netpol-allow-all", "policy web rule 4 lets anybody through"))
}

// manyRules has more of everything than a page is to show.
func manyRules() api.Item {
	item := onNetwork("many", api.Network{Egress: isolated(30), Ingress: isolated(0), Enforced: "nothing: flannel enforces none"})
	item.Network.Ingress.Policies = []string{"a", "b", "c", "default-deny", "e"}
	for i := range 30 {
		item.Network.Exposed = append(item.Network.Exposed, api.Exposure{Via: fmt.Sprint("Ingress web-", i), Port: 80, Target: "80", TLS: api.TLSNo})
		item.Network.Services = append(item.Network.Services, api.ServicePort{Service: fmt.Sprint("web-", i), Type: "ClusterIP", Port: 80, Target: "80", Protocol: "TCP"})
	}
	return item
}

// servicePages are of Services that are exposed in every way, and of one that is not read.
func servicePages() *api.Report {
	rowOf := func(id, title, status, how, by string) api.Row {
		return api.Row{ID: id, Title: title, Status: status, Evidence: []string{how, by}, Standards: []string{}}
	}
	report := reportOf("v1.36.3", api.Scope{Namespaces: []string{"shop"}, Targets: []string{"svc/web", "svc/hand"}})
	report.Pages = []api.Page{
		{Type: "service", Namespace: "shop", Name: "web", Summary: "LoadBalancer; svc/web leads to deploy/web", Rows: []api.Row{
			rowOf("reach", "pods app=front (deploy/front)", "yes", "TCP 8080", "policy shop/web ingress rule 1"),
			rowOf("reach", "pods app=x of namespaces team=a", "unknown", "TCP 8080 (the API server refuses the policy as it is written)", "policy shop/odd ingress rule 2"),
			rowOf("exposed", "outside the cluster", "yes", "shop.example.com, www.shop.example.com 443 to 8080, TLS", "Ingress web"),
			rowOf("exposed", "198.51.100.0/24, 203.0.113.0/24", "yes", "80 to 8080, TLS not known, nothing shows that it is served", "Service web (LoadBalancer)"),
			rowOf("exposed", "whoever reaches a node", "yes", "30080 to 8080, TLS not known", "Service web (NodePort)"),
			rowOf("unknown", "outside the cluster", "unknown", "Route web of OpenShift leads to Service web, and is not evaluated", ""),
			rowOf("note", "note", "yes", "HTTPRoute web: Service web has no port 81", ""),
		}},
		{Type: "service", Namespace: "shop", Name: "hand", Summary: "ClusterIP; service \"hand\" has no selector, and its endpoints are not known: list endpointslices.discovery.k8s.io in namespace shop: forbidden; name the pods or the address that it leads to", Rows: []api.Row{}},
	}
	return report
}

// networks are fixtures of who reaches pods.
func networks() map[string]*api.Report {
	unknown := api.Direction{Unknown: true}
	one := func(item api.Item) *api.Report { return page1(item, "v1.36.3") }
	host := onNetwork("host", api.Network{Host: true, Ingress: openDirection(), Egress: openDirection(), Enforced: "kube-router"},
		finding(api.SeverityHigh, "hostnetwork-bypass", "on the host's network, where no policy holds"))
	unread := onNetwork("unread", api.Network{
		Ingress: unknown, Egress: unknown, Unknown: []string{"networkpolicies in namespace shop not readable"}, Enforced: "nothing",
	}, with(finding(api.SeverityMedium, "netpol-none-egress", "networkpolicies could not be read"), api.StatusUnknown))
	files := onNetwork("files", api.Network{Ingress: isolated(1), Egress: unknown, Derived: true})
	return map[string]*api.Report{
		"net-service": servicePages(), "net-open": one(openNetwork()), "net-exposed": one(exposedNetwork()), "net-many": one(manyRules()), "net-host": one(host), "net-unread": one(unread), "net-files": fromFile(files),
		"net-table": reportOf("v1.36.3", api.Scope{Namespaces: []string{"shop"}}, openNetwork(), exposedNetwork(), manyRules(), host, unread, files, clean()),
	}
}

func reachabilities() map[string]*api.Reachability {
	open := "no policy selects it"
	return map[string]*api.Reachability{
		"yes": {
			From: "deploy/checkout", To: "svc/mail:5000", Ports: "TCP 8080", Allowed: "yes", Egress: []string{open}, Ingress: []string{open},
			Enforced: "kube-router", Notes: []string{"Service mail: port 5000 leads to 8080 of deploy/mail"},
		},
		"no": {
			From: "deploy/mail", To: "sts/redis:6379", Ports: "TCP 6379", Allowed: "no", Egress: []string{open},
			Ingress: []string{"policy shop/redis-in ingress rule 1: does not select the peer"}, Enforced: "kube-router",
		},
		"partly": {
			From: "deploy/web", To: "198.51.100.0/24", Ports: "any port", Allowed: "partly",
			Egress: []string{"policy shop/web egress rule 2", "policy shop/web-with-a-very-long-name-that-goes-on-and-on egress rule 17: does not select the peer (perhaps)"},
		},
		"depends": {
			From: "deploy/web", To: "ds/node-agent", Ports: "TCP 53; UDP 53", Allowed: "depends", Ingress: []string{"on the host's network"},
			Notes: []string{"ds/node-agent: its pods are on the host's network"}, Enforced: "nothing: flannel enforces none",
		},
		"unread": {
			From: "deploy/web", To: "deploy/cart", Ports: "any port", Allowed: "yes", Egress: []string{open},
			Unknown: []string{"list networkpolicies in shop: forbidden", "list pods in all namespaces: forbidden"},
		},
	}
}
