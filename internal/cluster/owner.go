package cluster

import (
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// templatePath is where most kinds keep their pod template.
const templatePath = "spec.template"

// ownerOf reads an object that has a pod template, or owns one that has. It returns nil for
// an object that is neither.
func ownerOf(obj runtime.Object, gvk schema.GroupVersionKind) (*owner, error) {
	o, err := typedOwner(obj)
	if u, ok := obj.(*unstructured.Unstructured); ok {
		if err := misspeltKind(gvk); err != nil {
			return nil, err
		}
		o, err = customOwner(u)
	} else if o == nil && err == nil && oldWorkload(gvk) {
		o, err = retypedOwner(obj, gvk)
	}
	if err != nil || o == nil {
		return nil, err
	}
	o.ref = api.Ref{APIVersion: gvk.GroupVersion().String(), Kind: gvk.Kind, Namespace: o.meta.Namespace, Name: o.meta.Name}
	for _, t := range o.templates {
		defaultVolumes(t.Spec)
		if len(t.Spec.Containers) == 0 {
			return nil, fmt.Errorf("%s %q has no containers in %s", gvk.Kind, o.meta.Name, t.Path)
		}
	}
	return o, nil
}

func typedOwner(obj runtime.Object) (*owner, error) {
	switch w := obj.(type) {
	case *appsv1.Deployment:
		return newOwner(w.ObjectMeta, templatePath, &w.Spec.Template, replicas(w.Spec.Replicas)).selecting(w.Spec.Selector), nil
	case *appsv1.StatefulSet:
		o := newOwner(w.ObjectMeta, templatePath, &w.Spec.Template, replicas(w.Spec.Replicas)).selecting(w.Spec.Selector)
		o.templates[0].Claims = claimTemplates(w)
		return o, nil
	case *appsv1.ReplicaSet:
		return newOwner(w.ObjectMeta, templatePath, &w.Spec.Template, replicas(w.Spec.Replicas)).selecting(w.Spec.Selector), nil
	case *appsv1.DaemonSet:
		return newOwner(w.ObjectMeta, templatePath, &w.Spec.Template, new(int(w.Status.DesiredNumberScheduled))).selecting(w.Spec.Selector), nil
	case *corev1.ReplicationController:
		if w.Spec.Template == nil {
			return nil, fmt.Errorf("ReplicationController %q has no template", w.Name)
		}
		return newOwner(w.ObjectMeta, templatePath, w.Spec.Template, replicas(w.Spec.Replicas)).
			selecting(&metav1.LabelSelector{MatchLabels: w.Spec.Selector}), nil
	case *batchv1.Job:
		o := newOwner(w.ObjectMeta, templatePath, &w.Spec.Template, replicas(w.Spec.Parallelism)).selecting(w.Spec.Selector)
		o.finished = jobFinished(w)
		return o, nil
	case *batchv1.CronJob:
		return newOwner(w.ObjectMeta, "spec.jobTemplate."+templatePath, &w.Spec.JobTemplate.Spec.Template, nil), nil
	case *corev1.PodTemplate:
		return newOwner(w.ObjectMeta, "template", &w.Template, nil), nil
	case *metav1.PartialObjectMetadata:
		return newOwner(w.ObjectMeta, "", nil, nil), nil
	}
	return nil, nil
}

// oldWorkload tells the kinds of workloads in versions of the API that servers no longer have.
func oldWorkload(gvk schema.GroupVersionKind) bool {
	return slices.Contains([]string{"extensions", "apps", "batch"}, gvk.Group)
}

// retypedOwner reads an object whose type is not one that typedOwner knows by its fields.
func retypedOwner(obj runtime.Object, gvk schema.GroupVersionKind) (*owner, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(obj)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", gvk.Kind, err)
	}
	return customOwner(&unstructured.Unstructured{Object: content})
}

// misspeltKind is an error for a kind that a built-in version has in other letters: the API
// server knows no such kind, and the object would be overlooked.
func misspeltKind(gvk schema.GroupVersionKind) error {
	for name := range scheme.Scheme.KnownTypes(gvk.GroupVersion()) {
		if strings.EqualFold(name, gvk.Kind) {
			return fmt.Errorf("%s has no kind %q; did you mean %s?", gvk.GroupVersion(), gvk.Kind, name)
		}
	}
	return nil
}

func newOwner(meta metav1.ObjectMeta, path string, template *corev1.PodTemplateSpec, desired *int) *owner {
	o := &owner{meta: new(reduceMeta(meta)), desired: desired}
	if template != nil {
		o.templates = []workload.Template{{Path: path, Meta: &template.ObjectMeta, Spec: &template.Spec}}
	}
	return o
}

// claimTemplates are the claims that a StatefulSet makes for each of its pods.
func claimTemplates(set *appsv1.StatefulSet) []workload.ClaimTemplate {
	var out []workload.ClaimTemplate
	for i, t := range set.Spec.VolumeClaimTemplates {
		out = append(out, workload.ClaimTemplate{
			Name: t.Name, Path: fmt.Sprintf("spec.volumeClaimTemplates[%d]", i),
			Stem: t.Name + "-" + set.Name + "-", VolumeName: t.Spec.VolumeName,
		})
	}
	return out
}

// hashLabels are the labels by which a controller tells the pods of its revisions apart;
// without them the selector of a ReplicaSet is that of its owner.
func hashLabels() []string {
	return []string{appsv1.DefaultDeploymentUniqueLabelKey, "rollouts-pod-template-hash"}
}

// selecting notes the selector of the owner's pods.
func (o *owner) selecting(selector *metav1.LabelSelector) *owner {
	if selector == nil {
		return o
	}
	if len(selector.MatchLabels)+len(selector.MatchExpressions) > 0 {
		o.written = selector
	}
	selector = selector.DeepCopy()
	for _, label := range hashLabels() {
		delete(selector.MatchLabels, label)
	}
	if s, err := metav1.LabelSelectorAsSelector(selector); err == nil && !s.Empty() {
		o.selector = s.String()
	}
	return o
}

// replicas defaults to 1, as the API server does.
func replicas(n *int32) *int {
	if n == nil {
		return new(1)
	}
	return new(int(*n))
}

func jobFinished(job *batchv1.Job) bool {
	for _, c := range job.Status.Conditions {
		if (c.Type == batchv1.JobComplete || c.Type == batchv1.JobFailed) && c.Status == corev1.ConditionTrue {
			return true
		}
	}
	return false
}
