package check

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// results runs the named checks on a manifest: "ID path: MESSAGE [SEVERITY…]", sorted.
func results(t *testing.T, manifest string, ids ...string) []string {
	t.Helper()
	f := loadFixture(t, manifest, 0)
	out := []string{}
	for _, c := range All() {
		if !slices.Contains(ids, c.ID) {
			continue
		}
		for _, v := range c.Eval(f.subject) {
			out = append(out, c.ID+" "+v.Path+": "+describe(c, v))
		}
	}
	slices.Sort(out)
	return out
}

// TestTraps holds what others get wrong: precedence, which containers count, and that unset
// is neither safe nor unsafe.
func TestTraps(t *testing.T) {
	roots := []string{"run-as-root-declared", "run-as-root-observed", "nonroot-unprovable"}
	for _, tt := range []struct {
		name, manifest string
		checks, want   []string
	}{
		{
			"pod runAsNonRoot true, container false",
			`{kind: Pod, spec: {securityContext: {runAsNonRoot: true}, containers: [{name: a, securityContext: {runAsNonRoot: false}}]}}`,
			roots,
			[]string{"run-as-root-declared spec.containers[0].securityContext.runAsNonRoot: nothing forbids root, and the image decides [high derived]"},
		},
		{
			"pod runAsUser 0, container 1000",
			`{kind: Pod, spec: {securityContext: {runAsUser: 0}, containers: [{name: a, securityContext: {runAsUser: 1000, runAsNonRoot: true}}]}}`,
			roots,
			[]string{"run-as-root-declared spec.securityContext.runAsUser: overridden by every container, but Pod Security v1.37 refuses the field [low]"},
		},
		{
			"runAsNonRoot with runAsUser 0 never starts",
			`{kind: Pod, spec: {containers: [{name: a, securityContext: {runAsUser: 0, runAsNonRoot: true}}]}}`,
			roots,
			[]string{"nonroot-unprovable spec.containers[0].securityContext.runAsUser: never starts: runAsUser 0 fails the test of runAsNonRoot [info]"},
		},
		{
			"the pod's runAsNonRoot and runAsUser 0 never start either",
			`{kind: Pod, spec: {securityContext: {runAsUser: 0, runAsNonRoot: true}, containers: [{name: a}]}}`,
			roots,
			[]string{"nonroot-unprovable spec.securityContext.runAsUser: never starts: runAsUser 0 fails the test of runAsNonRoot [info]"},
		},
		{
			"pod runAsNonRoot false overridden by containers",
			`{kind: Pod, spec: {securityContext: {runAsNonRoot: false}, containers: [{name: a, securityContext: {runAsNonRoot: true, runAsUser: 1}}]}}`,
			roots,
			[]string{"run-as-root-declared spec.securityContext.runAsNonRoot: overridden by every container, but Pod Security v1.37 refuses the field [low]"},
		},
		{
			"allowPrivilegeEscalation unset is allowed, and not taken from the pod",
			`{kind: Pod, spec: {containers: [{name: a, securityContext: {}}]}}`,
			[]string{"allow-priv-escalation"},
			[]string{"allow-priv-escalation spec.containers[0].securityContext.allowPrivilegeEscalation: setuid programs and file capabilities give new privileges [medium]"},
		},
		{
			"seccomp set to Unconfined is not unset",
			`{kind: Pod, spec: {securityContext: {seccompProfile: {type: Unconfined}}, containers: [{name: a}]}}`,
			[]string{"seccomp-unset", "seccomp-unconfined"},
			[]string{"seccomp-unconfined spec.securityContext.seccompProfile.type: every system call is open: seccomp is Unconfined [high]"},
		},
		{
			"AppArmor: container field over annotation over pod field",
			`{kind: Pod, metadata: {annotations: {container.apparmor.security.beta.kubernetes.io/b: unconfined}},
			  spec: {securityContext: {appArmorProfile: {type: Unconfined}}, containers: [
			    {name: a, securityContext: {appArmorProfile: {type: RuntimeDefault}}}, {name: b}, {name: c}]}}`,
			[]string{"apparmor-unconfined"},
			[]string{
				"apparmor-unconfined metadata.annotations['container.apparmor.security.beta.kubernetes.io/b']: no AppArmor profile [medium]",
				"apparmor-unconfined spec.securityContext.appArmorProfile.type: no AppArmor profile [medium]",
			},
		},
		{
			"SELinux options are replaced whole: the pod's type does not reach the container",
			`{kind: Pod, spec: {securityContext: {seLinuxOptions: {type: spc_t}}, containers: [{name: a, securityContext: {seLinuxOptions: {level: s0}}}]}}`,
			[]string{"selinux-options"},
			[]string{"selinux-options spec.securityContext.seLinuxOptions.type: overridden by every container, but Pod Security v1.37 refuses the field [low]"},
		},
		{
			"a sysctl that is safe at that version",
			"# context version=1.27\n" +
				`{kind: Pod, spec: {securityContext: {sysctls: [{name: net.ipv4.ip_local_reserved_ports}, {name: net.ipv4.tcp_keepalive_time}]}, containers: [{name: a}]}}`,
			[]string{"sysctls"},
			[]string{"sysctls spec.securityContext.sysctls[1].name: net.ipv4.tcp_keepalive_time is not on the safe list of Pod Security v1.27 [medium]"},
		},
		{
			"every container counts: init, sidecar, main, ephemeral",
			`{kind: Pod, spec: {initContainers: [{name: a}, {name: b, restartPolicy: Always}], containers: [{name: c}], ephemeralContainers: [{name: d}]}}`,
			[]string{"rootfs-writable"},
			[]string{
				"rootfs-writable spec.containers[0].securityContext.readOnlyRootFilesystem: the files of its image can be changed until it restarts [low]",
				"rootfs-writable spec.ephemeralContainers[0].securityContext.readOnlyRootFilesystem: the files of its image can be changed until it restarts [low]",
				"rootfs-writable spec.initContainers[0].securityContext.readOnlyRootFilesystem: the files of its image can be changed until it restarts [low]",
				"rootfs-writable spec.initContainers[1].securityContext.readOnlyRootFilesystem: the files of its image can be changed until it restarts [low]",
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := results(t, tt.manifest, tt.checks...); !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// TestInitStep: an init container counts one step less, unless what it writes comes back.
func TestInitStep(t *testing.T) {
	for name, tt := range map[string]struct {
		volume, mount, want string
	}{
		"own emptyDir":    {"{name: v, emptyDir: {}}", "w", "[high -1: init container]"},
		"shared emptyDir": {"{name: v, emptyDir: {}}", "v", "[critical]"},
		"shared Secret":   {"{name: v, secret: {secretName: s}}", "v", "[high -1: init container]"},
	} {
		got := results(t, `{kind: Pod, spec: {volumes: [`+tt.volume+`, {name: w, emptyDir: {}}],
		  containers: [{name: a, volumeMounts: [{name: `+tt.mount+`, mountPath: /v}]}],
		  initContainers: [{name: i, securityContext: {privileged: true}, volumeMounts: [{name: v, mountPath: /v}]}]}}`, "privileged")
		want := "privileged spec.initContainers[0].securityContext.privileged: " +
			"privileged: root on the node, with every capability and device and no confinement " + tt.want
		if !slices.Equal(got, []string{want}) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// TestObservedByTemplate: a template is judged by the users of its live pods, but not blamed
// for what an older template's pods did.
func TestObservedByTemplate(t *testing.T) {
	uid := func(uid int64) *corev1.Pod {
		return &corev1.Pod{Status: corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{
			Name: "a", User: &corev1.ContainerUser{Linux: &corev1.LinuxContainerUser{UID: uid, GID: 0}},
		}}}}
	}
	asked := func(uid int64) *corev1.SecurityContext { return &corev1.SecurityContext{RunAsUser: &uid} }
	grouped := func(gid int64) *corev1.SecurityContext { return &corev1.SecurityContext{RunAsGroup: &gid} }
	for name, tt := range map[string]struct {
		context *corev1.SecurityContext
		pods    []*corev1.Pod
		want    map[string]api.Severity
	}{
		"no pods":          {nil, nil, map[string]api.Severity{"run-as-root-declared": "high"}},
		"not root":         {nil, []*corev1.Pod{uid(10001)}, map[string]api.Severity{"run-as-root-declared": "low", "root-group": "medium"}},
		"old group":        {grouped(1), []*corev1.Pod{uid(10001)}, map[string]api.Severity{"run-as-root-declared": "low"}},
		"one of them root": {nil, []*corev1.Pod{uid(10001), uid(0)}, map[string]api.Severity{"run-as-root-declared": "high", "run-as-root-observed": "high", "root-group": "medium"}},
		"old pods":         {asked(10001), []*corev1.Pod{uid(0)}, map[string]api.Severity{"run-as-root-declared": "low"}},
	} {
		shape := &workload.Shape{
			Path: "spec.template", Meta: &metav1.ObjectMeta{}, Pods: tt.pods,
			Spec: &corev1.PodSpec{Containers: []corev1.Container{{Name: "a", SecurityContext: tt.context}}},
		}
		s := NewSubject(shape, workload.Context{}, podsecurity.New(podsecurity.Newest()))
		got := map[string]api.Severity{}
		for _, c := range []Check{RunAsRootDeclared(), RunAsRootObserved(), RootGroup()} {
			for _, v := range c.Eval(s) {
				got[c.ID] = v.Severity
			}
		}
		for id := range got {
			if got[id] != tt.want[id] {
				t.Errorf("%s: %s is %q, want %q", name, id, got[id], tt.want[id])
			}
		}
		if len(got) != len(tt.want) {
			t.Errorf("%s: found %v, want %v", name, got, tt.want)
		}
	}
}

// TestKeys: two findings of one check in one container of a valid pod have keys that tell
// them apart, none with an index in it.
func TestKeys(t *testing.T) {
	for _, c := range All() {
		for _, f := range loadFixtures(t, c.ID) {
			seen := map[string]string{}
			for _, v := range c.Eval(f.subject) {
				key := v.Key
				if v.Container.Container != nil {
					key = v.Container.Key() + "|" + key
				}
				if other, ok := seen[key]; ok {
					t.Errorf("%s: %s and %s have the same key %q", f.where, other, v.Path, key)
				}
				seen[key] = v.Path
			}
		}
	}
}
