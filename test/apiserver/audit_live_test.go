package apiserver_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// auditPod is what the kubelet of a node shows of its API server.
const auditPod = `apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver-cp, namespace: kube-system, labels: {component: kube-apiserver, tier: control-plane}}
spec:
  nodeName: cp
  hostNetwork: true
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: 0
  containers:
  - name: kube-apiserver
    image: registry.k8s.io/kube-apiserver:v1.36.3
    command: [kube-apiserver, --audit-log-path=/var/log/kubernetes/audit/audit.log]
    volumeMounts: [{name: audit, mountPath: /var/log/kubernetes/audit}]
  volumes: [{name: audit, hostPath: {path: /var/log/kubernetes/audit}}]
`

const (
	auditedUser = "system:serviceaccount:audited-live:worker"
)

// auditPlace is a control plane whose API server is a pod with a log on a node.
type auditPlace struct {
	*testing.T
	control *testkit.ControlPlane
}

func newAuditPlace(t *testing.T) *auditPlace {
	t.Helper()
	shared.Get(t) // skips with -short
	control := testkit.StartControlPlane(t, testkit.ControlPlaneOptions{APIServerArgs: []string{"--audit-log-maxsize=1", "--audit-log-compress"}})
	control.Kubectl(t, auditPod, "apply", "-f", "-")
	control.Kubectl(t, "", "create", "namespace", "audited-live")
	control.Kubectl(t, "", "create", "serviceaccount", "worker", "-n", "audited-live")
	control.Kubectl(t, "", "create", "clusterrolebinding", "audited-live", "--clusterrole=cluster-admin", "--serviceaccount=audited-live:worker")
	return &auditPlace{t, control}
}

// kubelet serves the folder with the log as a kubelet serves /var/log.
func (p *auditPlace) kubelet(prefix string) http.Handler {
	return http.StripPrefix(prefix+"kubernetes/audit/", http.FileServer(http.Dir(filepath.Dir(p.control.AuditLog))))
}

// proxied is a kubeconfig for a proxy that answers for the kubelet.
func (p *auditPlace) proxied(t *testing.T) string {
	t.Helper()
	proxy := testkit.NewFaultProxy(t, testkit.Upstream(t, p.control.AdminKubeconfig))
	const logs = "/api/v1/nodes/cp/proxy/logs/"
	proxy.On(testkit.Match{Path: logs + ".*"}, testkit.Answer(p.kubelet(logs)))
	return proxy.Kubeconfig
}

// rotated are the logs that the API server has ended so far.
func (p *auditPlace) rotated(t *testing.T) int {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(filepath.Dir(p.control.AuditLog), "audit-2*.log*"))
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}

// work is what the account does, each time with another name, until the API server begins
// another log, and once more.
func (p *auditPlace) work(t *testing.T, name string) {
	t.Helper()
	config := restConfig(t, p.control)
	config.Impersonate.UserName = auditedUser
	client := newClient(t, config)
	for began, n := p.rotated(t), 0; p.rotated(t) == began; n++ {
		if _, err := client.CoreV1().Secrets("audited-live").List(t.Context(), metav1.ListOptions{Limit: 1}); err != nil || n > 10000 {
			t.Fatalf("after %d requests the log is not rotated (error %v)", n, err)
		}
	}
	for _, args := range [][]string{{"create", "configmap", name}, {"get", "configmap", name}, {"delete", "configmap", name}} {
		p.control.Kubectl(t, "", append(args, "-n", "audited-live", "--as="+auditedUser)...)
	}
}

func (p *auditPlace) run(t *testing.T, kubeconfig string, args ...string) testkit.Result {
	t.Helper()
	return testkit.Run(t, testkit.RunOptions{Kubectl: p.control.KubectlPath, Kubeconfig: kubeconfig}, args...)
}

// roleOf is the role of the worker, without the lines about sources.
func (p *auditPlace) roleOf(t *testing.T, kubeconfig, from string) string {
	t.Helper()
	result := p.run(t, kubeconfig, "gen", "role", "--serviceaccount", "audited-live:worker", "--from", from)
	if result.Code != 0 {
		t.Fatalf("--from %s: %+v", from, result)
	}
	text := regexp.MustCompile(`(?m)^# (kubectl harden|source |window |blind |        ).*\n`).ReplaceAllString(result.Stdout, "")
	if !strings.Contains(text, "secrets") || strings.Contains(text, "nodes/proxy") {
		t.Errorf("--from %s:\n%s", from, text)
	}
	return text
}

// TestAuditLive reads the log of a real API server where it writes it.
func TestAuditLive(t *testing.T) {
	p := newAuditPlace(t)
	p.work(t, "early")
	t.Run("kubelet behind a proxy", func(t *testing.T) { p.reads(t, p.proxied(t)) })
	t.Run("unreachable kubelet", p.unreachable)
	t.Run("rights", p.rights)
}

// files is a folder with a copy of all logs.
func (p *auditPlace) files(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Dir(p.control.AuditLog))); err != nil {
		t.Fatal(err)
	}
	return dir
}

// reads compares the live log with the file, and observes it.
func (p *auditPlace) reads(t *testing.T, kubeconfig string) {
	if live, file := p.roleOf(t, kubeconfig, "audit"), p.roleOf(t, kubeconfig, p.files(t)); live != file {
		t.Error(cmp.Diff(file, live))
	}
	plan := p.run(t, kubeconfig, "observe", "--plan")
	if plan.Code != 0 || !strings.Contains(plan.Stdout, "servers   kube-apiserver-cp on cp: /var/log/kubernetes/audit/audit.log and ") || p.rotated(t) == 0 {
		t.Errorf("%+v", plan)
	}
	t.Run("duration", func(t *testing.T) { p.observes(t, kubeconfig, "5s", nil) })
	t.Run("signal", func(t *testing.T) { p.observes(t, kubeconfig, "10m", os.Interrupt) })
	t.Run("terminated", func(t *testing.T) { p.observes(t, kubeconfig, "10m", syscall.SIGTERM) })
}

// observes runs observe while the account works. Before and after do not count.
func (p *auditPlace) observes(t *testing.T, kubeconfig, duration string, end os.Signal) {
	name := strings.ToLower(regexp.MustCompile(`[\W_]+`).ReplaceAllString(t.Name(), "-"))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, testkit.BuildPlugin(t), "observe", "--from", "audit", "--duration", duration)
	cmd.Env = []string{"KUBECONFIG=" + kubeconfig, "HOME=" + t.TempDir()}
	var out bytes.Buffer
	errOut, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = errOut.Close() }()
	cmd.Stdout, cmd.Stderr = &out, errOut
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := func() string {
		text, _ := os.ReadFile(errOut.Name())
		return string(text)
	}
	testkit.WaitFor(t, "the plan", func() error {
		if text := said(); !strings.Contains(text, "stays ") {
			return fmt.Errorf("stderr is %q", text)
		}
		return nil
	})
	p.work(t, name)
	if end != nil {
		if err := cmd.Process.Signal(end); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, said())
	}
	var doc any
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	// Without a signal it may end before the work does.
	whole := end == nil || strings.Contains(out.String(), `"`+name+`"`)
	if text := out.String(); strings.Contains(text, `"early"`) || !strings.Contains(text, auditedUser) || !whole || strings.Contains(said(), "warning") {
		t.Errorf("%s\n%s", said(), text)
	}
	observed := written(t, "observed.json", out.String())
	p.roleOf(t, kubeconfig, observed)
}

// unreachable: the API server does not proxy to a node that it does not know.
func (p *auditPlace) unreachable(t *testing.T) {
	result := p.run(t, p.control.AdminKubeconfig, "observe")
	if result.Code != 2 || result.Stdout != "" || !strings.Contains(result.Stderr, "no audit log can be read: kube-apiserver-cp: HTTP 404 ") {
		t.Errorf("%+v", result)
	}
}

// rights: with the roles for the command nothing is refused, and without either of them the
// error says what is missing. What follows the authorization of nodes/proxy is not looked at:
// the API server proxies to no loopback address.
func (p *auditPlace) rights(t *testing.T) {
	const command, user = "observe --from audit", "watcher"
	p.control.Kubectl(t, generate(t, p.control, command, user), "apply", "-f", "-")
	client := newClient(t, restConfig(t, p.control))
	for _, want := range []rbac.Request{{Verb: "list", Resource: "pods", Namespace: "kube-system"}, {Verb: "get", Resource: "nodes", Subresource: "proxy", Name: "cp"}} {
		testkit.WaitFor(t, "the authorizer", func() error {
			status, err := review(t, client, rbac.User(user).Review(want))
			if err == nil && !status.Allowed {
				err = fmt.Errorf("%+v is not allowed yet", want)
			}
			return err
		})
	}
	requests, result := runSelf(t, p.control, command, user)
	if refused := refused(requests); len(refused) > 0 || !strings.Contains(result.Stderr, "HTTP 404 ") {
		t.Errorf("exit %d, refused %q\n%s", result.Code, refused, result.Stderr)
	}
	for n, want := range []string{"HTTP 403 Forbidden: get nodes/proxy is missing", "list pods in kube-system: pods is forbidden"} {
		other := fmt.Sprintf("watcher-without-%d", n)
		manifest, _ := withoutRule(generate(t, p.control, command, other), n)
		p.control.Kubectl(t, manifest, "apply", "-f", "-")
		testkit.WaitFor(t, "the refusal", func() error {
			_, result := runSelf(t, p.control, command, other)
			if result.Code != 2 || !strings.Contains(result.Stderr, want) {
				return fmt.Errorf("without rule %d: %+v", n, result)
			}
			return nil
		})
	}
}
