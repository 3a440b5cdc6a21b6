package apiserver_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// shared is the control plane of all tests here, started by the first.
var shared testkit.SharedControlPlane

func TestMain(m *testing.M) {
	code := m.Run()
	shared.Stop()
	os.Exit(code)
}

const node = `apiVersion: v1
kind: Node
metadata: {name: node-1}
`

const nodeStatus = `{"status":{"nodeInfo":{"machineID":"","systemUUID":"","bootID":"","kernelVersion":"6.1","osImage":"Debian",
"containerRuntimeVersion":"cri-o://1.36.0","kubeletVersion":"v1.36.3","kubeProxyVersion":"","operatingSystem":"linux","architecture":"amd64"},
"runtimeHandlers":[{"name":"","features":{"userNamespaces":true}}]}}`

const kubeletConfig = `apiVersion: v1
kind: ConfigMap
metadata: {name: kubelet-config, namespace: kube-system}
data: {kubelet: "seccompDefault: false"}
`

// workloads are one of every kind, in the namespace of the test.
func workloads(namespace string) string {
	const template = `
    metadata: {labels: {app: %[2]s}}
    spec: {restartPolicy: %[3]s%[4]s, containers: [{name: app, image: "registry.example/app:1"}]}`
	var b strings.Builder
	fmt.Fprintf(&b, "apiVersion: v1\nkind: Namespace\nmetadata: {name: %s}\n", namespace)
	for _, w := range []struct{ version, kind, name, restart string }{
		{"apps/v1", "Deployment", "web", "Always"}, {"apps/v1", "StatefulSet", "db", "Always"},
		{"apps/v1", "DaemonSet", "agent", "Always"}, {"apps/v1", "ReplicaSet", "set", "Always"},
		{"v1", "ReplicationController", "old", "Always"}, {"batch/v1", "Job", "once", "Never"},
	} {
		selector, tolerations := fmt.Sprintf("\n  selector: {matchLabels: {app: %s}}", w.name), ""
		switch w.kind {
		case "DaemonSet":
			tolerations = ", tolerations: [{operator: Exists}]" // the node has no kubelet and is tainted for it after a minute
		case "ReplicationController":
			selector = fmt.Sprintf("\n  selector: {app: %s}", w.name)
		case "Job":
			selector = ""
		}
		fmt.Fprintf(&b, "---\napiVersion: %s\nkind: %s\nmetadata: {name: %s, namespace: %s, labels: {tier: %s}}\nspec:%s\n  template:"+
			strings.NewReplacer("%[2]s", w.name, "%[3]s", w.restart, "%[4]s", tolerations).Replace(template)+"\n", w.version, w.kind, w.name, namespace, w.name, selector)
	}
	fmt.Fprintf(&b, "---\napiVersion: batch/v1\nkind: CronJob\nmetadata: {name: nightly, namespace: %s}\nspec:\n  schedule: 0 0 30 2 *\n  jobTemplate:\n    spec:\n      template:\n        spec: {restartPolicy: Never, containers: [{name: app, image: app}]}\n", namespace)
	fmt.Fprintf(&b, "---\napiVersion: v1\nkind: Pod\nmetadata: {name: bare, namespace: %s}\nspec: {containers: [{name: app, image: app}]}\n", namespace)
	return b.String()
}

// setUp makes a namespace with one workload of every kind and waits for their pods.
func setUp(t *testing.T, namespace string) *testkit.ControlPlane {
	t.Helper()
	control := shared.Get(t)
	control.Kubectl(t, node, "apply", "-f", "-")
	control.Kubectl(t, "", "patch", "node", "node-1", "--subresource=status", "--type=merge", "-p", nodeStatus)
	control.Kubectl(t, kubeletConfig, "apply", "-f", "-")
	control.Kubectl(t, "", "create", "namespace", namespace)
	testkit.WaitFor(t, "the default ServiceAccount", func() error {
		if control.Kubectl(t, "", "get", "serviceaccounts", "-n", namespace, "-o", "name") == "" {
			return fmt.Errorf("there is none in %s", namespace)
		}
		return nil
	})
	control.Kubectl(t, workloads(namespace), "apply", "-f", "-")
	testkit.WaitFor(t, "pods", func() error {
		pods := strings.Fields(control.Kubectl(t, "", "get", "pods", "-n", namespace, "-o", "name"))
		if len(pods) < 6 {
			return fmt.Errorf("there are %q", pods)
		}
		return nil
	})
	return control
}

func podOf(t *testing.T, control *testkit.ControlPlane, namespace, app string) string {
	t.Helper()
	return strings.TrimSpace(control.Kubectl(t, "", "get", "pods", "-n", namespace, "-l", "app="+app, "-o", "jsonpath={.items[0].metadata.name}"))
}

func explain(t *testing.T, opts testkit.RunOptions, args ...string) testkit.Result {
	t.Helper()
	return testkit.Run(t, opts, append([]string{"explain"}, args...)...)
}

func reportOf(t *testing.T, result testkit.Result) api.Report {
	t.Helper()
	var report api.Report
	if err := json.Unmarshal([]byte(result.Stdout), &report); err != nil {
		t.Fatalf("%v in %+v", err, result)
	}
	return report
}

func asAdmin(control *testkit.ControlPlane) testkit.RunOptions {
	return testkit.RunOptions{Kubectl: control.KubectlPath, Kubeconfig: control.AdminKubeconfig, Env: []string{"LANG=C.UTF-8"}}
}

func names(report api.Report) []string {
	var out []string
	for _, item := range report.Items {
		out = append(out, item.Ref.Kind+"/"+item.Ref.Name)
	}
	return out
}

// written is a file of this content.
func written(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
