package api

import (
	"maps"
	"testing"
)

func TestStableLabels(t *testing.T) {
	for _, key := range []string{
		"pod-template-hash", "controller-revision-hash", "pod-template-generation", "statefulset.kubernetes.io/pod-name",
		"apps.kubernetes.io/pod-index", "controller-uid", "job-name", "batch.kubernetes.io/job-name", "batch.kubernetes.io/controller-uid",
		"batch.kubernetes.io/job-completion-index", "rollouts-pod-template-hash", "topology.kubernetes.io/zone", "topology.kubernetes.io/region",
		"helm.sh/chart", "app.kubernetes.io/version", "app.kubernetes.io/managed-by", "istio.io/rev", "service.istio.io/canonical-revision",
	} {
		labels := map[string]string{"app": "cart", key: "x"}
		if got, want := StableLabels(labels), map[string]string{"app": "cart"}; !maps.Equal(got, want) {
			t.Errorf("with %s: %v, want %v", key, got, want)
		}
		if len(labels) != 2 {
			t.Errorf("with %s: the labels given are %v", key, labels)
		}
		if got := StableLabels(map[string]string{key: "x"}); got != nil {
			t.Errorf("with %s alone: %v, want nil", key, got)
		}
	}
	for _, key := range []string{"app.kubernetes.io/instance", "app.kubernetes.io/name", "batch.kubernetes.iox", "version", ""} {
		if got := StableLabels(map[string]string{key: "x"}); got[key] != "x" {
			t.Errorf("%q is lost", key)
		}
	}
	if got := StableLabels(nil); got != nil {
		t.Errorf("of nothing: %v", got)
	}
}
