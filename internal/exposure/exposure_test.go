package exposure_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/exposure"
)

// pod is a live pod of the shop, svc a Service that selects it.
const (
	pod = `{kind: Pod, metadata: {name: web-0, labels: {app: web}}, spec: {containers: [
  {name: app, ports: [{name: http, containerPort: 8080}, {name: dns, containerPort: 53, protocol: UDP}]}]}}`
	svc = `{kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: http}]}}`
	of  = "service web ClusterIP 80/TCP to 8080"
)

// ask tells what leads to the pods of a world, in lines.
func ask(t testing.TB, docs ...string) []string {
	t.Helper()
	objects, shapes := world(t, strings.Join(docs, "\n---\n"))
	return told(exposure.New(objects).Of("shop", shapes))
}

type situation struct {
	docs []string
	want []string
}

func check(t *testing.T, tests map[string]situation) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, ask(t, test.docs...)); diff != "" {
				t.Error(diff)
			}
			reversed := slices.Clone(test.docs)
			slices.Reverse(reversed)
			if diff := cmp.Diff(test.want, ask(t, reversed...)); diff != "" {
				t.Errorf("in another order: %s", diff)
			}
		})
	}
}

func service(spec string, more ...string) string {
	return "{kind: Service, metadata: {name: web" + strings.Join(more, "") + "}, spec: {selector: {app: web}, " + spec + "}}"
}

func TestServices(t *testing.T) {
	const nodePort = "ports: [{port: 80, targetPort: 8080, nodePort: 30080}]"
	check(t, map[string]situation{
		"ClusterIP":            {[]string{pod, svc}, []string{of}},
		"other pods":           {[]string{pod, strings.Replace(svc, "app: web", "app: api", 1)}, nil},
		"two labels":           {[]string{pod, strings.Replace(svc, "app: web", "app: web, tier: a", 1)}, nil},
		"of another namespace": {[]string{pod, strings.Replace(svc, "name: web", "name: web, namespace: other", 1)}, nil},
		"target of its own number": {
			[]string{pod, service("ports: [{port: 80}]")}, []string{"service web ClusterIP 80/TCP to 80"},
		},
		"a name that no container has": {
			[]string{pod, service("ports: [{port: 80, targetPort: admin}]")},
			[]string{"service web ClusterIP 80/TCP to admin", "note Service web: no container has a TCP port named admin"},
		},
		"a name of another protocol": {
			[]string{pod, service("ports: [{port: 80, targetPort: dns}]")},
			[]string{"service web ClusterIP 80/TCP to dns", "note Service web: no container has a TCP port named dns"},
		},
		"UDP": {
			[]string{pod, service("type: NodePort, ports: [{port: 53, protocol: UDP, targetPort: dns, nodePort: 30053}]")},
			[]string{"service web NodePort 53/UDP to 53", "Service web (NodePort): :30053 TLS unknown to 53/UDP, nodes"},
		},
		"a sidecar's port": {
			[]string{`{kind: Pod, metadata: {name: web-0, labels: {app: web}}, spec: {initContainers: [{name: proxy, restartPolicy: Always, ports: [{name: http, containerPort: 9000}]}, {name: setup, ports: [{name: setup, containerPort: 1}]}], containers: [{name: app}]}}`, svc},
			[]string{"service web ClusterIP 80/TCP to 9000"},
		},
		"a template": {
			[]string{strings.Replace(pod, "kind: Pod", "kind: Template", 1), strings.Replace(svc, "app: web", "app: web, statefulset.kubernetes.io/pod-name: web-0", 1)},
			[]string{of},
		},
		"NodePort": {
			[]string{pod, service("type: NodePort, " + nodePort)},
			[]string{"service web NodePort 80/TCP to 8080", "Service web (NodePort): :30080 TLS unknown to 8080, nodes"},
		},
		"NodePort of the pods' nodes": {
			[]string{pod, service("type: NodePort, externalTrafficPolicy: Local, " + nodePort)},
			[]string{"service web NodePort 80/TCP to 8080", "Service web (NodePort, on the nodes of its pods): :30080 TLS unknown to 8080, nodes"},
		},
		"LoadBalancer": {
			[]string{pod, strings.TrimSuffix(service("type: LoadBalancer, loadBalancerSourceRanges: [198.51.100.0/24], "+nodePort), "}") + ", status: {loadBalancer: {ingress: [{ip: 203.0.113.1}]}}}"},
			[]string{
				"service web LoadBalancer 80/TCP to 8080", "Service web (LoadBalancer): :80 TLS unknown to 8080, outside from 198.51.100.0/24",
				"Service web (NodePort): :30080 TLS unknown to 8080, nodes",
			},
		},
		"LoadBalancer without node ports": {
			[]string{pod, service("type: LoadBalancer, allocateLoadBalancerNodePorts: false, ports: [{port: 80, targetPort: 8080, appProtocol: https}]")},
			[]string{"service web LoadBalancer 80/TCP to 8080", "Service web (LoadBalancer): :80 TLS passthrough to 8080, outside, derived"},
		},
		"externalIPs": {
			[]string{pod, service("externalIPs: [192.0.2.9], ports: [{port: 80, targetPort: 8080, appProtocol: http}]")},
			[]string{"service web ClusterIP 80/TCP to 8080", "Service web (externalIPs 192.0.2.9): :80 TLS no to 8080, outside"},
		},
		"headless": {
			[]string{pod, service("clusterIP: None, externalIPs: [192.0.2.9], ports: [{port: 80, targetPort: 8080}]")},
			[]string{"service web headless 80/TCP to 8080"},
		},
		"ports that are none": {
			[]string{pod, service("type: LoadBalancer, ports: [{port: 0, targetPort: 70000}]")},
			[]string{
				"service web LoadBalancer 0/TCP to 70000", "Service web (LoadBalancer): :0 TLS unknown to 70000, outside, derived",
				"doubt Service web: 0 is no port", "note Service web: target port 70000 is none",
			},
		},
		"no selector": {
			[]string{pod, "{kind: Service, metadata: {name: hand}, spec: {type: NodePort, ports: [{port: 80}]}}", "{kind: Service, metadata: {name: inside}, spec: {ports: [{port: 80}]}}"},
			[]string{"doubt Service hand has no selector, and its endpoints were not read"},
		},
		"unread": {[]string{pod, "unread Service"}, []string{"doubt Service not readable"}},
		"unread routes, and no Service": {
			[]string{pod, "unread HTTPRoute.gateway.networking.k8s.io"}, nil,
		},
		"unread routes": {
			[]string{pod, svc, "unread HTTPRoute.gateway.networking.k8s.io"},
			[]string{of, "doubt HTTPRoute.gateway.networking.k8s.io not readable"},
		},
		"hostPort": {
			[]string{`{kind: Pod, metadata: {name: p}, spec: {containers: [{name: app, ports: [{containerPort: 80, hostPort: 8080}, {containerPort: 81, hostPort: 81, hostIP: 127.0.0.1}, {containerPort: 82}]}]}}`},
			[]string{"hostPort of app: :8080 TLS unknown to 80, nodes"},
		},
		"hostNetwork": {
			[]string{`{kind: Pod, metadata: {name: p}, spec: {hostNetwork: true, containers: [{name: app, ports: [{containerPort: 9100}]}]}}`},
			[]string{"hostNetwork of app: :9100 TLS unknown to 9100, nodes"},
		},
	})
}

func TestInternalLoadBalancers(t *testing.T) {
	for name, c := range map[string]struct {
		annotation, spec string
		internal         bool
	}{
		"plain":                   {"", "", false},
		"AWS, by scheme":          {"service.beta.kubernetes.io/aws-load-balancer-scheme: internal", "", true},
		"AWS, old":                {`service.beta.kubernetes.io/aws-load-balancer-internal: "true"`, "", true},
		"AWS, old, not":           {`service.beta.kubernetes.io/aws-load-balancer-internal: "false"`, "", false},
		"AWS controller":          {"", "loadBalancerClass: service.k8s.aws/nlb, ", true},
		"AWS controller, outside": {"service.beta.kubernetes.io/aws-load-balancer-scheme: internet-facing", "loadBalancerClass: service.k8s.aws/nlb, ", false},
		"GKE":                     {"networking.gke.io/load-balancer-type: Internal", "", true},
		"AKS":                     {`service.beta.kubernetes.io/azure-load-balancer-internal: "true"`, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			got := strings.Join(ask(t, pod, service("type: LoadBalancer, "+c.spec+"ports: [{port: 80}]", ", annotations: {"+c.annotation+"}")), "\n")
			if internal := strings.Contains(got, "(LoadBalancer, internal): :80 TLS unknown to 80, private"); internal != c.internal {
				t.Error(got)
			}
		})
	}
}

func ingress(spec string, more ...string) string {
	return "{kind: Ingress, metadata: {name: web" + strings.Join(more, "") + "}, spec: {ingressClassName: nginx, " + spec + "}, status: {loadBalancer: {ingress: [{hostname: lb.example.com}]}}}"
}

func rule(host, port string) string {
	return "{host: " + host + ", http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {" + port + "}}}}]}}"
}

func onPath(rule, path string) string { return strings.Replace(rule, "path: /", "path: "+path, 1) }

func TestIngresses(t *testing.T) {
	shop := rule("shop.example.com", "number: 80")
	check(t, map[string]situation{
		"TLS by host": {
			[]string{pod, svc, ingress("rules: [" + shop + ", " + rule("plain.example.com", "name: http") + "], tls: [{hosts: [shop.example.com]}]")},
			[]string{
				of, "Ingress web: plain.example.com:80 TLS no to 8080, outside", "Ingress web: shop.example.com:443 TLS yes to 8080, outside",
			},
		},
		"a wildcard": {
			[]string{pod, svc, ingress("rules: [" + shop + ", " + rule("a.shop.example.com", "number: 80") + `], tls: [{hosts: ["*.example.com"]}]`)},
			[]string{of, "Ingress web: a.shop.example.com:80 TLS no to 8080, outside", "Ingress web: shop.example.com:443 TLS yes to 8080, outside"},
		},
		"paths": {
			[]string{pod, svc, ingress("rules: [" + onPath(shop, "/api/") + ", " + onPath(shop, "/api/v1") + ", " + strings.Replace(onPath(shop, "/login"), "Prefix", "Exact", 1) + ", " + onPath(rule("a.example.com", "number: 80"), "/*") + "]")},
			[]string{of, "Ingress web: a.example.com:80 TLS no to 8080, outside", "Ingress web: shop.example.com/api/* /login:80 TLS no to 8080, outside"},
		},
		"several hosts": {
			[]string{pod, svc, ingress("rules: [" + shop + ", " + rule("a.example.com", "number: 80") + "], tls: [{secretName: x}]")},
			[]string{of, "Ingress web: a.example.com shop.example.com:443 TLS yes to 8080, outside"},
		},
		"default backend": {
			[]string{pod, svc, ingress("defaultBackend: {service: {name: web, port: {number: 80}}}, rules: [{host: a.example.com}]")},
			[]string{of, "Ingress web: :80 TLS no to 8080, outside", "Ingress web: a.example.com:80 TLS no to 8080, outside"},
		},
		"a port that is not there": {
			[]string{pod, svc, ingress("rules: [" + rule("a", "name: admin") + ", " + rule("b", "number: 81") + ", " + rule("c", "number: 70000") + "]")},
			[]string{
				of, "doubt Ingress web: 70000 is no port of Service web",
				"note Ingress web: Service web has no port 81", "note Ingress web: Service web has no port named admin",
			},
		},
		"another Service":  {[]string{pod, svc, ingress("rules: [" + strings.Replace(shop, "name: web", "name: api", 1) + "]")}, []string{of}},
		"no Service":       {[]string{pod, svc, ingress("defaultBackend: {resource: {kind: Bucket, name: b}}")}, []string{of}},
		"passed through":   {[]string{pod, svc, ingress("rules: ["+shop+"]", `, annotations: {nginx.ingress.kubernetes.io/ssl-passthrough: "true"}`)}, []string{of, "Ingress web: shop.example.com:443 TLS passthrough to 8080, outside"}},
		"TLS to the pods":  {[]string{pod, svc, ingress("rules: ["+shop+"]", `, annotations: {nginx.ingress.kubernetes.io/backend-protocol: HTTPS}`)}, []string{of, "Ingress web (TLS to the pods): shop.example.com:80 TLS no to 8080, outside"}},
		"source ranges":    {[]string{pod, svc, ingress("rules: ["+shop+"]", `, annotations: {nginx.ingress.kubernetes.io/whitelist-source-range: "10.1.0.0/16, 10.0.0.0/16"}`)}, []string{of, "Ingress web: shop.example.com:80 TLS no to 8080, private from 10.0.0.0/16 10.1.0.0/16"}},
		"internal, of GKE": {[]string{pod, svc, strings.Replace(ingress("rules: ["+shop+"]"), "nginx", "gce-internal", 1)}, []string{of, "Ingress web (internal): shop.example.com:80 TLS no to 8080, private"}},
		"internal, of AWS": {
			[]string{pod, svc, strings.Replace(ingress("rules: ["+shop+"]"), "nginx", "alb", 1)},
			[]string{of, "Ingress web (internal): shop.example.com:80 TLS no to 8080, private"},
		},
		"no class, no address": {
			[]string{pod, svc, "{kind: Ingress, metadata: {name: web}, spec: {rules: [" + shop + "]}}"},
			[]string{of, "Ingress web: shop.example.com:80 TLS no to 8080, outside, derived"},
		},
		"another name of the Service": {
			[]string{
				pod, svc, "{kind: Service, metadata: {name: alias}, spec: {type: ExternalName, externalName: web.shop.svc.cluster.local, ports: [{name: x, port: 80}]}}",
				ingress("defaultBackend: {service: {name: alias, port: {name: x}}}"),
			},
			[]string{of, "Ingress web: :80 TLS no to 8080, outside"},
		},
		"a Service outside": {
			[]string{
				pod, svc, "{kind: Service, metadata: {name: alias}, spec: {type: ExternalName, externalName: web.example.com}}",
				ingress("defaultBackend: {service: {name: alias, port: {number: 80}}}"),
			},
			[]string{of},
		},
	})
}
