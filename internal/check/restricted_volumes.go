package check

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// RestrictedVolumes finds volumes of a type that Pod Security restricted does not allow.
func RestrictedVolumes() Check {
	return Check{
		ID:        "restricted-volumes",
		Title:     "Volume is of a restricted type",
		Severity:  api.SeverityLow,
		Standards: []string{"pss:restricted", "owasp-2025:K01"},
		Doc: "Pod Security restricted allows configMap, csi, downwardAPI, emptyDir, ephemeral, image, " +
			"persistentVolumeClaim, projected and secret. Other types, such as nfs or iscsi, let " +
			"whoever writes the pod name a server, and make the node's kernel talk to it, past the " +
			"administrator's PersistentVolumes. hostPath is left to hostpath-any.",
		Fix:      "a PersistentVolumeClaim in place of the volume's own source",
		MayBreak: "data stays where it is, but needs a PersistentVolume that points to it",
		Eval: func(s Subject) []Violation {
			var out []Violation
			for i, v := range s.Spec.Volumes {
				controls := s.refusing(corev1.PodSpec{Volumes: []corev1.Volume{v}}, "restrictedVolumes")
				if v.HostPath != nil || len(controls) == 0 {
					continue
				}
				field, source := s.Join(fmt.Sprintf("spec.volumes[%d]", i)), volumeSource(v)
				message := fmt.Sprintf("volume %s is of type %s", v.Name, source)
				if source == "" {
					source, message = "unset", fmt.Sprintf("volume %s has no source", v.Name)
				} else {
					field += "." + source
				}
				out = append(out, Violation{
					Path: field, Got: source, Want: "unset", Key: "volume:" + v.Name,
					Message: message, Controls: controls,
				})
			}
			return out
		},
	}
}

// volumeSource names the field that gives the volume, as Kubernetes writes it.
func volumeSource(v corev1.Volume) string {
	data, err := json.Marshal(v.VolumeSource)
	if err != nil {
		return ""
	}
	fields := map[string]json.RawMessage{}
	if json.Unmarshal(data, &fields) != nil || len(fields) == 0 {
		return ""
	}
	return slices.Min(slices.Collect(maps.Keys(fields)))
}
