package compare_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/compare"
)

func egress(rules string) string {
	return strings.NewReplacer("policyTypes: [Ingress], ingress:", "policyTypes: [Egress], egress:").Replace(policy("out", rules))
}

// mountingSecret is a workload that mounts a volume of a Secret; more is of the mount.
func mountingSecret(t *testing.T, volume, more string) string {
	t.Helper()
	mount := "        volumeMounts: [{name: ca, mountPath: /ca, readOnly: true" + more + "}]\n        resources: {limits"
	return edit(t, strict, "        resources: {limits", mount) + "      volumes: [{name: ca, " + volume + "}]\n"
}

// TestFindingHidesNoOtherFact: a finding takes the place of the facts alone that it says.
func TestFindingHidesNoOtherFact(t *testing.T) {
	client := `[{from: [{podSelector: {matchLabels: {app: x}}}], ports: [{port: 80}]}]`
	block := `[{to: [{ipBlock: {cidr: 10.0.0.0/24}}], ports: [{port: 5432}]}]`
	anyoneTo := `[{ports: [{port: 5432}]}]`
	all := `[{}]`
	mounted := edit(t, strict, "automountServiceAccountToken: false", "automountServiceAccountToken: true")
	env := "        env: [{name: A, valueFrom: {secretKeyRef: {name: db, key: k}}}]\n        resources: {limits"
	files := "        volumeMounts: [{name: ca, mountPath: /ca, readOnly: true}]\n"
	for name, tt := range map[string]struct {
		was, now string
		want     []string
	}{
		"the other direction, accepted": {
			strict + policy("a", client) + egress(block),
			edit(t, strict, "{name: web, namespace: shop}", `{name: web, namespace: shop, annotations: {accept.kubectl-harden.dev/netpol-allow-all: "SEC-1"}}`) + policy("a", all) + egress(anyoneTo),
			[]string{"accepted medium deploy/web netpol-allow-all ingress", "worsened medium deploy/web egress to anyone 5432"},
		},
		"the other direction": {
			strict + policy("a", client) + egress(block),
			strict + policy("a", strings.Replace(client, "{podSelector: {matchLabels: {app: x}}}", "{namespaceSelector: {}}", 1)) + egress(all),
			[]string{"new medium deploy/web netpol-allow-all egress", `worsened low deploy/web ingress from "all pods of all namespaces" 80`},
		},
		"another right": {
			mounted + rights(`{apiGroups: [""], resources: [pods], verbs: [get]}`),
			mounted + rights(`{apiGroups: [""], resources: [pods], verbs: [get]}, {apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: [escalate]}`) + group(`{apiGroups: [""], resources: [configmaps], verbs: [list]}`),
			[]string{
				"new critical deploy/web right escalate roles.rbac.authorization.k8s.io in shop", "new low deploy/web right list configmaps everywhere",
				"new medium deploy/web group-grants Group system:serviceaccounts@*",
			},
		},
		"a right beside a group's": {
			mounted + group(`{apiGroups: [""], resources: [configmaps], verbs: [list]}`),
			mounted + rights(`{apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: [escalate]}`) + group(`{apiGroups: [""], resources: [configmaps], verbs: [list]}`),
			[]string{"new critical deploy/web right escalate roles.rbac.authorization.k8s.io in shop"},
		},
		"another Secret": {
			strict,
			edit(t, strict, "        resources: {limits", files+env) + "      volumes: [{name: ca, secret: {secretName: ca-key}}]\n",
			[]string{`new low deploy/web main:app secret ca-key *`, "new low deploy/web secret-in-env app secret:db"},
		},
		"another key": {
			edit(t, strict, "        resources: {limits", env),
			edit(t, strict, "        resources: {limits", strings.Replace(env, "}}}]", "}}}, {name: B, valueFrom: {secretKeyRef: {name: db, key: k2}}}]", 1)),
			[]string{"worsened low deploy/web main:app secret db k2"},
		},
		"another key of a volume": {
			mountingSecret(t, "secret: {secretName: ca-key, items: [{key: a, path: a}]}", ""), mountingSecret(t, "secret: {secretName: ca-key, items: [{key: b, path: x}, {key: a, path: a}]}", ""),
			[]string{"worsened low deploy/web main:app secret ca-key b"},
		},
		"every key of a volume": {
			mountingSecret(t, "projected: {sources: [{secret: {name: ca-key, items: [{key: a, path: a}, {key: b, path: b}]}}]}", ""), mountingSecret(t, "projected: {sources: [{secret: {name: ca-key}}]}", ""),
			[]string{"worsened low deploy/web main:app secret ca-key *"},
		},
		"every key where one file was mounted": {
			mountingSecret(t, "secret: {secretName: ca-key}", ", subPath: tls.crt"), mountingSecret(t, "secret: {secretName: ca-key}", ""),
			[]string{"worsened low deploy/web main:app secret ca-key *"},
		},
		"every key where another was mounted": {
			mountingSecret(t, "secret: {secretName: ca-key, items: [{key: a, path: d/a}, {key: b, path: e}]}", ", subPath: d"), mountingSecret(t, "secret: {secretName: ca-key, items: [{key: a, path: d/a}, {key: b, path: e}]}", ", subPath: e"),
			[]string{"worsened low deploy/web main:app secret ca-key b", "improved low deploy/web main:app secret ca-key a"},
		},
		"a path that looks like a key": {
			strings.Replace(mountingSecret(t, "secret: {secretName: ca-key, items: [{key: a, path: a}]}", ""), "/ca,", "/ca (key a),", 1), strings.Replace(mountingSecret(t, "secret: {secretName: ca-key}", ""), "/ca,", "/ca (key a),", 1),
			[]string{"worsened low deploy/web main:app secret ca-key *"},
		},
		"a certificate": {
			mountingSecret(t, "projected: {sources: [{secret: {name: ca-key}}]}", ""),
			mountingSecret(t, "projected: {sources: [{secret: {name: ca-key}}, {podCertificate: {signerName: kubernetes.io/kube-apiserver-client-pod, keyType: ED25519}}]}", ""),
			[]string{"new low deploy/web main:app mount certificate kubernetes.io/kube-apiserver-client-pod read-only"},
		},
		"another limit": {
			edit(t, strict, ", ephemeral-storage: 64Mi", ""), edit(t, strict, `{cpu: "1", memory: 64Mi, ephemeral-storage: 64Mi}`, "{}"),
			[]string{"new info deploy/web main:app no-limit cpu", "new low deploy/web main:app no-limit memory"},
		},
		"another role of a cloud": {
			strict + account("arn:aws:iam::1:role/x"), strict + account("arn:aws:iam::1:role/Admin"),
			[]string{"new medium deploy/web cloud AWS arn:aws:iam::1:role/Admin", "resolved medium deploy/web cloud AWS arn:aws:iam::1:role/x"},
		},
		"a role of a cloud": {strict + account(""), strict + account("arn:aws:iam::1:role/x"), []string{"new medium deploy/web cloud-identity cloud:AWS"}},
	} {
		t.Run(name, func(t *testing.T) {
			was, now := posture(t, "was", tt.was), posture(t, "now", tt.now)
			expect(t, changesOf(t, was, now), tt.want...)
			expect(t, changesOf(t, written(t, was), written(t, now)), withoutAnnotations(tt.want)...)
		})
	}
}

// TestAnotherWayIn: an Ingress that loses TLS is told beside a Service that is new.
func TestAnotherWayIn(t *testing.T) {
	balancer := strings.NewReplacer("name: web,", "name: lb,", "type: ClusterIP", "type: LoadBalancer").Replace(service)
	was := strict + service + ingress("web.example", ", tls: [{hosts: [web.example]}]")
	lines := strings.Join(told(changesOf(t, posture(t, "was", was), posture(t, "now", strict+service+ingress("web.example", "")+balancer))), "\n")
	for _, want := range []string{"worsened medium deploy/web exposed 8080 outside no-TLS web.example", "exposed Service lb:8080"} {
		if !strings.Contains(lines, want) {
			t.Errorf("%q is not in\n%s", want, lines)
		}
	}
}

// withoutAnnotations: a baseline keeps no acceptance of an annotation.
func withoutAnnotations(lines []string) []string {
	var out []string
	for _, line := range lines {
		out = append(out, strings.Replace(line, "accepted ", "new ", 1))
	}
	return out
}

func group(rules string) string {
	return `---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: all}, rules: [` + rules + `]}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: all}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: all}, subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: "system:serviceaccounts"}]}
`
}

func account(role string) string {
	return fmt.Sprintf("---\n{apiVersion: v1, kind: ServiceAccount, metadata: {name: web, namespace: shop, annotations: {eks.amazonaws.com/role-arn: %q}}}\n", role)
}

const service = `---
{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {type: ClusterIP, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}}
`

func ingress(host, more string) string {
	return `---
{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: web, namespace: shop}, spec: {rules: [{host: "` + host + `", http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]` + more + `}}
`
}

// TestPolicyGone: without policies files do not tell who is isolated, and nothing of it is resolved.
func TestPolicyGone(t *testing.T) {
	other := strings.NewReplacer("name: web", "name: api", "app: web", "app: api").Replace(strict)
	was, now := strict+policy("a", `[{}]`)+"---\n"+other, strict+"---\n"+other
	for _, c := range []*api.Changes{changesOf(t, posture(t, "was", was), posture(t, "now", now)), changesOf(t, written(t, posture(t, "was", now)), posture(t, "now", was))} {
		for _, change := range c.Changes {
			if change.State != api.ChangeIncomparable {
				t.Errorf("%v", told(c))
			}
		}
		if len(c.Changes) == 0 {
			t.Error("no change")
		}
	}
}

// TestProtectionOfNewAndGone: what protects a new workload is no risk, nor resolved when it goes.
func TestProtectionOfNewAndGone(t *testing.T) {
	other := strings.NewReplacer("name: web", "name: api", "app: web", "app: api", "      serviceAccountName", "      hostUsers: false\n      runtimeClassName: gvisor\n      serviceAccountName").Replace(strict)
	with, without := posture(t, "with", strict+"---\n"+other), posture(t, "without", strict)
	for _, c := range []*api.Changes{changesOf(t, without, with), changesOf(t, with, without)} {
		for _, line := range told(c) {
			if strings.Contains(line, "user-namespace") || strings.Contains(line, "runtime-class") {
				t.Error(line)
			}
		}
	}
	home := "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: restricted}}\n"
	bare := "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
	expect(t, changesOf(t, posture(t, "was", strict+bare), posture(t, "now", strict+home)), "resolved medium namespace/shop psa-label enforce")
	expect(t, changesOf(t, posture(t, "was", strict+home), posture(t, "now", strict+bare)), "new medium namespace/shop psa-label enforce")
	// Files without the namespace leave its labels to the cluster.
	expect(t, changesOf(t, posture(t, "was", strict), posture(t, "now", strict+home)), "incomparable medium namespace/shop enforce restricted")
	expect(t, changesOf(t, posture(t, "was", strict+home), posture(t, "now", strict)), "incomparable medium namespace/shop enforce restricted")
	shop := api.Scope{Namespaces: []string{"shop"}}
	expect(t, changesOf(t, live(t, strict, shop), live(t, strict+home, shop)), "improved medium namespace/shop enforce restricted")
	expect(t, changesOf(t, live(t, strict+home, shop), live(t, strict, shop)), "worsened medium namespace/shop enforce restricted")
}

// TestTemplatesNeedNoPods: what files tell from a template is resolved when it is mended.
func TestTemplatesNeedNoPods(t *testing.T) {
	was := edit(t, strict, "      serviceAccountName", "      nodeName: cp\n      serviceAccountName")
	expect(t, changesOf(t, written(t, posture(t, "was", was)), posture(t, "now", strict)), "resolved medium deploy/web node-placement nodeName")
}

// TestNothingLeft: a side without a workload is a mistake of whoever asked.
func TestNothingLeft(t *testing.T) {
	none := posture(t, "none", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")
	_, err := compare.Changes(posture(t, "was", strict), none, compare.Options{Now: clock, Checks: docs()})
	if err == nil || !strings.HasPrefix(err.Error(), "none has no workload, and was has") {
		t.Errorf("%v", err)
	}
	if c := changesOf(t, none, posture(t, "now", strict)); c.Summary.New == 0 && c.Summary.Workloads == 0 {
		t.Errorf("%+v", c.Summary)
	}
}

// TestNamespaceOfOneTarget: findings of namespaces stand on the workloads that were looked at.
func TestNamespaceOfOneTarget(t *testing.T) {
	other := strings.NewReplacer("name: web", "name: api", "app: web", "app: api", "        securityContext: {allow", "        securityContext: {privileged: true, allow").Replace(strict)
	other = strings.Replace(other, "allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true", 1)
	home := "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
	was := live(t, strict+"---\n"+other+home, api.Scope{Namespaces: []string{"shop"}})
	now := live(t, strict+home, api.Scope{Namespaces: []string{"shop"}, Targets: []string{"deploy/web"}})
	expect(t, changesOf(t, was, now))
}

// TestFormsOfWays: narrower peers, hosts and source ranges are improved, and the same in another form
// is no change.
func TestFormsOfWays(t *testing.T) {
	from := func(selector string) string {
		return strict + policy("a", `[{from: [{podSelector: `+selector+`}], ports: [{port: 80}]}]`)
	}
	ranges := func(list string) string {
		return strict + strings.NewReplacer("type: ClusterIP", "type: LoadBalancer, loadBalancerSourceRanges: ["+list+"]").Replace(service)
	}
	out := func(port string) string {
		return strict + strings.NewReplacer("Ingress", "Egress", "ingress", "egress").Replace(policy("a", `[{ports: [`+port+`]}]`))
	}
	path := func(path string) string {
		return strict + service + strings.Replace(ingress("a.example", ""), "path: /,", "path: "+path+",", 1)
	}
	mount := func(volume, how string) string {
		return edit(t, strict, "        resources: {limits", "        volumeMounts: [{name: v, mountPath: /v"+how+"}]\n        resources: {limits") + "      volumes: [{name: v, " + volume + "}]\n"
	}
	const claim, folder = "persistentVolumeClaim: {claimName: data}", "hostPath: {path: /srv}"
	for name, tt := range map[string]struct{ was, now, want string }{
		"another path":         {path("/api"), path("/"), "worsened medium deploy/web exposed 8080 outside no-TLS a.example from any"},
		"a longer path":        {path("/api"), path("/api/v1"), "improved medium deploy/web exposed 8080 outside no-TLS a.example/api/* from any"},
		"a path with a comma":  {path("/a"), path("'/a,b c'"), "improved medium deploy/web exposed 8080 outside no-TLS a.example/a/* from any\nworsened medium deploy/web exposed 8080 outside no-TLS \"a.example/a,b c/*\" from any"},
		"no more of a claim":   {mount(claim, ", subPath: a"), mount(claim, ""), "worsened low deploy/web main:app mount persistentVolumeClaim data read-write"},
		"part of a claim":      {mount(claim, ""), mount(claim, ", subPathExpr: $(POD)"), "improved low deploy/web main:app mount persistentVolumeClaim data read-write"},
		"all of a folder":      {mount(folder, ", readOnly: true, subPath: log"), mount(folder, ", readOnly: true"), "worsened medium deploy/web main:app mount hostPath /srv read-only"},
		"mounts that come":     {mount(folder, ""), mount(folder, ", mountPropagation: HostToContainer"), "worsened medium deploy/web main:app mount hostPath /srv read-write HostToContainer"},
		"mounts that go":       {mount(claim, ", mountPropagation: Bidirectional"), mount(claim, ""), "improved low deploy/web main:app mount persistentVolumeClaim data read-write Bidirectional"},
		"some of the pods":     {from("{}"), from("{matchLabels: {app: x}}"), `improved low deploy/web ingress from "all pods of namespace shop" 80`},
		"In of one value":      {from("{matchLabels: {app: x}}"), from("{matchExpressions: [{key: app, operator: In, values: [x]}]}"), ""},
		"In of two values":     {from("{matchExpressions: [{key: app, operator: In, values: [w, x]}]}"), from("{matchLabels: {app: x}}"), `improved low deploy/web ingress from "pods app in (w,x) of namespace shop" 80`},
		"there beside a value": {from("{matchLabels: {app: x}}"), from("{matchLabels: {app: x}, matchExpressions: [{key: app, operator: Exists}]}"), ""},
		"one of the names":     {strict + service + ingress("*.example", ""), strict + service + ingress("a.example", ""), "improved medium deploy/web exposed 8080 outside no-TLS *.example from any"},
		"one of the ports":     {out("{protocol: TCP}"), out("{port: http}"), "improved medium deploy/web egress to anyone any/TCP"},
		"a block in halves":    {ranges("10.0.0.0/8"), ranges("10.0.0.0/9, 10.128.0.0/9"), ""},
		"a block and halves":   {ranges("10.0.0.0/8"), ranges("10.0.0.0/8, 10.0.0.0/9, 10.128.0.0/9"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			var want []string
			if tt.want != "" {
				want = strings.Split(tt.want, "\n")
			}
			expect(t, changesOf(t, posture(t, "was", tt.was), posture(t, "now", tt.now)), want...)
			expect(t, changesOf(t, written(t, posture(t, "was", tt.was)), written(t, posture(t, "now", tt.now))), want...)
		})
	}
}

// TestManyRights: thousands of rights and blocks of one workload are compared.
func TestManyRights(t *testing.T) {
	many := func(verb string, prefix int) *compare.Posture {
		report := judged(t, strict+policy("a", `[{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]`))
		item := &report.Items[0]
		for i := range 3000 {
			item.Rights = append(item.Rights, api.Right{Verbs: []string{verb}, Groups: []string{""}, Resources: []string{fmt.Sprintf("r%d", i)}})
		}
		item.Network.Ingress.Rules = nil
		for i := range 2000 {
			item.Network.Ingress.Rules = append(item.Network.Ingress.Rules, api.NetworkRule{Who: fmt.Sprintf("10.%d.%d.0/%d", i/256, i%256, prefix), Ports: []string{"80"}})
		}
		return compare.OfReport(report)
	}
	c := changesOf(t, many("get", 25), many("list", 24))
	if c.Summary.Worsened < 3000 {
		t.Errorf("%+v", c.Summary)
	}
}
