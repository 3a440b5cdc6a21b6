package assess

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Parts of the clusters below. The container of web has ports with names.
func webWorkload() string {
	return webOf("{name: c, image: i, ports: [{name: http, containerPort: 8080}, {name: metrics, containerPort: 9102}]}")
}

func webService(rest string) string {
	return "{apiVersion: v1, kind: Service, metadata: {name: web, labels: {app: web}}, spec: {selector: {app: web}, " + rest + "}}"
}

type callerCase struct {
	docs []string
	want []string
}

// checkCallers compares the callers and hints, in any order of the documents.
func checkCallers(t *testing.T, cases map[string]callerCase) {
	t.Helper()
	for name, test := range cases {
		for _, reverse := range []bool{false, true} {
			docs := slices.Clone(test.docs)
			if reverse {
				slices.Reverse(docs)
			}
			if diff := cmp.Diff(test.want, callerText(situationOf(t, readFiles(t, docs...)))); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
	}
}

func TestSituationCallbacks(t *testing.T) {
	hook := func(kind, client string) string {
		return "{apiVersion: admissionregistration.k8s.io/v1, kind: " + kind + ", metadata: {name: checks}, webhooks: [{name: a.example.com, clientConfig: " + client + "}]}"
	}
	const to = "{service: {namespace: shop, name: web%s}}"
	const validating, mutating = "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"
	service := webService("ports: [{port: 443, targetPort: http}, {name: other, port: 8443}]")
	const called = "Deployment shop/web from anybody on TCP 8080: the API server calls it for "
	hand := []string{
		strings.Replace(strings.Replace(service, "selector: {app: web}, ", "", 1), "{port: 443, targetPort: http}", "{name: hook, port: 443}", 1),
		"{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}, endpoints: [{addresses: ['::ffff:10.1.0.5', 192.0.2.1, nonsense]}], ports: [{name: hook, port: 8080}]}",
		"{apiVersion: v1, kind: Pod, metadata: {name: p, labels: {app: p}}, spec: {containers: [{name: c, image: i}]}, status: {podIPs: [{ip: 10.1.0.5}]}}",
		hook(validating, fmt.Sprintf(to, "")),
	}
	checkCallers(t, map[string]callerCase{
		"validating": {[]string{webWorkload(), service, hook(validating, fmt.Sprintf(to, ""))}, []string{called + validating + " checks"}},
		"mutating":   {[]string{webWorkload(), service, hook(mutating, fmt.Sprintf(to, ", port: 8443"))}, []string{strings.Replace(called, "8080", "8443", 1) + mutating + " checks"}},
		"an APIService": {
			[]string{webWorkload(), service, "{apiVersion: apiregistration.k8s.io/v1, kind: APIService, metadata: {name: v1.x}, spec: {service: {namespace: shop, name: web}}}"},
			[]string{called + "APIService v1.x"},
		},
		"a conversion": {
			[]string{webWorkload(), service, "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: a.x}, spec: {conversion: {webhook: {clientConfig: {service: {namespace: shop, name: web}}}}}}"},
			[]string{called + "CustomResourceDefinition a.x"},
		},
		"by hand":         {hand, []string{"Pod shop/p from anybody on TCP 8080: the API server calls it for " + validating + " checks"}},
		"a URL":           {[]string{webWorkload(), service, hook(validating, "{url: 'https://example.com'}")}, nil},
		"no such Service": {[]string{webWorkload(), hook(validating, fmt.Sprintf(to, ""))}, nil},
		"no such port":    {[]string{webWorkload(), service, hook(validating, fmt.Sprintf(to, ", port: 9"))}, nil},
		"no such name": {
			[]string{webOf("{name: c}"), service, hook(validating, fmt.Sprintf(to, ""))},
			[]string{"hint Deployment shop/web: ValidatingWebhookConfiguration checks leads nowhere: no pod of Service shop/web has its target port http"},
		},
		"on the network of its node": {
			[]string{"{apiVersion: v1, kind: Pod, metadata: {name: p, labels: {app: web}}, spec: {hostNetwork: true, containers: [{name: c, ports: [{name: http, containerPort: 80}]}]}}", service, hook(validating, fmt.Sprintf(to, ""))},
			nil,
		},
	})
}

func TestSituationScrapes(t *testing.T) {
	const server = "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: prom, namespace: monitoring}, spec: {selector: {matchLabels: {app: prom}}, template: {metadata: {labels: {app: prom}}, spec: {containers: [{name: c, image: 'quay.io:443/prometheus/prometheus:v3@sha256:0'}]}}}}"
	const labelled = "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: monitoring, labels: {app.kubernetes.io/name: prometheus}}, spec: {hostNetwork: true, containers: [{name: c, image: vm}]}}"
	monitor := func(kind, spec string) string {
		return "{apiVersion: monitoring.coreos.com/v1, kind: " + kind + ", metadata: {name: m, namespace: monitoring}, spec: {" + spec + "}}"
	}
	const selects = "selector: {matchLabels: {app: web}}, namespaceSelector: {any: true}, "
	service := webService("ports: [{name: metrics, port: 80, targetPort: metrics}, {name: http, port: 81, targetPort: http}]")
	annotated := func(doc, port string) string {
		return strings.Replace(doc, "labels: {app: web}}", "labels: {app: web}, annotations: {prometheus.io/scrape: 'true'"+port+"}}", 1)
	}
	const by = "Deployment shop/web from StatefulSet monitoring/prom on TCP 9102: Prometheus scrapes it, by "
	both := strings.Replace(by, "TCP 9102", "TCP 8080, TCP 9102", 1)
	const own = "annotation of its pods"
	checkCallers(t, map[string]callerCase{
		"a ServiceMonitor":     {[]string{webWorkload(), server, service, monitor("ServiceMonitor", selects+"endpoints: [{port: metrics}]")}, []string{by + "ServiceMonitor monitoring/m"}},
		"its target port":      {[]string{webWorkload(), server, service, monitor("ServiceMonitor", selects+"endpoints: [{targetPort: 9102}]")}, []string{by + "ServiceMonitor monitoring/m"}},
		"its target by name":   {[]string{webWorkload(), server, service, monitor("ServiceMonitor", selects+"endpoints: [{targetPort: metrics}]")}, []string{by + "ServiceMonitor monitoring/m"}},
		"all ports":            {[]string{webWorkload(), server, service, monitor("ServiceMonitor", selects+"endpoints: [{}]")}, []string{both + "ServiceMonitor monitoring/m"}},
		"a list of namespaces": {[]string{webWorkload(), server, service, monitor("ServiceMonitor", "selector: {}, namespaceSelector: {matchNames: [shop, shop]}, endpoints: [{port: metrics}]")}, []string{by + "ServiceMonitor monitoring/m"}},
		"its own namespace":    {[]string{webWorkload(), server, service, monitor("ServiceMonitor", "selector: {}, endpoints: [{port: metrics}]")}, nil},
		"another label":        {[]string{webWorkload(), server, service, monitor("ServiceMonitor", "selector: {matchLabels: {app: x}}, namespaceSelector: {any: true}, endpoints: [{port: metrics}]")}, nil},
		"no such port":         {[]string{webWorkload(), server, service, monitor("ServiceMonitor", selects+"endpoints: [{port: x}, {targetPort: 0}, {targetPort: 99999}]")}, nil},
		"of another shape":     {[]string{webWorkload(), server, service, monitor("ServiceMonitor", "selector: {matchLabels: {app: [x]}}, endpoints: x")}, []string{"hint: what ServiceMonitor monitoring/m selects is not understood"}},
		"a PodMonitor":         {[]string{webWorkload(), server, monitor("PodMonitor", selects+"podMetricsEndpoints: [{port: metrics}]")}, []string{by + "PodMonitor monitoring/m"}},
		"its number":           {[]string{webWorkload(), server, monitor("PodMonitor", selects+"podMetricsEndpoints: [{portNumber: 9102}]")}, []string{by + "PodMonitor monitoring/m"}},
		"its listed ports":     {[]string{webWorkload(), server, monitor("PodMonitor", selects+"podMetricsEndpoints: [{}]")}, []string{both + "PodMonitor monitoring/m"}},
		"not understood":       {[]string{webWorkload(), server, monitor("PodMonitor", "podMetricsEndpoints: [{}]")}, []string{"hint: what PodMonitor monitoring/m selects is not understood"}},
		"pods":                 {[]string{annotated(webWorkload(), ", prometheus.io/port: '9102'"), server}, []string{by + own}},
		"pods, all ports":      {[]string{annotated(webWorkload(), ""), server}, []string{both + own}},
		"pods, no port":        {[]string{annotated(webWorkload(), ", prometheus.io/port: http"), server}, nil},
		"not to be scraped":    {[]string{strings.Replace(annotated(webWorkload(), ", prometheus.io/port: '9102'"), "'true'", "'false'", 1), server}, nil},
		"a Service":            {[]string{webWorkload(), server, annotated(service, ", prometheus.io/port: '9102'")}, []string{by + "annotation of Service shop/web"}},
		"a Service, all ports": {[]string{webWorkload(), server, annotated(service, "")}, []string{both + "annotation of Service shop/web"}},
		"two of them": {
			[]string{annotated(webWorkload(), ", prometheus.io/port: '9102'"), server, labelled},
			[]string{
				"Deployment shop/web from anybody on TCP 9102: Prometheus scrapes it, by annotation of its pods, from Pod monitoring/p on the network of its node", by + own,
			},
		},
		"none there": {
			[]string{annotated(webWorkload(), ", prometheus.io/port: '9102'")},
			[]string{"hint Deployment shop/web: annotation of its pods asks Prometheus to scrape TCP 9102, and none was found: nobody is let in for it"},
		},
	})
}

func TestSituationExposed(t *testing.T) {
	const spec = "ports: [{name: http, port: 80, targetPort: http}]"
	const lets = "Deployment shop/web from anybody on TCP 8080: Service shop/web (%s) lets whoever reaches it in"
	balancer := func(rest string) []string {
		return []string{webWorkload(), webService("type: LoadBalancer, " + rest + spec)}
	}
	const ranges = "loadBalancerSourceRanges: [203.0.113.7/24, 192.0.2.0/24], "
	const ingress = "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: web}, spec: {%sdefaultBackend: {service: {name: web, port: {number: 80}}}}}"
	class := func(name, controller, annotations string) string {
		return "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: " + name + ", annotations: {" + annotations + "}}, spec: {controller: " + controller + "}}"
	}
	controller := func(kind, name, labels, more string) string {
		return "{apiVersion: apps/v1, kind: " + kind + ", metadata: {name: " + name + ", namespace: edge}, spec: {selector: {matchLabels: " + labels + "}, template: {metadata: {labels: " + labels + "}, spec: {" + more + "containers: [{name: c, image: i}]}}}}"
	}
	const nginxLabels = "{app.kubernetes.io/name: ingress-nginx, app.kubernetes.io/component: controller}"
	nginx := controller("Deployment", "nginx", nginxLabels, "")
	backend := controller("Deployment", "default", "{app.kubernetes.io/name: ingress-nginx, app.kubernetes.io/component: default-backend}", "")
	plain := webService(spec)
	const through = "Deployment shop/web from Deployment edge/nginx on TCP 8080: Ingress shop/web leads to it"
	anybody := func(why string) []string {
		return []string{"Deployment shop/web from anybody on TCP 8080: Ingress shop/web " + why + ": anybody is let in"}
	}
	named := fmt.Sprintf(ingress, "ingressClassName: web, ")
	ofNginx := class("web", "k8s.io/ingress-nginx", "")
	checkCallers(t, map[string]callerCase{
		"a ClusterIP":             {[]string{webWorkload(), plain}, nil},
		"headless":                {[]string{webWorkload(), webService("clusterIP: None, externalIPs: [192.0.2.1], " + spec)}, nil},
		"a NodePort":              {[]string{webWorkload(), webService("type: NodePort, " + spec)}, []string{fmt.Sprintf(lets, "NodePort")}},
		"external addresses":      {[]string{webWorkload(), webService("externalIPs: [192.0.2.1], " + spec)}, []string{fmt.Sprintf(lets, "externalIPs")}},
		"a LoadBalancer":          {balancer(""), []string{fmt.Sprintf(lets, "LoadBalancer")}},
		"ranges behind the nodes": {balancer(ranges + "externalTrafficPolicy: Cluster, "), []string{fmt.Sprintf(lets, "LoadBalancer")}},
		"ranges": {balancer(ranges + "externalTrafficPolicy: Local, "), []string{
			"Deployment shop/web from [192.0.2.0/24 203.0.113.0/24] on TCP 8080: Service shop/web (LoadBalancer) lets its loadBalancerSourceRanges in",
		}},
		"a range that is none":          {balancer("loadBalancerSourceRanges: [192.0.2.0/24, x], externalTrafficPolicy: Local, "), []string{fmt.Sprintf(lets, "LoadBalancer")}},
		"ranges and external addresses": {balancer(ranges + "externalIPs: [192.0.2.1], externalTrafficPolicy: Local, "), []string{fmt.Sprintf(lets, "LoadBalancer")}},
		"a hostPort": {
			[]string{webOf("{name: c, ports: [{containerPort: 53, hostPort: 53, protocol: UDP}]}")},
			[]string{"Deployment shop/web from anybody on UDP 53: it has a hostPort: whoever reaches its node is let in"},
		},
		"an Ingress":                {[]string{webWorkload(), plain, named, ofNginx, nginx, backend}, []string{through}},
		"by its name":               {[]string{webWorkload(), plain, fmt.Sprintf(ingress, "ingressClassName: nginx-internal, "), nginx}, []string{through}},
		"by the default":            {[]string{webWorkload(), plain, fmt.Sprintf(ingress, ""), class("web", "k8s.io/ingress-nginx", "ingressclass.kubernetes.io/is-default-class: 'true'"), nginx}, []string{through}},
		"by an annotation":          {[]string{webWorkload(), plain, strings.Replace(fmt.Sprintf(ingress, ""), "name: web}", "name: web, annotations: {kubernetes.io/ingress.class: nginx}}", 1), nginx}, []string{through}},
		"by no class":               {[]string{webWorkload(), plain, fmt.Sprintf(ingress, ""), nginx}, anybody("leads to it, and it names no class of controllers")},
		"no controller":             {[]string{webWorkload(), plain, named, ofNginx}, anybody("leads to it, and the controller of its class web was not found among the workloads")},
		"a cloud's":                 {[]string{webWorkload(), plain, named, class("web", "ingress.k8s.aws/alb", ""), nginx}, anybody("leads to it, and the controller of its class web was not found among the workloads")},
		"a controller on its nodes": {[]string{webWorkload(), plain, named, ofNginx, controller("DaemonSet", "nginx", nginxLabels, "hostNetwork: true, ")}, anybody("leads to it through DaemonSet edge/nginx, which is on the network of its node")},
		"an Ingress to nothing":     {[]string{webWorkload(), plain, strings.Replace(named, "number: 80", "number: 81", 1), ofNginx, nginx}, nil},
	})
}

// TestSituationRoutes goes through Gateways.
func TestSituationRoutes(t *testing.T) {
	const route = "{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: r}, spec: {parentRefs: [{name: edge, namespace: infra}], rules: [{backendRefs: [{name: web, port: 80}]}]}}"
	const gateway = "{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: edge, namespace: infra}, spec: {gatewayClassName: CLASS, listeners: [{name: a, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}]}}"
	const istio = "{apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {name: edge, namespace: infra}, spec: {selector: {istio: ingress}, servers: [{port: {number: 80, protocol: HTTP, name: http}, hosts: ['*']}]}}"
	const virtual = "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: r}, spec: {hosts: [a.example.com], gateways: [infra/edge, mesh], http: [{route: [{destination: {host: web, port: {number: 80}}}]}]}}"
	proxy := func(namespace, labels string) string {
		return "{apiVersion: apps/v1, kind: Deployment, metadata: {name: proxy, namespace: " + namespace + "}, spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b, " + labels + "}}, spec: {containers: [{name: c, image: i}]}}}}"
	}
	service := webService("ports: [{port: 80, targetPort: http}]")
	through := func(namespace, what string) []string {
		return []string{"Deployment shop/web from Deployment " + namespace + "/proxy on TCP 8080: " + what + " leads to it"}
	}
	nobody := func(what string) []string {
		return []string{"Deployment shop/web from anybody on TCP 8080: " + what + " leads to it, and the pods of its Gateway edge were not found: anybody is let in"}
	}
	of := func(class string, more ...string) []string {
		return append([]string{webWorkload(), service, route, strings.Replace(gateway, "CLASS", class, 1)}, more...)
	}
	checkCallers(t, map[string]callerCase{
		"its pods":                {of("any", proxy("infra", "gateway.networking.k8s.io/gateway-name: edge")), through("infra", "HTTPRoute shop/r")},
		"those of another":        {of("any", proxy("evil", "gateway.networking.k8s.io/gateway-name: edge")), nobody("HTTPRoute shop/r")},
		"Envoy Gateway":           {of("eg", proxy("envoy-gateway-system", "gateway.envoyproxy.io/owning-gateway-name: edge, gateway.envoyproxy.io/owning-gateway-namespace: infra")), through("envoy-gateway-system", "HTTPRoute shop/r")},
		"by the class":            {of("traefik", proxy("infra", "app.kubernetes.io/name: traefik")), through("infra", "HTTPRoute shop/r")},
		"a cloud's":               {of("gke-l7-global"), nobody("HTTPRoute shop/r")},
		"Istio":                   {[]string{webWorkload(), service, istio, virtual, proxy("istio-system", "istio: ingress")}, through("istio-system", "VirtualService shop/r")},
		"Istio, without its pods": {[]string{webWorkload(), service, istio, virtual}, []string{strings.Replace(nobody("VirtualService shop/r")[0], "Gateway edge", "Gateway infra/edge", 1)}},
		"Istio, in the mesh":      {[]string{webWorkload(), service, istio, strings.Replace(virtual, "infra/edge, ", "", 1)}, nil},
	})
}
