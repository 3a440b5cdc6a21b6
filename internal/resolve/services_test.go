package resolve_test

import (
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/flow"
)

func TestServices(t *testing.T) {
	inv := shop(t)
	toCart := []string{"Deployment shop/web > Deployment shop/cart TCP 8080 via shop/cart:80"}
	for name, c := range map[string]struct {
		flow *flow.Flow
		want []string
	}{
		"cluster address":   {tcp(web + ":40000 > 10.96.0.50:80"), toCart},
		"second family":     {tcp("[fd00:0:0:1::5]:40000 > [fd00:0:0:96::50]:80"), toCart},
		"external address":  {tcp(web + ":40000 > 198.51.100.50:80"), toCart},
		"load balancer":     {tcp(web + ":40000 > 203.0.113.50:80"), toCart},
		"node port":         {tcp(web + ":40000 > 192.0.2.2:30080"), toCart},
		"node port outside": {tcp(web + ":40000 > 203.0.113.1:30080"), toCart},
		"final node port":   {tcp(web+":40000 > 192.0.2.2:30080", final), toCart},
		"translated":        {tcp(web+":40000 > "+cart+":8080", final, dialled("10.96.0.50:80")), toCart},
		"translated node":   {tcp(web+":40000 > "+cart+":8080", final, dialled("192.0.2.1:30080")), toCart},
		"translated, other": {tcp(web+":40000 > "+cart+":8081", final, dialled("10.96.0.51:80")), []string{"Deployment shop/web > Deployment shop/cart TCP 8081 via shop/cart-admin:80"}},
		"headless":          {tcp(web + ":40000 > " + db + ":5432"), []string{"Deployment shop/web > StatefulSet shop/db TCP 5432"}},
		"named per pod": {tcp(web + ":40000 > 10.96.0.52:80"), []string{
			"Deployment shop/web > Deployment shop/cart TCP 8080 via shop/carts:80",
			"Deployment shop/web > Deployment shop/cart-canary TCP 9090 via shop/carts:80",
		}},
		"the API server":   {tcp(web + ":40000 > 10.96.0.1:443"), []string{"Deployment shop/web > the API server TCP 6443 via default/kubernetes:443"}},
		"DNS":              {udp(web + ":40000 > 10.96.0.10:53"), []string{"Deployment shop/web > Deployment kube-system/coredns UDP 5353 via kube-system/kube-dns:53"}},
		"no pods":          {tcp(web + ":40000 > 10.96.0.53:80"), []string{"Deployment shop/web > 10.96.0.53 (Service shop/idle has no pods) TCP 80 via shop/idle:80"}},
		"no such port":     {tcp(web + ":40000 > 10.96.0.50:81"), []string{"Deployment shop/web > 10.96.0.50 (Service shop/cart has no such port) TCP 81"}},
		"other protocol":   {udp(web + ":40000 > 10.96.0.50:80"), []string{"Deployment shop/web > 10.96.0.50 (Service shop/cart has no such port) UDP 80"}},
		"without selector": {tcp(web + ":40000 > 10.96.0.54:3306"), []string{"Deployment shop/web > 198.51.100.33 TCP 3307 via shop/legacy:3306"}},
		"pods on the host": {tcp(web + ":40000 > 10.96.0.55:9100"), []string{"Deployment shop/web > a node TCP 9100 via kube-system/agents:9100"}},
		"as a client":      {tcp("10.96.0.50:40000 > " + web + ":80"), []string{"10.96.0.50 (a Service's address does not call) > Deployment shop/web TCP 80"}},
		"ping":             {seen(flow.ICMP, web+" > 10.96.0.50"), []string{"Deployment shop/web > 10.96.0.50 (Service shop/cart has no such port) ICMP 0"}},
		"from outside":     {tcp("198.51.100.7:40000 > "+cart+":8080", final, dialled("192.0.2.1:30080")), []string{"198.51.100.7 > Deployment shop/cart TCP 8080 via shop/cart:80"}},
		"denied":           {tcp(web+":40000 > 10.96.0.50:80", denied), []string{"Deployment shop/web > Deployment shop/cart TCP 8080 via shop/cart:80 denied"}},
	} {
		t.Run(name, func(t *testing.T) { check(t, run(inv, []*flow.Flow{c.flow}), c.want...) })
	}
}

func TestWithoutServices(t *testing.T) {
	inv := inventory(t, `
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec: {containers: [{name: c, image: i}]}
status: {phase: Running, podIPs: [{ip: 10.244.0.3}]}
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: shop}
spec: {containers: [{name: c, image: i}]}
status: {phase: Running, podIPs: [{ip: 10.244.0.4}]}
`)
	f := tcp("10.244.0.3:40000 > 10.96.0.50:80", atClient)
	check(t, run(inv, []*flow.Flow{f}), "Pod shop/a > 10.96.0.50 (it may be that of a Service: not all were read) TCP 80 from client")
	check(t, run(inv, []*flow.Flow{f, tcp("10.244.0.3:40000 > 10.244.0.4:8080", final, atServer)}), "Pod shop/a > Pod shop/b TCP 8080 x2 from client,server")
	check(t, run(inv, []*flow.Flow{tcp("10.244.0.3:40000 > 198.51.100.7:80")}), "Pod shop/a > 198.51.100.7 TCP 80")
	check(t, run(inv, []*flow.Flow{tcp("10.96.0.50:40000 > 10.244.0.4:80")}), "10.96.0.50 (it may be that of a node: the files hold none) > Pod shop/b TCP 80")
}

func TestReadsThatFailed(t *testing.T) {
	inv := shop(t)
	inv.Unread = []api.Unread{
		{Verb: "list", Resource: "services", Reason: "forbidden"},
		{Verb: "list", Resource: "pods", Reason: "forbidden", Hides: true},
	}
	check(t, run(inv, []*flow.Flow{tcp(web + ":40000 > 10.96.44.4:80")}), "Deployment shop/web > 10.96.44.4 (it may be that of a Service: not all were read) TCP 80")
	check(t, run(inv, []*flow.Flow{tcp(web + ":40000 > 10.244.2.99:80")}), "Deployment shop/web > 10.244.2.99 (it may be that of a pod: not all were read) TCP 80")
}

func TestPortThatNoPodHas(t *testing.T) {
	inv := inventory(t, `
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop, labels: {app: a}}
spec: {containers: [{name: c, image: i}]}
status: {phase: Running, podIPs: [{ip: 10.244.0.3}]}
---
apiVersion: v1
kind: Service
metadata: {name: a, namespace: shop}
spec: {clusterIP: 10.96.0.9, selector: {app: a}, ports: [{port: 80, targetPort: http}, {port: 0}, {port: 99999}]}
---
apiVersion: v1
kind: Service
metadata: {name: b, namespace: shop}
spec: {clusterIP: 10.96.0.8, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: c, namespace: shop}
spec: {type: ExternalName, externalName: example.com, ports: [{port: 80}]}
`)
	check(t, run(inv, []*flow.Flow{tcp("10.244.0.3:40000 > 10.96.0.9:80")}),
		"Pod shop/a > 10.96.0.9 (Service shop/a names a port that its pods do not have) TCP 80 via shop/a:80")
	check(t, run(inv, []*flow.Flow{tcp("10.244.0.3:40000 > 10.96.0.8:80")}),
		"Pod shop/a > 10.96.0.8 (Service shop/b has no selector, and its endpoints are not known) TCP 80 via shop/b:80")
}

// TestPublicAddressesWithoutServices: addresses of Services of IPv6 are as public as those of pods.
func TestPublicAddressesWithoutServices(t *testing.T) {
	inv := inventory(t, `
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec: {containers: [{name: c, image: i}]}
status: {phase: Running, podIPs: [{ip: "2001:db8:244:1::a"}]}
`)
	call := func(server string) *flow.Flow { return tcp("[2001:db8:244:1::a]:40000 > [" + server + "]:80") }
	checkSet(t, run(inv, []*flow.Flow{call("2001:db8:96::50"), call("2001:db9::1")}),
		"Pod shop/a > 2001:db8:96::50 (it may be that of a Service: not all were read) TCP 80", "Pod shop/a > 2001:db9::1 TCP 80")
}

// TestBackToItself: what a Service leads back to the pod that called it reaches another replica the next time.
func TestBackToItself(t *testing.T) {
	inv := shop(t)
	edge := "Deployment shop/cart > Deployment shop/cart TCP 8080"
	for name, c := range map[string]struct {
		flow *flow.Flow
		want string
	}{
		"conntrack":     {tcp(cart+":40000 > "+cart+":8080", final, dialled("10.96.0.50:80"), masqueraded("192.0.2.2:40000")), edge + " via shop/cart:80"},
		"socket":        {tcp(cart+":40000 > 10.96.0.50:80", atClient), edge + " via shop/cart:80 from client"},
		"node port":     {tcp(cart+":40000 > "+cart+":8080", final, dialled("192.0.2.1:30080")), edge + " via shop/cart:80"},
		"no Service":    {tcp(cart+":40000 > "+cart+":8080", final), "none: a pod with itself x1"},
		"another thing": {tcp(cart+":40000 > "+cart+":8080", final, dialled("198.51.100.7:80")), "none: a pod with itself x1"},
	} {
		t.Run(name, func(t *testing.T) { check(t, run(inv, []*flow.Flow{c.flow}), c.want) })
	}
}
