package check

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// StaticMirrorPod tells pods that a kubelet runs from a file of its node.
func StaticMirrorPod() Check {
	return Check{
		ID:        "static-mirror-pod",
		Title:     "Pod is the mirror of a static pod",
		Severity:  api.SeverityInfo,
		Standards: []string{},
		Doc: "The annotation kubernetes.io/config.mirror marks what the API server shows of a pod that " +
			"the kubelet runs from a file of its node. Admission does not stop such a pod, an edit of " +
			"the mirror changes nothing, deleting it does not stop it, and it has no ServiceAccount " +
			"token. Whoever writes the kubelet's manifest folder runs what they like on that node.",
		Fix: "edit the manifest on the node, in the kubelet's staticPodPath",
		Eval: func(s Subject) []Violation {
			if _, ok := s.Meta.Annotations[corev1.MirrorPodAnnotationKey]; !ok {
				return nil
			}
			return []Violation{{
				Path: s.Annotation(corev1.MirrorPodAnnotationKey), Got: "set", Want: "set",
				Message: "the kubelet runs it from a file of its node: edits here change nothing, and admission does not stop it",
			}}
		},
	}
}
