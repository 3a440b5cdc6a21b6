package compare_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/compare"
)

// strict is a workload that nothing but its network is found of.
const strict = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      automountServiceAccountToken: false
      serviceAccountName: web
      securityContext: {runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000, seccompProfile: {type: RuntimeDefault}}
      containers:
      - name: app
        image: registry.example/app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
        securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
        resources: {limits: {cpu: "1", memory: 64Mi, ephemeral-storage: 64Mi}}
`

// edit is a manifest with one text in the place of another one.
func edit(t testing.TB, manifest string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(manifest, pairs[i]) {
			t.Fatalf("%q is not in\n%s", pairs[i], manifest)
		}
		manifest = strings.Replace(manifest, pairs[i], pairs[i+1], 1)
	}
	return manifest
}

const sidecar = `      containers:
      - name: proxy
        image: registry.example/proxy@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
        securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
        resources: {limits: {cpu: "1", memory: 64Mi, ephemeral-storage: 64Mi}}
`

// TestSecondViolation: one more of a check that fails already is new (kubescape#3268).
func TestSecondViolation(t *testing.T) {
	volumes := "      volumes: [{name: a, hostPath: {path: /data/a}}]\n"
	was := edit(t, strict, "        resources", "        volumeMounts: [{name: a, mountPath: /a}]\n        resources") + volumes
	now := edit(t, was, "mountPath: /a}", "mountPath: /a}, {name: b, mountPath: /b}", "/data/a}}", "/data/a}}, {name: b, hostPath: {path: /data/b}}")
	expect(t, changesOf(t, posture(t, "was", was), posture(t, "now", now)), "new medium deploy/web hostpath-any volume:b", "new medium deploy/web main:app mount hostPath /data/b read-write")
}

// TestFailedToUnreadable: a finding that cannot be judged any more is not resolved, and neither is
// one that could not be judged before.
func TestFailedToUnreadable(t *testing.T) {
	open := judged(t, edit(t, strict, ", seccompProfile: {type: RuntimeDefault}", ""))
	unread := judged(t, edit(t, strict, ", seccompProfile: {type: RuntimeDefault}", ""))
	unread.Unknown = append(unread.Unknown, api.Unread{Verb: "get", Resource: "configmaps/kubelet-config", Namespace: "kube-system", Reason: "forbidden"})
	for i, f := range unread.Items[0].Findings {
		if f.Check == "seccomp-unset" {
			unread.Items[0].Findings[i].Status = api.StatusUnknown
		}
	}
	setting := unread.Items[0].Containers[0].Settings["seccompProfile"]
	setting.Origin = "kubelet default not readable"
	unread.Items[0].Containers[0].Settings["seccompProfile"] = setting
	for _, read := range []func(testing.TB, *compare.Posture) *compare.Posture{
		func(_ testing.TB, p *compare.Posture) *compare.Posture { return p }, written,
	} {
		a, b := read(t, compare.OfReport(open)), read(t, compare.OfReport(unread))
		for name, sides := range map[string][2]*compare.Posture{"unknown now": {a, b}, "was unknown": {b, a}} {
			c := changesOf(t, sides[0], sides[1])
			expect(t, c, "incomparable medium deploy/web seccomp-unset app")
			if want := name + ": get configmaps/kubelet-config in kube-system"; len(c.Changes) != 1 || c.Changes[0].Text != want {
				t.Errorf("%+v, want %q", c.Changes, want)
			}
		}
		if c := changesOf(t, b, b); len(c.Changes) > 0 || c.Summary.Unknown != 4 { // the setting, its check, and both directions: files hold no policy
			t.Errorf("unknown on both sides: %+v", c)
		}
	}
}

// TestInsertedSidecar: what is found of a container does not change by one that comes before it.
func TestInsertedSidecar(t *testing.T) {
	was := edit(t, strict, "readOnlyRootFilesystem: true, ", "")
	now := edit(t, was, "      containers:\n", sidecar)
	expect(t, changesOf(t, posture(t, "was", was), posture(t, "now", now)))
	worse := edit(t, now, "drop: [ALL]}", "drop: [ALL], add: [SYS_TIME]}")
	c := changesOf(t, posture(t, "was", was), posture(t, "now", worse))
	if len(c.Changes) == 0 || c.Changes[0].Container != "proxy" || c.Changes[0].State != api.ChangeNew {
		t.Errorf("the finding of the new container is hidden: %v", told(c))
	}
}

// TestRulesetUpgrade: what a check finds that the baseline's version did not have is a new rule, and
// what a check found that is gone is not resolved.
func TestRulesetUpgrade(t *testing.T) {
	writable := edit(t, strict, "readOnlyRootFilesystem: true, ", "")
	now := posture(t, "now", writable)
	old := judged(t, writable)
	old.Checks = slices.DeleteFunc(old.Checks, func(id string) bool { return id == "rootfs-writable" })
	old.Items[0].Findings = slices.DeleteFunc(old.Items[0].Findings, func(f api.Finding) bool { return f.Check == "rootfs-writable" })
	c := changesOf(t, compare.OfReport(old), now)
	expect(t, c, "new-rule low deploy/web rootfs-writable app")
	if compare.Fails(c, api.SeverityInfo, true) {
		t.Error("a new rule fails")
	}
	expect(t, changesOf(t, now, compare.OfReport(old)), "incomparable low deploy/web rootfs-writable app")
}

// TestNewRuleHidesNothing: what became wider is told although the finding about it is of a new rule.
func TestNewRuleHidesNothing(t *testing.T) {
	old := judged(t, strict)
	old.Checks = slices.DeleteFunc(old.Checks, func(id string) bool { return id == "rootfs-writable" })
	now := posture(t, "now", edit(t, strict, "readOnlyRootFilesystem: true, ", ""))
	c := changesOf(t, compare.OfReport(old), now)
	expect(t, c, "new low deploy/web main:app root-fs writable", "new-rule low deploy/web rootfs-writable app")
	if !compare.Fails(c, api.SeverityLow, false) {
		t.Error("the gate lets it through")
	}
}

// TestHarmless: what changes nothing of the posture is no change.
func TestHarmless(t *testing.T) {
	base := edit(t, strict, "readOnlyRootFilesystem: true, ", "") + rights(`{apiGroups: [""], resources: [pods, configmaps], verbs: [get, list]}`) +
		policy("a", `[{from: [{podSelector: {matchLabels: {app: x}}}], ports: [{port: 80}, {port: 81}]}, {from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]`)
	for name, now := range map[string]string{
		"digest":        edit(t, base, "sha256:0123", "sha256:ffff"),
		"replicas":      edit(t, base, "replicas: 2", "replicas: 5"),
		"another uid":   edit(t, base, "runAsUser: 1000", "runAsUser: 1001"),
		"split rule":    edit(t, base, `{apiGroups: [""], resources: [pods, configmaps], verbs: [get, list]}`, `{apiGroups: [""], resources: [configmaps], verbs: [list, get]}, {apiGroups: [""], resources: [pods], verbs: [get]}, {apiGroups: [""], resources: [pods], verbs: [list]}`),
		"repeated rule": edit(t, base, `verbs: [get, list]}`, `verbs: [get, list]}, {apiGroups: [""], resources: [pods], resourceNames: [a], verbs: [get]}`),
		"other role":    strings.ReplaceAll(base, "name: reader", "name: viewer"),
		"other policy":  edit(t, base, "kind: NetworkPolicy\nmetadata: {name: a", "kind: NetworkPolicy\nmetadata: {name: b"),
		"rule order":    edit(t, base, `{port: 80}, {port: 81}`, `{port: 81}, {port: 80}`),
		"merged ports":  edit(t, base, `{port: 80}, {port: 81}`, `{port: 80, endPort: 81}`),
		"split block":   edit(t, base, `[{ipBlock: {cidr: 10.0.0.0/8}}]`, `[{ipBlock: {cidr: 10.0.0.0/9}}, {ipBlock: {cidr: 10.128.0.0/9}}]`),
		"more blocks":   edit(t, base, `[{ipBlock: {cidr: 10.0.0.0/8}}]`, `[{ipBlock: {cidr: 10.0.0.0/8}}, {ipBlock: {cidr: 10.0.0.0/9}}, {ipBlock: {cidr: 10.128.0.0/9}}]`),
		"same block":    edit(t, base, `[{ipBlock: {cidr: 10.0.0.0/8}}]`, `[{ipBlock: {cidr: 10.0.0.0/8}}, {ipBlock: {cidr: 10.1.0.0/8}}]`),
		"rename":        edit(t, base, "- name: app", "- name: main"),
	} {
		t.Run(name, func(t *testing.T) {
			expect(t, changesOf(t, posture(t, "was", base), posture(t, "now", now)))
			expect(t, changesOf(t, written(t, posture(t, "was", base)), posture(t, "now", now)))
		})
	}
}

func rights(rules string) string {
	return `---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
rules: [` + rules + `]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
`
}

func policy(name, ingress string) string {
	return `---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: ` + name + `, namespace: shop}
spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress], ingress: ` + ingress + `}
`
}

// TestWiderWithoutFinding: rights, mounts and peers become wider without a check that flips.
func TestWiderWithoutFinding(t *testing.T) {
	base := strict + rights(`{apiGroups: [""], resources: [configmaps], resourceNames: [settings], verbs: [get]}`) +
		policy("a", `[{from: [{podSelector: {matchLabels: {app: x}}}], ports: [{port: 80}]}]`)
	secret := edit(t, base, "        resources: {limits", "        env: [{name: TOKEN, valueFrom: {secretKeyRef: {name: db, key: token}}}]\n        resources: {limits")
	for name, tt := range map[string]struct {
		now  string
		want []string
	}{
		"any name":  {edit(t, base, "resourceNames: [settings], ", ""), []string{"worsened low deploy/web right get configmaps in shop"}},
		"more verb": {edit(t, base, "verbs: [get]", "verbs: [get, watch]"), []string{"worsened low deploy/web right watch configmaps named settings in shop"}},
		"more":      {edit(t, base, "resources: [configmaps]", "resources: [configmaps, endpoints]"), []string{"new low deploy/web right get endpoints named settings in shop"}},
		"peer":      {edit(t, base, "{app: x}}}", "{app: x}}}, {podSelector: {matchLabels: {app: z}}}"), []string{`new low deploy/web ingress from "pods app=z of namespace shop" 80`}},
		"port":      {edit(t, base, "{port: 80}", "{port: 80, endPort: 90}"), []string{`worsened low deploy/web ingress from "pods app=x of namespace shop" 81-90`}},
		"secret":    {secret, []string{"new low deploy/web secret-in-env app secret:db"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := changesOf(t, written(t, posture(t, "was", base)), posture(t, "now", tt.now))
			expect(t, c, tt.want...)
			if !compare.Fails(c, api.SeverityLow, false) {
				t.Error("the default gate lets it through")
			}
		})
	}
}
