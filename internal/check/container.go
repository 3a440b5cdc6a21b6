package check

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// eachContainer turns an evaluation of one container into that of a shape. It fills in the
// container and lowers by a step what an init container shows. Severity is the check's own.
func eachContainer(severity api.Severity, eval func(Subject, workload.Container) []Violation) func(Subject) []Violation {
	return func(s Subject) []Violation {
		var out []Violation
		for c := range s.Containers() {
			for _, v := range eval(s, c) {
				v.Container = c
				if v.Severity == "" {
					v.Severity = severity
				}
				out = append(out, initStep(v))
			}
		}
		return out
	}
}

// initStep lowers medium and worse by one step in an init container: it has ended before
// anything of the pod can be reached. One that shares a writable volume with another
// container keeps its severity, as what is written there comes back to it at a restart.
func initStep(v Violation) Violation {
	if v.Container.Type == api.ContainerInit && v.Modifier == "" &&
		v.Severity.AtLeast(api.SeverityMedium) && !sharesVolume(v.Container) {
		v.Severity, v.Modifier = v.Severity.Step(-1), "-1: init container"
	}
	return v
}

func sharesVolume(c workload.Container) bool {
	for other := range c.Shape.Containers() {
		if other.Name == c.Name {
			continue
		}
		for _, m := range other.VolumeMounts {
			if mounts(c, m.Name) && writable(c.Shape.Spec, m.Name) {
				return true
			}
		}
	}
	return false
}

func mounts(c workload.Container, volume string) bool {
	return slices.ContainsFunc(c.VolumeMounts, func(m corev1.VolumeMount) bool { return m.Name == volume })
}

// writable leaves out the volumes that the kubelet fills and containers only read.
func writable(spec *corev1.PodSpec, volume string) bool {
	i := slices.IndexFunc(spec.Volumes, func(v corev1.Volume) bool { return v.Name == volume })
	if i < 0 {
		return true
	}
	v := spec.Volumes[i]
	return v.ConfigMap == nil && v.Secret == nil && v.DownwardAPI == nil && v.Projected == nil && v.Image == nil
}

// nonRoot tells whether the process of the container is known not to be root: by the field,
// by the test at start, or by what the runtime reports.
func nonRoot(c workload.Container) bool {
	if c.RunAsNonRoot().Value {
		return true
	}
	if user := c.RunAsUser(); user.Set {
		return user.Value != 0
	}
	users, pods := c.Users()
	return pods > 0 && users[0].UID != 0
}

// observedRoot counts the pods in which the runtime reports uid 0 for the container. A
// template that cannot start as root is not blamed for the pods of an older one.
func observedRoot(c workload.Container) int {
	if user := c.RunAsUser(); !c.Shape.Live && (c.RunAsNonRoot().Value || user.Set && user.Value != 0) {
		return 0
	}
	pods := 0
	for status := range c.Statuses() {
		if status.User != nil && status.User.Linux != nil && status.User.Linux.UID == 0 {
			pods++
		}
	}
	return pods
}
