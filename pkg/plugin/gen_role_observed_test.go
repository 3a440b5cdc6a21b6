package plugin

import (
	"bytes"
	stdcmp "cmp"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/audit"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// event is an audit event at Metadata level.
type event struct {
	user, verb, uri, at string
	code                int
	// name is that of the object in the body of a create.
	name     string
	decision string
}

// object is the objectRef, whose name may be that in the body.
func (e event) object(t *testing.T) map[string]string {
	t.Helper()
	asked, known := audit.Asked(e.verb, e.uri)
	if !known || asked.Path != "" {
		return nil
	}
	resource, subresource, _ := strings.Cut(asked.Resource, "/")
	return map[string]string{
		"resource": resource, "subresource": subresource, "apiGroup": asked.Group, "namespace": asked.Namespace, "name": stdcmp.Or(e.name, asked.Name),
	}
}

const checkoutUser = "system:serviceaccount:shop:checkout"

func (e event) line(t *testing.T, id int) string {
	t.Helper()
	if e.decision == "" {
		e.decision = "allow"
	}
	if e.code == 0 {
		e.code = 200
	}
	fields := map[string]any{
		"kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "auditID": fmt.Sprint(id), "stage": "ResponseComplete",
		"requestURI": e.uri, "verb": e.verb, "userAgent": "checkout/4.2.0 (linux/amd64)",
		"user": map[string]any{
			"username": e.user, "groups": []string{"system:serviceaccounts", "system:authenticated"},
			"extra": map[string][]string{"authentication.kubernetes.io/pod-name": {"checkout-1"}},
		},
		"objectRef":                e.object(t),
		"responseStatus":           map[string]any{"code": e.code},
		"requestReceivedTimestamp": e.at, "stageTimestamp": e.at,
		"annotations": map[string]string{"authorization.k8s.io/decision": e.decision},
	}
	out, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return string(out) + "\n"
}

// checkoutEvents are what a workload and others did in two weeks.
func checkoutEvents() []event {
	const core, leases = "/api/v1/namespaces/shop/", "/apis/coordination.k8s.io/v1/namespaces/shop/leases"
	by := func(verb, uri, at string) event { return event{user: checkoutUser, verb: verb, uri: uri, at: at} }
	events := []event{
		{user: "system:kube-scheduler", verb: "create", uri: core + "pods/checkout-1/binding", at: "2026-11-06T09:00:00Z", code: 201},
		by("watch", core+"configmaps?fieldSelector=metadata.name%3Dcheckout-config&watch=true", "2026-11-20T08:57:41Z"),
		by("get", core+"secrets/payment-keys?timeout=1s", "2026-11-19T08:55:00Z"),
		by("get", core+"secrets/payment-keys", "2026-11-20T08:55:00Z"),
		{user: checkoutUser, verb: "create", uri: leases, at: "2026-11-12T10:03:09Z", code: 201, name: "checkout-leader"},
		by("get", leases+"/checkout-leader", "2026-11-20T08:59:58Z"),
		by("update", leases+"/checkout-leader", "2026-11-20T08:59:58Z"),
		{user: checkoutUser, verb: "list", uri: "/api/v1/nodes", at: "2026-11-10T00:00:00Z", code: 403, decision: "forbid"},
		by("get", "/version", "2026-11-10T00:00:00Z"),
		{user: "system:node:node-1", verb: "get", uri: "/api/v1/nodes/node-1", at: "2026-11-10T00:00:00Z"},
	}
	for i := range 9 {
		name := fmt.Sprintf("checkout.%x", 0x18a0000000000000+i)
		events = append(events,
			event{user: checkoutUser, verb: "create", uri: core + "events", at: "2026-11-19T22:14:03Z", code: 201, name: name},
			by("patch", core+"events/"+name, "2026-11-19T22:14:03Z"))
	}
	return events
}

func auditLog(t *testing.T, events []event) string {
	t.Helper()
	var b strings.Builder
	for i, e := range events {
		b.WriteString(e.line(t, i))
	}
	return b.String()
}

const shopManifests = `apiVersion: apps/v1
kind: Deployment
metadata: {name: checkout, namespace: shop}
spec:
  selector: {matchLabels: {app: checkout}}
  template:
    metadata: {labels: {app: checkout}}
    spec: {serviceAccountName: checkout, containers: [{name: app, image: app}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: checkout-all, namespace: shop}
rules:
- {apiGroups: [""], resources: [secrets, configmaps], verbs: [get, list, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: checkout-all, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: checkout-all}
subjects:
- {kind: ServiceAccount, name: checkout, namespace: shop}
`

// inDir runs in a folder with files, so that messages name them as a user would.
func inDir(t *testing.T, files map[string]string) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, dir, name, content)
	}
	t.Chdir(dir)
}

func TestGenRoleObserved(t *testing.T) {
	testdata, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	inDir(t, map[string]string{"audit.log": auditLog(t, checkoutEvents()), "shop.yaml": shopManifests})
	got := run(t, "", "gen", "role", "deploy/checkout", "-f", "shop.yaml", "--local", "-n", "shop", "--from", "audit.log", "--proof", "proof.json")
	if got.code != 0 {
		t.Fatal(got)
	}
	testkit.Golden(t, filepath.Join(testdata, "gen-role.yaml"), []byte(got.stdout))
	testkit.Golden(t, filepath.Join(testdata, "gen-role.stderr"), []byte(got.stderr))
	raw, err := os.ReadFile("proof.json")
	if err != nil {
		t.Fatal(err)
	}
	var proof api.Proof
	if err := json.Unmarshal(raw, &proof); err != nil {
		t.Fatal(err)
	}
	want := api.ProofCounts{Observed: 15, Covered: 15, Coverage: 1, Granted: 17}
	if proof.Total != want || *proof.Subjects[0].Starts != 1 || len(proof.Sources) != 1 || proof.Window.From != "2026-11-06T09:00:00Z" {
		t.Errorf("%+v", proof)
	}
}

// TestGenRoleSameBytes: the order, the packing and the number of sources change nothing but
// the lines about them.
func TestGenRoleSameBytes(t *testing.T) {
	events := checkoutEvents()
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, _ = w.Write([]byte(auditLog(t, events[5:])))
	_ = w.Close()
	reversed := make([]event, len(events))
	for i, e := range events {
		reversed[len(events)-1-i] = e
	}
	inDir(t, map[string]string{
		"all.log": auditLog(t, events), "reversed.log": auditLog(t, reversed),
		"parts/a.log": auditLog(t, events[:5]), "parts/b.log.gz": zipped.String(), "parts/README.md": "# Logs\n",
	})
	var want string
	for _, from := range [][]string{{"all.log"}, {"reversed.log"}, {"parts"}, {"parts/a.log", "parts/b.log.gz"}, {"parts/b.log.gz", "parts/a.log"}} {
		args := []string{"gen", "role", "--serviceaccount", "shop:checkout", "--local"}
		for _, f := range from {
			args = append(args, "--from", f)
		}
		got := run(t, "", args...)
		var lines []string
		for line := range strings.Lines(got.stdout) {
			if !strings.Contains(line, "--from") && !strings.HasPrefix(line, "# source") && !strings.HasPrefix(line, "#          ") {
				lines = append(lines, line)
			}
		}
		if want == "" {
			want = strings.Join(lines, "")
		}
		if diff := cmp.Diff(want, strings.Join(lines, "")); diff != "" || got.code != 0 {
			t.Error(from, got.code, got.stderr, diff)
		}
	}
}

func TestGenRoleObservedErrors(t *testing.T) {
	inDir(t, map[string]string{
		"audit.log": auditLog(t, checkoutEvents()), "empty.log": "", "shop.yaml": shopManifests, "dir/README.md": "# Logs\n",
		"flows.json": `{"flow":{"time":"2026-11-20T00:00:00Z","verdict":"FORWARDED","source":{},"destination":{}}}` + "\n",
	})
	for _, c := range []struct{ args, want string }{
		{"--serviceaccount shop:checkout", "--from SOURCE is missing"},
		{"--serviceaccount shop:mail --from audit.log", "audit.log: nothing by system:serviceaccount:shop:mail in 28 events of 3 users: " + checkoutUser + " 26x, system:kube-scheduler 1x, system:node:node-1 1x"},
		{"--user jane --from audit.log", "nothing by jane in 28 events"},
		{"--group devs --from audit.log", "nothing by a user of group devs in 28 events"},
		{"--serviceaccount shop:checkout --from missing.log", "missing.log: no such file"},
		{"--serviceaccount shop:checkout --from empty.log", "in 0 events of 0 users"},
		{"--serviceaccount shop:checkout --from dir", "in 0 events of 0 users"},
		{"--serviceaccount shop:checkout --from flows.json", "flows.json is no audit log: it looks like flows of Hubble"},
		{"--serviceaccount shop:checkout --from shop.yaml", "shop.yaml is no audit log: it looks like"},
		{"--serviceaccount shop:checkout --from audit.log --since 3x", `--since "3x" is neither`},
		{"--serviceaccount shop:checkout --from audit.log --since 2026-11-20 --until 2026-11-01", "is not before"},
		{"--serviceaccount shop:checkout --from audit.log --since 1s", "nothing by"},
		{"--serviceaccount shop:checkout --from audit.log --widen all", `--widen "all" is none of`},
		{"--serviceaccount shop:checkout --from audit.log --exact --widen names", "--exact goes with neither"},
		{"--serviceaccount shop --from audit.log", "NAMESPACE:NAME"},
		{"deploy/checkout --user jane --from audit.log", "goes with none of"},
		{"deploy/checkout --from audit.log", "--local needs -f or -k"},
		{"deploy/absent -f shop.yaml -n shop --from audit.log", "absent"},
		{"--self=version --from audit.log", "--from does not go with --self"},
		{"-l app=web --from audit.log", "--selector needs a TYPE"},
	} {
		got := run(t, "", append([]string{"gen", "role", "--local"}, strings.Fields(c.args)...)...)
		if got.code != 2 || got.stdout != "" || !strings.Contains(got.stderr, c.want) || strings.Count(got.stderr, "\n") != 1 {
			t.Errorf("%s: exit %d\n%s%s", c.args, got.code, got.stdout, got.stderr)
		}
	}
}

// TestGenRoleHostileNames: what is read back grants just what was asked for.
func TestGenRoleHostileNames(t *testing.T) {
	var events []event
	var names []string
	for _, text := range testkit.HostileStrings() {
		name := "x" + text.Value + "\n- {apiGroups: ['*'], resources: ['*'], verbs: ['*']}"
		if strings.ContainsAny(name, "/") {
			name = strings.ReplaceAll(name, "/", "-")
		}
		names = append(names, name)
		events = append(events, event{user: checkoutUser, verb: "get", uri: "/api/v1/namespaces/shop/secrets/" + url.PathEscape(name), at: "2026-11-19T08:55:00Z"})
	}
	inDir(t, map[string]string{"audit.log": auditLog(t, events)})
	got := run(t, "", "gen", "role", "--serviceaccount", "shop:checkout", "--from", "audit.log", "--local")
	if got.code != 0 {
		t.Fatal(got)
	}
	document, _, _ := strings.Cut(got.stdout, "---\n")
	var role rbacv1.Role
	if err := yaml.Unmarshal([]byte(document), &role); err != nil {
		t.Fatal(err, document)
	}
	if len(role.Rules) != 1 || len(role.Rules[0].ResourceNames) != len(names) {
		t.Errorf("%d rules, %+v", len(role.Rules), role.Rules)
	}
	testkit.CheckHarmless(t, "yaml", got.stdout)
	testkit.CheckHarmless(t, "text", got.stderr)
}
