package exposure_test

import (
	"strings"
	"testing"
)

const istioAPI = "apiVersion: networking.istio.io/v1, "

func istioGateway(servers string) string {
	return "{" + istioAPI + "kind: Gateway, metadata: {name: edge, namespace: infra}, spec: {servers: [" + servers + "]}}"
}

func virtualService(spec string) string {
	return "{" + istioAPI + "kind: VirtualService, metadata: {name: web}, spec: {hosts: [shop.example.com], gateways: [infra/edge], " + spec + "}}"
}

func TestIstio(t *testing.T) {
	const (
		plain = "{port: {number: 80, protocol: HTTP, name: http}, hosts: ['*']}"
		tls   = "{port: {number: 443, protocol: HTTPS, name: https}, hosts: ['*.example.com'], tls: {mode: SIMPLE}}"
		to    = "route: [{destination: {host: web, port: {number: 80}}}]"
	)
	route := virtualService("http: [{" + to + "}]")
	const way = "VirtualService web: shop.example.com:80 TLS no to 8080, outside"
	check(t, map[string]situation{
		"two servers": {
			[]string{pod, svc, istioGateway(plain + ", " + tls), route},
			[]string{of, way, "VirtualService web: shop.example.com:443 TLS yes to 8080, outside"},
		},
		"a redirection": {
			[]string{pod, svc, istioGateway(strings.Replace(plain, "hosts", "tls: {httpsRedirect: true}, hosts", 1)), route}, []string{of},
		},
		"the only port":        {[]string{pod, svc, istioGateway(plain), strings.Replace(route, ", port: {number: 80}", "", 1)}, []string{of, way}},
		"a name with a domain": {[]string{pod, svc, istioGateway(plain), strings.Replace(route, "host: web", "host: web.shop.svc.cluster.local", 1)}, []string{of, way}},
		"another port":         {[]string{pod, svc, istioGateway(plain), strings.Replace(route, "number: 80", "number: 81", 1)}, []string{of, "note VirtualService web: Service web has no port 81"}},
		"the mesh":             {[]string{pod, svc, istioGateway(plain), strings.Replace(route, "infra/edge", "mesh", 1)}, []string{of}},
		"no gateway named":     {[]string{pod, svc, istioGateway(plain), strings.Replace(route, "gateways: [infra/edge], ", "", 1)}, []string{of}},
		"another gateway":      {[]string{pod, svc, istioGateway(plain), strings.Replace(route, "infra/edge", "edge", 1)}, []string{of}},
		"gateways unread":      {[]string{pod, svc, route, "unread Gateway.networking.istio.io"}, []string{of, "VirtualService web: shop.example.com:0 TLS unknown to 8080, outside, derived"}},
		"gateways not in files": {
			[]string{pod, svc, route, "partial"}, []string{of, "VirtualService web: shop.example.com:0 TLS unknown to 8080, outside, derived"},
		},
		"hosts of another namespace": {[]string{pod, svc, istioGateway(strings.Replace(plain, "'*'", "'./*'", 1)), route}, []string{of}},
		"hosts of its namespace":     {[]string{pod, svc, istioGateway(strings.Replace(plain, "'*'", "'shop/*'", 1)), route}, []string{of, way}},
		"hosts that do not meet":     {[]string{pod, svc, istioGateway(strings.Replace(plain, "'*'", "a.example.org", 1)), route}, []string{of}},
		"a match of another gateway": {[]string{pod, svc, istioGateway(plain), virtualService("http: [{match: [{gateways: [mesh]}], " + to + "}]")}, []string{of}},
		"passed through": {
			[]string{pod, svc, istioGateway("{port: {number: 443, protocol: TLS}, hosts: ['*'], tls: {mode: PASSTHROUGH}}"), virtualService("tls: [{match: [{sniHosts: [shop.example.com]}], " + to + "}]")},
			[]string{of, "VirtualService web: shop.example.com:443 TLS passthrough to 8080, outside"},
		},
		"TCP": {
			[]string{pod, svc, istioGateway("{port: {number: 6000, protocol: TCP}, hosts: ['*']}"), virtualService("tcp: [{" + to + "}]")},
			[]string{of, "VirtualService web: shop.example.com:6000 TLS unknown to 8080, outside"},
		},
		"a mirror": {
			[]string{pod, svc, istioGateway(plain), virtualService("http: [{mirror: {host: web}, route: [{destination: {host: api}}]}]")}, []string{of, way},
		},
		"a delegate": {
			[]string{pod, svc, istioGateway(plain), virtualService("http: [{delegate: {name: other}}]")},
			[]string{of, "doubt VirtualService web: what it delegates to VirtualService other is not evaluated"},
		},
		"from another namespace": {
			[]string{pod, svc, istioGateway(plain), strings.Replace(strings.Replace(route, "name: web}", "name: web, namespace: infra}", 1), "host: web", "host: web.shop", 1)},
			[]string{of, "VirtualService web of namespace infra: shop.example.com:80 TLS no to 8080, outside"},
		},
	})
}

func peers(name, namespace, spec string) string {
	return "{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: " + name + ", namespace: " + namespace + ", creationTimestamp: '2026-01-01T00:00:00Z'}, spec: {" + spec + "}}"
}

func TestMutualTLS(t *testing.T) {
	const (
		meshed   = `{kind: Pod, metadata: {name: web-0, labels: {app: web}}, spec: {containers: [{name: app}, {name: istio-proxy}]}}`
		native   = `{kind: Pod, metadata: {name: web-0, labels: {app: web}}, spec: {initContainers: [{name: istio-proxy, restartPolicy: Always}], containers: [{name: app}]}}`
		bare     = `{kind: Pod, metadata: {name: web-1, labels: {app: web}}, spec: {containers: [{name: app}]}}`
		template = `{kind: Template, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: app}]}}`
		inject   = "{kind: Namespace, metadata: {name: shop, labels: {istio-injection: enabled}}}"
		ambient  = "{kind: Namespace, metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}}"
		linkerd  = "{kind: Namespace, metadata: {name: shop, annotations: {linkerd.io/inject: enabled}}}"
		strict   = "mtls: {mode: STRICT}"
	)
	mesh := peers("default", "istio-system", strict)
	check(t, map[string]situation{
		"no mesh":           {[]string{bare}, nil},
		"outside of a mesh": {[]string{bare, mesh}, nil},
		"Istio's default":   {[]string{meshed}, []string{"mtls permissive: permissive (Istio: no PeerAuthentication)"}},
		"a native sidecar":  {[]string{native, mesh}, []string{"mtls strict: strict (Istio: PeerAuthentication istio-system/default)"}},
		"the whole mesh":    {[]string{meshed, mesh}, []string{"mtls strict: strict (Istio: PeerAuthentication istio-system/default)"}},
		"the namespace":     {[]string{meshed, mesh, peers("own", "shop", "mtls: {mode: PERMISSIVE}")}, []string{"mtls permissive: permissive (Istio: PeerAuthentication shop/own)"}},
		"inherited":         {[]string{meshed, mesh, peers("own", "shop", "mtls: {mode: UNSET}")}, []string{"mtls strict: strict (Istio: PeerAuthentication istio-system/default)"}},
		"the workload":      {[]string{meshed, mesh, peers("own", "shop", "selector: {matchLabels: {app: web}}, mtls: {mode: DISABLE}")}, []string{"mtls off: off (Istio: PeerAuthentication shop/own)"}},
		"another workload":  {[]string{meshed, mesh, peers("own", "shop", "selector: {matchLabels: {app: api}}, mtls: {mode: DISABLE}")}, []string{"mtls strict: strict (Istio: PeerAuthentication istio-system/default)"}},
		"another namespace": {[]string{meshed, peers("own", "other", strict)}, []string{"mtls permissive: permissive (Istio: no PeerAuthentication)"}},
		"the oldest of two": {[]string{meshed, peers("a", "shop", strict), strings.Replace(peers("b", "shop", "mtls: {mode: DISABLE}"), "2026", "2025", 1)}, []string{"mtls off: off (Istio: PeerAuthentication shop/b)"}},
		"a port": {
			[]string{meshed, mesh, peers("own", "shop", "selector: {matchLabels: {app: web}}, portLevelMtls: {'8080': {mode: PERMISSIVE}, '90': {mode: STRICT}}")},
			[]string{"mtls partly: strict (Istio: PeerAuthentication istio-system/default); port 8080 permissive"},
		},
		"past the sidecar": {
			[]string{strings.Replace(meshed, "labels:", `annotations: {traffic.sidecar.istio.io/excludeInboundPorts: "9090,9091"}, labels:`, 1), mesh},
			[]string{"mtls partly: strict (Istio: PeerAuthentication istio-system/default); past the proxy: port 9090, 9091"},
		},
		"not understood":       {[]string{meshed, peers("own", "shop", "mtls: {mode: MAYBE}")}, []string{"mtls unknown: unknown (Istio: PeerAuthentication shop/own is not understood)"}},
		"another shape":        {[]string{meshed, peers("own", "shop", "mtls: STRICT")}, []string{"mtls unknown: unknown (Istio: PeerAuthentication shop/own is not understood)"}},
		"unread":               {[]string{meshed, "unread PeerAuthentication.security.istio.io"}, []string{"mtls unknown: unknown (Istio): PeerAuthentication.security.istio.io not readable"}},
		"some pods":            {[]string{meshed, bare, mesh}, []string{"mtls partly: partly: some of the pods are outside of the mesh"}},
		"ambient":              {[]string{bare, ambient, mesh}, []string{"mtls strict: strict (Istio ambient: PeerAuthentication istio-system/default)"}},
		"ambient, off":         {[]string{bare, ambient, peers("own", "shop", "mtls: {mode: DISABLE}")}, []string{"mtls permissive: permissive (Istio ambient: PeerAuthentication shop/own)"}},
		"to be injected":       {[]string{template, inject, mesh}, []string{"mtls strict: strict (Istio, once injected: PeerAuthentication istio-system/default)"}},
		"not to be injected":   {[]string{strings.Replace(template, "app: web}", "app: web, sidecar.istio.io/inject: 'false'}", 1), inject, mesh}, []string{"mtls none: none: the namespace is in the Istio mesh, and the pods are not"}},
		"before the injection": {[]string{template, bare, inject, mesh}, []string{"mtls none: none: the namespace is in the Istio mesh, and the pods are not"}},
		"files":                {[]string{template, inject, "partial"}, []string{"mtls unknown: unknown (Istio, once injected): the files hold no PeerAuthentication that holds for it"}},
		"Linkerd":              {[]string{template, linkerd}, []string{"mtls permissive: permissive (Linkerd: default-inbound-policy unset; its Servers were not read)"}},
		"Linkerd, strict": {
			[]string{`{kind: Pod, metadata: {name: p, annotations: {config.linkerd.io/default-inbound-policy: deny, config.linkerd.io/skip-inbound-ports: "25"}}, spec: {containers: [{name: linkerd-proxy, env: [{name: LINKERD2_PROXY_INBOUND_DEFAULT_POLICY, value: all-authenticated}]}]}}`},
			[]string{"mtls partly: strict (Linkerd: default-inbound-policy all-authenticated); past the proxy: port 25"},
		},
	})
}
