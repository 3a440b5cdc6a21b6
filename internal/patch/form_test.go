package patch

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// templateWorkload has the pod as its template at path.
func templateWorkload(pod *corev1.Pod, apiVersion, kind, path string) *workload.Workload {
	return &workload.Workload{
		Ref:       api.Ref{APIVersion: apiVersion, Kind: kind, Namespace: "shop", Name: "x"},
		Templates: []workload.Template{{Path: path, Meta: &pod.ObjectMeta, Spec: &pod.Spec}},
	}
}

// TestBodies: as a patch of every form, the changes come to the same level; Body itself applies
// and judges it.
func TestBodies(t *testing.T) {
	u, newest := newUpstream(t), podsecurity.Newest()
	merges, operations := 0, 0
	for seed := range uint64(300) {
		pod := dice{rand.New(rand.NewPCG(seed, 2))}.pod()
		for _, k := range []struct {
			apiVersion, kind, path string
			merges                 bool
		}{
			{"apps/v1", "Deployment", "spec.template", true},
			{"batch/v1", "CronJob", "spec.jobTemplate.spec.template", true},
			{"argoproj.io/v1alpha1", "Rollout", "spec.template", false},
			{"jobset.x-k8s.io/v1alpha2", "JobSet", "spec.replicatedJobs[1].template", false},
		} {
			plan := To(templateWorkload(pod, k.apiVersion, k.kind, k.path), api.LevelRestricted, podsecurity.New(newest))
			body, err := plan.Body()
			if err != nil {
				t.Fatalf("seed %d, %s: %v", seed, k.kind, err)
			}
			if len(plan.Changes) == 0 {
				continue
			}
			if k.merges && body.Fields == nil || !k.merges && len(body.Operations) == 0 {
				t.Fatalf("seed %d, %s: %+v", seed, k.kind, body)
			}
			if k.merges {
				merges++
			} else {
				operations++
			}
			after, err := body.applied(k.apiVersion, k.kind, plan.object())
			if err != nil {
				t.Fatal(err)
			}
			var template any = after
			for _, s := range workload.Steps(k.path) {
				template = workload.Child(template, s)
			}
			if allowed := u.allows(t, template.(map[string]any), api.LevelRestricted, newest); allowed != plan.Reached() {
				t.Fatalf("seed %d, %s: upstream says %v", seed, k.kind, allowed)
			}
		}
	}
	if merges < 500 || operations < 500 {
		t.Errorf("%d and %d patches", merges, operations)
	}
}

// TestSameContainerTwice: where a key stands twice in a list, a merge would change the wrong one.
func TestSameContainerTwice(t *testing.T) {
	pod := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{
		{Name: "a", Ports: []corev1.ContainerPort{{ContainerPort: 53, Protocol: "UDP", HostPort: 53}, {ContainerPort: 53, Protocol: "TCP"}}},
	}}}
	plan := To(templateWorkload(pod, "apps/v1", "Deployment", "spec.template"), api.LevelBaseline, podsecurity.New(podsecurity.Newest()))
	body, err := plan.Body()
	if err != nil || body.Fields != nil || len(body.Operations) == 0 {
		t.Errorf("%+v, %v", body, err)
	}
}

// TestBodyThatLies: a patch that does not come to its level is an error.
func TestBodyThatLies(t *testing.T) {
	pod := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "a"}}}}
	plan := To(templateWorkload(pod, "apps/v1", "Deployment", "spec.template"), api.LevelRestricted, podsecurity.New(podsecurity.Newest()))
	plan.shapes[0].changes = plan.shapes[0].changes[1:]
	_, err := plan.Body()
	if below, is := errors.AsType[*BelowError](err); !is || below.Level == "restricted" {
		t.Errorf("error %v", err)
	}
}

const livePod = `
apiVersion: v1
kind: Pod
metadata:
  name: x
  namespace: shop
  uid: u
  resourceVersion: "1"
  creationTimestamp: null
  managedFields: [{manager: m}]
  annotations: {kubectl.kubernetes.io/last-applied-configuration: "{password: hunter2}"}
spec:
  nodeName: node-1
  priority: 0
  preemptionPolicy: PreemptLowerPriority
  serviceAccount: a
  serviceAccountName: a
  volumes: [{name: kube-api-access-abcde, projected: {}}, {name: d, emptyDir: {}}]
  containers:
  - name: app
    image: i
    env: [{name: LANG, value: C}]
    volumeMounts: [{name: kube-api-access-abcde, mountPath: /t}, {name: d, mountPath: /d}]
  ephemeralContainers: [{name: debug, image: d}]
status: {phase: Running}
`

func replace(t *testing.T, text string) (map[string]any, error) {
	t.Helper()
	plan, object := podPlan(t, text)
	return plan.Replacement(object)
}

// podPlan is what lifts a pod to restricted, and the pod as it was read.
func podPlan(t *testing.T, text string) (plan Plan, object map[string]any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(text), &object); err != nil {
		t.Fatal(err)
	}
	pod := &corev1.Pod{}
	if err := yaml.Unmarshal([]byte(text), pod); err != nil {
		t.Fatal(err)
	}
	return To(podWorkload(pod), api.LevelRestricted, podsecurity.New(podsecurity.Newest())), object
}

// TestReplacement keeps of a live pod what somebody wrote.
func TestReplacement(t *testing.T) {
	got, err := replace(t, livePod)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(got)
	const want = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x","namespace":"shop"},"spec":{` +
		`"containers":[{"env":[{"name":"LANG","value":"C"}],"image":"i","name":"app","securityContext":{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]}},` +
		`"volumeMounts":[{"mountPath":"/d","name":"d"}]}],"securityContext":{"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}},"serviceAccountName":"a","volumes":[{"emptyDir":{},"name":"d"}]}}`
	if string(text) != want {
		t.Errorf("got %s", text)
	}
}

// TestReplacementOnANode: a pod that its author put on a node stays there, one that a scheduler put
// there does not.
func TestReplacementOnANode(t *testing.T) {
	plan, object := podPlan(t, livePod)
	for field, want := range map[string]any{"f:containers": nil, "f:nodeName": "node-1"} {
		object["metadata"].(map[string]any)["managedFields"] = []any{map[string]any{"fieldsV1": map[string]any{"f:spec": map[string]any{field: map[string]any{}}}}}
		got, err := plan.Replacement(object)
		if err != nil {
			t.Fatal(err)
		}
		if node := got["spec"].(map[string]any)["nodeName"]; node != want {
			t.Errorf("%s: on %v, want %v", field, node, want)
		}
	}
}

// TestReplacementHoldsNoCredentials: an object with a value that looks like one is not printed.
func TestReplacementHoldsNoCredentials(t *testing.T) {
	for _, change := range [][2]string{
		{"{name: LANG, value: C}", "{name: DB_PASSWORD, value: hunter2hunter2}"},
		{"image: i\n    env", "image: i\n    args: [--password, hunter2hunter2]\n    env"},
		{"image: i\n    env", "image: i\n    command: [run, --password]\n    args: [hunter2hunter2]\n    env"},
		{"image: i\n    env", "image: i\n    livenessProbe: {httpGet: {port: 1, httpHeaders: [{name: Authorization, value: Bearer abcdefghijklmnop1234}]}}\n    env"},
		{"annotations: {", "annotations: {api-token: 0123456789abcdef0123, "},
		{"{name: d, emptyDir: {}}", "{name: d, csi: {driver: x, volumeAttributes: {password: hunter2hunter2}}}"},
	} {
		text := strings.Replace(livePod, change[0], change[1], 1)
		if text == livePod {
			t.Fatalf("%q is not there", change[0])
		}
		if got, err := replace(t, text); !errors.Is(err, ErrCredentials) || got != nil {
			t.Errorf("%s: %v, %v", change[1], got, err)
		}
	}
}

// TestReplacementOfAJob loses the labels that its controller tells its pods by.
func TestReplacementOfAJob(t *testing.T) {
	pod := &corev1.Pod{Spec: corev1.PodSpec{RestartPolicy: "Never", Containers: []corev1.Container{{Name: "a"}}}}
	labels := map[string]any{"controller-uid": "u", "batch.kubernetes.io/job-name": "x", "app": "y"}
	object := map[string]any{"apiVersion": "batch/v1", "kind": "Job", "metadata": map[string]any{"name": "x", "uid": "u", "labels": map[string]any{"job-name": "x"}}, "spec": map[string]any{
		"selector": map[string]any{"matchLabels": map[string]any{"controller-uid": "u"}},
		"template": map[string]any{"metadata": map[string]any{"labels": labels}, "spec": map[string]any{"containers": []any{map[string]any{"name": "a"}}}},
	}}
	plan := To(templateWorkload(pod, "batch/v1", "Job", "spec.template"), api.LevelRestricted, podsecurity.New(podsecurity.Newest()))
	got, err := plan.Replacement(object)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(got)
	if slices.ContainsFunc([]string{"selector", "controller-uid", "job-name", `"uid"`}, func(word string) bool { return strings.Contains(string(text), word) }) || !strings.Contains(string(text), `"app":"y"`) {
		t.Errorf("%s", text)
	}
}
