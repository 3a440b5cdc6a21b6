package resolve

import (
	"time"

	corev1 "k8s.io/api/core/v1"
)

// past is a pod that had an address and has ended, with the first and the last second at which
// it had it; 0 for not known.
type past struct {
	holder      *holder
	first, last int64
}

// span is from when to when a pod that has ended had its addresses: from its start until the last
// of its containers ended, or it was deleted.
func span(pod *corev1.Pod) (first, last int64) {
	if at := pod.Status.StartTime; at != nil {
		first = seconds(at.Time)
	} else {
		first = seconds(pod.CreationTimestamp.Time)
	}
	for _, list := range [][]corev1.ContainerStatus{pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses} {
		for i := range list {
			if ended := list[i].State.Terminated; ended != nil {
				last = max(last, seconds(ended.FinishedAt.Time))
			}
		}
	}
	if at := pod.DeletionTimestamp; last == 0 && at != nil {
		last = seconds(at.Time)
	}
	return first, last
}

// seconds since 1970; 0 for no time.
func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return max(t.Unix(), 0)
}

// before is the pod that had the address at a time and has ended; nil for none, and for several
// that are not of one workload.
func (s *site) before(time int64) *holder {
	var found *holder
	for _, p := range s.past {
		switch {
		case p.first == 0 || p.last == 0:
			return nil // it may have been this one
		case time < p.first || time > p.last+slack:
		case found == nil || found.end == p.holder.end:
			found = p.holder
		default:
			return nil
		}
	}
	return found
}
