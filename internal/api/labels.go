package api

import (
	"slices"
	"strings"
)

// StableLabels are the labels of a pod without those that differ between the pods of one
// workload, or between its revisions, and without what was added on the way to it: the ones by
// which a policy can name the workload. They are nil where none are left.
func StableLabels(labels map[string]string) map[string]string {
	var out map[string]string
	for key, value := range labels {
		if unstable(key) {
			continue
		}
		if out == nil {
			out = make(map[string]string, len(labels))
		}
		out[key] = value
	}
	return out
}

// unstable tells a label of one pod or revision. app.kubernetes.io/instance is not one: it tells
// two releases of one chart apart.
func unstable(key string) bool {
	return strings.HasPrefix(key, "batch.kubernetes.io/") || slices.Contains([]string{
		// Of the controllers of Kubernetes, and of Argo Rollouts.
		"pod-template-hash", "controller-revision-hash", "pod-template-generation", "statefulset.kubernetes.io/pod-name",
		"apps.kubernetes.io/pod-index", "controller-uid", "job-name", "rollouts-pod-template-hash",
		// Copied from the node (KEP-4742).
		"topology.kubernetes.io/zone", "topology.kubernetes.io/region",
		// Of the version that is installed (helm.sh/docs/chart_best_practices/labels).
		"helm.sh/chart", "app.kubernetes.io/version", "app.kubernetes.io/managed-by",
		// Of the revision of a mesh (istio.io/latest/docs/reference/config/labels).
		"istio.io/rev", "service.istio.io/canonical-revision", "security.istio.io/tlsMode",
	}, key)
}
