package cluster

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// tokenVolumePrefix begins the name of the volume that the ServiceAccount admission plugin
// adds; the rest of the name is random (plugin/pkg/admission/serviceaccount/admission.go).
const tokenVolumePrefix = "kube-api-access-"

// tokenVolume is the name that reducePod gives that volume in every pod.
const tokenVolume = "kube-api-access"

// specs shares one spec among the pods that have the same: 10,000 pods of 1,000 templates
// keep 1,000 specs.
type specs map[string]*corev1.PodSpec

// reducePod keeps of a pod what commands judge, and shares its spec's lists with the pods
// that have equal ones. The node's name stays with each pod.
func (s specs) reducePod(pod *corev1.Pod) *corev1.Pod {
	spec := pod.Spec
	spec.NodeName, spec.Hostname = "", ""
	defaultVolumes(&spec)
	renameTokenVolume(&spec)
	if key, err := spec.Marshal(); err == nil {
		if shared, ok := s[string(key)]; ok {
			spec = *shared
		} else {
			s[string(key)] = &spec
		}
	}
	out := &corev1.Pod{ObjectMeta: reduceMeta(pod.ObjectMeta), Spec: spec, Status: reduceStatus(&pod.Status)}
	out.Spec.NodeName, out.Spec.Hostname = pod.Spec.NodeName, pod.Spec.Hostname
	return out
}

// renameTokenVolume takes the random part from the token volume's name.
func renameTokenVolume(spec *corev1.PodSpec) {
	for i := range spec.Volumes {
		if v := &spec.Volumes[i]; v.Projected != nil {
			v.Name = tokenVolumeName(v.Name)
		}
	}
	for _, list := range [][]corev1.Container{spec.InitContainers, spec.Containers} {
		for i := range list {
			renameTokenMounts(list[i].VolumeMounts)
		}
	}
	for i := range spec.EphemeralContainers {
		renameTokenMounts(spec.EphemeralContainers[i].VolumeMounts)
	}
}

func renameTokenMounts(mounts []corev1.VolumeMount) {
	for i := range mounts {
		mounts[i].Name = tokenVolumeName(mounts[i].Name)
	}
}

func tokenVolumeName(name string) string {
	if suffix, ok := strings.CutPrefix(name, tokenVolumePrefix); ok && len(suffix) == 5 {
		return tokenVolume
	}
	return name
}

// reduceMeta drops the fields' history, but for who added ephemeral containers and when.
func reduceMeta(meta metav1.ObjectMeta) metav1.ObjectMeta {
	var kept []metav1.ManagedFieldsEntry
	for _, entry := range meta.ManagedFields {
		if entry.Subresource == ephemeralSubresource {
			entry.FieldsV1 = nil
			kept = append(kept, entry)
		}
	}
	meta.ManagedFields = kept
	return meta
}

const ephemeralSubresource = "ephemeralcontainers"

// defaultVolumes gives a volume without a source the one that the API server gives it
// (pkg/apis/core/v1/defaults.go, SetDefaults_Volume).
func defaultVolumes(spec *corev1.PodSpec) {
	for i := range spec.Volumes {
		if spec.Volumes[i].VolumeSource == (corev1.VolumeSource{}) {
			spec.Volumes[i].EmptyDir = &corev1.EmptyDirVolumeSource{}
		}
	}
}

func reduceStatus(status *corev1.PodStatus) corev1.PodStatus {
	out := corev1.PodStatus{
		PodIPs: status.PodIPs, HostIPs: status.HostIPs,
		Phase:                      status.Phase,
		StartTime:                  status.StartTime,
		InitContainerStatuses:      reduceStatuses(status.InitContainerStatuses),
		ContainerStatuses:          reduceStatuses(status.ContainerStatuses),
		EphemeralContainerStatuses: reduceStatuses(status.EphemeralContainerStatuses),
	}
	if ip := status.PodIP; len(out.PodIPs) == 0 && ip != "" { // as files may have it
		out.PodIPs = []corev1.PodIP{{IP: ip}}
	}
	if ip := status.HostIP; len(out.HostIPs) == 0 && ip != "" {
		out.HostIPs = []corev1.HostIP{{IP: ip}}
	}
	for _, c := range status.Conditions {
		if c.Type == corev1.PodReady {
			out.Conditions = []corev1.PodCondition{{Type: c.Type, Status: c.Status}}
		}
	}
	return out
}

func reduceStatuses(list []corev1.ContainerStatus) []corev1.ContainerStatus {
	out := make([]corev1.ContainerStatus, len(list))
	for i, s := range list {
		out[i] = corev1.ContainerStatus{
			Name: s.Name, Image: s.Image, ImageID: s.ImageID, Ready: s.Ready, User: s.User, VolumeMounts: s.VolumeMounts,
			State: reduceState(s.State),
		}
	}
	return out
}

// reduceState keeps why a container waits where that is a ConfigMap or Secret it refers to, and
// when it ended: a pod that has ended had its address until then.
func reduceState(state corev1.ContainerState) corev1.ContainerState {
	if ended := state.Terminated; ended != nil && !ended.FinishedAt.IsZero() {
		return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{FinishedAt: ended.FinishedAt}}
	}
	if w := state.Waiting; w != nil && w.Reason == workload.WaitingConfig {
		if _, _, ok := workload.MissingConfig(w.Message); ok {
			return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: w.Reason, Message: w.Message}}
		}
	}
	return corev1.ContainerState{}
}
