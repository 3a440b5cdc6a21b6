package cluster

import (
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// reducer reduces objects, and lets pods share their specs.
type reducer struct {
	specs specs
	// redacted are the first containers of the specs that were redacted.
	redacted map[*corev1.Container]bool
}

func newReducer() *reducer { return &reducer{specs{}, map[*corev1.Container]bool{}} }

// object leaves of an object what commands judge, without credentials. It may change obj.
// Reducing twice gives what reducing once does.
func (r *reducer) object(obj runtime.Object) runtime.Object {
	switch o := obj.(type) {
	case *corev1.Pod:
		return r.pod(o)
	case *corev1.Node:
		return reduceNode(o)
	case *corev1.ConfigMap:
		return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: o.Namespace, Name: o.Name}, Data: reduceConfig(o)}
	case *corev1.Secret:
		return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: o.Namespace, Name: o.Name}, Type: o.Type}
	case *corev1.PersistentVolume:
		redactVolumeSource(&o.Spec)
	case *unstructured.Unstructured:
		return reduceCustom(o)
	case *appsv1.ControllerRevision:
		reduceRevision(o)
		return o
	}
	reduceStatusOf(obj)
	reduceWebhooks(obj)
	if o, err := typedOwner(obj); err == nil && o != nil {
		for _, t := range o.templates {
			reduceAnnotations(t.Meta)
			redactPodSpec(t.Spec)
		}
	}
	if m, ok := obj.(metav1.Object); ok {
		reduceAnnotations(m)
		if !hasHistory(obj) {
			m.SetManagedFields(nil)
		}
	}
	return obj
}

// pod reduces a pod; of one that no controller made it keeps who wrote it.
func (r *reducer) pod(pod *corev1.Pod) *corev1.Pod {
	out := r.specs.reducePod(pod)
	reduceAnnotations(out)
	if controllerOf(&pod.ObjectMeta) == nil {
		out.ManagedFields = pod.ManagedFields
	}
	if len(out.Spec.Containers) > 0 {
		first := &out.Spec.Containers[0]
		if r.redacted[first] {
			return out
		}
		r.redacted[first] = true
	}
	redactPodSpec(&out.Spec)
	return out
}

// hasHistory tells the kinds of which is told who wrote a field.
func hasHistory(obj runtime.Object) bool {
	o, err := typedOwner(obj)
	return err == nil && o != nil && len(o.templates) > 0
}

// reduceStatusOf keeps of the status of a workload what ownerOf reads, and drops what it
// holds for others.
func reduceStatusOf(obj runtime.Object) {
	switch o := obj.(type) {
	case *appsv1.Deployment:
		o.Status = appsv1.DeploymentStatus{}
	case *appsv1.StatefulSet:
		o.Status = appsv1.StatefulSetStatus{}
		for i := range o.Spec.VolumeClaimTemplates {
			reduceAnnotations(&o.Spec.VolumeClaimTemplates[i])
		}
	case *appsv1.ReplicaSet:
		o.Status = appsv1.ReplicaSetStatus{}
	case *appsv1.DaemonSet:
		o.Status = appsv1.DaemonSetStatus{DesiredNumberScheduled: o.Status.DesiredNumberScheduled}
	case *corev1.ReplicationController:
		o.Status = corev1.ReplicationControllerStatus{}
	case *batchv1.Job:
		var ends []batchv1.JobCondition
		for _, c := range o.Status.Conditions {
			if c.Type == batchv1.JobComplete || c.Type == batchv1.JobFailed {
				ends = append(ends, batchv1.JobCondition{Type: c.Type, Status: c.Status})
			}
		}
		o.Status = batchv1.JobStatus{Conditions: ends}
	case *batchv1.CronJob:
		o.Status = batchv1.CronJobStatus{}
		reduceAnnotations(&o.Spec.JobTemplate)
	}
}

// reduceAnnotations keeps the annotations that commands read.
func reduceAnnotations(m metav1.Object) {
	kept := map[string]string{}
	for key, value := range m.GetAnnotations() {
		switch {
		case strings.HasPrefix(key, acceptancePrefix):
			kept[key] = value // its reason is shown with the finding
		case isJudged(key):
			kept[key] = workload.RedactText(value)
		}
	}
	if len(kept) == 0 {
		kept = nil
	}
	m.SetAnnotations(kept)
}

// acceptancePrefix begins the annotations by which a risk is taken.
const acceptancePrefix = "accept.kubectl-harden.dev/"

// isJudged tells an annotation that commands read: what the kubelet and admission wrote or
// obey, whom a ServiceAccount stands for in a cloud, and how a cloud, an Ingress controller or a
// mesh lets traffic in.
func isJudged(key string) bool {
	domain, name, found := strings.Cut(key, "/")
	if !found || name == "last-applied-configuration" {
		return false
	}
	return slices.Contains([]string{
		"kubernetes.io", "pod-security.kubernetes.io", "container.apparmor.security.beta.kubernetes.io",
		"seccomp.security.alpha.kubernetes.io", "container.seccomp.security.alpha.kubernetes.io",
		"deployment.kubernetes.io", "kubectl.kubernetes.io",
		"openshift.io", "security.openshift.io",
		"eks.amazonaws.com", "iam.gke.io", "azure.workload.identity",
		"service.beta.kubernetes.io", "service.kubernetes.io", "networking.gke.io", "cloud.google.com", "ingress.gcp.kubernetes.io", "ingressclass.kubernetes.io",
		"sidecar.istio.io", "traffic.sidecar.istio.io", "linkerd.io", "config.linkerd.io",
	}, domain) || slices.Contains([]string{
		"nginx.ingress.kubernetes.io/ssl-passthrough", "nginx.ingress.kubernetes.io/backend-protocol",
		"nginx.ingress.kubernetes.io/whitelist-source-range", "nginx.ingress.kubernetes.io/allowlist-source-range",
		"alb.ingress.kubernetes.io/scheme", "alb.ingress.kubernetes.io/inbound-cidrs", "alb.ingress.kubernetes.io/certificate-arn",
		scrapeAnnotation, scrapePortAnnotation,
	}, key)
}

// reduceConfig keeps of a ConfigMap its text without credentials.
func reduceConfig(cm *corev1.ConfigMap) map[string]string {
	if isKubeletConfig(cm) {
		return reduceKubeletConfig(cm)
	}
	return redactTexts(cm.Data)
}

// reduceKubeletConfig keeps the one setting that is read of the kubelet's configuration.
func reduceKubeletConfig(cm *corev1.ConfigMap) map[string]string {
	var config struct {
		SeccompDefault *bool `json:"seccompDefault,omitempty"`
	}
	text, ok := cm.Data["kubelet"]
	if !ok || yaml.Unmarshal([]byte(text), &config) != nil {
		return nil
	}
	reduced, err := yaml.Marshal(config)
	if err != nil {
		return nil
	}
	return map[string]string{"kubelet": string(reduced)}
}
