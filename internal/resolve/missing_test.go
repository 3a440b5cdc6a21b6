package resolve_test

import (
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/flow"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit/unread"
)

// reads are the lists of a cluster, by group.
func reads() map[string][]string {
	return map[string][]string{
		"": {"pods", "services", "nodes", "namespaces", "replicationcontrollers"}, "apps": {"deployments", "replicasets", "statefulsets", "daemonsets"},
		"batch": {"jobs", "cronjobs"}, "networking.k8s.io": {"networkpolicies", "ingresses", "ingressclasses"},
	}
}

// partial is a cluster of which some things may not be listed: see unread.Inventory.
func partial(t *testing.T, text string, forbidden ...string) *cluster.Inventory {
	t.Helper()
	return unread.Inventory(t, reads(), nil, forbidden, text)
}

// small has a pod on a node, a Service, and another namespace.
const small = `
apiVersion: v1
kind: Node
metadata: {name: n1}
spec: {podCIDRs: [10.244.1.0/24]}
status: {addresses: [{type: InternalIP, address: 192.0.2.1}]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec: {nodeName: n1, containers: [{name: c, image: i}]}
status: {phase: Running, podIPs: [{ip: 10.244.1.5}, {ip: "2001:db8:1:1::5"}], hostIPs: [{ip: 192.0.2.1}, {ip: "2001:db8:9::1"}]}
---
apiVersion: v1
kind: Service
metadata: {name: a, namespace: shop}
spec: {clusterIPs: [10.96.0.7], ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: hand, namespace: shop}
spec: {clusterIPs: [10.96.0.8], ports: [{port: 5432}]}
---
apiVersion: v1
kind: Endpoints
metadata: {name: hand, namespace: shop}
subsets: [{addresses: [{ip: 10.20.0.9}], ports: [{port: 5432}]}]
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: other}
spec: {nodeName: n1, containers: [{name: c, image: i}]}
status: {phase: Running, podIPs: [{ip: 10.250.1.5}]}
`

// TestMissing: what could not be read makes no address one outside.
func TestMissing(t *testing.T) {
	const (
		node     = " (it may be that of a node: list nodes: forbidden)"
		service  = " (it may be that of a Service: list services: forbidden)"
		services = " (it may be that of a Service: not all were read)"
		pod      = " (it may be that of a pod: not all were read)"
	)
	for name, c := range map[string]struct {
		forbidden []string
		want      map[string]string
	}{
		"nothing": {nil, map[string]string{
			"10.20.0.5:443": "", "198.51.100.7:443": "", "198.51.100.7:30080": "", "192.0.2.99:443": "", "169.254.169.254:80": "", "< 10.20.0.5": "", "10.20.0.9:5432": "",
		}},
		"nodes": {[]string{"nodes"}, map[string]string{
			"10.20.0.5:443": node, "172.31.0.5:443": node, "192.168.0.5:443": node, "100.64.1.1:443": node, "[fd12::1]:443": node,
			"192.0.2.99:443": node, "192.0.200.99:443": node, "192.1.0.1:443": "", "[2001:db8:9:7::1]:443": node, "[2001:db8:a::1]:443": "",
			"198.51.100.7:443": "", "198.51.100.7:29999": "", "198.51.100.7:30000": node, "198.51.100.7:32767": node, "198.51.100.7:32768": "",
			"169.254.169.254:80": "", "169.254.20.10:30053": "", "< 10.20.0.5": node, "< 192.0.2.99": node, "< 198.51.100.7": "", "10.20.0.9:5432": node,
		}},
		"all Services": {[]string{"services*"}, map[string]string{
			"10.20.0.5:443": service, "198.51.100.7:443": service, "198.51.100.7:30080": service, "169.254.169.254:80": "", "< 198.51.100.7": "", "< 10.20.0.5": services,
		}},
		"Services elsewhere": {[]string{"services"}, map[string]string{
			"10.20.0.5:443": services, "198.51.100.7:443": "", "198.51.100.7:30080": service, "< 198.51.100.7": "", "10.96.0.44:80": services, "10.20.0.9:5432": services,
		}},
		"pods elsewhere": {[]string{"pods"}, map[string]string{
			"10.250.1.5:443": pod, "198.51.100.7:443": "", "198.51.100.7:30080": "", "< 10.250.1.5": pod, "[fd12::1]:443": pod,
		}},
		"a team": {[]string{"nodes*", "services", "pods"}, map[string]string{
			"10.250.1.5:443": node, "198.51.100.7:443": "", "198.51.100.7:31000": node, "< 10.250.1.5": node, "< 198.51.100.7": "",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			inv := partial(t, small, c.forbidden...)
			for end, want := range c.want {
				check(t, run(inv, []*flow.Flow{toOrFrom(end)}), toOrFromText(end, want))
			}
		})
	}
}

// toOrFrom is a flow from the pod a to an end, or to it where the end begins with <.
func toOrFrom(end string) *flow.Flow {
	if client, found := strings.CutPrefix(end, "< "); found {
		return tcp(client + " > 10.244.1.5:8080")
	}
	return tcp("10.244.1.5:40000 > " + end)
}

func toOrFromText(end, reason string) string {
	if client, found := strings.CutPrefix(end, "< "); found {
		return client + reason + " > Pod shop/a TCP 8080"
	}
	at := endpoint(end)
	return "Pod shop/a > " + at.Addr.String() + reason + " TCP " + end[strings.LastIndex(end, ":")+1:]
}

// TestMissingAndNamed: a source that says that it is outside knows better than what may be.
func TestMissingAndNamed(t *testing.T) {
	world := to(reserved("world"))
	for end, forbidden := range map[string]string{"10.20.0.5:443": "nodes", "198.51.100.7:30080": "nodes", "10.250.1.5:443": "pods"} {
		f := tcp("10.244.1.5:40000 > "+end, world)
		check(t, run(partial(t, small, forbidden), []*flow.Flow{f}), toOrFromText(end, ""))
	}
	// It does not tell the load balancer of a Service, though.
	check(t, run(partial(t, small, "services*"), []*flow.Flow{tcp("10.244.1.5:40000 > 198.51.100.7:443", world)}),
		toOrFromText("198.51.100.7:443", " (it may be that of a Service: list services: forbidden)"))
}

// TestMissingByHand: what somebody wrote as the endpoint of a Service may be a node as well.
func TestMissingByHand(t *testing.T) {
	const text = `
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {clusterIPs: [10.96.0.8], ports: [{port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: db-1, namespace: shop, labels: {kubernetes.io/service-name: db}}
addressType: IPv4
endpoints: [{addresses: [ADDRESS]}]
ports: [{port: 5432}]
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec: {containers: [{name: c, image: i}]}
status: {phase: Running, podIPs: [{ip: 10.244.1.5}]}
`
	const node = "---\napiVersion: v1\nkind: Node\nmetadata: {name: n1}\n"
	dial := tcp("10.244.1.5:40000 > 10.96.0.8:80")
	for address, reason := range map[string]string{"10.20.0.9": " (it may be that of a node: the files hold none)", "198.51.100.7": ""} {
		files := strings.Replace(text, "ADDRESS", address, 1)
		check(t, run(inventory(t, files), []*flow.Flow{dial}), "Pod shop/a > "+address+reason+" TCP 5432 via shop/db:80")
		check(t, run(inventory(t, files+node), []*flow.Flow{dial}), "Pod shop/a > "+address+" TCP 5432 via shop/db:80")
	}
}
