package apiserver_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// serverVersion is the Kubernetes version that test/kubernetes requires.
const serverVersion = "v1.36.3"

func TestServerVersion(t *testing.T) {
	control := shared.Get(t)
	var versions struct {
		ServerVersion struct {
			GitVersion string `json:"gitVersion"`
			Minor      string `json:"minor"`
		} `json:"serverVersion"`
		ClientVersion struct {
			GitVersion string `json:"gitVersion"`
		} `json:"clientVersion"`
	}
	if err := json.Unmarshal([]byte(control.Kubectl(t, "", "version", "-o", "json")), &versions); err != nil {
		t.Fatal(err)
	}
	if got := versions.ServerVersion; got.GitVersion != serverVersion || got.Minor != "36" {
		t.Errorf("server version is %+v, want %s", got, serverVersion)
	}
	if got := versions.ClientVersion.GitVersion; !strings.HasPrefix(got, "v1.") {
		t.Errorf("kubectl reports version %s", got)
	}
}

func TestAuditLogCountsRequestsOfOneUser(t *testing.T) {
	control := shared.Get(t)
	const user = "audited"
	opts := testkit.RunOptions{Kubectl: control.KubectlPath, Kubeconfig: control.Kubeconfig(t, user, "system:masters")}
	result := testkit.Kubectl(t, opts, "get", "namespaces", "-o", "name")
	if result.Code != 0 || !strings.Contains(result.Stdout, "namespace/kube-system\n") {
		t.Fatalf("kubectl get namespaces: %+v", result)
	}
	lists := 0
	for _, request := range control.AuditRequests(t, user) {
		if request.Resource != "namespaces" {
			continue
		}
		lists++
		if request.Verb != "list" || request.Code != 200 || request.Stage != "ResponseComplete" {
			t.Errorf("the audit log has %+v", request)
		}
	}
	if lists != 1 {
		t.Errorf("the audit log has %d requests for namespaces, want 1", lists)
	}
}

func TestUserWithoutRightsIsForbidden(t *testing.T) {
	control := shared.Get(t)
	const user = "nobody"
	opts := testkit.RunOptions{Kubectl: control.KubectlPath, Kubeconfig: control.Kubeconfig(t, user)}
	result := testkit.Kubectl(t, opts, "get", "namespaces")
	if result.Code != 1 || !strings.Contains(result.Stderr, `User "nobody" cannot list resource "namespaces"`) {
		t.Errorf("kubectl get namespaces: %+v", result)
	}
	forbidden := 0
	for _, request := range control.AuditRequests(t, user) {
		if request.Resource == "namespaces" && request.Code == 403 {
			forbidden++
		}
	}
	if forbidden == 0 {
		t.Error("the audit log does not have the refused request")
	}
}

const twoReplicas = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: replicas}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: registry.example/app:1}]}
`

func TestDeploymentGetsReplicaSetAndPods(t *testing.T) {
	control := shared.Get(t)
	control.Kubectl(t, "", "create", "namespace", "replicas")
	control.Kubectl(t, twoReplicas, "apply", "-f", "-")
	testkit.WaitFor(t, "a ReplicaSet and two Pods", func() error {
		sets := strings.Fields(control.Kubectl(t, "", "get", "replicasets", "-n", "replicas", "-o", "name"))
		pods := strings.Fields(control.Kubectl(t, "", "get", "pods", "-n", "replicas", "-o", "name"))
		if len(sets) != 1 || len(pods) != 2 {
			return fmt.Errorf("there are %q and %q", sets, pods)
		}
		return nil
	})
}

func TestFaultProxyBeforeTheServer(t *testing.T) {
	control := shared.Get(t)
	proxy := testkit.NewFaultProxy(t, testkit.Upstream(t, control.AdminKubeconfig))
	opts := testkit.RunOptions{Kubectl: control.KubectlPath, Kubeconfig: proxy.Kubeconfig}
	if result := testkit.Kubectl(t, opts, "get", "namespaces", "-o", "name"); result.Code != 0 {
		t.Errorf("through the proxy: %+v", result)
	}
	proxy.On(testkit.Match{Method: "GET", Path: "/api/v1/namespaces"}, testkit.CutBody(100))
	if result := testkit.Kubectl(t, opts, "get", "namespaces"); result.Code != 1 || !strings.Contains(result.Stderr, "unexpected EOF") {
		t.Errorf("with a cut body: %+v", result)
	}
}

func TestControlPlaneThatFailsShowsItsLog(t *testing.T) {
	shared.Get(t) // skips with -short
	control, err := testkit.LaunchControlPlane(t.Context(), testkit.ControlPlaneOptions{
		APIServerArgs: []string{"--no-such-flag"},
	})
	if err == nil {
		control.Stop()
	}
	if err == nil || !strings.Contains(err.Error(), "unknown flag: --no-such-flag") {
		t.Errorf("launched with error %v", err)
	}
}

func TestControlPlaneStops(t *testing.T) {
	shared.Get(t) // skips with -short
	var control *testkit.ControlPlane
	t.Run("start", func(t *testing.T) {
		control = testkit.StartControlPlane(t, testkit.ControlPlaneOptions{})
		control.Kubectl(t, "", "get", "serviceaccount", "default")
	})
	listener, err := net.Listen("tcp", strings.TrimPrefix(control.Server, "https://"))
	if err != nil {
		t.Fatalf("the port is not free again: %v", err)
	}
	if err := listener.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(control.Dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("folder %s is left (error %v)", control.Dir, err)
	}
}
