package resolve_test

import (
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/flow"
)

func peerOf(kind, name string, labels ...string) *flow.Peer {
	p := &flow.Peer{Namespace: "shop"}
	if name != "" {
		p.Workloads = []flow.Workload{{Kind: kind, Namespace: "shop", Name: name}}
	}
	for i := 0; i < len(labels); i += 2 {
		if p.Labels == nil {
			p.Labels = map[string]string{}
		}
		p.Labels[labels[i]] = labels[i+1]
	}
	return p
}

func TestWordsOfClients(t *testing.T) {
	inv := shop(t)
	for name, c := range map[string]struct {
		peer *flow.Peer
		addr string
		want string
	}{
		"pod name beats the address":   {named("shop", "web-6d4f5-aaaaa"), db, "Deployment shop/web"},
		"pod name and an old time":     {named("shop", "web-6d4f5-aaaaa"), web, "Deployment shop/web"},
		"pod that has ended":           {named("shop", "report-29000000-zzzzz"), "10.244.1.77", "Job shop/report-29000000"},
		"pod on the host's network":    {named("kube-system", "agent-a"), "192.0.2.1", "a node"},
		"pod that is gone":             {named("shop", "web-1-x"), db, "10.244.2.20 (its pod is not among those read)"},
		"workload":                     {peerOf("Deployment", "cart"), db, "Deployment shop/cart"},
		"replica set":                  {peerOf("ReplicaSet", "web-6d4f5"), db, "Deployment shop/web"},
		"old replica set":              {peerOf("ReplicaSet", "web-5ddf"), db, "Deployment shop/web"},
		"job of a CronJob":             {peerOf("Job", "report-28999999"), db, "CronJob shop/report"},
		"job of none":                  {peerOf("Job", "report-once", "app", "x"), db, "Job shop/report-once map[app:x]"},
		"workload on the host":         {&flow.Peer{Namespace: "kube-system", Workloads: []flow.Workload{{Kind: "DaemonSet", Name: "agent"}}}, db, "a node"},
		"gone workload":                {peerOf("Deployment", "old", "app", "old", "pod-template-hash", "1"), db, "Deployment shop/old map[app:old]"},
		"gone workload, labels of one": {peerOf("Deployment", "old", "app", "cart"), db, "Deployment shop/cart"},
		"gone workload, no labels":     {peerOf("Deployment", "old"), db, "10.244.2.20 (its pod is not among those read)"},
		"labels of one":                {peerOf("", "", "app", "cart", "tier", "back"), "198.51.100.7", "Deployment shop/cart"},
		"labels of none":               {peerOf("", "", "app", "old", "b", "c"), "198.51.100.7", "Pod shop/app=old,b=c map[app:old b:c]"},
		"labels and the address":       {peerOf("", "", "tier", "back"), cart, "Deployment shop/cart"},
		"labels against the address":   {peerOf("", "", "app", "old"), cart, "Pod shop/app=old map[app:old]"},
		"a namespace alone":            {peerOf("", ""), web, "Deployment shop/web"},
		"old replica set with a hash":  {peerOf("ReplicaSet", "gone-77", "app", "gone", "pod-template-hash", "77"), db, "Deployment shop/gone map[app:gone]"},
		"world":                        {reserved("world"), "198.51.100.7", "198.51.100.7"},
		"world that is a gone pod":     {reserved("world"), "10.244.1.200", "10.244.1.200 (no pod has this address now)"},
		"world beats nearness":         {reserved("world-ipv4"), "10.96.7.7", "10.96.7.7"},
		"host":                         {reserved("host"), "10.244.2.1", "its own node"},
		"host by its name":             {reserved("host"), "198.51.100.9", "its own node"},
		"remote node":                  {reserved("remote-node"), "198.51.100.9", "a node"},
		"API server on a node":         {reserved("kube-apiserver", "remote-node"), "192.0.2.1", "a node"},
		"API server elsewhere":         {reserved("kube-apiserver"), "198.51.100.9", "the API server at 198.51.100.9"},
		"ingress":                      {reserved("ingress"), "10.244.1.222", "10.244.1.222 (Cilium's proxy for Ingresses)"},
		"unmanaged, known address":     {reserved("unmanaged"), web, "Deployment shop/web"},
		"unmanaged":                    {reserved("unmanaged"), "10.244.1.222", "10.244.1.222 (a pod that Cilium does not manage)"},
		"unknown":                      {reserved("unknown"), "10.244.1.222", "10.244.1.222 (Cilium does not know it)"},
		"new to Cilium":                {&flow.Peer{Namespace: "shop", Pod: "web-6d4f5-aaaaa", Reserved: []string{"init"}}, db, "Deployment shop/web"},
		"hostile":                      {&flow.Peer{Namespace: "\x1b[31m", Workloads: []flow.Workload{{Kind: "\n", Name: "\x00"}}}, web, "10.244.1.5 (its pod is not among those read)"},
	} {
		t.Run(name, func(t *testing.T) {
			f := tcp(c.addr+":40000 > "+cart+":8080", from(c.peer), atServer, at(noon))
			if name == "labels and the address" || name == "labels against the address" {
				f = tcp(c.addr+":40000 > "+web2+":8080", from(c.peer), atServer, at(noon))
				check(t, run(inv, []*flow.Flow{f}), c.want+" > Deployment shop/web TCP 8080 from server")
				return
			}
			check(t, run(inv, []*flow.Flow{f}), c.want+" > Deployment shop/cart TCP 8080 from server")
		})
	}
	check(t, run(inv, []*flow.Flow{tcp(web+":40000 > "+cart+":4240", to(reserved("health")))}), "none: Cilium's health checks x1")
	check(t, run(inv, []*flow.Flow{tcp("192.0.2.1:40000 > "+cart+":4240", from(reserved("health", "host")))}), "none: Cilium's health checks x1")
}

func TestWordsOfServers(t *testing.T) {
	inv := shop(t)
	for name, c := range map[string]struct {
		peer *flow.Peer
		addr string
		want string
	}{
		"pod name":             {named("shop", "cart-7f9c8-aaaaa"), db + ":8080", "Deployment shop/cart TCP 8080"},
		"labels and address":   {peerOf("", "", "tier", "back"), cart + ":8080", "Deployment shop/cart TCP 8080"},
		"gone pod":             {named("shop", "gone"), db + ":8080", "10.244.2.20 (its pod is not among those read) TCP 8080"},
		"host":                 {reserved("host"), "192.0.2.1:10250", "a node TCP 10250"},
		"node port":            {reserved("remote-node"), "198.51.100.9:30080", "Deployment shop/cart TCP 8080 via shop/cart:80"},
		"API server":           {reserved("kube-apiserver", "remote-node"), "198.51.100.9:6443", "the API server at 198.51.100.9 TCP 6443"},
		"its kubelet":          {reserved("kube-apiserver", "remote-node"), "198.51.100.9:10250", "a node TCP 10250"},
		"managed API server":   {reserved("kube-apiserver"), "198.51.100.9:443", "the API server at 198.51.100.9 TCP 443"},
		"second API server":    {reserved("kube-apiserver"), "[2001:db8::9]:443", "the API server at 2001:db8::9 TCP 443"},
		"API server as read":   {reserved("kube-apiserver", "remote-node"), "192.0.2.1:6443", "the API server TCP 6443"},
		"its Service":          {reserved("kube-apiserver"), "10.96.0.1:443", "the API server TCP 6443 via default/kubernetes:443"},
		"its Service's other":  {reserved("kube-apiserver"), "10.96.0.1:8443", "the API server TCP 8443"},
		"nowhere":              {reserved("kube-apiserver"), "", "the API server TCP 8080"},
		"world with a Service": {reserved("world"), "10.96.0.50:80", "Deployment shop/cart TCP 8080 via shop/cart:80"},
		"without an address":   {named("shop", "cart-7f9c8-aaaaa"), "", "Deployment shop/cart TCP 8080"},
		"gone, no address":     {named("shop", "gone"), "", "any address (its pod is not among those read) TCP 8080"},
	} {
		t.Run(name, func(t *testing.T) {
			f := tcp(web+":40000 > "+db+":8080", to(c.peer), at(noon))
			f.Server = flow.Endpoint{Port: 8080, Peer: c.peer}
			if c.addr != "" {
				f = tcp(web+":40000 > "+c.addr, to(c.peer), at(noon))
			}
			check(t, run(inv, []*flow.Flow{f}), "Deployment shop/web > "+c.want)
		})
	}
}

func TestOtherClusters(t *testing.T) {
	inv := shop(t)
	ours := &flow.Peer{Namespace: "shop", Pod: "web-6d4f5-aaaaa", Cluster: "a"}
	theirs := &flow.Peer{Namespace: "shop", Pod: "x", Cluster: "b", Labels: map[string]string{"app": "x"}}
	check(t, run(inv, []*flow.Flow{tcp(web+":40000 > 10.7.7.7:80", from(ours), to(theirs))}),
		"Deployment shop/web > 10.7.7.7 (a pod of another cluster) TCP 80")
	check(t, run(inv, []*flow.Flow{tcp("10.7.7.7:40000 > "+web+":80", from(theirs), to(ours))}),
		"10.7.7.7 (a pod of another cluster) > Deployment shop/web TCP 80")
	twin := &flow.Peer{Namespace: "shop", Pod: "db-0", Cluster: "b"}
	check(t, run(inv, []*flow.Flow{tcp(web+":40000 > 10.7.7.7:80", from(ours), to(twin))}),
		"Deployment shop/web > 10.7.7.7 (a pod of another cluster) TCP 80")
}

// A decoder makes a new peer for each line that names a Service.
func TestPeersThatAreNew(t *testing.T) {
	inv := shop(t)
	var flows []*flow.Flow
	for range 20000 {
		p := peerOf("Deployment", "old", "app", "old")
		p.Service = flow.Workload{Kind: "Service", Namespace: "shop", Name: "cart"}
		flows = append(flows, tcp(web+":40000 > 10.244.2.99:80", to(p)))
	}
	check(t, run(inv, flows), "Deployment shop/web > Deployment shop/old map[app:old] TCP 80 x20000")
}

// TestLabelsThatSeveralSelect: where the selectors of several workloads fit, the labels of their pods tell.
func TestLabelsThatSeveralSelect(t *testing.T) {
	text := shopText(t)
	deployment := func(name, selector, template string) {
		text += "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: " + name + ", namespace: shop}\nspec: {selector: {matchLabels: {" + selector +
			"}}, template: {metadata: {labels: {" + template + "}}, spec: {containers: [{name: c, image: i}]}}}\n"
	}
	deployment("x1", "app: x", "app: x, v: '1'")
	deployment("x2", "app: x, v: '2'", "app: x, v: '2'")
	deployment("y1", "app: yy", "app: yy")
	deployment("y2", "app: yy, v: '2'", "app: yy, v: '2'")
	deployment("z1", "app: z", "app: z, v: '1'")
	deployment("z2", "app: z", "app: z, v: '1'")
	inv := inventory(t, text)
	for name, c := range map[string]struct {
		peer *flow.Peer
		want string
	}{
		"another's labels differ":   {peerOf("", "", "app", "x", "v", "2"), "Deployment shop/x2"},
		"and there are more":        {peerOf("", "", "app", "x", "v", "2", "more", "a"), "Deployment shop/x2"},
		"the narrow one differs":    {peerOf("", "", "app", "x", "v", "1"), "Deployment shop/x1"},
		"a new version of the wide": {peerOf("", "", "app", "x", "v", "3"), "Deployment shop/x1"},
		"the same labels":           {peerOf("", "", "app", "yy", "v", "2"), "Deployment shop/y2"},
		"more than the wide has":    {peerOf("", "", "app", "yy", "more", "a"), "Deployment shop/y1"},
		"more than both have":       {peerOf("", "", "app", "yy", "v", "2", "more", "a"), "Pod shop/app=yy,more=a,v=2 map[app:yy more:a v:2]"},
		"both the same":             {peerOf("", "", "app", "z", "v", "1"), "Pod shop/app=z,v=1 map[app:z v:1]"},
		"neither the same":          {peerOf("", "", "app", "z", "v", "3"), "Pod shop/app=z,v=3 map[app:z v:3]"},
		"with a hash":               {peerOf("", "", "app", "yy", "v", "2", "pod-template-hash", "abc"), "Deployment shop/y2"},
		"gone pod":                  {&flow.Peer{Namespace: "shop", Pod: "x2-gone", Labels: map[string]string{"app": "x", "v": "2"}}, "Deployment shop/x2"},
		"another namespace":         {&flow.Peer{Namespace: "kube-system", Labels: map[string]string{"app": "x", "v": "2"}}, "Pod kube-system/app=x,v=2 map[app:x v:2]"},
	} {
		t.Run(name, func(t *testing.T) {
			check(t, run(inv, []*flow.Flow{tcp("10.244.1.222:40000 > "+cart+":8080", from(c.peer))}), c.want+" > Deployment shop/cart TCP 8080")
		})
	}
}
