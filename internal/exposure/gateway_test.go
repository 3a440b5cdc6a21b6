package exposure_test

import (
	"strings"
	"testing"
)

const (
	gatewayAPI = "apiVersion: gateway.networking.k8s.io/v1, "
	// all lets routes of every namespace in.
	all = "allowedRoutes: {namespaces: {from: All}}"
)

func gateway(listeners string) string {
	return "{" + gatewayAPI + "kind: Gateway, metadata: {name: edge, namespace: infra}, spec: {listeners: [" + listeners + "]}}"
}

func httpRoute(spec string) string {
	return "{" + gatewayAPI + "kind: HTTPRoute, metadata: {name: web}, spec: {parentRefs: [{name: edge, namespace: infra}], " + spec + "}}"
}

func accepted(status string) string {
	return ", status: {parents: [{parentRef: {name: edge, namespace: infra}, conditions: [{type: Accepted, status: '" + status + "'}]}]}}"
}

func TestGatewayAPI(t *testing.T) {
	const (
		rules = "rules: [{backendRefs: [{name: web, port: 80}]}]"
		web   = "{name: web, port: 80, protocol: HTTP, " + all + "}"
		tls   = "{name: tls, port: 443, protocol: HTTPS, hostname: '*.example.com', " + all + "}"
	)
	route := httpRoute("hostnames: [shop.example.com], " + rules)
	with := func(status string) string { return strings.TrimSuffix(route, "}") + accepted(status) }
	check(t, map[string]situation{
		"two listeners": {
			[]string{pod, svc, gateway(web + ", " + tls), with("True")},
			[]string{of, "HTTPRoute web: shop.example.com:80 TLS no to 8080, outside", "HTTPRoute web: shop.example.com:443 TLS yes to 8080, outside"},
		},
		"paths": {
			[]string{pod, svc, gateway(web), strings.TrimSuffix(httpRoute("rules: [{matches: [{path: {value: /api}}, {path: {type: Exact, value: /login}}, {path: {type: RegularExpression, value: '/v[0-9]'}}], backendRefs: [{name: web, port: 80}]}]"), "}") + accepted("True")},
			[]string{of, "HTTPRoute web: /api/* /login ~/v[0-9]:80 TLS no to 8080, outside"},
		},
		"a match without a path": {
			[]string{pod, svc, gateway(web), strings.TrimSuffix(httpRoute("rules: [{matches: [{path: {value: /api}}, {method: GET}], backendRefs: [{name: web, port: 80}]}]"), "}") + accepted("True")},
			[]string{of, "HTTPRoute web: :80 TLS no to 8080, outside"},
		},
		"without status": {[]string{pod, svc, gateway(web), route}, []string{of, "HTTPRoute web: shop.example.com:80 TLS no to 8080, outside, derived"}},
		"not accepted":   {[]string{pod, svc, gateway(web), with("False")}, []string{of}},
		"hosts that do not meet": {
			[]string{pod, svc, gateway("{name: x, port: 80, protocol: HTTP, hostname: a.example.org, " + all + "}"), with("True")}, []string{of},
		},
		"a section": {
			[]string{pod, svc, gateway(web + ", " + tls), strings.Replace(route, "namespace: infra", "namespace: infra, sectionName: tls", 1)},
			[]string{of, "HTTPRoute web: shop.example.com:443 TLS yes to 8080, outside, derived"},
		},
		"a port": {
			[]string{pod, svc, gateway(web + ", " + tls), strings.Replace(route, "namespace: infra", "namespace: infra, port: 443", 1)},
			[]string{of, "HTTPRoute web: shop.example.com:443 TLS yes to 8080, outside, derived"},
		},
		"routes of its own namespace": {[]string{pod, svc, gateway("{name: x, port: 80, protocol: HTTP}"), route}, []string{of}},
		"namespaces by label": {
			[]string{
				pod, svc, "{kind: Namespace, metadata: {name: shop, labels: {team: a}}}", route,
				gateway("{name: x, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {team: a}}}}}, {name: z, port: 81, protocol: HTTP, allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {team: b}}}}}"),
			},
			[]string{of, "HTTPRoute web: shop.example.com:80 TLS no to 8080, outside, derived"},
		},
		"another protocol": {[]string{pod, svc, gateway("{name: x, port: 80, protocol: TCP, " + all + "}"), route}, []string{of}},
		"another kind":     {[]string{pod, svc, gateway("{name: x, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}, kinds: [{kind: GRPCRoute}]}}"), route}, []string{of}},
		"passed through": {
			[]string{pod, svc, gateway("{name: x, port: 443, protocol: TLS, tls: {mode: Passthrough}, " + all + "}"), strings.Replace(route, "HTTPRoute", "TLSRoute", 1)},
			[]string{of, "TLSRoute web: shop.example.com:443 TLS passthrough to 8080, outside, derived"},
		},
		"TCP": {
			[]string{pod, svc, gateway("{name: x, port: 6000, protocol: TCP, " + all + "}"), strings.Replace(httpRoute(rules), "HTTPRoute", "TCPRoute", 1)},
			[]string{of, "TCPRoute web: :6000 TLS unknown to 8080, outside, derived"},
		},
		"a mirror": {
			[]string{pod, svc, gateway(web), httpRoute("rules: [{filters: [{type: RequestMirror, requestMirror: {backendRef: {name: web, port: 80}}}], backendRefs: [{name: api, port: 80}]}]")},
			[]string{of, "HTTPRoute web: :80 TLS no to 8080, outside, derived"},
		},
		"no weight":               {[]string{pod, svc, gateway(web), httpRoute("rules: [{backendRefs: [{name: web, port: 80, weight: 0}]}]")}, []string{of}},
		"another kind of backend": {[]string{pod, svc, gateway(web), httpRoute("rules: [{backendRefs: [{group: x.io, kind: Bucket, name: web, port: 80}]}]")}, []string{of}},
		"no such Gateway":         {[]string{pod, svc, route}, []string{of}},
		"Gateways unread":         {[]string{pod, svc, route, "unread Gateway.gateway.networking.k8s.io"}, []string{of, "HTTPRoute web: shop.example.com:0 TLS unknown to 8080, outside, derived"}},
		"Gateways not in files":   {[]string{pod, svc, route, "partial"}, []string{of, "HTTPRoute web: shop.example.com:0 TLS unknown to 8080, outside, derived"}},
		"a Gateway refused": {
			[]string{pod, svc, strings.TrimSuffix(gateway(web), "}") + ", status: {conditions: [{type: Accepted, status: 'False'}]}}", route}, []string{of},
		},
		"a private address": {
			[]string{pod, svc, strings.TrimSuffix(gateway(web), "}") + ", status: {addresses: [{type: IPAddress, value: 10.0.0.3}]}}", route},
			[]string{of, "HTTPRoute web: shop.example.com:80 TLS no to 8080, private, derived"},
		},
		"inside the mesh": {[]string{pod, svc, strings.Replace(httpRoute(rules), "{name: edge, namespace: infra}", "{group: '', kind: Service, name: web}", 1)}, []string{of}},
		"a parent of another kind": {
			[]string{pod, svc, strings.Replace(httpRoute(rules), "{name: edge, namespace: infra}", "{kind: ListenerSet, name: l}", 1)},
			[]string{of, "doubt HTTPRoute web: its parent ListenerSet l is not evaluated"},
		},
	})
}

func TestReferenceGrants(t *testing.T) {
	route := "{" + gatewayAPI + "kind: HTTPRoute, metadata: {name: web, namespace: infra}, spec: {parentRefs: [{name: edge}], rules: [{backendRefs: [{name: web, namespace: shop, port: 80}]}]}}"
	grant := "{" + gatewayAPI + "kind: ReferenceGrant, metadata: {name: g}, spec: {from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: infra}], to: [{group: '', kind: Service}]}}"
	edge := gateway("{name: web, port: 80, protocol: HTTP}")
	const way = "HTTPRoute web of namespace infra: :80 TLS no to 8080, outside, derived"
	check(t, map[string]situation{
		"granted":               {[]string{pod, svc, edge, route, grant}, []string{of, way}},
		"not granted":           {[]string{pod, svc, edge, route}, []string{of}},
		"granted to another":    {[]string{pod, svc, edge, route, strings.Replace(grant, "namespace: infra", "namespace: other", 1)}, []string{of}},
		"granted to GRPCRoutes": {[]string{pod, svc, edge, route, strings.Replace(grant, "kind: HTTPRoute", "kind: GRPCRoute", 1)}, []string{of}},
		"granted of another":    {[]string{pod, svc, edge, route, strings.Replace(grant, "kind: Service", "kind: Service, name: api", 1)}, []string{of}},
		"routes of its own namespace": {
			[]string{pod, svc, edge, grant, "own routes"}, []string{of, "doubt HTTPRoutes of namespace infra, which ReferenceGrant g lets in, were not read"},
		},
		"grants that were not read": {[]string{pod, svc, edge, route, "unread ReferenceGrant.gateway.networking.k8s.io"}, []string{of, way}},
	})
}

// TestBadShapes gives objects of other shapes: each is a doubt.
func TestBadShapes(t *testing.T) {
	edge := gateway("{name: web, port: 80, protocol: HTTP, " + all + "}")
	for name, doc := range map[string]string{
		"rules":       httpRoute("rules: {backendRefs: 1}"),
		"backendRefs": httpRoute("rules: [{backendRefs: web}]"),
		"parentRefs":  "{" + gatewayAPI + "kind: HTTPRoute, metadata: {name: web}, spec: {parentRefs: edge}}",
		"spec":        "{" + gatewayAPI + "kind: HTTPRoute, metadata: {name: web}, spec: []}",
		"port":        httpRoute("rules: [{backendRefs: [{name: api, port: 70000}]}]"),
		"hostnames":   httpRoute("hostnames: [1], rules: [{backendRefs: [{name: api, port: 1}]}]"),
		"http":        virtualService("http: 3"),
		"destination": virtualService("http: [{route: [{destination: web}]}]"),
	} {
		t.Run(name, func(t *testing.T) {
			got := strings.Join(ask(t, pod, svc, edge, doc), "\n")
			if !strings.Contains(got, "doubt ") || !strings.Contains(got, " web: "+name+" is not understood") {
				t.Error(got)
			}
		})
	}
	got := strings.Join(ask(t, pod, svc, gateway("{name: web, port: 0, protocol: HTTP, "+all+"}"), httpRoute("rules: [{backendRefs: [{name: web, port: 80}]}]")), "\n")
	if !strings.Contains(got, "HTTPRoute web: :0 ") || !strings.Contains(got, "doubt Gateway edge: port is not understood") {
		t.Error(got)
	}
}
