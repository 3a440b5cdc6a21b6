package resolve_test

import (
	"os"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/flow"
)

const frontNamespace = `
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: front}}
`

// TestSourcesOfMeshes resolves what is in the files of ../flow/testdata, in each of the ways that it
// can be written.
func TestSourcesOfMeshes(t *testing.T) {
	const anywhere, headers = "any address (", "who connected is not told: the log has what the header X-Forwarded-For says)"
	istio := []string{
		"Deployment shop/web > Deployment shop/cart TCP 8080 x2 via shop/cart:80 from client,server",
		"Pod shop/meshed > Deployment shop/cart TCP 8080 denied from server",
		"Deployment shop/web > 10.96.0.53 (Service shop/idle has no pods) TCP 80 via shop/idle:80 unanswered from client",
		"Deployment shop/web > 198.51.100.7 TCP 443 from client",
		"Deployment shop/web > 203.0.113.9 TCP 5671 from client",
		"Deployment shop/web > 203.0.113.10 TCP 25 denied from client",
		anywhere + headers + " > Deployment shop/cart TCP 8080 from server",
		"203.0.113.77 > Pod shop/meshed TCP 8443 from server",
		"Pod shop/meshed > Deployment shop/web TCP 8080 from client",
	}
	whisker := []string{
		"Deployment shop/web > Deployment shop/cart TCP 8080 x2 from client,server",
		"Pod shop/meshed > StatefulSet shop/db TCP 5432 denied from server",
		"Deployment shop/web > Deployment kube-system/coredns UDP 5353 from client",
		"Deployment shop/web > any address (a public address, which Calico does not tell) TCP 443 from client",
		"any address (an address of a private network, which Calico does not tell: it may be a node or the API server) > Deployment shop/cart TCP 8080 from server",
		"a node > Deployment shop/cart TCP 8081 from server",
		"Deployment shop/web > any address (a host endpoint or a network set of Calico, whose addresses it does not tell) TCP 443 from client",
	}
	kubescape := []string{
		// cart:80 and cart-admin:80 are both in front of it, and which was dialled is not told.
		"Deployment shop/web > Deployment shop/cart TCP 8080 x3 from client,server",
		"Deployment shop/web > Deployment shop/cart TCP 8081 from client",
		"Deployment shop/web > Deployment kube-system/coredns UDP 5353 via kube-system/kube-dns:53 from client",
		"Deployment shop/web > the API server TCP 6443 via default/kubernetes:443 from client",
		"Deployment shop/web > 198.51.100.7 TCP 443 named api.example.com from client",
		"Deployment shop/web > 10.244.2.20 (the address has changed hands since) TCP 5432 from client",
		"Deployment shop/web > any address (Kubescape does not say who it is) TCP 9 from client",
		"Deployment shop/web > any address (several workloads have these labels, or such names) TCP 7000 from client",
	}
	for files, want := range map[string][]string{
		"istio-access.log": istio, "whisker.jsonl whisker-list.json whisker-stream.txt": whisker,
		"neighborhoods.yaml neighborhoods-list.yaml neighborhoods-list.json": kubescape,
	} {
		for name := range strings.FieldsSeq(files) {
			t.Run(name, func(t *testing.T) {
				got := read(t, inventory(t, shopText(t)+frontNamespace), "../flow/testdata/"+name)
				checkSet(t, got, want...)
			})
		}
	}
}

// alone are flows whose client has no address, to a pod.
func alone(p *flow.Peer) *flow.Flow {
	f := tcp(cart + ":1 > " + cart + ":8080")
	f.Client = flow.Endpoint{Peer: p}
	return f
}

func TestEndsWithoutAddress(t *testing.T) {
	inv := inventory(t, shopText(t)+frontNamespace)
	prefixed := func(prefix string, labels ...string) *flow.Peer {
		p := peerOf("", "", labels...)
		p.PodPrefix = prefix
		return p
	}
	for name, c := range map[string]struct {
		peer *flow.Peer
		want string
	}{
		"labels of one":                {peerOf("", "", "app", "web"), "Deployment shop/web"},
		"fewer labels than it has":     {peerOf("", "", "app", "cart"), "Deployment shop/cart"},
		"labels of several":            {peerOf("", "", "tier", "back"), "any address (several workloads have these labels, or such names)"},
		"more labels than it has":      {peerOf("", "", "app", "web", "added", "x"), "Deployment shop/web"},
		"labels of none":               {peerOf("", "", "app", "old", "b", "c"), "Pod shop/app=old,b=c map[app:old b:c]"},
		"labels that do not last":      {peerOf("", "", "pod-template-hash", "1"), "any address (its pod is not among those read)"},
		"labels of pods on the host":   {&flow.Peer{Namespace: "kube-system", Labels: map[string]string{"app": "agent"}}, "a node"},
		"workload":                     {peerOf("Deployment", "cart"), "Deployment shop/cart"},
		"workload that is gone":        {peerOf("Deployment", "old", "app", "old"), "Deployment shop/old map[app:old]"},
		"workload on the host":         {&flow.Peer{Namespace: "kube-system", Workloads: []flow.Workload{{Kind: "DaemonSet", Name: "agent"}}}, "a node"},
		"pod":                          {named("shop", "db-0"), "StatefulSet shop/db"},
		"pod that has ended":           {named("shop", "report-29000000-zzzzz"), "Job shop/report-29000000"},
		"pod that is gone":             {named("shop", "db-7"), "any address (its pod is not among those read)"},
		"prefix":                       {prefixed("web-6d4f5-"), "Deployment shop/web"},
		"prefix of a StatefulSet":      {prefixed("db-"), "StatefulSet shop/db"},
		"prefix of a revision before":  {prefixed("web-5ddf-", "app", "web"), "Deployment shop/web"},
		"prefix against the labels":    {prefixed("web-5ddf-", "app", "cart"), "Deployment shop/cart"},
		"prefix of a Job before":       {prefixed("report-28999999-"), "CronJob shop/report"},
		"prefix of none, with labels":  {prefixed("old-", "app", "old"), "Pod shop/app=old map[app:old]"},
		"prefix of none":               {prefixed("old-"), "any address (its pod is not among those read)"},
		"namespace by its labels":      {&flow.Peer{NamespaceLabels: map[string]string{"team": "front"}, Labels: map[string]string{"app": "web"}}, "Deployment shop/web"},
		"namespace by other labels":    {&flow.Peer{NamespaceLabels: map[string]string{"team": "back"}, Labels: map[string]string{"app": "web"}}, "any address (its namespace is not known)"},
		"node":                         {&flow.Peer{Host: "node-b"}, "a node"},
		"host endpoint":                {&flow.Peer{Host: "node-b-auto-hep"}, "a node"},
		"network set":                  {&flow.Peer{Host: "partners"}, "any address (a host endpoint or a network set of Calico, whose addresses it does not tell)"},
		"undisclosed":                  {&flow.Peer{Undisclosed: "for a reason"}, "any address (for a reason)"},
		"API server":                   {reserved("kube-apiserver"), "the API server"},
		"hostile names are kept apart": {peerOf("", "", "app", "x\",\"b\"=\"y\n\x1b[31m<b>"), "Pod shop/app=x\",\"b\"=\"y\n\x1b[31m<b> map[app:x\",\"b\"=\"y\n\x1b[31m<b>]"},
	} {
		t.Run(name, func(t *testing.T) {
			check(t, run(inv, []*flow.Flow{alone(c.peer)}), c.want+" > Deployment shop/cart TCP 8080")
		})
	}
	for name, p := range map[string]*flow.Peer{"nobody": nil, "nothing": {}, "labels without a namespace": {Labels: map[string]string{"app": "web"}}} {
		t.Run(name, func(t *testing.T) { check(t, run(inv, []*flow.Flow{alone(p)}), "none: no address x1") })
	}
}

// TestMendedPorts: a port that was dialled of pods may be that of a Service in front of them.
func TestMendedPorts(t *testing.T) {
	dial := func(port uint16, p *flow.Peer, with ...func(*flow.Flow)) *flow.Flow {
		f := tcp(web+":1 > "+cart+":1", with...)
		f.Client = flow.Endpoint{Peer: peerOf("Deployment", "web")}
		f.Server = flow.Endpoint{Port: port, Peer: p}
		return f
	}
	const more = `
---
apiVersion: v1
kind: Service
metadata: {name: sql, namespace: shop}
spec: {clusterIP: 10.96.0.60, selector: {app: db}, ports: [{port: 5433, targetPort: sql}, {port: 50051, targetPort: 5432}, {name: same, port: 5432}, {name: none, port: 99, targetPort: none}]}
---
apiVersion: v1
kind: Service
metadata: {name: gone, namespace: shop}
spec: {clusterIP: 10.96.0.61, selector: {app: gone}, ports: [{port: 80, targetPort: 8080}, {name: b, port: 81, targetPort: named}]}
---
apiVersion: v1
kind: Service
metadata: {name: headless, namespace: shop}
spec: {clusterIP: None, selector: {app: db}, ports: [{port: 77, targetPort: 5432}]}
`
	inv := inventory(t, shopText(t)+more)
	db, gone := peerOf("", "", "app", "db"), peerOf("", "", "app", "gone", "v", "1")
	for name, c := range map[string]struct {
		flow *flow.Flow
		want []string
	}{
		"to the target, with the Service":  {dial(5433, db), []string{"StatefulSet shop/db TCP 5432 via shop/sql:5433"}},
		"both, where pods declare it":      {dial(50051, db), []string{"StatefulSet shop/db TCP 5432", "StatefulSet shop/db TCP 50051"}},
		"as it is, where they are alike":   {dial(5432, db), []string{"StatefulSet shop/db TCP 5432"}},
		"as it is, without a Service":      {dial(7, db), []string{"StatefulSet shop/db TCP 7"}},
		"as it is, behind a headless one":  {dial(77, db), []string{"StatefulSet shop/db TCP 77"}},
		"unknown, where nothing tells":     {dial(99, db), []string{"any address (Service shop/sql:99 names a port that no pod has now) TCP 99"}},
		"as it is, at the server's end":    {dial(5433, db, final), []string{"StatefulSet shop/db TCP 5433"}},
		"each behind one selector":         {dial(80, peerOf("", "", "tier", "back")), []string{"Deployment shop/cart TCP 8080 via shop/carts:80", "Deployment shop/cart-canary TCP 9090 via shop/carts:80"}},
		"several Services":                 {dial(80, peerOf("", "", "app", "cart")), []string{"Deployment shop/cart TCP 8080", "Deployment shop/cart TCP 8081"}},
		"pods that are gone":               {dial(80, gone), []string{"Pod shop/app=gone,v=1 map[app:gone v:1] TCP 8080 via shop/gone:80"}},
		"pods that are gone, name of port": {dial(81, gone), []string{"any address (Service shop/gone:81 names a port that no pod has now) TCP 81"}},
	} {
		t.Run(name, func(t *testing.T) {
			for i, want := range c.want {
				c.want[i] = "Deployment shop/web > " + want
			}
			checkSet(t, run(inv, []*flow.Flow{c.flow}), c.want...)
		})
	}
}

// TestServicesByName: where nothing has an address, the Service that a source names tells.
func TestServicesByName(t *testing.T) {
	inv := shop(t)
	service := func(namespace, name string) *flow.Peer {
		return &flow.Peer{Service: flow.Workload{Kind: "Service", Namespace: namespace, Name: name}}
	}
	for name, c := range map[string]struct {
		flow *flow.Flow
		want string
	}{
		"an address before":        {tcp(web+":1 > 10.96.7.7:80", to(service("shop", "cart"))), "Deployment shop/web > Deployment shop/cart TCP 8080 via shop/cart:80"},
		"an address nowhere":       {tcp(web+":1 > 203.0.113.99:80", to(service("shop", "cart"))), "Deployment shop/web > Deployment shop/cart TCP 8080 via shop/cart:80"},
		"no such port":             {tcp(web+":1 > 10.96.7.7:81", to(service("shop", "cart"))), "Deployment shop/web > 10.96.7.7 (no Service has this address now) TCP 81"},
		"no such Service":          {tcp(web+":1 > 10.96.7.7:80", to(service("shop", "no"))), "Deployment shop/web > 10.96.7.7 (no Service has this address now) TCP 80"},
		"the address of another":   {tcp(web+":1 > 10.96.0.51:80", to(service("shop", "cart"))), "Deployment shop/web > Deployment shop/cart TCP 8081 via shop/cart-admin:80"},
		"the address of a pod":     {tcp(web+":1 > "+db+":80", to(service("shop", "cart"))), "Deployment shop/web > StatefulSet shop/db TCP 80"},
		"the address of a node":    {tcp(web+":1 > 192.0.2.2:80", to(service("shop", "cart"))), "Deployment shop/web > a node TCP 80"},
		"dialled, before it moved": {tcp(web+":1 > "+cart+":8080", final, dialled("10.96.7.7:80"), to(service("shop", "cart"))), "Deployment shop/web > Deployment shop/cart TCP 8080 via shop/cart:80"},
	} {
		t.Run(name, func(t *testing.T) { check(t, run(inv, []*flow.Flow{c.flow}), c.want) })
	}
}

// TestAgelessAddresses: an address of a pod may have been another's; that of what stays may not.
func TestAgelessAddresses(t *testing.T) {
	ageless := func(f *flow.Flow) { f.Ageless = true }
	inv := shop(t)
	for server, want := range map[string]string{
		cart: cart + " (the address has changed hands since)", "10.244.1.77": "10.244.1.77 (the address has changed hands since)",
		"192.0.2.2": "a node", "198.51.100.7": "198.51.100.7", "10.96.0.51": "Deployment shop/cart",
	} {
		f := tcp(web+":1 > "+server+":80", ageless)
		f.Client = flow.Endpoint{Peer: peerOf("Deployment", "web")}
		want = "Deployment shop/web > " + want + " TCP 80"
		if strings.Contains(want, "cart TCP") {
			want = "Deployment shop/web > Deployment shop/cart TCP 8081 via shop/cart-admin:80"
		}
		check(t, run(inv, []*flow.Flow{f}), want)
	}
}

// TestSamplesOfMeshes resolves the samples of a folder that FLOW_SAMPLES names, each with a cluster
// that has its ends.
func TestSamplesOfMeshes(t *testing.T) {
	folder := os.Getenv("FLOW_SAMPLES")
	if folder == "" {
		t.Skip("FLOW_SAMPLES names no folder")
	}
	pod := func(namespace, name, ip, labels string) string {
		return "---\napiVersion: v1\nkind: Pod\nmetadata: {name: " + name + ", namespace: " + namespace + ", labels: {" + labels + "}}\nspec: {nodeName: a, containers: [{name: c, image: i}]}\nstatus: {phase: Running, podIPs: [{ip: " + ip + "}]}\n"
	}
	for name, c := range map[string]struct {
		objects string
		want    []string
	}{
		"istio/sidecar-access-log.samples.txt": {
			pod("default", "productpage", "172.17.0.16", "app: productpage") + pod("default", "reviews", "172.17.0.11", "app: reviews"),
			[]string{"Pod default/productpage > Pod default/reviews TCP 9080 from client"},
		},
		"calico/whisker-flowlog.fixture.json": {
			pod("shop", "web", "10.0.0.1", "app: web") + pod("kube-system", "dns", "10.0.0.2", "k8s-app: kube-dns") + pod("tigera-prometheus", "p", "10.0.0.3", "k8s-app: tigera-prometheus, app.kubernetes.io/name: prometheus"),
			[]string{"Pod tigera-prometheus/p > Pod kube-system/dns UDP 53 from client", "Pod shop/web > any address (a public address, which Calico does not tell) TCP 443 from client"},
		},
		"kubescape/networkneighborhood-example.yaml": {
			pod("kubescape", "nginx", "10.0.0.1", "app: nginx"),
			[]string{"any address (its namespace is not known) > Pod kubescape/nginx TCP 6379 from server", "Pod kubescape/nginx > 123.5.2.3 TCP 5978 named stripe.com from client"},
		},
		"kubescape/nn-operator.json": {
			pod("kubescape", "gateway", "10.0.0.1", "app: gateway") + pod("kube-system", "dns", "10.0.0.2", "k8s-app: kube-dns") +
				"---\napiVersion: v1\nkind: Service\nmetadata: {name: gateway, namespace: kubescape}\nspec: {clusterIP: 10.245.0.9, selector: {app: gateway}, ports: [{port: 8001, targetPort: 8080}]}\n" +
				"---\napiVersion: v1\nkind: Service\nmetadata: {name: kubernetes, namespace: default}\nspec: {clusterIP: 10.245.0.1, ports: [{port: 443, targetPort: 6443}]}\n",
			[]string{
				operator + "Pod kubescape/gateway TCP 8080 via kubescape/gateway:8001 from client",
				operator + "Pod kubescape/app=kubescape map[app:kubescape] TCP 8080 from client", operator + "Pod kubescape/app=kubevuln map[app:kubevuln] TCP 8080 from client",
				operator + "Pod kubescape/app=otel-collector map[app:otel-collector] TCP 4317 from client", operator + "Pod kube-system/dns UDP 53 from client",
				operator + "the API server TCP 6443 via default/kubernetes:443 from client",
				operator + "13.50.180.111 TCP 443 named report.armo.cloud from client", operator + "16.170.46.131 TCP 443 named report.armo.cloud from client",
				operator + "16.171.184.118 TCP 443 named report.armo.cloud from client", operator + "35.186.253.219 TCP 443 named version-check.ks-services.co from client",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := read(t, inventory(t, c.objects), folder+"/flows/"+name)
			kept := got.doc.Edges[:0]
			for _, e := range got.doc.Edges {
				if name != "kubescape/nn-operator.json" || e.Client.Kind == api.EndWorkload && e.Client.Workload.Name == "operator" {
					kept = append(kept, e)
				}
			}
			got.doc.Edges = kept
			checkSet(t, got, c.want...)
		})
	}
}

const operator = "Deployment kubescape/operator map[app.kubernetes.io/instance:kubescape app.kubernetes.io/name:operator tier:ks-control-plane] > "
