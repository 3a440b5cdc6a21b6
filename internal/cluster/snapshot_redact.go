package cluster

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// redactPodSpec takes credentials out of a spec, in place. What is left is judged as what
// was there.
func redactPodSpec(spec *corev1.PodSpec) {
	for i := range spec.InitContainers {
		redactContainer(&spec.InitContainers[i])
	}
	for i := range spec.Containers {
		redactContainer(&spec.Containers[i])
	}
	for i := range spec.EphemeralContainers {
		c := corev1.Container(spec.EphemeralContainers[i].EphemeralContainerCommon)
		redactContainer(&c)
		spec.EphemeralContainers[i].EphemeralContainerCommon = corev1.EphemeralContainerCommon(c)
	}
	for i := range spec.Volumes {
		v := &spec.Volumes[i]
		switch {
		case v.CSI != nil:
			redactMap(v.CSI.VolumeAttributes)
		case v.FlexVolume != nil:
			redactMap(v.FlexVolume.Options)
		case v.GitRepo != nil:
			v.GitRepo.Repository = workload.RedactText(v.GitRepo.Repository)
		}
	}
}

func redactContainer(c *corev1.Container) {
	for i := range c.Env {
		c.Env[i].Value = workload.RedactValue(c.Env[i].Name, c.Env[i].Value)
	}
	// The arguments follow the command.
	words := workload.RedactWords(slices.Concat(c.Command, c.Args))
	copy(c.Command, words)
	copy(c.Args, words[len(c.Command):])
	for _, p := range []*corev1.Probe{c.LivenessProbe, c.ReadinessProbe, c.StartupProbe} {
		if p != nil {
			redactHandler(p.Exec, p.HTTPGet)
		}
	}
	if c.Lifecycle != nil {
		for _, h := range []*corev1.LifecycleHandler{c.Lifecycle.PostStart, c.Lifecycle.PreStop} {
			if h != nil {
				redactHandler(h.Exec, h.HTTPGet)
			}
		}
	}
}

func redactHandler(exec *corev1.ExecAction, get *corev1.HTTPGetAction) {
	if exec != nil {
		copy(exec.Command, workload.RedactWords(exec.Command))
	}
	if get == nil {
		return
	}
	get.Path = workload.RedactText(get.Path)
	for i, h := range get.HTTPHeaders {
		get.HTTPHeaders[i].Value = workload.RedactValue(h.Name, h.Value)
	}
}

func redactVolumeSource(spec *corev1.PersistentVolumeSpec) {
	if spec.CSI != nil {
		redactMap(spec.CSI.VolumeAttributes)
	}
	if spec.FlexVolume != nil {
		redactMap(spec.FlexVolume.Options)
	}
}

func redactMap(values map[string]string) {
	for _, key := range slices.Collect(maps.Keys(values)) {
		values[key] = workload.RedactValue(key, values[key])
	}
}
