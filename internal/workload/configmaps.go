package workload

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// ConfigMaps are the names of those that the containers of a shape take their environment and their
// files from, sorted.
func (s *Shape) ConfigMaps() []string {
	names := map[string]bool{}
	for c := range s.Containers() {
		for _, from := range c.EnvFrom {
			if from.ConfigMapRef != nil {
				names[from.ConfigMapRef.Name] = true
			}
		}
		for _, e := range c.Env {
			if e.ValueFrom != nil && e.ValueFrom.ConfigMapKeyRef != nil {
				names[e.ValueFrom.ConfigMapKeyRef.Name] = true
			}
		}
	}
	for i := range s.Spec.Volumes {
		for _, name := range volumeConfigMaps(&s.Spec.Volumes[i]) {
			names[name] = true
		}
	}
	delete(names, "")
	return slices.Sorted(maps.Keys(names))
}

func volumeConfigMaps(v *corev1.Volume) []string {
	var out []string
	if v.ConfigMap != nil {
		out = append(out, v.ConfigMap.Name)
	}
	if v.Projected != nil {
		for _, source := range v.Projected.Sources {
			if source.ConfigMap != nil {
				out = append(out, source.ConfigMap.Name)
			}
		}
	}
	return out
}
