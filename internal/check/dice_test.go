package check

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// dice draws pods from bytes: what matters to checks is drawn often, valid or not.
type dice struct{ data []byte }

func (d *dice) roll(sides int) int {
	if len(d.data) == 0 {
		return 0
	}
	b := d.data[0]
	d.data = d.data[1:]
	return int(b) % sides
}

// one draws an entry; the first one once the bytes have run out.
func one[T any](d *dice, entries ...T) T { return entries[d.roll(len(entries))] }

// maybe draws nil half of the time.
func maybe[T any](d *dice, draw func(*dice) T) *T {
	if d.roll(2) == 0 {
		return nil
	}
	v := draw(d)
	return &v
}

// some draws up to three.
func some[T any](d *dice, draw func(*dice) T) []T {
	var out []T
	for range d.roll(4) {
		out = append(out, draw(d))
	}
	return out
}

func flag(d *dice) bool { return d.roll(2) == 1 }

func id(d *dice) int64 { return one[int64](d, 0, 1000, 0, -1) }

func drawPod(d *dice) *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", Annotations: map[string]string{}}}
	for range d.roll(3) {
		key := corev1.DeprecatedAppArmorBetaContainerAnnotationKeyPrefix + one(d, "c0", "c1", "e0", "gone", "")
		pod.Annotations[key] = one(d, "unconfined", "runtime/default", "localhost/x", "", "foo")
	}
	pod.Spec = corev1.PodSpec{
		OS:              maybe(d, func(d *dice) corev1.PodOS { return corev1.PodOS{Name: one(d, corev1.Linux, corev1.Windows)} }),
		HostUsers:       maybe(d, flag),
		HostPID:         flag(d),
		HostIPC:         flag(d),
		HostNetwork:     flag(d),
		SecurityContext: maybe(d, drawPodContext),
		Volumes:         some(d, drawVolume),
	}
	for i := range d.roll(3) {
		c := drawContainer(d, fmt.Sprintf("i%d", i))
		c.RestartPolicy = maybe(d, func(*dice) corev1.ContainerRestartPolicy { return corev1.ContainerRestartPolicyAlways })
		pod.Spec.InitContainers = append(pod.Spec.InitContainers, c)
	}
	for i := range d.roll(4) {
		pod.Spec.Containers = append(pod.Spec.Containers, drawContainer(d, fmt.Sprintf("c%d", i)))
	}
	if flag(d) {
		e := corev1.EphemeralContainer{EphemeralContainerCommon: corev1.EphemeralContainerCommon(drawContainer(d, "e0"))}
		pod.Spec.EphemeralContainers = append(pod.Spec.EphemeralContainers, e)
	}
	for _, name := range []string{"c0", "c1", "i0"} {
		status := corev1.ContainerStatus{Name: name, User: maybe(d, drawUser)}
		pod.Status.ContainerStatuses = append(pod.Status.ContainerStatuses, status)
		pod.Status.InitContainerStatuses = append(pod.Status.InitContainerStatuses, status)
	}
	return pod
}

func drawUser(d *dice) corev1.ContainerUser {
	return corev1.ContainerUser{Linux: maybe(d, func(d *dice) corev1.LinuxContainerUser {
		return corev1.LinuxContainerUser{UID: id(d), GID: id(d), SupplementalGroups: some(d, id)}
	})}
}

func drawPodContext(d *dice) corev1.PodSecurityContext {
	return corev1.PodSecurityContext{
		RunAsUser: maybe(d, id), RunAsGroup: maybe(d, id), RunAsNonRoot: maybe(d, flag),
		FSGroup: maybe(d, id), SupplementalGroups: some(d, id),
		SELinuxOptions: maybe(d, drawSELinux), SeccompProfile: maybe(d, drawSeccomp),
		AppArmorProfile: maybe(d, drawAppArmor), WindowsOptions: maybe(d, drawWindows),
		Sysctls: some(d, func(d *dice) corev1.Sysctl {
			return corev1.Sysctl{Name: one(d, "kernel.shm_rmid_forced", "kernel.msgmax", "net.ipv4.ip_local_reserved_ports",
				"net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_rmem", "net.ipv4.tcp_notsent_lowat", "")}
		}),
	}
}

func drawContext(d *dice) corev1.SecurityContext {
	return corev1.SecurityContext{
		Privileged: maybe(d, flag), AllowPrivilegeEscalation: maybe(d, flag), ReadOnlyRootFilesystem: maybe(d, flag),
		RunAsUser: maybe(d, id), RunAsGroup: maybe(d, id), RunAsNonRoot: maybe(d, flag),
		Capabilities: maybe(d, func(d *dice) corev1.Capabilities {
			return corev1.Capabilities{Add: some(d, capability), Drop: some(d, capability)}
		}),
		SELinuxOptions: maybe(d, drawSELinux), SeccompProfile: maybe(d, drawSeccomp),
		AppArmorProfile: maybe(d, drawAppArmor), WindowsOptions: maybe(d, drawWindows),
		ProcMount: maybe(d, func(d *dice) corev1.ProcMountType {
			return one(d, corev1.DefaultProcMount, corev1.UnmaskedProcMount, "")
		}),
	}
}

func capability(d *dice) corev1.Capability {
	return one[corev1.Capability](d, "ALL", "NET_BIND_SERVICE", "CHOWN", "NET_RAW", "SYS_ADMIN", "SYS_PTRACE", "BPF",
		"PERFMON", "all", "net_bind_service", "CAP_CHOWN", "CAP_ALL", "FOO", "")
}

func drawSELinux(d *dice) corev1.SELinuxOptions {
	return corev1.SELinuxOptions{
		Type: one(d, "", "container_t", "container_engine_t", "spc_t", "x_t"),
		User: one(d, "", "u"), Role: one(d, "", "r"), Level: one(d, "", "s0"),
	}
}

func drawSeccomp(d *dice) corev1.SeccompProfile {
	return corev1.SeccompProfile{Type: one(d, corev1.SeccompProfileTypeRuntimeDefault,
		corev1.SeccompProfileTypeLocalhost, corev1.SeccompProfileTypeUnconfined, "", "foo")}
}

func drawAppArmor(d *dice) corev1.AppArmorProfile {
	return corev1.AppArmorProfile{Type: one(d, corev1.AppArmorProfileTypeRuntimeDefault,
		corev1.AppArmorProfileTypeLocalhost, corev1.AppArmorProfileTypeUnconfined, "")}
}

func drawWindows(d *dice) corev1.WindowsSecurityContextOptions {
	return corev1.WindowsSecurityContextOptions{
		HostProcess:   maybe(d, flag),
		RunAsUserName: maybe(d, func(d *dice) string { return one(d, "ContainerUser", "ContainerAdministrator", "") }),
	}
}

func drawContainer(d *dice, name string) corev1.Container {
	return corev1.Container{
		Name: name, SecurityContext: maybe(d, drawContext), Stdin: flag(d), TTY: flag(d),
		Command: some(d, word), Args: some(d, word), Env: some(d, drawEnv), EnvFrom: some(d, drawEnvFrom),
		Ports: some(d, func(d *dice) corev1.ContainerPort {
			return corev1.ContainerPort{ContainerPort: one[int32](d, 80, 22), HostPort: one[int32](d, 0, 80, 81)}
		}),
		LivenessProbe: maybe(d, drawProbe), ReadinessProbe: maybe(d, drawProbe), StartupProbe: maybe(d, drawProbe),
		Lifecycle: maybe(d, func(d *dice) corev1.Lifecycle {
			return corev1.Lifecycle{PostStart: maybe(d, drawHook), PreStop: maybe(d, drawHook)}
		}),
		VolumeMounts: some(d, drawMount),
		Image:        one(d, "", "app", "registry:5000/app", "app:1@sha256:0", "@", ":", "/"),
	}
}

func word(d *dice) string {
	return one(d, "sh", "--password", "PASSWORD=x y", "sudo", "/usr/sbin/sshd -D", "", " ", "\x00;")
}

func drawProbe(d *dice) corev1.Probe {
	h := drawHook(d)
	return corev1.Probe{ProbeHandler: corev1.ProbeHandler{Exec: h.Exec, HTTPGet: h.HTTPGet, TCPSocket: h.TCPSocket}}
}

func drawHook(d *dice) corev1.LifecycleHandler {
	return corev1.LifecycleHandler{
		Exec:      maybe(d, func(d *dice) corev1.ExecAction { return corev1.ExecAction{Command: some(d, word)} }),
		HTTPGet:   maybe(d, func(d *dice) corev1.HTTPGetAction { return corev1.HTTPGetAction{Host: one(d, "", "h")} }),
		TCPSocket: maybe(d, func(d *dice) corev1.TCPSocketAction { return corev1.TCPSocketAction{Host: one(d, "", "h")} }),
	}
}

func drawMount(d *dice) corev1.VolumeMount {
	return corev1.VolumeMount{
		Name: one(d, "v", "w"), ReadOnly: flag(d),
		SubPath: one(d, "", "etc/cron.d", "../..", "\x00"), SubPathExpr: one(d, "", "$(", "a/$(B)"),
		MountPropagation: maybe(d, func(d *dice) corev1.MountPropagationMode {
			return one(d, corev1.MountPropagationBidirectional, corev1.MountPropagationHostToContainer)
		}),
	}
}

func drawVolume(d *dice) corev1.Volume {
	v := corev1.Volume{Name: one(d, "v", "w", "")}
	if flag(d) {
		v.HostPath = &corev1.HostPathVolumeSource{Path: one(d, "/", "/var/log", "", "/srv", "/run//docker.sock/", "/proc/1/root/etc", `\\.\pipe\docker_engine`, "etc", "/home/[")}
	}
	if flag(d) {
		v.NFS = &corev1.NFSVolumeSource{}
	}
	if flag(d) {
		v.PersistentVolumeClaim = &corev1.PersistentVolumeClaimVolumeSource{ClaimName: one(d, "a", "")}
	}
	if flag(d) {
		v.ConfigMap = &corev1.ConfigMapVolumeSource{}
	}
	if flag(d) {
		v.Projected = &corev1.ProjectedVolumeSource{Sources: some(d, func(d *dice) corev1.VolumeProjection {
			return corev1.VolumeProjection{ServiceAccountToken: maybe(d, func(d *dice) corev1.ServiceAccountTokenProjection {
				return corev1.ServiceAccountTokenProjection{
					Audience: one(d, "", "vault", "\x1b"), ExpirationSeconds: maybe(d, func(d *dice) int64 { return one[int64](d, 3607, 1<<40, -1) }),
				}
			})}
		})}
	}
	return v
}

func drawEnv(d *dice) corev1.EnvVar {
	e := corev1.EnvVar{Name: one(d, "A", "PASSWORD", "API_TOKEN", ""), Value: one(d, "", "x", "postgres://a:b@c", "$(A)")}
	if flag(d) {
		e.ValueFrom = &corev1.EnvVarSource{SecretKeyRef: maybe(d, func(d *dice) corev1.SecretKeySelector {
			return corev1.SecretKeySelector{Key: "k", LocalObjectReference: corev1.LocalObjectReference{Name: one(d, "s", "s-token-x7k2p")}}
		})}
	}
	return e
}

func drawEnvFrom(d *dice) corev1.EnvFromSource {
	return corev1.EnvFromSource{SecretRef: maybe(d, func(*dice) corev1.SecretEnvSource { return corev1.SecretEnvSource{} })}
}
