package assess

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

const historied = `apiVersion: apps/v1
kind: Deployment
metadata: {name: checkout, namespace: shop}
spec:
  selector: {matchLabels: {app: x}}
  template:
    metadata:
      labels: {app: x}
      annotations: {container.apparmor.security.beta.kubernetes.io/app: unconfined}
    spec:
      hostPID: true
      securityContext: {runAsNonRoot: true, seLinuxOptions: {type: spc_t}}
      containers:
      - name: app
        image: app:1
        ports: [{containerPort: 8080, hostPort: 80}]
        securityContext: {capabilities: {drop: [MKNOD]}}
`

func wrote(manager, at, fields string) metav1.ManagedFieldsEntry {
	when, err := time.Parse(time.RFC3339, at)
	if err != nil {
		panic(err)
	}
	return metav1.ManagedFieldsEntry{
		Manager: manager, Operation: metav1.ManagedFieldsOperationUpdate, APIVersion: "apps/v1",
		Time: &metav1.Time{Time: when}, FieldsType: "FieldsV1", FieldsV1: metav1.NewFieldsV1(fields),
	}
}

// writings is the history of the Deployment above.
func writings() []metav1.ManagedFieldsEntry {
	broken := wrote("broken", "2030-01-01T00:00:00Z", `{"f:spec":`)
	status := wrote("controller", "2030-01-01T00:00:00Z", `{"f:spec":{"f:template":{"f:spec":{"f:hostPID":{}}}}}`)
	status.Subresource = "status"
	return []metav1.ManagedFieldsEntry{
		broken, status,
		wrote("helm", "2026-10-02T14:11:08Z", `{"f:spec":{"f:template":{"f:metadata":{"f:annotations":{".":{},
			"f:container.apparmor.security.beta.kubernetes.io/app":{}}},"f:spec":{"f:hostPID":{},"f:securityContext":{"f:runAsNonRoot":{}},
			"f:containers":{"k:{\"name\":\"app\"}":{".":{},"f:name":{},"f:image":{},
			"f:ports":{".":{},"k:{\"containerPort\":8080,\"protocol\":\"TCP\"}":{".":{},"f:containerPort":{}}},
			"f:securityContext":{".":{},"f:capabilities":{".":{},"f:drop":{}}}}}}}}}`),
		wrote("kubectl-edit", "2026-11-01T08:00:00Z", `{"f:spec":{"f:template":{"f:spec":{"f:hostPID":{},"f:containers":{"k:{\"name\":\"app\"}":{
			"f:ports":{"k:{\"containerPort\":8080,\"protocol\":\"TCP\"}":{"f:hostPort":{}}}}}}}}}`),
		wrote("first", "2026-01-01T00:00:00Z", `{"f:spec":{"f:template":{"f:spec":{"f:hostPID":{}}}}}`),
	}
}

func described(t *testing.T, keep bool) map[string]api.Finding {
	t.Helper()
	inv := cluster.NewInventory()
	inv.KeepHistory = keep
	for _, obj := range decode(t, historied) {
		m := obj.(metav1.Object)
		m.SetManagedFields(writings())
		if err := inv.Add(obj, schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"}, workload.Source{}); err != nil {
			t.Fatal(err)
		}
	}
	out := map[string]api.Finding{}
	for _, f := range Report(inv, Options{}).Items[0].Findings {
		out[f.Check] = f
	}
	return out
}

func TestOrigins(t *testing.T) {
	const helm, edit = "written by helm, 2026-10-02T14:11:08Z", "written by kubectl-edit, 2026-11-01T08:00:00Z"
	kept, dropped := described(t, true), described(t, false)
	for check, want := range map[string][2]string{
		"caps-not-dropped":      {"container", "; " + helm},
		"host-pid":              {"pod", "; " + edit},
		"host-port":             {"container", "; " + edit},
		"allow-priv-escalation": {"unset", "; securityContext " + helm},
		"seccomp-unset":         {"unset", "; securityContext " + helm},
		"apparmor-unconfined":   {"annotation", "; " + helm},
		"selinux-options":       {"pod", "; securityContext " + helm},
	} {
		if got := kept[check].Origin; got != want[0]+want[1] {
			t.Errorf("%s: %q, want %q", check, got, want[0]+want[1])
		}
		if got := dropped[check].Origin; got != want[0] {
			t.Errorf("%s without history: %q, want %q", check, got, want[0])
		}
	}
}

func TestEffective(t *testing.T) {
	found := described(t, false)
	for check, want := range map[string]string{
		"caps-not-dropped": "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT, " +
			"in the bounding set only: the process is not root",
		"seccomp-unset":         "Unconfined, unless the kubelet sets seccompDefault",
		"allow-priv-escalation": "allowed",
		"rootfs-writable":       "writable",
		"nonroot-unprovable":    "the image's user, which is not known here",
		"host-pid":              "",
	} {
		if got := found[check].Effective; got != want {
			t.Errorf("%s: %q, want %q", check, got, want)
		}
	}
	if got := found["allow-priv-escalation"].MayBreak; got == "" {
		t.Error("nothing may break")
	}
}

// TestLiveOrigins looks at a container that no template has, and at a user that was observed.
func TestLiveOrigins(t *testing.T) {
	w := &workload.Workload{Templates: []workload.Template{{Path: "spec.template"}}, Meta: &metav1.ObjectMeta{}}
	d := newDescriber(w, workload.Context{})
	shape := &workload.Shape{Live: true, Meta: &metav1.ObjectMeta{}, Spec: &corev1.PodSpec{
		Containers:          []corev1.Container{{Name: "a"}},
		EphemeralContainers: []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon{Name: "debug"}}},
	}}
	want := []string{"admission", "kubectl debug"}
	for c := range shape.Containers() {
		v := violation{shape: shape}
		v.Container, v.Path, v.Got = c, c.Field("securityContext.privileged"), "true"
		if got := d.origin(v); got != want[0] {
			t.Errorf("%s: %q, want %q", c.Name, got, want[0])
		}
		want = want[1:]
	}
	pod := newDescriber(&workload.Workload{Meta: &metav1.ObjectMeta{}}, workload.Context{})
	v := violation{shape: shape}
	v.Got = "0 observed"
	if got := pod.origin(v); got != "image" {
		t.Errorf("an observed user: %q", got)
	}
}
