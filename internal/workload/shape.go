package workload

import (
	"cmp"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Shape is one form that the pods of a workload have: a template, or what the live pods
// became after admission.
type Shape struct {
	// Path is put before "spec" and "metadata" in field paths: "spec.template" for a
	// Deployment, empty for pods.
	Path string
	// Template is the name of the template; empty for live pods.
	Template string
	Meta     *metav1.ObjectMeta
	Spec     *corev1.PodSpec
	// Pods are the live pods of this shape, and for a template all of the workload's.
	Pods []*corev1.Pod
	// Live tells the shape of live pods from that of a template.
	Live bool
	// Claims are those that a StatefulSet makes for each pod of a template.
	Claims []ClaimTemplate
}

// Shapes returns the templates of the workload, then the distinct shapes of its live pods
// in the order of their first pod's name.
func (w *Workload) Shapes() []*Shape {
	shapes := make([]*Shape, 0, len(w.Templates)+1)
	for _, t := range w.Templates {
		shapes = append(shapes, &Shape{Path: t.Path, Template: t.Name, Meta: t.Meta, Spec: t.Spec, Pods: w.Pods, Claims: t.Claims})
	}
	templates := len(shapes)
	for _, pod := range w.Pods {
		shapes = addPod(shapes, templates, pod)
	}
	return shapes
}

func addPod(shapes []*Shape, templates int, pod *corev1.Pod) []*Shape {
	for i := templates; i < len(shapes); i++ {
		if sameShape(shapes[i], pod) {
			shapes[i].Pods = append(shapes[i].Pods, pod)
			return shapes
		}
	}
	return append(shapes, &Shape{Meta: &pod.ObjectMeta, Spec: &pod.Spec, Pods: []*corev1.Pod{pod}, Live: true})
}

// sameShape compares what Normalize leaves of two pods. Pods that share their spec's
// containers share everything but the node.
func sameShape(s *Shape, pod *corev1.Pod) bool {
	return sameContainers(s.Spec.InitContainers, pod.Spec.InitContainers) &&
		sameContainers(s.Spec.Containers, pod.Spec.Containers) &&
		equality.Semantic.DeepEqual(s.Spec.EphemeralContainers, pod.Spec.EphemeralContainers) &&
		equality.Semantic.DeepEqual(podLevel(s.Spec), podLevel(&pod.Spec)) &&
		equality.Semantic.DeepEqual(appArmorAnnotations(s.Meta), appArmorAnnotations(&pod.ObjectMeta))
}

func sameContainers(a, b []corev1.Container) bool {
	if len(a) == len(b) && len(a) > 0 && &a[0] == &b[0] {
		return true
	}
	return equality.Semantic.DeepEqual(a, b)
}

// podLevel is the spec without its containers and without what differs from pod to pod of
// one template: the node, and names that a StatefulSet numbers.
func podLevel(spec *corev1.PodSpec) *corev1.PodSpec {
	c := *spec
	c.InitContainers, c.Containers, c.EphemeralContainers = nil, nil, nil
	c.NodeName, c.Hostname, c.Affinity = "", "", nil
	c.Volumes = make([]corev1.Volume, len(spec.Volumes))
	for i, v := range spec.Volumes {
		if v.PersistentVolumeClaim != nil {
			v.PersistentVolumeClaim = &corev1.PersistentVolumeClaimVolumeSource{ReadOnly: v.PersistentVolumeClaim.ReadOnly}
		}
		c.Volumes[i] = v
	}
	return &c
}

func appArmorAnnotations(meta *metav1.ObjectMeta) map[string]string {
	out := map[string]string{}
	for k, v := range meta.Annotations {
		if strings.HasPrefix(k, corev1.DeprecatedAppArmorBetaContainerAnnotationKeyPrefix) {
			out[k] = v
		}
	}
	return out
}

// Admitted tells whether the shape went through an API server, which gave it what admission
// adds: defaults of LimitRanges, a token. A pod in a manifest has not.
func (s *Shape) Admitted() bool { return s.Live && s.Meta.UID != "" }

// Windows tells whether the pod declares that it runs on Windows.
func (s *Shape) Windows() bool {
	return s.Spec.OS != nil && s.Spec.OS.Name == corev1.Windows
}

// UserNamespace tells whether the pod asks for a user namespace of its own (KEP-127).
func (s *Shape) UserNamespace() bool {
	return s.Spec.HostUsers != nil && !*s.Spec.HostUsers
}

// Join puts the shape's path before a field of the pod, such as "spec.hostPID".
func (s *Shape) Join(field string) string {
	if s.Path == "" {
		return field
	}
	return s.Path + "." + field
}

// Annotation is the path of an annotation of the pod.
func (s *Shape) Annotation(key string) string {
	return s.Join(fmt.Sprintf("metadata.annotations['%s']", key))
}

// AccountName is the ServiceAccount of a pod; one that names none has the account default.
func AccountName(spec *corev1.PodSpec) string {
	return cmp.Or(spec.ServiceAccountName, spec.DeprecatedServiceAccount, "default")
}
