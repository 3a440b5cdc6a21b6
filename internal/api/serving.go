package api

import (
	"iter"

	corev1 "k8s.io/api/core/v1"
)

// IsSidecar tells of an init container that it restarts always, and so runs as long as the pod
// (KEP-753).
func IsSidecar(c *corev1.Container) bool {
	return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
}

// ServingContainers are those that serve while the pod runs, in the order in which FindPort of
// k8s.io/kubernetes pkg/api/v1/pod looks for a port: the main ones, then sidecars.
func ServingContainers(spec *corev1.PodSpec) iter.Seq[*corev1.Container] {
	return func(yield func(*corev1.Container) bool) {
		for i := range spec.Containers {
			if !yield(&spec.Containers[i]) {
				return
			}
		}
		for i := range spec.InitContainers {
			if c := &spec.InitContainers[i]; IsSidecar(c) && !yield(c) {
				return
			}
		}
	}
}
