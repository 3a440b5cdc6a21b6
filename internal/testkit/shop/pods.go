package shop

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// pod is a running one, or one that is done.
func (w *Workload) pod(p *Pod) *corev1.Pod {
	template := w.template()
	meta := metav1.ObjectMeta{
		Name: p.Name, Namespace: w.Namespace, UID: uid("Pod", w.Namespace, p.Name), CreationTimestamp: metav1.NewTime(p.From),
		Labels: w.podLabels(p), Annotations: template.Annotations,
	}
	switch w.Kind {
	case "Deployment":
		name := w.Name + "-" + w.revision()
		meta.OwnerReferences = owner("ReplicaSet", "apps/v1", name, uid("ReplicaSet", w.Namespace, name))
	case "CronJob":
		meta.OwnerReferences = owner("Job", "batch/v1", w.jobName(), uid("Job", w.Namespace, w.jobName()))
	case "Job":
		meta.OwnerReferences = owner(w.Kind, "batch/v1", w.Name, w.id())
	default:
		meta.OwnerReferences = owner(w.Kind, "apps/v1", w.Name, w.id())
	}
	pod := &corev1.Pod{ObjectMeta: meta, Spec: *template.Spec.DeepCopy(), Status: p.Status(w)}
	pod.Spec.NodeName = p.Node.Name
	return pod
}

// podLabels are those of the template with what controllers add.
func (w *Workload) podLabels(p *Pod) map[string]string {
	labels := w.template().Labels
	switch w.Kind {
	case "Deployment":
		return with(labels, "pod-template-hash", w.revision())
	case "StatefulSet":
		_, index, _ := strings.Cut(p.Name, w.Name+"-")
		return with(labels, "controller-revision-hash", w.Name+"-5d8f7c9b64", "statefulset.kubernetes.io/pod-name", p.Name, "apps.kubernetes.io/pod-index", index)
	case "DaemonSet":
		return with(labels, "controller-revision-hash", "6b7d9c5f88", "pod-template-generation", "1")
	}
	name, id := w.jobName(), string(uid("Job", w.Namespace, w.jobName()))
	return with(labels, "batch.kubernetes.io/controller-uid", id, "batch.kubernetes.io/job-name", name, "controller-uid", id, "job-name", name)
}

// jobName is that of the Job itself, or of the CronJob's.
func (w *Workload) jobName() string {
	if w.Kind == "Job" {
		return w.Name
	}
	return w.Pods[0].Name[:strings.LastIndexByte(w.Pods[0].Name, '-')]
}

// Status is what a kubelet says of a pod.
func (p *Pod) Status(w *Workload) corev1.PodStatus {
	from := metav1.NewTime(p.From)
	status := corev1.PodStatus{
		Phase: corev1.PodRunning, HostIP: p.Node.Address.String(), HostIPs: []corev1.HostIP{{IP: p.Node.Address.String()}},
		PodIP: p.Addresses[0].String(), StartTime: &from,
		Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: from}},
	}
	for _, a := range p.Addresses {
		status.PodIPs = append(status.PodIPs, corev1.PodIP{IP: a.String()})
	}
	container := corev1.ContainerStatus{Name: "app", Image: "registry.example/" + w.Name + ":1", Ready: true}
	container.State.Running = &corev1.ContainerStateRunning{StartedAt: from}
	if !p.To.IsZero() {
		to := metav1.NewTime(p.To)
		status.Phase = corev1.PodSucceeded
		status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionFalse, Reason: "PodCompleted", LastTransitionTime: to}}
		container.Ready, container.State = false, corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "Completed", StartedAt: from, FinishedAt: to}}
	}
	status.ContainerStatuses = []corev1.ContainerStatus{container}
	return status
}

// PodsOf are the pods of a workload as objects, also those that are gone.
func (s *Shop) PodsOf(w *Workload) []*corev1.Pod {
	var out []*corev1.Pod
	for _, pod := range w.Pods {
		out = append(out, w.pod(pod))
	}
	return out
}
