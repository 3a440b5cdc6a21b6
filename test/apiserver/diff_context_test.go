package apiserver_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestDiffApplied(t *testing.T) {
	control, _ := setUpShop(t, "diff-applied")
	opts := asAdmin(control)
	in := []string{"-n", "diff-applied", "--baseline", "last-applied"}
	none := diff(t, opts, in...)
	if none.Code != 0 || none.Stdout != "" || !strings.HasPrefix(none.Stderr, "nothing changed, ") {
		t.Errorf("%+v", none)
	}
	control.Kubectl(t, "", "patch", "deploy/front", "-n", "diff-applied", "-p", addCapability)
	control.Kubectl(t, "", "patch", "role/web", "-n", "diff-applied", "--type=merge", "-p", `{"rules":[{"apiGroups":[""],"resources":["secrets"],"verbs":["get"]}]}`)
	got := changesOf(t, opts, 1, append(in, "deploy/front")...)
	for _, want := range []string{"new caps-added-escape of front", "new sa-secrets of front"} {
		if !strings.Contains(strings.Join(said(got), "\n"), want) {
			t.Errorf("%q is not in %q", want, said(got))
		}
	}
	control.Kubectl(t, "", "create", "deployment", "made", "--image=registry.example/app:1", "-n", "diff-applied")
	absent := diff(t, opts, append(in, "deploy/made")...)
	if absent.Code != 2 || absent.Stdout != "" || strings.Count(absent.Stderr, "\n") != 1 ||
		!strings.HasPrefix(absent.Stderr, "error: deploy/made in namespace diff-applied: it has no annotation kubectl.kubernetes.io/last-applied-configuration") {
		t.Errorf("%+v", absent)
	}
	control.Kubectl(t, "", "annotate", "deploy/made", "-n", "diff-applied", "kubectl.kubernetes.io/last-applied-configuration={\"a\x1b[2J\": ")
	broken := diff(t, opts, append(in, "deploy/made")...)
	if broken.Code != 2 || broken.Stderr != "error: deploy/made in namespace diff-applied: its annotation kubectl.kubernetes.io/last-applied-configuration cannot be used: it is not JSON\n" {
		t.Errorf("%+v", broken)
	}
	both := changesOf(t, opts, 1, in...)
	if both.Summary.Incomparable != 1 || both.Summary.New == 0 {
		t.Errorf("%+v %q", both.Summary, said(both))
	}
}

func TestDiffTemplate(t *testing.T) {
	control := setUp(t, "diff-template")
	opts := asAdmin(control)
	in := []string{"-n", "diff-template", "--baseline", "template"}
	wantChanges(t, changesOf(t, opts, 0, append(in, "deploy/web", "sts/db")...))
	debugged := podOf(t, control, "diff-template", "web")
	control.Kubectl(t, "", "patch", "pod", debugged, "-n", "diff-template", "--subresource=ephemeralcontainers", "-p",
		`{"spec":{"ephemeralContainers":[{"name":"debugger","image":"busybox","securityContext":{"privileged":true}}]}}`)
	got := changesOf(t, opts, 1, append(in, "deploy/web")...)
	for _, want := range []string{"new privileged of web", "new ephemeral-present of web"} {
		if !strings.Contains(strings.Join(said(got), "\n"), want) {
			t.Errorf("%q is not in %q", want, said(got))
		}
	}
	file := snapshot(t, opts, "-n", "diff-template")
	again := changesOf(t, offline(opts), 1, "-f", file, "--local", "--baseline", "template", "deploy/web")
	wantChanges(t, again, said(got)...)
	bare := diff(t, opts, append(in, "pod/bare")...)
	if bare.Code != 2 || bare.Stderr != "error: pod/bare in namespace diff-template: a Pod has no template that made it\n" {
		t.Errorf("%+v", bare)
	}
	control.Kubectl(t, "", "create", "deployment", "idle", "--image=registry.example/app:1", "--replicas=0", "-n", "diff-template")
	idle := diff(t, opts, append(in, "deploy/idle")...)
	if idle.Code != 2 || idle.Stderr != "error: deploy/idle in namespace diff-template: no pod of it runs\n" {
		t.Errorf("%+v", idle)
	}
	wantChanges(t, changesOf(t, opts, 0, append(in, "deploy/idle", "sts/db")...), "incomparable template of idle")
}

// twoContexts is a kubeconfig with a second context for the same server.
func twoContexts(t *testing.T, kubeconfig string) string {
	t.Helper()
	var config map[string]any
	if err := json.Unmarshal([]byte(readFile(t, kubeconfig)), &config); err != nil {
		t.Fatal(err)
	}
	contexts, ok := config["contexts"].([]any)
	if !ok {
		t.Fatal(config["contexts"])
	}
	config["contexts"] = append(contexts, map[string]any{"name": "staging", "context": map[string]any{"cluster": "test", "user": "test"}})
	data, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	return manifestFile(t, string(data))
}

// TestDiffContext has two namespaces stand for two clusters.
func TestDiffContext(t *testing.T) {
	control, _ := setUpShop(t, "diff-here")
	setUpShop(t, "diff-there")
	opts := asAdmin(control)
	opts.Kubeconfig = twoContexts(t, control.AdminKubeconfig)
	in := []string{"-n", "diff-here", "--baseline", "context:staging"}
	mapped := slices.Concat(in, []string{"--namespace-map", "diff-there=diff-here"})
	same := changesOf(t, opts, 0, mapped...)
	wantChanges(t, same)
	if same.Summary.Workloads != 9 || same.Baseline != "context staging" || !strings.Contains(strings.Join(same.Notes, "\n"), "context staging is "+serverVersion+", context test is "+serverVersion) {
		t.Errorf("%+v, %s, %q", same.Summary, same.Baseline, same.Notes)
	}
	control.Kubectl(t, "", "patch", "deploy/front", "-n", "diff-here", "-p", addCapability)
	control.Kubectl(t, "", "patch", "role/web", "-n", "diff-there", "--type=merge", "-p", `{"rules":[{"apiGroups":[""],"resources":["secrets"],"verbs":["get"]}]}`)
	control.Kubectl(t, "", "delete", "deploy/web", "-n", "diff-there")
	text := strings.Join(said(changesOf(t, opts, 1, mapped...)), "\n")
	for _, want := range []string{"new caps-added-escape of front", "resolved sa-secrets of front", "of web"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in %q", want, text)
		}
	}
	one := diff(t, opts, append(mapped, "deploy/web")...)
	if one.Code != 2 || one.Stdout != "" || !strings.Contains(one.Stderr, `error: context staging: deployments.apps "web" not found in namespace diff-there`) {
		t.Errorf("%+v", one)
	}
	wantChanges(t, changesOf(t, opts, 0, append(in, "deploy/front")...)) // the same context, and no map
	for name, want := range map[string]string{"none": "error: --baseline context: context \"none\" does not exist\n"} {
		if got := diff(t, opts, "--baseline", "context:"+name); got.Code != 2 || got.Stdout != "" || got.Stderr != want {
			t.Errorf("%+v", got)
		}
	}
}

// TestDiffAsks sends no request that changes anything, and asks for no Secret.
func TestDiffAsks(t *testing.T) {
	control, manifest := setUpShop(t, "diff-asks")
	opts := asAdmin(control)
	const user = "diff-asks"
	opts.Kubeconfig = control.Kubeconfig(t, user, "system:masters")
	for _, args := range [][]string{
		{"--baseline", "revision:1"}, {"--baseline", "last-applied"}, {"--baseline", "template"}, {"--baseline", "pss:restricted"},
		{"-f", manifestFile(t, manifest)},
	} {
		if got := diff(t, opts, append([]string{"-n", "diff-asks", "--exit-code=false"}, args...)...); got.Code != 0 {
			t.Errorf("%v: %+v", args, got)
		}
	}
	requests := control.AuditRequests(t, user)
	for _, r := range requests {
		if r.Verb != "get" && r.Verb != "list" || r.Resource == "secrets" {
			t.Errorf("%s %s", r.Verb, r.RequestURI)
		}
	}
	if len(requests) < 100 {
		t.Errorf("%d requests", len(requests))
	}
}
