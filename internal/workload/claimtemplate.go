package workload

import "strings"

// ClaimTemplate is a claim that a StatefulSet makes for each of its pods, which the pod has as
// a volume; it takes the place of a volume of the same name in the pod template.
type ClaimTemplate struct {
	// Name of the volume in the pods.
	Name string
	// Path of the claim template within the object, such as "spec.volumeClaimTemplates[0]".
	Path string
	// Stem is what the claims are called before the pod's number: "data-web-" for data-web-0
	// (pkg/controller/statefulset/stateful_set_utils.go, getPersistentVolumeClaimName).
	Stem string
	// VolumeName is the PersistentVolume that the claims ask for; empty for any.
	VolumeName string
}

// ClaimStem cuts the number from the name of a claim: "data-web-" of data-web-0; empty where
// it has none, or one that no pod has.
func ClaimStem(claim string) string {
	stem := strings.TrimRight(claim, "0123456789")
	number := claim[len(stem):]
	if number == "" || len(number) > 1 && number[0] == '0' || !strings.HasSuffix(stem, "-") {
		return ""
	}
	return stem
}
