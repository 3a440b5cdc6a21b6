package static

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
)

// inventoryOf reads manifests, as commands do.
func inventoryOf(t testing.TB, manifests ...string) *cluster.Inventory {
	t.Helper()
	text := strings.Join(manifests, "\n---\n")
	objects, problems, err := cluster.Load(t.Context(), cluster.LoadOptions{Filenames: []string{"-"}, Stdin: strings.NewReader(text)})
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	inv := cluster.NewInventory()
	inv.DefaultNamespace = "shop"
	if problems := inv.AddAll(objects); len(problems) > 0 {
		t.Fatal(problems)
	}
	return inv
}

// endText is an end in a few words.
func endText(e *api.EdgeEnd) string {
	switch e.Kind {
	case api.EndWorkload:
		return e.Workload.Name
	case api.EndAddress:
		return e.Address
	case api.EndName:
		return "name " + e.Name
	case api.EndUnknown:
		return "unknown " + e.Address + "(" + e.Reason + ")"
	}
	return string(e.Kind)
}

// edgeText is an edge in a few words, without its client.
func edgeText(e *api.Edge) string {
	port := fmt.Sprint(e.Port)
	if e.AnyPort {
		port = "any"
	}
	return fmt.Sprintf("%s %s %s", endText(&e.Server), e.Protocol, port)
}

// edgesOf are those of a client.
func edgesOf(r Reading, client string) []string {
	var out []string
	for i := range r.Edges {
		if e := &r.Edges[i]; e.Client.Workload.Name == client {
			out = append(out, edgeText(e))
		}
	}
	return out
}

// deployment is one of a pod whose container has the fields given, as YAML in one line.
func deployment(name, container string) string {
	return fmt.Sprintf(`{apiVersion: apps/v1, kind: Deployment, metadata: {name: %[1]s, namespace: shop}, spec: {selector: {matchLabels: {app: %[1]s}}, template: {metadata: {labels: {app: %[1]s}}, spec: {containers: [{name: app, image: x:1, %[2]s}]}}}}`, name, container)
}

// service leads to the pods of a Deployment; ports are such as "80:8080" and "8125/UDP".
func service(namespace, name string, ports ...string) string {
	var list []string
	for i, p := range ports {
		number, protocol, _ := strings.Cut(p, "/")
		number, target, _ := strings.Cut(number, ":")
		if protocol == "" {
			protocol = "TCP"
		}
		if target == "" {
			target = number
		}
		list = append(list, fmt.Sprintf("{name: p%d, port: %s, targetPort: %s, protocol: %s}", i, number, target, protocol))
	}
	return fmt.Sprintf(`{apiVersion: v1, kind: Service, metadata: {name: %[2]s, namespace: %[1]s}, spec: {clusterIP: 10.96.1.%[4]d, selector: {app: %[2]s}, ports: [%[3]s]}}`,
		namespace, name, strings.Join(list, ", "), len(name)*7%200+len(ports))
}

// servers are the Services that forms are tried with, and their pods.
func servers() string {
	db := strings.ReplaceAll(deployment("db", "ports: [{containerPort: 5432, name: pg}]"), "namespace: shop", "namespace: data")
	redis := `{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: redis, namespace: shop}, spec: {serviceName: redis, selector: {matchLabels: {app: redis}}, template: {metadata: {labels: {app: redis}}, spec: {containers: [{name: app, image: x:1, ports: [{containerPort: 6379}, {containerPort: 16379}]}]}}}}`
	headless := `{apiVersion: v1, kind: Service, metadata: {name: redis, namespace: shop}, spec: {clusterIP: None, selector: {app: redis}, ports: [{name: redis, port: 6379}, {name: bus, port: 16379}]}}`
	return strings.Join([]string{
		deployment("cart", "ports: [{containerPort: 8080, name: http}]"), service("shop", "cart", "7070:8080"),
		deployment("web", "ports: [{containerPort: 8080}, {containerPort: 9000}]"), service("shop", "web", "80:8080", "9000"),
		deployment("pg", "ports: [{containerPort: 5432}]"), service("shop", "pg", "5432"),
		deployment("mysql", "ports: [{containerPort: 3306}]"), service("shop", "mysql", "3306"),
		deployment("mq", "ports: [{containerPort: 5672}]"), service("shop", "mq", "5672"),
		deployment("statsd", "ports: [{containerPort: 8125, protocol: UDP}]"), service("shop", "statsd", "8125/UDP"),
		deployment("kafka-0", ""), service("shop", "kafka-0", "9092"), deployment("kafka-1", ""), service("shop", "kafka-1", "9092"),
		deployment("mongo-a", ""), service("shop", "mongo-a", "27017"), deployment("mongo-b", ""), service("shop", "mongo-b", "27018"),
		deployment("mssql", ""), service("shop", "mssql", "1433"), deployment("ora", ""), service("shop", "ora", "1521"),
		db, service("data", "db", "5432:pg"), redis, headless,
		`{apiVersion: v1, kind: Service, metadata: {name: legacy, namespace: shop}, spec: {type: ExternalName, externalName: old.example.com}}`,
		`{apiVersion: v1, kind: Service, metadata: {name: database, namespace: shop}, spec: {type: ExternalName, externalName: db.data.svc.cluster.local}}`,
		`{apiVersion: v1, kind: Service, metadata: {name: loop, namespace: shop}, spec: {type: ExternalName, externalName: loop.shop.svc.cluster.local}}`,
		`{apiVersion: v1, kind: Service, metadata: {name: kubernetes, namespace: default}, spec: {clusterIP: 10.96.0.1, ports: [{name: https, port: 443, targetPort: 6443}]}}`,
		`{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: kubernetes, namespace: default, labels: {kubernetes.io/service-name: kubernetes}}, addressType: IPv4, endpoints: [{addresses: [192.0.2.10]}], ports: [{name: https, port: 6443}]}`,
	}, "\n---\n")
}
