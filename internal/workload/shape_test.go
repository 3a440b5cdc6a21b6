package workload

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

func podOf(t *testing.T, manifest string) *corev1.Pod {
	t.Helper()
	pod := &corev1.Pod{}
	if err := yaml.UnmarshalStrict([]byte(manifest), pod); err != nil {
		t.Fatal(err)
	}
	return pod
}

func shapeOf(t *testing.T, manifest string) *Shape {
	t.Helper()
	pod := podOf(t, manifest)
	return &Shape{Meta: &pod.ObjectMeta, Spec: &pod.Spec, Pods: []*corev1.Pod{pod}, Live: true}
}

const everyKind = `
spec:
  initContainers: [{name: init}, {name: sidecar, restartPolicy: Always}]
  containers: [{name: a}, {name: b}]
  ephemeralContainers: [{name: debugger}]
`

// TestContainers: the order of the pod, with types and paths.
func TestContainers(t *testing.T) {
	shape := shapeOf(t, everyKind)
	shape.Path = "spec.template"
	var got []string
	for c := range shape.Containers() {
		got = append(got, c.Key()+" "+c.Field("image"))
	}
	want := []string{
		"init:init spec.template.spec.initContainers[0].image",
		"sidecar:sidecar spec.template.spec.initContainers[1].image",
		"main:a spec.template.spec.containers[0].image",
		"main:b spec.template.spec.containers[1].image",
		"ephemeral:debugger spec.template.spec.ephemeralContainers[0].image",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	for stop := range want {
		n := 0
		for range shape.Containers() {
			if n++; n > stop {
				break
			}
		}
		if n != stop+1 {
			t.Errorf("a walk that breaks after %d goes on to %d", stop+1, n)
		}
	}
}

// TestStatuses: each container finds its status in the list of its kind, in every pod.
func TestStatuses(t *testing.T) {
	shape := shapeOf(t, everyKind+`
status:
  initContainerStatuses: [{name: sidecar, imageID: i2}, {name: init, imageID: i1}]
  containerStatuses: [{name: a, imageID: m1}, {name: sidecar, imageID: wrong}]
  ephemeralContainerStatuses: [{name: debugger, imageID: e1}]
`)
	second := shape.Pods[0].DeepCopy()
	second.Status.ContainerStatuses[0].ImageID = "m2"
	shape.Pods = append(shape.Pods, second, &corev1.Pod{})
	want := map[string][]string{
		"init:init": {"i1", "i1"}, "sidecar:sidecar": {"i2", "i2"}, "main:a": {"m1", "m2"},
		"main:b": nil, "ephemeral:debugger": {"e1", "e1"},
	}
	for c := range shape.Containers() {
		var got []string
		for s := range c.Statuses() {
			got = append(got, s.ImageID)
		}
		if !slices.Equal(got, want[c.Key()]) {
			t.Errorf("%s: got %v, want %v", c.Key(), got, want[c.Key()])
		}
	}
}

// TestShapes: templates come first and see all pods; pods that differ in nothing but their
// node and claim names are one shape.
func TestShapes(t *testing.T) {
	pods := []*corev1.Pod{
		podOf(t, `{metadata: {name: w-0}, spec: {nodeName: n1, hostname: w-0, containers: [{name: a}], volumes: [{name: v, persistentVolumeClaim: {claimName: v-w-0}}]}}`),
		podOf(t, `{metadata: {name: w-1}, spec: {nodeName: n2, hostname: w-1, containers: [{name: a}], volumes: [{name: v, persistentVolumeClaim: {claimName: v-w-1}}]}}`),
		podOf(t, `{metadata: {name: w-2}, spec: {containers: [{name: a}, {name: injected}], volumes: [{name: v, persistentVolumeClaim: {claimName: v-w-2}}]}}`),
		podOf(t, `{metadata: {name: w-3}, spec: {containers: [{name: a}], ephemeralContainers: [{name: d}], volumes: [{name: v, persistentVolumeClaim: {claimName: v-w-3}}]}}`),
		podOf(t, `{metadata: {name: w-4, annotations: {container.apparmor.security.beta.kubernetes.io/a: unconfined}}, spec: {containers: [{name: a}], volumes: [{name: v, persistentVolumeClaim: {claimName: v-w-4}}]}}`),
		podOf(t, `{metadata: {name: w-5, annotations: {other: x}}, spec: {containers: [{name: a}], volumes: [{name: v, persistentVolumeClaim: {claimName: v-w-5}}]}}`),
	}
	w := &Workload{
		Templates: []Template{{Path: "spec.template", Meta: &metav1.ObjectMeta{}, Spec: &corev1.PodSpec{}}},
		Pods:      pods,
	}
	var got [][]string
	for _, s := range w.Shapes() {
		if s.Live != (s.Path == "") {
			t.Errorf("shape at %q: live is %v", s.Path, s.Live)
		}
		names := []string{s.Path}
		for _, p := range s.Pods {
			names = append(names, p.Name)
		}
		got = append(got, names)
	}
	want := [][]string{
		{"spec.template", "w-0", "w-1", "w-2", "w-3", "w-4", "w-5"},
		{"", "w-0", "w-1", "w-5"}, {"", "w-2"}, {"", "w-3"}, {"", "w-4"},
	}
	if !slices.EqualFunc(got, want, slices.Equal[[]string]) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if shapes := (&Workload{}).Shapes(); len(shapes) != 0 {
		t.Errorf("a workload without template and pods has %d shapes", len(shapes))
	}
}

func TestPaths(t *testing.T) {
	pod, template := &Shape{}, &Shape{Path: "spec.jobTemplate.spec.template"}
	for got, want := range map[string]string{
		pod.Join("spec.hostPID"):      "spec.hostPID",
		template.Join("spec.hostPID"): "spec.jobTemplate.spec.template.spec.hostPID",
		pod.Annotation("a.b/c"):       "metadata.annotations['a.b/c']",
		template.Annotation("a.b/c"):  "spec.jobTemplate.spec.template.metadata.annotations['a.b/c']",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
