package resolve_test

import (
	"path/filepath"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/flow"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
	"github.com/kubectl-harden/kubectl-harden/internal/resolve"
	"github.com/kubectl-harden/kubectl-harden/internal/source"
)

// recorded is the cluster of ../flow/testdata: a client, a server behind three Services, one of
// which the server sees as the node.
const recorded = `
apiVersion: v1
kind: Node
metadata: {name: one}
spec: {podCIDRs: [10.244.1.0/24, 10.244.2.0/24]}
status: {addresses: [{type: InternalIP, address: 192.0.2.1}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client, namespace: shop}
spec: {containers: [{name: c, image: i}], nodeName: one}
status: {phase: Running, podIPs: [{ip: 10.244.1.5}], hostIPs: [{ip: 192.0.2.1}]}
---
apiVersion: v1
kind: Pod
metadata: {name: server, namespace: shop, labels: {app: server}}
spec: {containers: [{name: c, image: i}], nodeName: one}
status: {phase: Running, podIPs: [{ip: 10.244.2.9}], hostIPs: [{ip: 192.0.2.1}]}
---
apiVersion: v1
kind: Service
metadata: {name: plain, namespace: shop}
spec: {clusterIP: 10.96.0.50, selector: {app: server}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: masked, namespace: shop}
spec: {clusterIP: 10.96.0.51, selector: {app: server}, ports: [{port: 80, targetPort: 8081}]}
---
apiVersion: v1
kind: Service
metadata: {name: dns, namespace: shop}
spec: {clusterIP: 10.96.0.10, selector: {app: server}, ports: [{port: 53, protocol: UDP, targetPort: 5353}]}
`

// read resolves files in a single run, with their listening sockets.
func read(t *testing.T, inv *cluster.Inventory, names ...string) outcome {
	t.Helper()
	var paths []string
	for _, name := range names {
		paths = append(paths, filepath.FromSlash(name))
	}
	files, err := source.Find(nil, paths...)
	if err != nil {
		t.Fatal(err)
	}
	set := observation.NewSet()
	r := resolve.New(inv, set)
	sources, err := flow.Read(t.Context(), files, flow.Options{Listening: r.Listen}, r.Add)
	if err != nil {
		t.Fatal(err)
	}
	r.Finish()
	out := outcome{doc: set.Document(), unclear: map[string]int64{}}
	parsed := int64(0)
	for _, s := range sources {
		parsed += s.Parsed
		out.resolved += r.Resolved(s.Name)
		for reason, n := range r.Unclear(s.Name) {
			out.unclear[reason] += n
			parsed -= n
		}
	}
	if parsed != out.resolved {
		t.Errorf("%d flows gave neither edge nor reason", parsed-out.resolved)
	}
	return out
}

func TestRecordings(t *testing.T) {
	inv := inventory(t, recorded)
	const plain, masked, asked = "Pod shop/client > Pod shop/server TCP 8080", "Pod shop/client > Pod shop/server TCP 8081", "Pod shop/client > Pod shop/server UDP 5353"
	between := []string{plain + " via shop/plain:80 from between", masked + " via shop/masked:80 from between", asked + " x2 via shop/dns:53 from between"}
	sides := []string{plain + " x2 via shop/plain:80 from client,server", masked + " x2 via shop/masked:80 from client,server", asked + " via shop/dns:53 from client"}
	for name, c := range map[string]struct{ files, want []string }{
		"conntrack":          {[]string{"node.conntrack-L.txt"}, between},
		"conntrack extended": {[]string{"node.conntrack-L-o-extended.txt"}, between},
		"conntrack XML":      {[]string{"node.conntrack-L-o-xml.xml"}, between},
		"nf_conntrack":       {[]string{"node.nf_conntrack"}, between},
		"proc":               {[]string{"client-pod.proc-net-tcp", "client-pod.proc-net-udp", "server-pod.proc-net-tcp", "server-pod.proc-net-udp"}, sides},
		"proc, other order":  {[]string{"server-pod.proc-net-udp", "server-pod.proc-net-tcp", "client-pod.proc-net-udp", "client-pod.proc-net-tcp"}, sides},
		"ss":                 {[]string{"client-pod.ss-tanup.txt", "server-pod.ss-tanup.txt"}, sides},
		"ss, other order":    {[]string{"server-pod.ss-tanup.txt", "client-pod.ss-tanup.txt"}, sides},
		"server and node": {[]string{"server-pod.proc-net-tcp", "node.conntrack-L.txt"}, []string{
			plain + " x2 via shop/plain:80 from between,server", masked + " x2 via shop/masked:80 from between,server", asked + " x2 via shop/dns:53 from between",
		}},
		"client alone": {[]string{"client-pod.proc-net-tcp"}, []string{plain + " via shop/plain:80 from client", masked + " via shop/masked:80 from client"}},
		"server alone": {[]string{"server-pod.proc-net-tcp"}, []string{plain + " from server", "its own node > Pod shop/server TCP 8081 from server"}},
	} {
		t.Run(name, func(t *testing.T) {
			for i, file := range c.files {
				c.files[i] = "../flow/testdata/" + file
			}
			checkSet(t, read(t, inv, c.files...), c.want...)
		})
	}
}

// The lines are a connection to a Service as seen before its translation, at the pod, on the way
// back, and on the way between nodes without a word on its direction; and others.
func TestHubbleLines(t *testing.T) {
	checkSet(t, read(t, shop(t), "testdata/hubble.jsonl"),
		"Deployment shop/web > Deployment shop/cart TCP 8080 x5 via shop/cart:80 from client,server",
		"its own node > Deployment shop/cart TCP 8080 from server",
		"Deployment shop/gone map[app:gone] > Deployment shop/cart TCP 8080 denied from server",
		"Deployment shop/web > 198.51.100.7 TCP 443 named api.example.com from client",
		"Deployment shop/web > Deployment kube-system/coredns UDP 5353 from server",
		"none: Cilium's health checks x1",
		"none: "+api.UnclearDirection+" x1",
	)
}
