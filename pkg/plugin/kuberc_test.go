package plugin

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestCredentialPluginsOfKuberc: a plugin of the kubeconfig runs where kubectl would run it, and only
// there, also for the completion of names and for the cluster of a baseline.
func TestCredentialPluginsOfKuberc(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the credential plugin is a script of sh")
	}
	dir := t.TempDir()
	ran := filepath.Join(dir, "ran")
	script := write(t, dir, "login", "#!/bin/sh\ntouch '"+ran+"'\nexit 1\n")
	if err := os.Chmod(script, 0o700); err != nil { //nolint:gosec // a program has to be one
		t.Fatal(err)
	}
	kubeconfig := write(t, dir, "config", fmt.Sprintf(`apiVersion: v1
kind: Config
current-context: a
clusters: [{name: a, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: a, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: %q, interactiveMode: Never}}}]
contexts: [{name: a, context: {cluster: a, user: a}}, {name: b, context: {cluster: a, user: a}}]
`, script))
	const head = "apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\n"
	for name, tt := range map[string]struct {
		kuberc, gate string
		runs         bool
		says         string
	}{
		"none":           {runs: true},
		"all":            {kuberc: head + "credentialPluginPolicy: AllowAll\n", runs: true},
		"denied":         {kuberc: head + "credentialPluginPolicy: DenyAll\n", says: "not allowed"},
		"listed":         {kuberc: head + "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{name: " + script + "}]\n", runs: true},
		"not listed":     {kuberc: head + "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{name: other}]\n", says: "not permitted"},
		"contradiction":  {kuberc: head + "credentialPluginPolicy: DenyAll\ncredentialPluginAllowlist: [{name: other}]\n", says: "kuberc: "},
		"no such policy": {kuberc: head + "credentialPluginPolicy: Perhaps\n", says: "kuberc: "},
		"unreadable":     {kuberc: "kind: [", says: "kuberc: "},
		"turned off":     {kuberc: head + "credentialPluginPolicy: DenyAll\n", gate: "false", runs: true},
	} {
		t.Run(name, func(t *testing.T) {
			env := map[string]string{"KUBERC": "off", "KUBECTL_KUBERC": tt.gate}
			if tt.kuberc != "" {
				env["KUBERC"] = write(t, t.TempDir(), "kuberc", tt.kuberc)
			}
			for _, args := range []string{"explain deploy/web", "__complete explain deploy/", "diff --baseline context:b"} {
				r := runWith(t, env, "", append(strings.Fields(args), "--kubeconfig", kubeconfig, "--request-timeout=5s")...)
				if args == "__complete explain deploy/" {
					r = runWith(t, env, "", "__complete", "explain", "--kubeconfig", kubeconfig, "deploy/")
				} else if r.code != 2 || !strings.Contains(r.stderr, tt.says) {
					t.Errorf("%s: exit %d: %s", args, r.code, r.stderr)
				}
				_, err := os.Stat(ran)
				if (err == nil) != tt.runs {
					t.Errorf("%s: ran: %t, want %t; %s", args, err == nil, tt.runs, r.stderr)
				}
				_ = os.Remove(ran)
			}
		})
	}
}
