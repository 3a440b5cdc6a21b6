package netpol

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// canName tells whether a policy can name pods of a namespace: the API server refuses one with
// keys or values that no label can have (ValidateLabelSelector of k8s.io/apimachinery).
func canName(namespace string, s *metav1.LabelSelector) bool {
	_, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		return false
	}
	_, err = metav1.LabelSelectorAsSelector(&metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: namespace}})
	return err == nil
}

// nameable has no name servers with selectors that the API server would refuse.
func nameable(in *Situation) *Situation {
	out := *in
	out.DNS = slices.Clone(in.DNS)
	for i := range out.DNS {
		if server := &out.DNS[i]; server.Selector != nil && !canName(server.Namespace, server.Selector) {
			server.Selector = nil
		}
	}
	return &out
}

// nameableWorkload has no selector where the API server would refuse it.
func nameableWorkload(w *Workload) *Workload {
	if w.Selector == nil || canName(w.Ref.Namespace, w.Selector) {
		return w
	}
	out := *w
	out.Selector, out.Unselectable = nil, "its selector is none that a policy can have"
	return &out
}
