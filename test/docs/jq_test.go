package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestJq runs the programs of docs/sources.md on entries as the platforms write them: what they
// make of these is an audit log, and grants what was asked for and not more.
func TestJq(t *testing.T) {
	if _, err := exec.LookPath("jq"); err != nil {
		t.Skip("no jq in PATH")
	}
	text, err := os.ReadFile(filepath.Join(root, "docs/sources.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks, _, err := readMarkdown(string(text))
	if err != nil {
		t.Fatal(err)
	}
	var programs []string
	for _, b := range blocks {
		if b.language == "jq" {
			programs = append(programs, strings.Join(b.lines, "\n"))
		}
	}
	platforms := []struct {
		entries string
		want    []string
	}{{gkeEntries(), gkeRules()}, {aksEntries, []string{`- {apiGroups: [""], resources: [configmaps], resourceNames: [flags], verbs: [get]}`}}}
	if len(programs) != len(platforms) {
		t.Fatalf("%d programs, want one for each of GKE and AKS", len(programs))
	}
	for i, p := range platforms {
		c := newTerminal(t)
		for name, content := range map[string]string{"program.jq": programs[i], "entries.json": p.entries} {
			if err := os.WriteFile(filepath.Join(c.folder, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		out, err := c.run(t, "jq -c -f program.jq entries.json > audit.log && kubectl harden gen role --serviceaccount shop:checkout --local --from audit.log 2>&1")
		if err != nil {
			t.Errorf("%v: %s", err, strings.Join(out, "\n"))
		}
		got := slices.DeleteFunc(out, func(line string) bool { return !strings.Contains(line, "verbs: [") })
		if diff := cmp.Diff(p.want, got); diff != "" {
			t.Errorf("the rules (-want +got):\n%s", diff)
		}
	}
}

// gkeEntries are entries of Cloud Logging. One for a create has the name of what was created:
// https://github.com/GoogleCloudPlatform/khi reads them so.
func gkeEntries() string {
	var out []string
	for _, call := range [][2]string{
		{"io.k8s.core.v1.configmaps.create", "core/v1/namespaces/shop/configmaps/flags"},
		{"io.k8s.core.v1.pods.exec.create", "core/v1/namespaces/shop/pods/web-0/exec"},
		{"io.k8s.core.v1.namespaces.create", "core/v1/namespaces/test"},
		{"io.k8s.coordination.v1.leases.update", "coordination.k8s.io/v1/namespaces/shop/leases/leader"},
		{"io.k8s.get", "metrics"},
	} {
		out = append(out, `{"insertId": "`+call[1]+`", "timestamp": "2026-11-19T10:00:00Z", "labels": {"authorization.k8s.io/decision": "allow"},
			"protoPayload": {"serviceName": "k8s.io", "methodName": "`+call[0]+`", "resourceName": "`+call[1]+`",
			"authenticationInfo": {"principalEmail": "system:serviceaccount:shop:checkout"}}}`)
	}
	return "[" + strings.Join(out, ",") + "]"
}

func gkeRules() []string {
	return []string{
		`- {apiGroups: [""], resources: [namespaces], verbs: [create]}`,
		`- {nonResourceURLs: ["/metrics"], verbs: [get]}`,
		`- {apiGroups: [""], resources: [configmaps], verbs: [create]}`,
		`- {apiGroups: [""], resources: [pods/exec], resourceNames: [web-0], verbs: [create]}`,
		`- {apiGroups: [coordination.k8s.io], resources: [leases], resourceNames: [leader], verbs: [update]}`,
	}
}

// aksEntries are rows of the table AKSAudit.
const aksEntries = `[{"Level": "Metadata", "Stage": "ResponseComplete", "AuditId": "1", "Verb": "get",
	"RequestUri": "/api/v1/namespaces/shop/configmaps/flags", "UserAgent": "u", "RequestObject": "",
	"User": "{\"username\":\"system:serviceaccount:shop:checkout\",\"groups\":[\"system:serviceaccounts\"]}",
	"ObjectRef": "{\"resource\":\"configmaps\",\"namespace\":\"shop\",\"name\":\"flags\",\"apiVersion\":\"v1\"}",
	"ResponseStatus": "{\"code\":200}", "RequestReceivedTime": "2026-11-19T10:00:00.123456Z",
	"Annotations": "{\"authorization.k8s.io/decision\":\"allow\"}"}]`
