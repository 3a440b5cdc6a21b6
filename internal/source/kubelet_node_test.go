package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// node is a folder that is served as a kubelet serves /var/log, behind an API server that
// knows the pods of kube-system.
type node struct {
	*testing.T
	dir   string
	proxy *testkit.FaultProxy
	lines int
}

const logsOfNode = "/api/v1/nodes/cp/proxy/logs/"

func newNode(t *testing.T, pods ...corev1.Pod) *node {
	t.Helper()
	n := &node{T: t, dir: t.TempDir()}
	if err := os.Mkdir(filepath.Join(n.dir, "audit"), 0o750); err != nil {
		t.Fatal(err)
	}
	if len(pods) == 0 {
		pods = []corev1.Pod{serverPod("cp", "--audit-log-path=/var/log/audit/audit.log")}
	}
	mux := http.NewServeMux()
	mux.Handle(logsOfNode, http.StripPrefix(logsOfNode, http.FileServer(http.Dir(n.dir))))
	mux.HandleFunc("/api/v1/namespaces/kube-system/pods", func(w http.ResponseWriter, r *http.Request) { servePods(w, r, pods) })
	n.proxy = testkit.NewFaultProxy(t, mux)
	return n
}

// servePods answers in pages of one where a limit is given, and knows the label selector.
func servePods(w http.ResponseWriter, r *http.Request, pods []corev1.Pod) {
	list := corev1.PodList{TypeMeta: metav1.TypeMeta{Kind: "PodList", APIVersion: "v1"}}
	for _, p := range pods {
		if r.URL.Query().Get("labelSelector") == "" || p.Labels["component"] == "kube-apiserver" {
			list.Items = append(list.Items, p)
		}
	}
	if r.URL.Query().Get("limit") != "" && len(list.Items) > 1 {
		switch r.URL.Query().Get("continue") {
		case "":
			list.Items, list.Continue = list.Items[:1], "rest"
		default:
			list.Items = list.Items[1:]
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(list)
}

// serverPod is a static pod as kubeadm makes it.
func serverPod(node string, flags ...string) corev1.Pod {
	return corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "kube-apiserver-" + node, Namespace: "kube-system", Labels: map[string]string{"component": "kube-apiserver"}},
		Spec: corev1.PodSpec{
			NodeName: node,
			Containers: []corev1.Container{{
				Name: "kube-apiserver", Command: append([]string{"kube-apiserver", "--secure-port=6443"}, flags...),
				VolumeMounts: []corev1.VolumeMount{{Name: "audit", MountPath: "/var/log/audit"}},
			}},
			Volumes: []corev1.Volume{{Name: "audit", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/var/log/audit"}}}},
		},
	}
}

func (n *node) path(name string) string { return filepath.Join(n.dir, "audit", name) }

func (n *node) put(name, content string) {
	n.Helper()
	if err := os.WriteFile(n.path(name), []byte(content), 0o600); err != nil {
		n.Fatal(err)
	}
}

// more appends lines to the log.
func (n *node) more(count int) string {
	n.Helper()
	f, err := os.OpenFile(n.path("audit.log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		n.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var all strings.Builder
	for range count {
		n.lines++
		line := fmt.Sprintf("%d %s\n", n.lines, strings.Repeat("x", rand.IntN(3000)))
		if _, err := f.WriteString(line); err != nil {
			n.Fatal(err)
		}
		all.WriteString(line)
	}
	return all.String()
}

// rotate renames the log as kube-apiserver does, and compresses the one before.
func (n *node) rotate() {
	n.Helper()
	name := "audit-" + time.Unix(1700000000, 0).UTC().Add(time.Duration(n.lines)*time.Second).Format(rotatedAt) + ".log"
	if err := os.Rename(n.path("audit.log"), n.path(name)); err != nil {
		n.Fatal(err)
	}
	n.put("audit.log", "")
	old, err := filepath.Glob(n.path("audit-*.log"))
	if err != nil {
		n.Fatal(err)
	}
	for _, path := range old {
		if filepath.Base(path) == name {
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			n.Fatal(err)
		}
		zipped := testkit.Gzip(n.T, string(data))
		n.put(filepath.Base(path)+".gz", zipped[:len(zipped)/2]) // others see it half written
		n.put(filepath.Base(path)+".gz", zipped)
		if err := os.Remove(path); err != nil {
			n.Fatal(err)
		}
	}
}

func (n *node) find(opts AuditOptions) *AuditLog {
	n.Helper()
	opts.Poll = time.Millisecond
	logs, err := FindAuditLogs(n.Context(), n.proxy.RESTConfig(), opts)
	if err != nil {
		n.Fatal(err)
	}
	return logs[0]
}

// over is a window that has ended.
func over(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// all reads a log, and says why not all of it is there.
func all(window context.Context, t *testing.T, l *AuditLog) (content, reason string) {
	t.Helper()
	stream, err := l.File(t.Context(), window).Open()
	if err == nil {
		defer stream.Close()
		var data []byte
		data, err = io.ReadAll(stream)
		content = string(data)
	}
	if damage, is := errors.AsType[*DamagedError](err); is {
		return content, damage.Reason
	}
	if err != nil {
		t.Fatal(err)
	}
	return content, ""
}

// same tells where two logs differ: they are too long to print.
func same(t *testing.T, got, want string) {
	t.Helper()
	a, b := strings.SplitAfter(got, "\n"), strings.SplitAfter(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			t.Fatalf("line %d is %.40q, want %.40q (%d and %d lines)", i, a[i], b[i], len(a), len(b))
		}
	}
	if len(a) != len(b) {
		t.Fatalf("%d lines, want %d", len(a), len(b))
	}
}
