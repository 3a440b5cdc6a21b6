package plugin

import (
	"strings"
	"testing"
)

// configuredPair are a client with an own account and a server behind a Service, alone.
const configuredPair = `{apiVersion: apps/v1, kind: Deployment, metadata: {name: op, namespace: a}, spec: {selector: {matchLabels: {app: op}}, template: {metadata: {labels: {app: op}}, spec: {serviceAccountName: op, containers: [{name: c, image: i, env: [{name: R, value: "cache:6379"}]}]}}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: cache, namespace: a}, spec: {selector: {matchLabels: {app: cache}}, template: {metadata: {labels: {app: cache}}, spec: {containers: [{name: c, image: i, ports: [{containerPort: 6379}]}]}}}}
---
{apiVersion: v1, kind: Service, metadata: {name: cache, namespace: a}, spec: {selector: {app: cache}, ports: [{port: 6379}]}}
---
`

// wholeCluster makes files all of a cluster.
const wholeCluster = `{apiVersion: v1, kind: Namespace, metadata: {name: a}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: kube-system}}
---
{apiVersion: v1, kind: Pod, metadata: {name: etcd, namespace: kube-system, labels: {a: b}}, spec: {containers: [{name: c, image: i}]}, status: {phase: Running, podIP: 10.0.0.1}}
---
`

// TestNetpolOnConfigurationAlone: a direction is closed for configuration alone where nothing else may
// be there, or where that is asked for.
func TestNetpolOnConfigurationAlone(t *testing.T) {
	const (
		role   = "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: op, namespace: %s}, roleRef: {kind: Role, name: r}, subjects: [{kind: ServiceAccount, name: op, namespace: %s}]}\n---\n"
		routes = "{apiVersion: traefik.io/v1alpha1, kind: IngressRoute, metadata: {name: r, namespace: a}, spec: {routes: [{services: [{name: cache}]}]}}\n---\n"
	)
	bound, elsewhere := strings.ReplaceAll(role, "%s", "a"), strings.ReplaceAll(role, "%s", "b")
	const in, out = "isolates  ingress of cache", "isolates  egress of op"
	for name, test := range map[string]struct {
		files   string
		args    []string
		in, out bool
		says    string
	}{
		"of one application": {configuredPair, nil, false, false, "the files do not hold all of a cluster, and others may be configured to call it (--isolate ingress closes it)"},
		"asked":              {configuredPair, []string{"--isolate", "ingress,egress"}, true, true, ""},
		"all of a cluster":   {configuredPair + wholeCluster + elsewhere, nil, true, true, ""},
		"a bound account":    {configuredPair + wholeCluster + bound, nil, true, false, "which RoleBinding a/op grants rights, and may call the API server (--isolate egress closes it)"},
		"its own account":    {configuredPair + wholeCluster, nil, true, false, "a ServiceAccount of its own, and may call the API server"},
		"a route":            {configuredPair + wholeCluster + elsewhere + routes, nil, false, true, "IngressRoute a/r leads to it, and is not evaluated"},
	} {
		got := run(t, test.files, append([]string{"gen", "netpol", "-n", "a", "-f", "-", "--local"}, test.args...)...)
		closesIn := strings.Contains(got.stdout, in) || strings.Contains(got.stdout, "isolates  ingress and egress of cache")
		closesOut := strings.Contains(got.stdout, out) || strings.Contains(got.stdout, "isolates  ingress and egress of op")
		if got.code != 0 || closesIn != test.in || closesOut != test.out || !strings.Contains(strings.Join(strings.Fields(got.stderr), " "), test.says) {
			t.Errorf("%s: %d, %t %t\n%s%s", name, got.code, closesIn, closesOut, got.stdout, got.stderr)
		}
	}
}
