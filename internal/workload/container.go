package workload

import (
	"fmt"
	"iter"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Container is one container of a shape, of whatever list.
type Container struct {
	*corev1.Container
	Type api.ContainerType
	// Shape is what the container stands in.
	Shape *Shape
	// Path of the container, such as "spec.template.spec.initContainers[0]".
	Path string
}

// Containers walks every container of the shape in the order of the pod: init containers
// and sidecars, main ones, ephemeral ones. Nothing else loops over these lists.
func (s *Shape) Containers() iter.Seq[Container] {
	return func(yield func(Container) bool) {
		for i := range s.Spec.InitContainers {
			c := &s.Spec.InitContainers[i]
			if !yield(Container{c, initType(c), s, s.Join(fmt.Sprintf("spec.initContainers[%d]", i))}) {
				return
			}
		}
		for i := range s.Spec.Containers {
			if !yield(Container{&s.Spec.Containers[i], api.ContainerMain, s, s.Join(fmt.Sprintf("spec.containers[%d]", i))}) {
				return
			}
		}
		for i := range s.Spec.EphemeralContainers {
			c := (*corev1.Container)(&s.Spec.EphemeralContainers[i].EphemeralContainerCommon)
			if !yield(Container{c, api.ContainerEphemeral, s, s.Join(fmt.Sprintf("spec.ephemeralContainers[%d]", i))}) {
				return
			}
		}
	}
}

func initType(c *corev1.Container) api.ContainerType {
	if api.IsSidecar(c) {
		return api.ContainerSidecar
	}
	return api.ContainerInit
}

// Key names the container in fingerprints.
func (c Container) Key() string { return string(c.Type) + ":" + c.Name }

// Field is the path of a field of the container, such as "securityContext.privileged".
func (c Container) Field(field string) string { return c.Path + "." + field }

// Statuses finds the status of the container in each of the shape's pods that has one.
func (c Container) Statuses() iter.Seq[*corev1.ContainerStatus] {
	return func(yield func(*corev1.ContainerStatus) bool) {
		for _, pod := range c.Shape.Pods {
			for i, list := 0, c.statusList(pod); i < len(list); i++ {
				if list[i].Name == c.Name && !yield(&list[i]) {
					return
				}
			}
		}
	}
}

func (c Container) statusList(pod *corev1.Pod) []corev1.ContainerStatus {
	switch c.Type {
	case api.ContainerInit, api.ContainerSidecar:
		return pod.Status.InitContainerStatuses
	case api.ContainerEphemeral:
		return pod.Status.EphemeralContainerStatuses
	default:
		return pod.Status.ContainerStatuses
	}
}
