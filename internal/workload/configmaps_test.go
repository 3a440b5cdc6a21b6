package workload

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

// TestConfigMaps names each once, of whichever container and volume.
func TestConfigMaps(t *testing.T) {
	ref := func(name string) corev1.LocalObjectReference { return corev1.LocalObjectReference{Name: name} }
	from := func(name string) []corev1.EnvFromSource {
		return []corev1.EnvFromSource{{ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: ref(name)}}, {SecretRef: &corev1.SecretEnvSource{LocalObjectReference: ref("s")}}}
	}
	key := &corev1.EnvVarSource{ConfigMapKeyRef: &corev1.ConfigMapKeySelector{LocalObjectReference: ref("key")}}
	projected := []corev1.VolumeProjection{{ConfigMap: &corev1.ConfigMapProjection{LocalObjectReference: ref("part")}}, {Secret: &corev1.SecretProjection{LocalObjectReference: ref("s")}}}
	shape := &Shape{Spec: &corev1.PodSpec{
		InitContainers:      []corev1.Container{{EnvFrom: from("init")}},
		Containers:          []corev1.Container{{EnvFrom: from("main"), Env: []corev1.EnvVar{{ValueFrom: key}, {Value: "x"}}}, {EnvFrom: from("main")}},
		EphemeralContainers: []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon{EnvFrom: from("")}}},
		Volumes: []corev1.Volume{
			{VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: ref("file")}}},
			{VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: projected}}},
		},
	}}
	if diff := cmp.Diff([]string{"file", "init", "key", "main", "part"}, shape.ConfigMaps()); diff != "" {
		t.Error(diff)
	}
}
