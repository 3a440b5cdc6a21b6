package resolve_test

import (
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/flow"
	"github.com/kubectl-harden/kubectl-harden/internal/resolve"
)

func TestEnds(t *testing.T) {
	inv := shop(t)
	for name, c := range map[string]struct {
		flow *flow.Flow
		want []string
	}{
		"two pods":       {tcp(web+":40000 > "+cart+":8080", final), []string{"Deployment shop/web > Deployment shop/cart TCP 8080"}},
		"mapped":         {tcp("[::ffff:10.244.1.5]:40000 > [::ffff:10.244.2.9]:8080"), []string{"Deployment shop/web > Deployment shop/cart TCP 8080"}},
		"second family":  {tcp("[fd00:0:0:1::5]:40000 > [2001:db8::1]:443"), []string{"Deployment shop/web > 2001:db8::1 TCP 443"}},
		"zone":           {tcp("[fd00:0:0:1::5%eth0]:40000 > [2001:db8::1]:443"), []string{"Deployment shop/web > 2001:db8::1 TCP 443"}},
		"outside":        {tcp(web + ":40000 > 198.51.100.7:443"), []string{"Deployment shop/web > 198.51.100.7 TCP 443"}},
		"from outside":   {tcp("198.51.100.7:40000 > " + web + ":8443"), []string{"198.51.100.7 > Deployment shop/web TCP 8443"}},
		"to a node":      {tcp(web + ":40000 > 192.0.2.1:9100"), []string{"Deployment shop/web > a node TCP 9100"}},
		"external node":  {tcp(web + ":40000 > 203.0.113.2:22"), []string{"Deployment shop/web > a node TCP 22"}},
		"own node":       {tcp("192.0.2.2:40000 > " + cart + ":8080"), []string{"its own node > Deployment shop/cart TCP 8080"}},
		"other node":     {tcp("192.0.2.1:40000 > " + cart + ":8080"), []string{"a node > Deployment shop/cart TCP 8080"}},
		"bridge":         {tcp("10.244.2.1:40000 > " + cart + ":8080"), []string{"its own node > Deployment shop/cart TCP 8080"}},
		"flannel":        {tcp("10.244.1.0:40000 > " + cart + ":8080"), []string{"a node > Deployment shop/cart TCP 8080"}},
		"tunnel":         {tcp("10.244.1.64:40000 > " + cart + ":8080"), []string{"a node > Deployment shop/cart TCP 8080"}},
		"API server":     {tcp(web + ":40000 > 192.0.2.1:6443"), []string{"Deployment shop/web > the API server TCP 6443"}},
		"its kubelet":    {tcp(web + ":40000 > 192.0.2.1:10250"), []string{"Deployment shop/web > a node TCP 10250"}},
		"API as client":  {tcp("192.0.2.1:40000 > " + cart + ":8443"), []string{"a node > Deployment shop/cart TCP 8443"}},
		"before the pod": {tcp(web+":40000 > "+cart+":8080", at(noon-86400)), []string{"none: neither end is a known pod x1"}},
		"one before":     {tcp(web+":40000 > 198.51.100.7:443", at(noon-86400)), []string{"none: neither end is a known pod x1"}},
		"after the pod":  {tcp(web+":40000 > "+cart+":8080", at(noon)), []string{"Deployment shop/web > Deployment shop/cart TCP 8080"}},
		"gone pod":       {tcp("10.244.1.200:40000 > " + cart + ":8080"), []string{"10.244.1.200 (no pod has this address now) > Deployment shop/cart TCP 8080"}},
		"gone pod 6":     {tcp("[fd00:0:0:1::5]:40000 > [fd00:0:0:2::77]:80"), []string{"Deployment shop/web > fd00:0:0:2::77 (no pod has this address now) TCP 80"}},
		"ended pod":      {tcp("10.244.1.77:40000 > " + cart + ":8080"), []string{"10.244.1.77 (the pod of this address has ended) > Deployment shop/cart TCP 8080"}},
		"gone Service":   {tcp(web + ":40000 > 10.96.44.4:80"), []string{"Deployment shop/web > 10.96.44.4 (no Service has this address now) TCP 80"}},
		"NodeLocal":      {udp(web + ":40000 > 169.254.20.10:53"), []string{"Deployment shop/web > 169.254.20.10 UDP 53"}},
		"metadata":       {tcp(web + ":40000 > 169.254.169.254:80"), []string{"Deployment shop/web > 169.254.169.254 TCP 80"}},
		"loopback":       {tcp("127.0.0.1:40000 > 127.0.0.1:8080"), []string{"none: loopback x1"}},
		"loopback 6":     {tcp("[::1]:40000 > " + cart + ":8080"), []string{"none: loopback x1"}},
		"passthrough":    {tcp("127.0.0.6:40000 > " + meshed + ":8080"), []string{"none: loopback x1"}},
		"sidecar":        {tcp(web+":40000 > "+meshed+":15006", final, atServer), []string{"none: a sidecar's own port x1"}},
		"no sidecar":     {tcp(web+":40000 > "+cart+":15006", final, atServer), []string{"Deployment shop/web > Deployment shop/cart TCP 15006 from server"}},
		"multicast":      {udp(web + ":5353 > 224.0.0.251:5353"), []string{"none: multicast or broadcast x1"}},
		"broadcast":      {udp(web + ":5353 > 255.255.255.255:67"), []string{"none: multicast or broadcast x1"}},
		"unspecified":    {udp("0.0.0.0:68 > " + web + ":67"), []string{"none: unspecified address x1"}},
		"link-local":     {udp("[fe80::1]:546 > [fd00:0:0:1::5]:547"), []string{"none: link-local address x1"}},
		"itself":         {tcp(web + ":40000 > " + web + ":8080"), []string{"none: a pod with itself x1"}},
		"replicas":       {tcp(web + ":40000 > " + web2 + ":7946"), []string{"Deployment shop/web > Deployment shop/web TCP 7946"}},
		"nodes":          {tcp("192.0.2.1:40000 > 192.0.2.2:10250"), []string{"none: neither end is a known pod x1"}},
		"outside both":   {tcp("198.51.100.7:40000 > 198.51.100.8:443"), []string{"none: neither end is a known pod x1"}},
		"no port":        {tcp(web + ":40000 > " + cart), []string{"none: no port x1"}},
		"no client port": {tcp(web + " > " + cart + ":8080"), []string{"Deployment shop/web > Deployment shop/cart TCP 8080"}},
		"ping":           {seen(flow.ICMP, web+" > "+cart), []string{"Deployment shop/web > Deployment shop/cart ICMP 0"}},
		"GRE":            {seen(47, web+" > "+cart), []string{"Deployment shop/web > Deployment shop/cart 47 0"}},
		"denied":         {tcp(web+":40000 > "+cart+":8080", denied), []string{"Deployment shop/web > Deployment shop/cart TCP 8080 denied"}},
		"SYN-SENT":       {tcp(web+":40000 > "+cart+":8080", unanswered), []string{"Deployment shop/web > Deployment shop/cart TCP 8080 unanswered"}},
		"one way":        {udp(web+":40000 > "+cart+":8125", unanswered), []string{"Deployment shop/web > Deployment shop/cart UDP 8125"}},
		"no addresses":   {&flow.Flow{Protocol: flow.TCP, Direction: flow.DirectionFlag, Count: 1, Server: flow.Endpoint{Port: 80}, Point: flow.Point{Source: "file"}}, []string{"none: no address x1"}},
		"count":          {tcp(web+":40000 > "+cart+":8080", func(f *flow.Flow) { f.Count = 7 }), []string{"Deployment shop/web > Deployment shop/cart TCP 8080 x7"}},
		"hosted port":    {tcp(web + ":40000 > 192.0.2.2:19999"), []string{"Deployment shop/web > Deployment shop/cart TCP 9999"}},
	} {
		t.Run(name, func(t *testing.T) { check(t, run(inv, []*flow.Flow{c.flow}), c.want...) })
	}
}

func TestSharedAddress(t *testing.T) {
	text := shopText(t) + `---
apiVersion: v1
kind: Pod
metadata: {name: heir, namespace: shop, creationTimestamp: "2026-03-02T10:00:00Z"}
spec: {containers: [{name: c, image: i}], nodeName: node-a}
status: {phase: Running, podIPs: [{ip: 10.244.1.77}]}
---
apiVersion: v1
kind: Pod
metadata: {name: twin, namespace: shop, creationTimestamp: "2026-03-02T10:00:00Z"}
spec: {containers: [{name: c, image: i}], nodeName: node-a}
status: {phase: Running, podIPs: [{ip: 10.244.1.5}]}
`
	inv := inventory(t, text)
	f := func(client string, with ...func(*flow.Flow)) *flow.Flow {
		return tcp(client+":40000 > "+cart+":8080", with...)
	}
	check(t, run(inv, []*flow.Flow{f("10.244.1.77")}), "Pod shop/heir > Deployment shop/cart TCP 8080")
	check(t, run(inv, []*flow.Flow{f("10.244.1.77", at(noon))}), "10.244.1.77 (the address has changed hands since) > Deployment shop/cart TCP 8080")
	check(t, run(inv, []*flow.Flow{f(web)}), "10.244.1.5 (several pods have this address) > Deployment shop/cart TCP 8080")
	check(t, run(inv, []*flow.Flow{f(web, at(noon))}), "Deployment shop/web > Deployment shop/cart TCP 8080")
	check(t, run(inv, []*flow.Flow{f(web, at(noon+86400))}), "10.244.1.5 (several pods have this address) > Deployment shop/cart TCP 8080")
}

func TestWithoutRanges(t *testing.T) {
	inv := inventory(t, `
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec: {containers: [{name: c, image: i}]}
status: {phase: Running, podIPs: [{ip: 10.1.2.3}, {ip: "fd00:1::3"}]}
`)
	if err := resolve.Usable(inv); err != nil {
		t.Fatal(err)
	}
	for client, want := range map[string]string{
		"10.1.2.4:1":      "10.1.2.4 (no pod has this address now)",
		"10.1.3.4:1":      "10.1.3.4 (it may be that of a node: the files hold none)",
		"[fd00:1::4]:1":   "fd00:1::4 (no pod has this address now)",
		"[fd00:1:1::4]:1": "fd00:1:1::4 (it may be that of a node: the files hold none)",
	} {
		check(t, run(inv, []*flow.Flow{tcp(client + " > 10.1.2.3:80")}), want+" > Pod shop/a TCP 80")
	}
	world := tcp("10.1.2.4:1 > 10.1.2.3:80", from(reserved("world")))
	check(t, run(inv, []*flow.Flow{world}), "10.1.2.4 > Pod shop/a TCP 80")
}

func TestUsable(t *testing.T) {
	if err := resolve.Usable(inventory(t, "apiVersion: v1\nkind: Node\nmetadata: {name: a}\n")); err == nil {
		t.Error("an inventory without pods is usable")
	}
}
