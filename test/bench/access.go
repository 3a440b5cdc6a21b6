package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// bindings is how many of them say what the accounts of the Deployments may do.
const bindings = 5000

// rights compares explaining the manifests with all of RBAC beside them with explaining them
// alone: what is more is the reading of the objects and the work on the rights.
func rights(plugin, manifests, dir string) error {
	file := filepath.Join(dir, "access.yaml")
	if err := os.WriteFile(file, generateAccess(bindings), 0o600); err != nil {
		return err
	}
	measured, err := command(plugin, "explain", "-f", manifests, "-f", file, "--local")
	if err != nil {
		return err
	}
	yardstick, err := command(plugin, "explain", "-f", manifests, "--local")
	if err != nil {
		return err
	}
	row(fmt.Sprintf("explain -f, and %d bindings", bindings), measured, yardstick, "1 s more; the Deployments alone")
	return nil
}

// generateAccess writes roles of four sorts, dangerous ones among them, each bound to an
// account of the Deployments; one in twenty in the whole cluster.
func generateAccess(n int) []byte {
	rules := []string{
		`{verbs: [get, list, watch], apiGroups: ["", apps], resources: [pods, configmaps, deployments]}`,
		`{verbs: ["*"], apiGroups: [""], resources: [events, secrets]}`,
		`{verbs: [create, get], apiGroups: [""], resources: [pods/exec, pods]}`,
		`{verbs: [get], apiGroups: [""], resources: [secrets], resourceNames: [a, b]}`,
	}
	var b strings.Builder
	for i := range n {
		app := i % deployments
		kind, place := "Role", fmt.Sprintf(", namespace: team-%d", app%100)
		if i%20 == 0 {
			kind, place = "ClusterRole", ""
		}
		fmt.Fprintf(&b, `---
apiVersion: rbac.authorization.k8s.io/v1
kind: %[1]s
metadata: {name: r-%[2]d%[3]s}
rules: [%[4]s]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: %[1]sBinding
metadata: {name: r-%[2]d%[3]s}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: %[1]s, name: r-%[2]d}
subjects: [{kind: ServiceAccount, name: app-%[5]d, namespace: team-%[6]d}]
`, kind, i, place, rules[i/20%4], app, app%100)
	}
	return []byte(b.String())
}
