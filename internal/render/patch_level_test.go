package render

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"
	psapi "k8s.io/pod-security-admission/api"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/patch"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// checkoutPod is that of deploy/checkout in the shop.
const checkoutPod = `
spec:
  securityContext: {runAsNonRoot: true, runAsUser: 10001}
  initContainers:
  - name: migrate
    securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}
  containers:
  - name: app
    ports: [{containerPort: 5050}]
    securityContext: {capabilities: {drop: [AUDIT_WRITE, MKNOD]}}
`

// levelPatch is the patch of a pod in the template of a workload.
func levelPatch(t *testing.T, pod, apiVersion, kind, path, name string, goal api.Level) LevelPatch {
	t.Helper()
	var p corev1.Pod
	if err := yaml.Unmarshal([]byte(pod), &p); err != nil {
		t.Fatal(err)
	}
	return levelPatchOf(t, &p, apiVersion, kind, path, name, goal)
}

func levelPatchOf(t *testing.T, p *corev1.Pod, apiVersion, kind, path, name string, goal api.Level) LevelPatch {
	t.Helper()
	w := &workload.Workload{
		Ref:       api.Ref{APIVersion: apiVersion, Kind: kind, Namespace: "shop", Name: name},
		Templates: []workload.Template{{Path: path, Meta: &p.ObjectMeta, Spec: &p.Spec}},
	}
	plan := patch.To(w, goal, podsecurity.New(psapi.MajorMinorVersion(1, 36)))
	body, err := plan.Body()
	if err != nil {
		t.Fatalf("%q: %v", name, err)
	}
	out := LevelPatch{PodPatch: &api.PodPatch{
		Ref: w.Ref, Command: "kubectl harden gen patch " + w.Ref.Short() + " --to restricted", Goal: goal, Before: plan.Before, After: plan.After,
		Version: "v1.36", Changes: plan.Changes, Obstacles: plan.Obstacles, Effect: PatchEffect(w.Ref), Beyond: []string{"rootfs-writable", "secret-in-env"},
		Server: "takes it (dry run)",
	}, Fields: body.Fields, Places: plan.Places(body.Fields)}
	if body.Fields == nil {
		data, _ := json.Marshal(body.Operations)
		if err := json.Unmarshal(data, &out.Operations); err != nil {
			t.Fatal(err)
		}
	}
	out.Apply = out.ApplyCommand("kubectl")
	return out
}

// patchPrinted is a patch and what is told of it; the patch must read as what is sent.
func patchPrinted(t *testing.T, p LevelPatch) string {
	t.Helper()
	var out, errOut bytes.Buffer
	if err := Patched(&out, p, Options{Format: "yaml"}); err != nil {
		t.Fatal(err)
	}
	var got any
	if err := yaml.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	data, _ := json.Marshal(p.body())
	var want any
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("it reads as %v, want %v\n%s", got, want, out.String())
	}
	if err := PatchAnswer(&errOut, p.PodPatch, false, Options{}); err != nil {
		t.Fatal(err)
	}
	return out.String() + "=== stderr\n" + errOut.String()
}

const hostPathPod = `
metadata: {annotations: {"container.apparmor.security.beta.kubernetes.io/app": unconfined}}
spec:
  hostNetwork: true
  volumes: [{name: logs, hostPath: {path: /var/log}}]
  containers:
  - name: app
    ports: [{containerPort: 53, protocol: UDP, hostPort: 53}, {containerPort: 80, hostPort: 80}]
    volumeMounts: [{name: logs, mountPath: /logs}]
    securityContext: {capabilities: {add: [NET_ADMIN, CHOWN]}}
`

// TestPatchScreens holds what is printed of patches of every form.
func TestPatchScreens(t *testing.T) {
	for name, p := range map[string]LevelPatch{
		"merge":    levelPatch(t, checkoutPod, "apps/v1", "Deployment", "spec.template", "checkout", api.LevelRestricted),
		"json":     levelPatch(t, checkoutPod, "argoproj.io/v1alpha1", "Rollout", "spec.template", "checkout", api.LevelRestricted),
		"obstacle": levelPatch(t, hostPathPod, "batch/v1", "CronJob", "spec.jobTemplate.spec.template", "agent", api.LevelBaseline),
		"none":     levelPatch(t, checkoutPod, "apps/v1", "Deployment", "spec.template", "checkout", api.LevelBaseline),
	} {
		if name == "none" {
			var b bytes.Buffer
			if err := PatchAnswer(&b, p.PodPatch, false, Options{}); err != nil {
				t.Fatal(err)
			}
			testkit.Golden(t, "testdata/patch-none.txt", b.Bytes())
			continue
		}
		testkit.Golden(t, "testdata/patch-"+name+".txt", []byte(patchPrinted(t, p)))
	}
}

// TestPatchFormats: JSON and KYAML have what is sent.
func TestPatchFormats(t *testing.T) {
	p := levelPatch(t, checkoutPod, "apps/v1", "Deployment", "spec.template", "checkout", api.LevelRestricted)
	for _, format := range PatchFormats() {
		var b bytes.Buffer
		if err := Patched(&b, p, Options{Format: format}); err != nil {
			t.Fatal(err)
		}
		var got, want any
		data, _ := json.Marshal(p.body())
		if yaml.Unmarshal(b.Bytes(), &got) != nil || json.Unmarshal(data, &want) != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %s", format, b.String())
		}
	}
	if ValidatePatchFormat("text") == nil {
		t.Error("text is no format of a patch")
	}
}

// TestReplacementScreen: a manifest has its comments where something changed.
func TestReplacementScreen(t *testing.T) {
	p := LevelPatch{PodPatch: &api.PodPatch{
		Ref: api.Ref{APIVersion: "v1", Kind: "Pod", Namespace: "shop", Name: "x"}, Goal: api.LevelBaseline, Before: api.LevelPrivileged, After: api.LevelBaseline, Version: "v1.36",
	}, Manifest: map[string]any{
		"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "x", "namespace": "shop", "annotations": map[string]any{"a": "1", "b": "two\nlines # no comment"}},
		"spec": map[string]any{"hostPID": false, "priority": int64(5), "containers": []any{map[string]any{"name": "app", "env": []any{map[string]any{"name": "A", "value": "yes"}}, "securityContext": map[string]any{"privileged": false, "runAsUser": int64(7)}, "resources": map[string]any{}}}},
	}, Places: map[string]api.FieldChange{
		"/spec/hostPID": {Was: "true", MayBreak: "agents"}, "/spec/containers/0/securityContext/privileged": {Container: "app", Was: "true"},
	}}
	p.Apply = p.ApplyCommand("kubectl")
	testkit.Golden(t, "testdata/patch-replacement.txt", []byte(patchPrinted(t, p)))
}

// TestHostilePatches: whatever stands in names and values, the patch reads as what is sent, and
// nothing reaches a terminal.
func TestHostilePatches(t *testing.T) {
	for _, hostile := range testkit.HostileStrings() {
		if hostile.Value == "" || !utf8.ValidString(hostile.Value) {
			continue // no object has such a name
		}
		pod := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{
			Name: hostile.Value, LivenessProbe: &corev1.Probe{ProbeHandler: corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Host: hostile.Value}}},
		}}}}
		pod.Annotations = map[string]string{"container.apparmor.security.beta.kubernetes.io/" + hostile.Value: hostile.Value}
		for _, kind := range []string{"Deployment", "Thing"} {
			apiVersion := map[string]string{"Deployment": "apps/v1", "Thing": "a.b/v1"}[kind]
			p := levelPatchOf(t, pod, apiVersion, kind, "spec.template", hostile.Value, api.LevelRestricted)
			out := patchPrinted(t, p)
			if strings.ContainsFunc(out, func(r rune) bool { return r != '\n' && !visible(r) }) {
				t.Errorf("%s, %s: %q", hostile.Name, kind, out)
			}
		}
	}
}
