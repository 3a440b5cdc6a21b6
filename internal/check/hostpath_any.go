package check

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// HostPathAny finds volumes that are directories or files of the node.
func HostPathAny() Check {
	return Check{
		ID:        "hostpath-any",
		Title:     "Volume is a path of the node",
		Severity:  api.SeverityMedium,
		Standards: []string{"pss:baseline", "cis-1.12:5.2.11", "owasp-2025:K01", "attack:T1611"},
		Doc: "A hostPath volume puts a file or directory of the node into the pod. What it gives " +
			"depends on the path: other workloads' data, the node's logs, or the node itself. It stays " +
			"when the pod goes, and the next pod on the node finds it. Pod Security baseline refuses " +
			"every path, read-only or not.",
		Fix:      "a PersistentVolumeClaim, an emptyDir, or a projected volume in place of hostPath",
		MayBreak: "agents that read the node's files; data that was kept on the node",
		Eval: func(s Subject) []Violation {
			var out []Violation
			for i, v := range s.Spec.Volumes {
				if v.HostPath == nil {
					continue
				}
				out = append(out, Violation{
					Path: s.Join(fmt.Sprintf("spec.volumes[%d].hostPath.path", i)),
					Got:  v.HostPath.Path, Want: "unset", Key: "volume:" + v.Name,
					Message: fmt.Sprintf("volume %s is %s of the node", v.Name, v.HostPath.Path),
					Controls: s.refusing(corev1.PodSpec{Volumes: []corev1.Volume{v}},
						"hostPathVolumes", "restrictedVolumes"),
				})
			}
			return out
		},
	}
}
