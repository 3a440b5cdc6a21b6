package cluster

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

func controlledBy(apiVersion, kind, name string) []metav1.OwnerReference {
	return []metav1.OwnerReference{{APIVersion: apiVersion, Kind: kind, Name: name, Controller: new(true)}}
}

func named(name string, owners []metav1.OwnerReference) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: "shop", Name: name, OwnerReferences: owners}
}

func template() corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "app", Image: "app:1"}}}}
}

func pod(name string, phase corev1.PodPhase, owners []metav1.OwnerReference) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: named(name, owners), Spec: template().Spec, Status: corev1.PodStatus{Phase: phase}}
}

func partialReplicaSet(name string, owners []metav1.OwnerReference) *metav1.PartialObjectMetadata {
	return &metav1.PartialObjectMetadata{ObjectMeta: named(name, owners)}
}

func rollout(name string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
		"metadata": map[string]any{"name": name, "namespace": "shop"},
		"spec": map[string]any{"template": map[string]any{"spec": map[string]any{
			"containers": []any{map[string]any{"name": "app", "image": "app:1"}},
		}}},
	}}
}

// kindOfObject is the kind under which a test adds an object; metadata stands for a ReplicaSet.
func kindOfObject(t *testing.T, obj runtime.Object) schema.GroupVersionKind {
	t.Helper()
	switch o := obj.(type) {
	case *metav1.PartialObjectMetadata:
		return builtinKind("ReplicaSet").gvk
	case *unstructured.Unstructured:
		return o.GroupVersionKind()
	}
	kinds, _, err := scheme.Scheme.ObjectKinds(obj)
	if err != nil {
		t.Fatal(err)
	}
	return kinds[0]
}

func inventoryOf(t *testing.T, objects ...runtime.Object) *Inventory {
	t.Helper()
	inv := NewInventory()
	for _, o := range objects {
		if err := inv.Add(o.DeepCopyObject(), kindOfObject(t, o), workload.Source{}); err != nil {
			t.Fatal(err)
		}
	}
	return inv
}

// describe is KIND/NAME(pods) per workload.
func describe(workloads []*workload.Workload) []string {
	out := []string{}
	for _, w := range workloads {
		names := []string{}
		for _, p := range w.Pods {
			names = append(names, p.Name)
		}
		out = append(out, w.Ref.Kind+"/"+w.Ref.Name+"("+strings.Join(names, " ")+")")
	}
	return out
}

func TestWorkloads(t *testing.T) {
	finished := &batchv1.Job{ObjectMeta: named("once", nil), Spec: batchv1.JobSpec{Template: template()}}
	finished.Status.Conditions = []batchv1.JobCondition{{Type: batchv1.JobComplete, Status: corev1.ConditionTrue}}
	tests := map[string]struct {
		objects []runtime.Object
		want    []string
	}{
		"a Deployment stands for its ReplicaSets, old and new, and their live pods": {
			[]runtime.Object{
				&appsv1.Deployment{ObjectMeta: named("web", nil), Spec: appsv1.DeploymentSpec{Template: template()}},
				partialReplicaSet("web-1", controlledBy("apps/v1", "Deployment", "web")),
				&appsv1.ReplicaSet{ObjectMeta: named("web-2", controlledBy("apps/v1", "Deployment", "web")), Spec: appsv1.ReplicaSetSpec{Template: template()}},
				pod("web-1-a", corev1.PodRunning, controlledBy("apps/v1", "ReplicaSet", "web-1")),
				pod("web-2-a", corev1.PodPending, controlledBy("apps/v1", "ReplicaSet", "web-2")),
				pod("web-2-b", corev1.PodFailed, controlledBy("apps/v1", "ReplicaSet", "web-2")),
			},
			[]string{"Deployment/web(web-1-a web-2-a)"},
		},
		"a ReplicaSet of its own is a workload": {
			[]runtime.Object{&appsv1.ReplicaSet{ObjectMeta: named("web", nil), Spec: appsv1.ReplicaSetSpec{Template: template()}}},
			[]string{"ReplicaSet/web()"},
		},
		"a CronJob stands for its Jobs": {
			[]runtime.Object{
				&batchv1.CronJob{ObjectMeta: named("nightly", nil), Spec: batchv1.CronJobSpec{JobTemplate: batchv1.JobTemplateSpec{Spec: batchv1.JobSpec{Template: template()}}}},
				&batchv1.Job{ObjectMeta: named("nightly-1", controlledBy("batch/v1", "CronJob", "nightly")), Spec: batchv1.JobSpec{Template: template()}},
				pod("nightly-1-x", corev1.PodRunning, controlledBy("batch/v1", "Job", "nightly-1")),
				pod("nightly-0-x", corev1.PodSucceeded, controlledBy("batch/v1", "Job", "nightly-0")),
			},
			[]string{"CronJob/nightly(nightly-1-x)"},
		},
		"a finished Job does not count": {[]runtime.Object{finished}, []string{}},
		"a custom kind with a template is the top owner": {
			[]runtime.Object{
				rollout("web"), partialReplicaSet("web-1", controlledBy("argoproj.io/v1alpha1", "Rollout", "web")),
				pod("web-1-a", corev1.PodRunning, controlledBy("apps/v1", "ReplicaSet", "web-1")),
			},
			[]string{"Rollout/web(web-1-a)"},
		},
		"a custom kind without a template is not": {
			[]runtime.Object{
				&unstructured.Unstructured{Object: map[string]any{"apiVersion": "example.com/v1", "kind": "Database", "metadata": map[string]any{"name": "db", "namespace": "shop"}}},
				&appsv1.StatefulSet{ObjectMeta: named("db", controlledBy("example.com/v1", "Database", "db")), Spec: appsv1.StatefulSetSpec{Template: template()}},
				pod("db-0", corev1.PodRunning, controlledBy("apps/v1", "StatefulSet", "db")),
			},
			[]string{"StatefulSet/db(db-0)"},
		},
		"pods of an owner that could not be read stay together": {
			[]runtime.Object{
				pod("task-a", corev1.PodRunning, controlledBy("tekton.dev/v1", "TaskRun", "task")),
				pod("task-b", corev1.PodRunning, controlledBy("tekton.dev/v1", "TaskRun", "task")),
			},
			[]string{"TaskRun/task(task-a task-b)"},
		},
		"a static pod belongs to no node": {
			[]runtime.Object{pod("kube-apiserver-cp-1", corev1.PodRunning, controlledBy("v1", "Node", "cp-1"))},
			[]string{"Pod/kube-apiserver-cp-1(kube-apiserver-cp-1)"},
		},
		"a bare pod that ended does not count": {[]runtime.Object{pod("done", corev1.PodSucceeded, nil)}, []string{}},
		"owners in a circle end": {
			[]runtime.Object{
				partialReplicaSet("a", controlledBy("apps/v1", "ReplicaSet", "b")),
				partialReplicaSet("b", controlledBy("apps/v1", "ReplicaSet", "a")),
			},
			[]string{},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, describe(inventoryOf(t, test.objects...).Workloads())); diff != "" {
				t.Error(diff)
			}
			slices.Reverse(test.objects)
			if diff := cmp.Diff(test.want, describe(inventoryOf(t, test.objects...).Workloads())); diff != "" {
				t.Error("in reverse order:", diff)
			}
		})
	}
}

func TestAddKeepsTheWholeObject(t *testing.T) {
	full := &appsv1.ReplicaSet{ObjectMeta: named("web", nil), Spec: appsv1.ReplicaSetSpec{Template: template()}}
	inv := inventoryOf(t, full, partialReplicaSet("web", nil))
	if got := describe(inv.Workloads()); !slices.Equal(got, []string{"ReplicaSet/web()"}) {
		t.Errorf("metadata replaced the object: %v", got)
	}
}

func TestAddRefusesWorkloadsWithoutContainers(t *testing.T) {
	for _, obj := range []runtime.Object{
		&corev1.Pod{ObjectMeta: named("empty", nil)},
		&appsv1.Deployment{ObjectMeta: named("empty", nil)},
		&corev1.ReplicationController{ObjectMeta: named("empty", nil)},
	} {
		if err := NewInventory().Add(obj, kindOfObject(t, obj), workload.Source{}); err == nil {
			t.Errorf("%T without containers was taken", obj)
		}
	}
}

func TestPodsOfOneTemplateShareTheirSpec(t *testing.T) {
	first, second := pod("web-a", corev1.PodRunning, nil), pod("web-b", corev1.PodRunning, nil)
	for i, p := range []*corev1.Pod{first, second} {
		volume := tokenVolumePrefix + []string{"abcde", "fghij"}[i]
		p.Spec.NodeName = "node-" + volume
		p.Spec.Volumes = []corev1.Volume{{Name: volume, VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{}}}}
		p.Spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: volume, MountPath: "/token"}}
	}
	inv := inventoryOf(t, first, second)
	a := inv.pods[ownerKey{"", "Pod", "shop", "web-a"}]
	b := inv.pods[ownerKey{"", "Pod", "shop", "web-b"}]
	if &a.Spec.Containers[0] != &b.Spec.Containers[0] {
		t.Error("equal pods keep two specs")
	}
	if a.Spec.NodeName == b.Spec.NodeName {
		t.Error("the node's name was shared too")
	}
}

func TestVolumeWithoutSourceIsAnEmptyDir(t *testing.T) {
	d := &appsv1.Deployment{ObjectMeta: named("web", nil), Spec: appsv1.DeploymentSpec{Template: template()}}
	d.Spec.Template.Spec.Volumes = []corev1.Volume{{Name: "tmp"}}
	p := pod("bare", corev1.PodRunning, nil)
	p.Spec.Volumes = []corev1.Volume{{Name: "tmp"}}
	for _, w := range inventoryOf(t, d, p).Workloads() {
		for _, s := range w.Shapes() {
			if s.Spec.Volumes[0].EmptyDir == nil {
				t.Errorf("%s: %+v", w.Ref.Kind, s.Spec.Volumes[0])
			}
		}
	}
}
