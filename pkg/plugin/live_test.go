package plugin

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// controlNodes are nodes with API servers, each with a folder that its kubelet serves.
type controlNodes struct {
	proxy *testkit.FaultProxy
	dirs  []string
}

func newControlNodes(t *testing.T, count int) *controlNodes {
	t.Helper()
	c := &controlNodes{}
	mux := http.NewServeMux()
	var pods []string
	for i := range count {
		dir := t.TempDir()
		c.dirs = append(c.dirs, dir)
		node := fmt.Sprintf("cp-%d", i+1)
		logs := "/api/v1/nodes/" + node + "/proxy/logs/audit/"
		mux.Handle(logs, http.StripPrefix(logs, http.FileServer(http.Dir(dir))))
		pods = append(pods, fmt.Sprintf(`{"metadata":{"name":"kube-apiserver-%s","namespace":"kube-system","labels":{"component":"kube-apiserver"}},"spec":{"nodeName":%[1]q,
			"containers":[{"name":"kube-apiserver","command":["kube-apiserver","--audit-log-path=/var/log/audit/audit.log"],"volumeMounts":[{"name":"audit","mountPath":"/var/log/audit"}]}],
			"volumes":[{"name":"audit","hostPath":{"path":"/var/log/audit"}}]}}`, node))
	}
	mux.HandleFunc("/api/v1/namespaces/kube-system/pods", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"kind":"PodList","apiVersion":"v1","items":[%s]}`, strings.Join(pods, ","))
	})
	c.proxy = testkit.NewFaultProxy(t, mux)
	return c
}

func (c *controlNodes) put(t *testing.T, server int, name string, events ...event) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(c.dirs[server], name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString(lines(t, events))
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

func lines(t *testing.T, events []event) string {
	t.Helper()
	var b strings.Builder
	for i, e := range events {
		b.WriteString(e.line(t, i))
	}
	return b.String()
}

func (c *controlNodes) run(t *testing.T, args ...string) result {
	t.Helper()
	return run(t, "", append(args, "--kubeconfig", c.proxy.Kubeconfig)...)
}

// manifests are without the lines that differ by source.
func manifests(text string) string {
	return regexp.MustCompile(`(?m)^# (kubectl harden|source |        ).*\n`).ReplaceAllString(text, "")
}

// TestGenRoleAudit spreads a log over the rotated and current logs of two servers.
func TestGenRoleAudit(t *testing.T) {
	t.Chdir(t.TempDir())
	c := newControlNodes(t, 2)
	events := checkoutEvents()
	third := len(events) / 3
	c.put(t, 0, "audit-2026-11-10T09-00-00.000.log", events[:third]...)
	c.put(t, 0, "audit.log", events[third:2*third]...)
	c.put(t, 1, "audit.log", events[2*third:]...)
	write(t, ".", "file.log", lines(t, events))
	write(t, ".", "audit", "of another sort")
	want := run(t, "", "gen", "role", "--serviceaccount", "shop:checkout", "--from", "file.log", "--local")
	got := c.run(t, "gen", "role", "--serviceaccount", "shop:checkout", "--from", "audit")
	if got.code != 0 || want.code != 0 || manifests(got.stdout) != manifests(want.stdout) {
		t.Errorf("exit %d\n%s%s", got.code, got.stderr, cmp.Diff(manifests(want.stdout), manifests(got.stdout)))
	}
	if !strings.HasPrefix(got.stderr, "Plan: read the audit logs of 2 of 2 API servers of ") || strings.Contains(got.stderr, "warning") {
		t.Errorf("%s", got.stderr)
	}
	for _, source := range []string{"kube-apiserver-cp-1", "kube-apiserver-cp-2"} {
		if !strings.Contains(got.stdout, "audit of "+source+": ") {
			t.Errorf("no %s in\n%s", source, got.stdout)
		}
	}
	if file := c.run(t, "gen", "role", "--serviceaccount", "shop:checkout", "--from", "./audit"); file.code != 2 || !strings.Contains(file.stderr, "audit is no audit log") {
		t.Errorf("%+v", file)
	}
	write(t, ".", "roles.yaml", want.stdout)
	if proved := c.run(t, "prove", "-f", "roles.yaml", "--from", "audit"); proved.code != 0 {
		t.Errorf("%+v", proved)
	}
}

// TestAuditPartly: one of three servers is a third of the use.
func TestAuditPartly(t *testing.T) {
	c := newControlNodes(t, 3)
	events := checkoutEvents()
	for i := range 3 {
		c.put(t, i, "audit.log", events...)
	}
	c.proxy.On(testkit.Match{Path: "/api/v1/nodes/cp-2/.*"}, testkit.Status(403))
	got := c.run(t, "gen", "role", "--serviceaccount", "shop:checkout", "--from", "audit")
	for _, want := range []string{
		"Plan: read the audit logs of 2 of 3 API servers",
		"warning: the audit log of kube-apiserver-cp-2 on node cp-2 was not read, 1 of 3 API servers: HTTP 403 Forbidden: get nodes/proxy is missing\n",
	} {
		if !strings.Contains(got.stderr, want) {
			t.Errorf("no %q in\n%s", want, got.stderr)
		}
	}
	const blind = "audit of kube-apiserver-cp-2 was not read, so nothing that it alone holds is known: HTTP 403 Forbidden: get nodes/proxy is missing\n"
	if got.code != 0 || !strings.Contains(got.stdout, blind) || !strings.Contains(got.stdout, "audit of kube-apiserver-cp-2: not read\n") {
		t.Errorf("exit %d\n%s", got.code, got.stdout)
	}

	// What observe writes is blind for the same.
	t.Chdir(t.TempDir())
	if observed := c.run(t, "observe", "--output-file", "day.json"); observed.code != 0 || !strings.Contains(observed.stderr, "warning: ") {
		t.Errorf("%+v", observed)
	}
	if again := run(t, "", "gen", "role", "--serviceaccount", "shop:checkout", "--from", "day.json", "--local"); again.code != 0 || !strings.Contains(again.stdout, blind) {
		t.Errorf("%+v", again)
	}
}

// TestAuditBreaks: a log that fails when it is read is blind too.
func TestAuditBreaks(t *testing.T) {
	c := newControlNodes(t, 1)
	events := checkoutEvents()
	c.put(t, 0, "audit-2026-11-10T09-00-00.000.log", events[:10]...)
	c.put(t, 0, "audit.log", events[10:]...)
	c.proxy.On(testkit.Match{Path: "/api/v1/nodes/cp-1/proxy/logs/audit/audit-.*"}, testkit.Status(500))
	got := c.run(t, "gen", "role", "--serviceaccount", "shop:checkout", "--from", "audit")
	if got.code != 0 || !strings.Contains(got.stderr, "warning: the audit log of kube-apiserver-cp-1 on node cp-1 was not read to its end, 1 of 1 API servers: HTTP 500 ") ||
		!strings.Contains(got.stdout, "# blind    ") || !strings.Contains(got.stdout, "audit of kube-apiserver-cp-1 was not read to its end: HTTP 500 Internal Server Error\n") {
		t.Errorf("%+v", got)
	}

	t.Chdir(t.TempDir())
	if observed := c.run(t, "observe", "--output-file", "day.json"); observed.code != 0 {
		t.Errorf("%+v", observed)
	}
	again := run(t, "", "gen", "role", "--serviceaccount", "shop:checkout", "--from", "day.json", "--local")
	if again.code != 0 || !strings.Contains(again.stdout, "audit of kube-apiserver-cp-1 was not read to its end: HTTP 500 ") {
		t.Errorf("%+v", again)
	}
}

func TestAuditUnreadable(t *testing.T) {
	c := newControlNodes(t, 2)
	c.proxy.On(testkit.Match{Path: "/api/v1/nodes/.*"}, testkit.Status(403))
	for _, args := range []string{"observe", "observe --plan", "gen role --user jane --from audit", "observe --duration 1h"} {
		got := c.run(t, strings.Fields(args)...)
		if got.code != 2 || !strings.Contains(got.stderr, "error: --from audit: no audit log can be read: kube-apiserver-cp-1: HTTP 403 Forbidden: get nodes/proxy is missing; kube-apiserver-cp-2: HTTP 403 ") {
			t.Errorf("%s: %+v", args, got)
		}
	}
	none := newControlNodes(t, 0)
	if got := none.run(t, "observe"); got.code != 2 || !strings.Contains(got.stderr, "managed (EKS, GKE, AKS)") || !strings.Contains(got.stderr, "--from FILE") {
		t.Errorf("%+v", got)
	}
}

func TestAuditPlan(t *testing.T) {
	c := newControlNodes(t, 2)
	for range 2 {
		c.put(t, 0, "audit.log", checkoutEvents()...)
		c.put(t, 0, "audit-2026-11-10T09-00-00.000.log", checkoutEvents()...)
	}
	const rest = `through   GET /api/v1/nodes/NODE/proxy/logs/: the API server passes it on to the kubelet of the node
cannot    see %s, and what the audit policy leaves out
needs     list pods in kube-system, get nodes/proxy: allowed
          whoever may get nodes/proxy can run code in every pod of the node
stays     nothing in the cluster; the requests are in the API server's audit log
`
	for args, want := range map[string]string{
		"observe --plan --duration 30m": `, from now on for 30m, every 2s
servers   kube-apiserver-cp-1 on cp-1: /var/log/audit/audit.log
not read  kube-apiserver-cp-2 on cp-2: HTTP 404 Not Found: no such log, or the kubelet serves none (enableSystemLogHandler)
` + fmt.Sprintf(rest, "what was asked for before"),
		"gen role --user jane --from audit --plan": `, all that is there
servers   kube-apiserver-cp-1 on cp-1: /var/log/audit/audit.log and 1 rotated
not read  kube-apiserver-cp-2 on cp-2: HTTP 404 Not Found: no such log, or the kubelet serves none (enableSystemLogHandler)
` + fmt.Sprintf(rest, "what was rotated and removed"),
	} {
		got := c.run(t, strings.Fields(args)...)
		_, after, _ := strings.Cut(got.stdout, "Plan: read the audit logs of 1 of 2 API servers of test")
		if got.code != 0 || got.stderr != "" || after != want {
			t.Errorf("%s: exit %d\n%s%s", args, got.code, got.stderr, cmp.Diff(want, after))
		}
	}
	for _, r := range c.proxy.Requests() {
		if strings.HasSuffix(r.Path, ".log") && r.Header.Get("Range") != "bytes=0-0" || r.Method != http.MethodGet {
			t.Errorf("a plan asked for %s %s (%s)", r.Method, r.Path, r.Header.Get("Range"))
		}
	}
}

func TestLiveFlags(t *testing.T) {
	for args, want := range map[string]string{
		"observe --from hubble":                                       "--from hubble: flows are read from files, such as one of hubble observe -o json; a file of that name is ./hubble",
		"gen role --user jane --from hubble":                          "--from hubble is no source for API access, which --from audit is; a file of that name is ./hubble",
		"gen role --user jane --from auto":                            "--from auto is no source for API access",
		"observe --from static":                                       "--from static is no source",
		"observe --from x.log --duration 30m":                         "--duration goes with a live source",
		"observe --from x.log --plan":                                 "--plan goes with a live source",
		"observe --duration 0s":                                       "--duration 0s is no time to wait",
		"observe --duration -3s":                                      "--duration -3s is no time to wait",
		"gen role --user jane --from audit --local":                   "which --local forbids",
		"prove -f x.yaml --from audit --local":                        "which --local forbids",
		"gen role --user jane --from audit --duration 3s":             "unknown flag: --duration",
		"gen role --self=version --plan":                              "--plan does not go with --self",
		"observe --from audit --context absent":                       `"absent" does not exist`,
		"gen role --user jane":                                        "--from SOURCE is missing",
		"gen role --user jane --from audit --kubeconfig /nonexistent": "nonexistent",
	} {
		if got := run(t, "", strings.Fields(args)...); got.code != 2 || got.stdout != "" || !strings.Contains(got.stderr, want) {
			t.Errorf("%s: %+v", args, got)
		}
	}
}

// TestAuditSelf: every right that a live source uses is in the roles for the command.
func TestAuditSelf(t *testing.T) {
	for _, command := range []string{"observe", "observe --from audit --duration 30m", "gen role --user jane --from audit", "prove -f x.yaml --from audit"} {
		got := run(t, "", "gen", "role", "--self="+command)
		for _, want := range []string{`{apiGroups: [""], resources: [nodes/proxy], verbs: [get]}`, "Whoever has this right can run code in every pod", "namespace: kube-system"} {
			if got.code != 0 || !strings.Contains(got.stdout, want) {
				t.Errorf("%s: no %s in %+v", command, want, got)
			}
		}
	}
	inDir(t, map[string]string{"audit.log": auditLog(t, checkoutEvents()), "flows.json": `{"flow":{"time":"2026-11-20T09:00:00Z","verdict":"FORWARDED"}}` + "\n"})
	for _, command := range []string{"observe --from audit.log", "observe --from flows.json -f state.yaml --local"} {
		if got := run(t, "", "gen", "role", "--self="+command); got.stdout != "" || !strings.Contains(got.stderr, "asks no API server") {
			t.Errorf("%s: %+v", command, got)
		}
	}
	for _, name := range []string{"flows.json", "not-there", "-"} {
		if got := run(t, "", "gen", "role", "--self=observe --from "+name); !strings.Contains(got.stdout, "resources: [pods]") {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
