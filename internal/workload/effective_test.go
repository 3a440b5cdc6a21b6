package workload

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// show prints a value with where it comes from, the path from the pod or container.
func show[T any](v Value[T]) string {
	return fmt.Sprintf("%v %v %s %s", v.Value, v.Set, v.Origin, v.Path)
}

// TestEffective: which of two settings is in effect, who set it, and where.
func TestEffective(t *testing.T) {
	const container, pod = "spec.containers[0].securityContext.", "spec.securityContext."
	apparmor := "metadata: {annotations: {container.apparmor.security.beta.kubernetes.io/a: %s}}, "
	for _, tt := range []struct {
		meta, pod, container string
		get                  func(Container) string
		want                 string
	}{
		{"", "{runAsUser: 0}", "{runAsUser: 1000}", func(c Container) string { return show(c.RunAsUser()) }, "1000 true container " + container + "runAsUser"},
		{"", "{runAsUser: 5}", "{}", func(c Container) string { return show(c.RunAsUser()) }, "5 true pod " + pod + "runAsUser"},
		{"", "{}", "{}", func(c Container) string { return show(c.RunAsUser()) }, "0 false unset " + container + "runAsUser"},
		{"", "null", "null", func(c Container) string { return show(c.RunAsUser()) }, "0 false unset " + container + "runAsUser"},
		{"", "{runAsGroup: 0}", "null", func(c Container) string { return show(c.RunAsGroup()) }, "0 true pod " + pod + "runAsGroup"},
		{"", "{runAsNonRoot: true}", "{runAsNonRoot: false}", func(c Container) string { return show(c.RunAsNonRoot()) }, "false true container " + container + "runAsNonRoot"},
		{"", "{runAsNonRoot: true}", "{}", func(c Container) string { return show(c.RunAsNonRoot()) }, "true true pod " + pod + "runAsNonRoot"},
		{"", "null", "{privileged: true}", func(c Container) string { return show(c.Privileged()) }, "true true container " + container + "privileged"},
		{"", "null", "{}", func(c Container) string { return show(c.AllowPrivilegeEscalation()) }, "true false unset " + container + "allowPrivilegeEscalation"},
		{"", "null", "{allowPrivilegeEscalation: false}", func(c Container) string { return show(c.AllowPrivilegeEscalation()) }, "false true container " + container + "allowPrivilegeEscalation"},
		{"", "null", "null", func(c Container) string { return show(c.ReadOnlyRootFilesystem()) }, "false false unset " + container + "readOnlyRootFilesystem"},
		{"", "null", "null", func(c Container) string { return show(c.ProcMount()) }, "Default false unset " + container + "procMount"},
		{"", "null", "{procMount: Unmasked}", func(c Container) string { return show(c.ProcMount()) }, "Unmasked true container " + container + "procMount"},
		{"", "{seLinuxOptions: {type: spc_t}}", "{seLinuxOptions: {level: s0}}", func(c Container) string { return selinuxText(c.SELinux().Value) + " " + c.SELinux().Origin }, "level s0 container"},
		{"", "{windowsOptions: {hostProcess: true}}", "{windowsOptions: {runAsUserName: u}}", func(c Container) string { return show(c.HostProcess()) }, "true true pod " + pod + "windowsOptions.hostProcess"},
		{"", "{windowsOptions: {hostProcess: true}}", "{windowsOptions: {hostProcess: false}}", func(c Container) string { return show(c.HostProcess()) }, "false true container " + container + "windowsOptions.hostProcess"},
		{"", "{seccompProfile: {type: Unconfined}}", "{}", seccompOf, "Unconfined true pod " + pod + "seccompProfile"},
		{"", "{seccompProfile: {type: Unconfined}}", "{seccompProfile: {type: RuntimeDefault}}", seccompOf, "RuntimeDefault true container " + container + "seccompProfile"},
		{"", "null", "null", seccompOf, " false unset " + container + "seccompProfile"},
		{fmt.Sprintf(apparmor, "unconfined"), "{appArmorProfile: {type: RuntimeDefault}}", "{}", appArmorOf, "Unconfined true annotation metadata.annotations['container.apparmor.security.beta.kubernetes.io/a']"},
		{fmt.Sprintf(apparmor, "unconfined"), "null", "{appArmorProfile: {type: RuntimeDefault}}", appArmorOf, "RuntimeDefault true container " + container + "appArmorProfile"},
		{fmt.Sprintf(apparmor, "localhost/own"), "null", "null", appArmorOf, "Localhost true annotation metadata.annotations['container.apparmor.security.beta.kubernetes.io/a']"},
		{fmt.Sprintf(apparmor, "runtime/default"), "{appArmorProfile: {type: Unconfined}}", "null", appArmorOf, "RuntimeDefault true annotation metadata.annotations['container.apparmor.security.beta.kubernetes.io/a']"},
		{fmt.Sprintf(apparmor, "nonsense"), "{appArmorProfile: {type: Unconfined}}", "null", appArmorOf, "Unconfined true pod " + pod + "appArmorProfile"},
		{"", "null", "null", appArmorOf, "RuntimeDefault false unset " + container + "appArmorProfile"},
	} {
		manifest := fmt.Sprintf("{%sspec: {securityContext: %s, containers: [{name: a, securityContext: %s}]}}", tt.meta, tt.pod, tt.container)
		for c := range shapeOf(t, manifest).Containers() {
			if got := tt.get(c); got != tt.want {
				t.Errorf("%s\ngot  %s\nwant %s", manifest, got, tt.want)
			}
		}
	}
}

func seccompOf(c Container) string {
	v := c.Seccomp()
	return show(Value[corev1.SeccompProfileType]{v.Value.Type, v.Set, v.Origin, v.Path})
}

func appArmorOf(c Container) string {
	v := c.AppArmor()
	return show(Value[corev1.AppArmorProfileType]{v.Value.Type, v.Set, v.Origin, v.Path})
}

// TestUsers: distinct users, lowest uid first, whatever the order of the pods.
func TestUsers(t *testing.T) {
	user := func(uid, gid int64, groups ...int64) *corev1.Pod {
		return &corev1.Pod{Status: corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{
			Name: "a", User: &corev1.ContainerUser{Linux: &corev1.LinuxContainerUser{UID: uid, GID: gid, SupplementalGroups: groups}},
		}}}}
	}
	silent := &corev1.Pod{Status: corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{Name: "a", User: &corev1.ContainerUser{}}}}}
	pods := []*corev1.Pod{user(1000, 1000, 7), user(0, 0), user(1000, 0, 0), silent, user(1000, 1000), user(1000, 1000, 7)}
	const want = "[0:0[] 1000:0[0] 1000:1000[] 1000:1000[7]] in 5 pods"
	for range pods {
		pods = append(pods[1:], pods[0])
		shape := &Shape{Spec: &corev1.PodSpec{Containers: []corev1.Container{{Name: "a"}}}, Pods: pods}
		for c := range shape.Containers() {
			users, n := c.Users()
			var ids []string
			for _, u := range users {
				ids = append(ids, fmt.Sprintf("%d:%d%v", u.UID, u.GID, u.SupplementalGroups))
			}
			if got := fmt.Sprintf("%v in %s", ids, Plural(n, "pod")); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
	}
}

func TestWindowsAndUserNamespace(t *testing.T) {
	for manifest, want := range map[string][2]bool{
		"{spec: {}}": {false, false},
		"{spec: {os: {name: linux}, hostUsers: true}}":    {false, false},
		"{spec: {os: {name: windows}, hostUsers: false}}": {true, true},
		"{spec: {hostUsers: false, hostNetwork: false}}":  {false, true},
	} {
		s := shapeOf(t, manifest)
		if got := [2]bool{s.Windows(), s.UserNamespace()}; got != want {
			t.Errorf("%s: got %v, want %v", manifest, got, want)
		}
	}
}
