package static

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
)

// configMap is the ConfigMap settings, of a single key.
func configMap(key, text string) string {
	return fmt.Sprintf("{apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: shop}, data: {%s: %q}}", key, text)
}

// mounted is a Deployment with the files of the ConfigMap settings.
func mounted(mount string) string {
	return fmt.Sprintf(`{apiVersion: apps/v1, kind: Deployment, metadata: {name: client, namespace: shop}, spec: {selector: {matchLabels: {app: client}}, template: {metadata: {labels: {app: client}}, spec: {volumes: [{name: v, configMap: {name: settings}}], containers: [{name: app, image: x:1, env: [{name: WEB, value: web}], volumeMounts: [{name: v, mountPath: /etc/x%s}]}]}}}}`, mount)
}

// TestFiles of ConfigMaps, in the forms that programs have them.
func TestFiles(t *testing.T) {
	both := want("pg TCP 5432", "web TCP 9000")
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"YAML":            {"database:\n  host: pg\n  port: 5432\nweb:\n  url: http://web:9000 # cart:7070\n", both},
		"YAML, list":      {"servers:\n- host: pg\n  port: 5432\n- host: web\n  port: 9000\n", both},
		"YAML, of words":  {"hosts:\n  - kafka-0\n  - kafka-1\n", want("kafka-0 TCP 9092", "kafka-1 TCP 9092")},
		"YAML, targets":   {"scrape_configs:\n- static_configs:\n  - targets: ['cart:7070', \"web.shop:9000\"]\n", want("cart TCP 8080", "web TCP 9000")},
		"envoy":           {"address:\n  socket_address:\n    address: web\n    port_value: 9000\n", want("web TCP 9000")},
		"JSON":            {"{\n  \"db\": {\"host\": \"pg\", \"port\": 5432},\n  \"web\": \"http://web:9000/\"\n}", both},
		"JSON, one line":  {`{"db":{"host":"pg","port":5432},"web":"http://web:9000/"}`, both},
		"properties":      {"# http://cart:7070\nspring.datasource.url=jdbc:postgresql://pg:5432/x\nweb.host=web\nweb.port=9000\n", both},
		"properties, own": {"spring.datasource.url=jdbc:postgresql://${DB:pg}:5432/x\nweb.url=http://${WEB}:9000\n", both},
		"TOML":            {"[database]\nhost = \"pg\"\nport = 5432\n[web]\nhost = \"web\"\nport = 9000\n", both},
		"INI":             {"; cart:7070\n[db]\nhost=pg\nport=5432\n[listen]\nhost=web\nport=80\n", want("pg TCP 5432")},
		"nginx":           {"upstream a {\n  server web:9000 weight=5;\n}\nserver {\n  listen 80;\n  server_name shop.example;\n  location / { proxy_pass http://cart:7070; }\n}\n", want("cart TCP 8080", "web TCP 9000")},
		"Corefile":        {".:53 {\n  errors\n  forward . 198.51.100.53:53\n}\n", want("198.51.100.53 TCP 53", "198.51.100.53 UDP 53")},
		"XML":             {"<x xmlns=\"http://www.w3.org/2001/XMLSchema\"><url>http://web:9000</url></x>", want("web TCP 9000")},
		"CORS":            {"cors:\n  allowed_origins:\n  - http://web\n  - https://shop.example\nweb:\n  url: http://web:9000\n", want("web TCP 9000")},
		"prose":           {"The cart talks to web and pg.\nhost: ask the cart\nSee main.go:42, at 12:30.\n", nil},
		"certificate":     {"-----BEGIN CERTIFICATE-----\nMIIB/cart:7070\nhttp://web:9000\n-----END CERTIFICATE-----\n", nil},
		"template":        {"url: http://{{ .Values.host }}:9000\nhost: {{ host }}\naddr: <% cart %>:7070\n", nil},
		"links":           {"runbook_url: https://docs.example.com/x\ndescription: see http://web\nicon: https://cdn.example.com/a.png\n", nil},
		"script":          {"#!/bin/sh\nset -e\nuntil nc -z pg 5432; do sleep 1; done\n# curl http://cart:7070\ncurl -sf http://web:9000/ready\n", both},
		"empty":           {"", nil},
		"odd":             {"\x00\n: :\n- - -\n[]\n{\n=\n\"a\": \n'", nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := Read(inventoryOf(t, servers(), configMap("file", test.text), mounted("")))
			if diff := cmp.Diff(test.want, edgesOf(r, "client")); diff != "" {
				t.Error(diff)
			}
			for i := range r.Edges {
				if e := &r.Edges[i]; e.Client.Workload.Name == "client" && e.Configured[0] != "ConfigMap settings key file of container app" {
					t.Errorf("%q", e.Configured)
				}
			}
		})
	}
}

// TestMounts: the keys that a container has are read, and no other one.
func TestMounts(t *testing.T) {
	const two = `{apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: shop}, data: {a: "http://web", b: "http://cart:7070"}}`
	for mount, want := range map[string][]string{
		"":               {"cart TCP 8080", "web TCP 8080"},
		", subPath: a":   {"web TCP 8080"},
		", subPath: c":   nil,
		", subPath: a/b": nil,
	} {
		if diff := cmp.Diff(want, edgesOf(Read(inventoryOf(t, servers(), two, mounted(mount))), "client")); diff != "" {
			t.Errorf("%q: %s", mount, diff)
		}
	}
	unmounted := strings.Replace(mounted(""), "name: v, mountPath", "name: w, mountPath", 1)
	if got := edgesOf(Read(inventoryOf(t, servers(), two, unmounted)), "client"); got != nil {
		t.Error(got)
	}
}

// TestPlaces says where each stands, in whichever kind of container, and never a value.
func TestPlaces(t *testing.T) {
	const client = `
apiVersion: batch/v1
kind: CronJob
metadata: {name: client, namespace: shop}
spec:
  schedule: "@daily"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          volumes:
          - name: all
            projected:
              sources:
              - configMap: {name: settings, items: [{key: file, path: b/c.conf}]}
              - secret: {name: tls}
          initContainers:
          - {name: migrate, image: x:1, args: ["--db=pg:5432"]}
          - {name: proxy, image: x:1, restartPolicy: Always, command: [proxy, "http://web"]}
          containers:
          - name: app
            image: x:1
            envFrom:
            - {prefix: X_, configMapRef: {name: settings}}
            - {secretRef: {name: passwords}}
            - {configMapRef: {name: gone, optional: true}}
            - {configMapRef: {name: missing}}
            env:
            - {name: A, value: "http://web:9000"}
            - {name: B, valueFrom: {configMapKeyRef: {name: settings, key: stats}}}
            - {name: C, valueFrom: {secretKeyRef: {name: tokens, key: a}}}
            - {name: D, value: "http://web:9000"}
            - {name: E, value: "http://web:9000"}
            - {name: F, value: "http://web:9000"}
            volumeMounts: [{name: all, mountPath: /etc/x}]
`
	const settings = `{apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: shop}, data: {file: "mq:5672", stats: "statsd:8125"}}`
	r := Read(inventoryOf(t, servers(), client, settings))
	got := map[string][]string{}
	for i := range r.Edges {
		e := &r.Edges[i]
		got[edgeText(e)] = e.Configured
		if e.Client.Workload.Kind != "CronJob" || e.Count != 0 {
			t.Errorf("%+v", e)
		}
	}
	if diff := cmp.Diff(map[string][]string{
		"pg TCP 5432":     {"args of init container migrate"},
		"web TCP 8080":    {"command of sidecar proxy"},
		"web TCP 9000":    {"env A of container app", "env D of container app", "env E of container app"},
		"statsd UDP 8125": {"ConfigMap settings key stats of container app", "env B of container app"},
		"mq TCP 5672":     {"ConfigMap settings key file of container app"},
	}, got); diff != "" {
		t.Error(diff)
	}
	var unread []string
	for _, u := range r.Unread {
		if u.Workload.Name != "client" {
			t.Errorf("%+v", u)
		}
		unread = append(unread, u.What)
	}
	if diff := cmp.Diff([]string{"ConfigMap gone: not read", "ConfigMap missing: not read", "Secret passwords", "Secret tls", "Secret tokens"}, unread); diff != "" {
		t.Error(diff)
	}
}

// TestServingContainers: a port is that of a container that serves, the main ones before the sidecars.
func TestServingContainers(t *testing.T) {
	init := func(fields string) string {
		return strings.Replace(deployment("api", "ports: [{containerPort: 8080, name: http}]"), "spec: {containers:", "spec: {initContainers: ["+fields+"], containers:", 1)
	}
	serving := service("shop", "api", "80:http", "81:metrics")
	client := deployment("client", quoted("A=http://api:80|B=http://api:81"))
	for fields, metrics := range map[string]string{
		"{name: setup, image: x:1, ports: [{containerPort: 9999, name: http}, {containerPort: 9100, name: metrics}]}":                        "unknown (Service shop/api names a port that its pods do not have) TCP 81",
		"{name: proxy, image: x:1, restartPolicy: Always, ports: [{containerPort: 9999, name: http}, {containerPort: 9100, name: metrics}]}": "api TCP 9100",
	} {
		got := edgesOf(Read(inventoryOf(t, init(fields), serving, client)), "client")
		if diff := cmp.Diff(slices.Sorted(slices.Values([]string{"api TCP 8080", metrics})), slices.Sorted(slices.Values(got))); diff != "" {
			t.Error(diff)
		}
	}
}

// TestServicesOfEdges are those dialled, with their own ports.
func TestServicesOfEdges(t *testing.T) {
	r := Read(inventoryOf(t, servers(), deployment("client", quoted("A=cart:7070|B=redis-0.redis:6379|C=https://kubernetes.default|D=203.0.113.1:80|E=database:5432"))))
	var got []string
	for _, e := range r.Edges {
		got = append(got, fmt.Sprint(endText(&e.Server), e.Services))
	}
	if diff := cmp.Diff([]string{"203.0.113.1[]", "apiserver[default/kubernetes:443]", "db[data/db:5432]", "cart[shop/cart:7070]", "redis[shop/redis:6379]"}, got); diff != "" {
		t.Error(diff)
	}
	if !slices.IsSortedFunc(r.Edges, func(a, b api.Edge) int { return a.Compare(&b) }) {
		t.Error("not sorted")
	}
}

// TestOwnAddresses: what a workload is called by is none that it calls.
func TestOwnAddresses(t *testing.T) {
	const ingress = `{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: web, namespace: shop}, spec: {rules: [{host: shop.example, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: client, port: {number: 80}}}}]}}]}}`
	env := quoted("A=http://client|B=https://shop.example/cb|C=https://other.example|CLIENT_HOST=client")
	if diff := cmp.Diff(want("name other.example TCP 443"), edgesOf(Read(inventoryOf(t, servers(), ingress, service("shop", "client", "80:8080"), deployment("client", env))), "client")); diff != "" {
		t.Error(diff)
	}
	other := edgesOf(Read(inventoryOf(t, servers(), ingress, service("shop", "client", "80:8080"), deployment("client", ""), deployment("caller", env))), "caller")
	if diff := cmp.Diff(want("name other.example TCP 443", "unknown (an Ingress of the cluster serves this name) TCP 443", "client TCP 8080"), other); diff != "" {
		t.Error(diff)
	}
	peers := strings.Replace(servers(), "ports: [{containerPort: 6379}, {containerPort: 16379}]", quoted("PEERS=redis-0.redis:16379,redis-1.redis:16379"), 1)
	if diff := cmp.Diff(want("redis TCP 16379"), edgesOf(Read(inventoryOf(t, peers)), "redis")); diff != "" {
		t.Error(diff)
	}
}

// TestAddressesOfTheCluster are those of pods, nodes and Services.
func TestAddressesOfTheCluster(t *testing.T) {
	const node = `{apiVersion: v1, kind: Node, metadata: {name: node-1}, spec: {podCIDR: 10.244.1.0/24}, status: {addresses: [{type: InternalIP, address: 192.0.2.11}]}}`
	const pod = `{apiVersion: v1, kind: Pod, metadata: {name: lone, namespace: shop, labels: {app: lone}}, spec: {containers: [{name: a, image: x:1, ports: [{containerPort: 90, hostPort: 9090, protocol: UDP}]}]}, status: {phase: Running, podIPs: [{ip: 10.244.1.9}], hostIPs: [{ip: 192.0.2.11}]}}`
	const host = `{apiVersion: v1, kind: Pod, metadata: {name: agent, namespace: shop, labels: {app: agent}}, spec: {hostNetwork: true, containers: [{name: a, image: x:1}]}, status: {phase: Running, podIPs: [{ip: 192.0.2.11}]}}`
	const byHand = `{apiVersion: v1, kind: Service, metadata: {name: hand, namespace: shop}, spec: {clusterIP: 10.96.3.3, ports: [{port: 80, targetPort: 8080}]}}
---
{apiVersion: v1, kind: Endpoints, metadata: {name: hand, namespace: shop}, subsets: [{addresses: [{ip: 203.0.113.9}, {ip: 10.244.1.9}], ports: [{port: 8080}]}]}`
	const nodePort = `{apiVersion: v1, kind: Service, metadata: {name: out, namespace: shop}, spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]}}`
	env := quoted("A=10.244.1.9:90|B=192.0.2.11:9090|C=192.0.2.11:10250|D=10.244.1.77:80|E=http://hand|F=http://agent|G=http://192.0.2.11:30080|H_ADDR=169.254.169.254")
	got := edgesOf(Read(inventoryOf(t, servers(), node, pod, host, byHand, nodePort, service("shop", "agent", "80:80"), deployment("client", env))), "client")
	if diff := cmp.Diff(want("169.254.169.254 TCP any", "203.0.113.9 TCP 8080", "node TCP 80", "node TCP 10250", "unknown 10.244.1.77(no pod has this address now) TCP 80",
		"web TCP 8080", "lone TCP 8080", "lone UDP 90"), got); diff != "" {
		t.Error(diff)
	}
}

// TestHostAliases: a name of the pod's hosts file is the address there.
func TestHostAliases(t *testing.T) {
	client := strings.Replace(deployment("client", quoted("A=http://cart|B=http://old")), "spec: {containers:", "spec: {hostAliases: [{ip: 203.0.113.3, hostnames: [cart, old]}], containers:", 1)
	if diff := cmp.Diff(want("203.0.113.3 TCP 80"), edgesOf(Read(inventoryOf(t, servers(), client)), "client")); diff != "" {
		t.Error(diff)
	}
}

// TestPages: what people and browsers read is no configuration.
func TestPages(t *testing.T) {
	for key, want := range map[string][]string{"index.html": nil, "README.MD": nil, "app.conf": {"web TCP 8080"}} {
		got := edgesOf(Read(inventoryOf(t, servers(), configMap(key, "http://web"), mounted(""))), "client")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", key, diff)
		}
	}
}

// TestServicesUnread: where the Services of a namespace could not be read, that is said.
func TestServicesUnread(t *testing.T) {
	const snapshot = `{"apiVersion":"v1","kind":"List","items":[
{"apiVersion":"kubectl-harden.dev/v1alpha1","kind":"Snapshot","server":"v1.36.3","query":{"namespace":"shop","selector":"","targets":[]},"kinds":[],"reads":[
{"verb":"list","group":"","resource":"pods","namespace":""},{"verb":"list","group":"","resource":"services","namespace":"","failure":{"code":403,"reason":"Forbidden"}},
{"verb":"get","group":"","resource":"configmaps","namespace":"shop","name":"secretive","failure":{"code":403,"reason":"Forbidden"}}]},
{"apiVersion":"v1","kind":"Pod","metadata":{"name":"client","namespace":"shop"},"spec":{"containers":[{"name":"app","image":"x:1","envFrom":[{"configMapRef":{"name":"secretive"}}],
"env":[{"name":"A_ADDR","value":"cart:7070"},{"name":"B","value":"cart.shop.svc:7070"},{"name":"MODE","value":"cart"}]}]},"status":{"phase":"Running"}}
]}`
	objects, problems, err := cluster.Load(t.Context(), cluster.LoadOptions{Filenames: []string{"-"}, Stdin: strings.NewReader(snapshot)})
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	taken, err := cluster.SnapshotFrom(objects)
	if err != nil || taken == nil {
		t.Fatal(err)
	}
	got, err := taken.Collect(t.Context(), cluster.Query{Namespace: "shop", Flows: true, Configured: true})
	if err != nil {
		t.Fatal(err)
	}
	r := Read(got.Inventory)
	if diff := cmp.Diff(want("unknown (the Services of namespace shop could not be read) TCP 7070"), edgesOf(r, "client")); diff != "" {
		t.Error(diff)
	}
	var unread []string
	for _, u := range r.Unread {
		unread = append(unread, u.What)
	}
	if diff := cmp.Diff([]string{"ConfigMap secretive: forbidden", "the Services of namespace shop"}, unread); diff != "" {
		t.Error(diff)
	}
}
