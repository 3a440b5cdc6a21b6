package patch

import (
	"fmt"
	"math/rand/v2"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// dice makes pods of what the policy looks at.
type dice struct{ *rand.Rand }

func (d dice) one(n int) bool { return d.IntN(n) == 0 }

func pick[T any](d dice, values ...T) T { return values[d.IntN(len(values))] }

func (d dice) pod() *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "x", Namespace: "shop"}}
	s := &pod.Spec
	s.HostNetwork, s.HostPID, s.HostIPC = d.one(5), d.one(5), d.one(5)
	if d.one(6) {
		s.HostUsers = new(d.one(2))
	}
	if d.one(5) {
		s.OS = &corev1.PodOS{Name: pick(d, corev1.Linux, corev1.Windows)}
	}
	if d.one(2) {
		s.SecurityContext = &corev1.PodSecurityContext{
			RunAsNonRoot: d.bool(), RunAsUser: pick(d, nil, new(int64(0)), new(int64(5))), SELinuxOptions: d.selinux(),
			SeccompProfile: d.seccomp(), AppArmorProfile: d.apparmor(), WindowsOptions: d.windows(),
		}
		for range d.IntN(4) {
			s.SecurityContext.Sysctls = append(s.SecurityContext.Sysctls, corev1.Sysctl{Name: pick(d, "kernel.msgmax", "net.ipv4.tcp_rmem", "net.ipv4.ip_local_port_range", "kernel.shm_rmid_forced"), Value: "1"})
		}
	}
	if d.one(4) {
		pod.Annotations = map[string]string{"container.apparmor.security.beta.kubernetes.io/" + pick(d, "c0", "gone"): pick(d, "unconfined", "runtime/default", "localhost/x"), "a/b": "c"}
	}
	for i := range 1 + d.IntN(3) {
		s.Containers = append(s.Containers, d.container(fmt.Sprintf("c%d", i)))
	}
	for i := range d.IntN(3) {
		s.InitContainers = append(s.InitContainers, d.container(fmt.Sprintf("i%d", i)))
	}
	if d.one(6) {
		s.Volumes = []corev1.Volume{{Name: "v", VolumeSource: pick(d, corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/"}},
			corev1.VolumeSource{NFS: &corev1.NFSVolumeSource{Server: "s", Path: "/"}}, corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}})}}
	}
	return pod
}

func (d dice) bool() *bool { return pick(d, nil, new(true), new(false)) }

func (d dice) seccomp() *corev1.SeccompProfile {
	local := "p.json"
	return pick(d, nil, nil, &corev1.SeccompProfile{Type: "RuntimeDefault"}, &corev1.SeccompProfile{Type: "Unconfined"},
		&corev1.SeccompProfile{Type: "Localhost", LocalhostProfile: &local}, &corev1.SeccompProfile{Type: "Unconfined", LocalhostProfile: &local})
}

func (d dice) apparmor() *corev1.AppArmorProfile {
	return pick(d, nil, nil, &corev1.AppArmorProfile{Type: "RuntimeDefault"}, &corev1.AppArmorProfile{Type: "Unconfined"})
}

func (d dice) selinux() *corev1.SELinuxOptions {
	return pick(d, nil, nil, &corev1.SELinuxOptions{Level: "s0"}, &corev1.SELinuxOptions{Type: "spc_t", User: "u"}, &corev1.SELinuxOptions{Type: "container_t", Role: "r"})
}

func (d dice) windows() *corev1.WindowsSecurityContextOptions {
	return pick(d, nil, nil, nil, &corev1.WindowsSecurityContextOptions{HostProcess: new(true)}, &corev1.WindowsSecurityContextOptions{HostProcess: new(false)})
}

func (d dice) container(name string) corev1.Container {
	c := corev1.Container{Name: name, Image: "i"}
	for i := range d.IntN(3) {
		c.Ports = append(c.Ports, corev1.ContainerPort{ContainerPort: int32(80 + i), HostPort: pick(d, int32(0), 0, 80)})
	}
	if d.one(3) {
		c.LivenessProbe = &corev1.Probe{ProbeHandler: pick(d, corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Host: "h"}}, corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Host: pick(d, "", "h")}})}
	}
	if d.one(6) {
		c.Lifecycle = &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{HTTPGet: &corev1.HTTPGetAction{Host: "h"}}}
	}
	if d.one(4) {
		return c
	}
	c.SecurityContext = &corev1.SecurityContext{
		Privileged: d.bool(), AllowPrivilegeEscalation: d.bool(), RunAsNonRoot: d.bool(), RunAsUser: pick(d, nil, new(int64(0)), new(int64(7))),
		SeccompProfile: d.seccomp(), AppArmorProfile: d.apparmor(), SELinuxOptions: d.selinux(), WindowsOptions: d.windows(),
		ProcMount: pick(d, nil, nil, new(corev1.DefaultProcMount), new(corev1.UnmaskedProcMount)),
	}
	if d.one(2) {
		c.SecurityContext.Capabilities = &corev1.Capabilities{
			Add:  d.capabilities("NET_BIND_SERVICE", "CHOWN", "SYS_ADMIN", "ALL", "NET_RAW"),
			Drop: d.capabilities("ALL", "NET_RAW", "all"),
		}
	}
	return c
}

func (d dice) capabilities(names ...corev1.Capability) []corev1.Capability {
	var out []corev1.Capability
	for range d.IntN(4) {
		out = append(out, pick(d, names...))
	}
	return out
}
