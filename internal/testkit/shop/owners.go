package shop

import (
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// template is that of its pods.
func (w *Workload) template() corev1.PodTemplateSpec {
	t := corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: with(w.Labels, "app.kubernetes.io/version", "1.2.3")},
		Spec:       corev1.PodSpec{HostNetwork: w.HostNetwork, Containers: []corev1.Container{{Name: "app", Image: "registry.example/" + w.Name + ":1"}}},
	}
	for _, p := range w.Ports {
		port := corev1.ContainerPort{Name: p.Name, ContainerPort: p.Number, Protocol: p.Protocol}
		if w.HostNetwork {
			port.HostPort = p.Number
		}
		t.Spec.Containers[0].Ports = append(t.Spec.Containers[0].Ports, port)
	}
	w.configure(&t.Spec)
	if w.Metrics != 0 {
		t.Annotations = map[string]string{"prometheus.io/scrape": "true", "prometheus.io/port": strconv.Itoa(int(w.Metrics))}
	}
	if w.Name == "coredns" {
		t.Spec.DNSPolicy = corev1.DNSDefault // as kubeadm has it: it asks the servers of its node
	}
	if w.Kind == "Job" || w.Kind == "CronJob" {
		t.Spec.RestartPolicy = corev1.RestartPolicyNever
	}
	return t
}

// object is the workload itself.
func (w *Workload) object() runtime.Object {
	selector, replicas := &metav1.LabelSelector{MatchLabels: w.Labels}, int32(len(w.Pods))
	switch w.Kind {
	case "Deployment":
		return &appsv1.Deployment{ObjectMeta: w.meta(), Spec: appsv1.DeploymentSpec{Replicas: &replicas, Selector: selector, Template: w.template()}}
	case "StatefulSet":
		return &appsv1.StatefulSet{ObjectMeta: w.meta(), Spec: appsv1.StatefulSetSpec{
			Replicas: &replicas, Selector: selector, Template: w.template(), ServiceName: w.Name, PodManagementPolicy: appsv1.ParallelPodManagement,
		}}
	case "DaemonSet":
		return &appsv1.DaemonSet{ObjectMeta: w.meta(), Spec: appsv1.DaemonSetSpec{Selector: selector, Template: w.template()}}
	case "CronJob":
		return &batchv1.CronJob{ObjectMeta: w.meta(), Spec: batchv1.CronJobSpec{
			Schedule: "0 2 * * *", JobTemplate: batchv1.JobTemplateSpec{Spec: batchv1.JobSpec{Template: w.template()}},
		}}
	}
	return &batchv1.Job{ObjectMeta: w.meta(), Spec: batchv1.JobSpec{Template: w.template()}}
}

// replicaSet is the one that a Deployment makes.
func (w *Workload) replicaSet() runtime.Object {
	replicas, labels, name := int32(len(w.Pods)), with(w.Labels, "pod-template-hash", w.revision()), w.Name+"-"+w.revision()
	template := w.template()
	template.Labels = with(template.Labels, "pod-template-hash", w.revision())
	return &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Namespace: w.Namespace, Labels: labels, UID: uid("ReplicaSet", w.Namespace, name),
			OwnerReferences: owner(w.Kind, "apps/v1", w.Name, w.id()),
		},
		Spec: appsv1.ReplicaSetSpec{Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: labels}, Template: template},
	}
}

// nightlyJob is the Job that the CronJob made last.
func (w *Workload) nightlyJob() runtime.Object {
	return &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{
			Name: w.jobName(), Namespace: w.Namespace, UID: uid("Job", w.Namespace, w.jobName()),
			OwnerReferences: owner(w.Kind, "batch/v1", w.Name, w.id()),
		},
		Spec: batchv1.JobSpec{Template: w.template()},
	}
}
