package check

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// EmptyDirUnbounded finds emptyDir volumes that may fill the node.
func EmptyDirUnbounded() Check {
	return Check{
		ID:        "emptydir-unbounded",
		Title:     "emptyDir has no bound",
		Severity:  api.SeverityLow,
		Standards: []string{"owasp-2025:K01", "attack:T1496"},
		Doc: "An emptyDir without sizeLimit takes the node's disk until the kubelet evicts pods, others " +
			"too. An ephemeral-storage limit of any container bounds it, as the kubelet holds what the " +
			"pod uses in all against the sum of its limits. With medium Memory it takes memory, and " +
			"counts against the memory limit of the container that writes: each that mounts it must " +
			"have one. A volume that no container can write is not reported. Limits as in " +
			"limits-missing. Behaviour: pkg/kubelet/eviction/eviction_manager.go of Kubernetes " +
			"(emptyDirLimitEviction, podEphemeralStorageLimitEviction).",
		Fix:      "emptyDir.sizeLimit",
		MayBreak: "programs that write more: the pod is evicted, or with medium Memory the disk is full",
		Eval: func(s Subject) []Violation {
			var out []Violation
			for i, volume := range s.Spec.Volumes {
				e := volume.EmptyDir
				if e == nil || e.SizeLimit != nil && e.SizeLimit.Sign() > 0 || bounded(s, volume) {
					continue
				}
				v := Violation{
					Path: s.Join(fmt.Sprintf("spec.volumes[%d].emptyDir.sizeLimit", i)), Got: "unset", Want: "a size",
					Key:     "volume:" + volume.Name,
					Message: fmt.Sprintf("volume %s may fill the node's disk: no sizeLimit, no ephemeral-storage limit", volume.Name),
				}
				if e.Medium == corev1.StorageMediumMemory {
					v.Message = fmt.Sprintf("volume %s may fill the node's memory: no sizeLimit, no memory limit", volume.Name)
				}
				if e.SizeLimit != nil {
					v.Got = e.SizeLimit.String()
				}
				limitRangeFact(s, &v)
				out = append(out, v)
			}
			return out
		},
	}
}

// bounded tells whether nobody writes the volume, or a limit of the writers bounds it.
func bounded(s Subject, volume corev1.Volume) bool {
	written, limited, disk := false, true, false
	for c := range s.Containers() {
		disk = disk || c.Limit(s.Context, corev1.ResourceEphemeralStorage).Set
		if writes(c, volume.Name) {
			written = true
			limited = limited && c.Limit(s.Context, corev1.ResourceMemory).Set
		}
	}
	switch volume.EmptyDir.Medium {
	case corev1.StorageMediumDefault:
		return !written || disk
	case corev1.StorageMediumMemory:
		return !written || limited
	default:
		// Huge pages count against limits that they must have.
		return true
	}
}

func writes(c workload.Container, volume string) bool {
	return slices.ContainsFunc(c.VolumeMounts, func(m corev1.VolumeMount) bool { return m.Name == volume && !m.ReadOnly })
}
