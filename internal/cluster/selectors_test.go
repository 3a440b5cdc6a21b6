package cluster

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

const selectorManifests = `apiVersion: apps/v1
kind: Deployment
metadata: {name: both}
spec:
  selector: {matchLabels: {app: a}, matchExpressions: [{key: tier, operator: In, values: [web]}]}
  template: {metadata: {labels: {app: a, tier: web}}, spec: {containers: [{name: c}]}}
---
apiVersion: v1
kind: ReplicationController
metadata: {name: old}
spec: {selector: {app: old}, template: {metadata: {labels: {app: old}}, spec: {containers: [{name: c}]}}}
---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web}
spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: i}]}}}
---
apiVersion: apps.openshift.io/v1
kind: DeploymentConfig
metadata: {name: dc}
spec: {selector: {app: dc}, template: {metadata: {labels: {app: dc}}, spec: {containers: [{name: c, image: i}]}}}
---
apiVersion: example.com/v1
kind: Odd
metadata: {name: odd}
spec: {selector: {matchLabels: {app: [x]}}, template: {metadata: {labels: {app: dc}}, spec: {containers: [{name: c, image: i}]}}}
---
apiVersion: example.com/v1
kind: Odd
metadata: {name: wrong}
spec: {selector: {matchExpressions: [{key: a, operator: Near}]}, template: {spec: {containers: [{name: c, image: i}]}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: c}]}}}}}
`

// TestSelectorOf keeps the selectors as written, also through a snapshot.
func TestSelectorOf(t *testing.T) {
	objects, problems, err := Load(t.Context(), LoadOptions{Filenames: []string{"-"}, Stdin: strings.NewReader(selectorManifests)})
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	want := map[string]string{
		"both": "app=a,tier in (web)", "old": "app=old", "web": "app=web", "dc": "app=dc", "odd": "none", "wrong": "none", "nightly": "none",
	}
	for _, reduced := range []bool{false, true} {
		inv, got := NewInventory(), map[string]string{}
		r := newReducer()
		for i := range objects {
			if reduced {
				objects[i].Object = r.object(objects[i].Object)
			}
		}
		if problems := inv.AddAll(objects); len(problems) > 0 {
			t.Fatal(problems)
		}
		for _, w := range inv.Workloads() {
			got[w.Ref.Name] = "none"
			if s := inv.SelectorOf(w.Ref); s != nil {
				got[w.Ref.Name] = metav1.FormatLabelSelector(s)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("reduced %v: %s", reduced, diff)
		}
	}
	if NewInventory().SelectorOf(api.Ref{Kind: "Pod"}) != nil {
		t.Error("of what was not read")
	}
}

// TestReducedPodKeeps what flows are resolved against and policies are written with.
func TestReducedPodKeeps(t *testing.T) {
	const text = `apiVersion: v1
kind: Pod
metadata: {name: p, namespace: shop, creationTimestamp: "2026-11-20T09:00:00Z", labels: {app: p}, ownerReferences: [{apiVersion: v1, kind: Node, name: node-1, uid: u}]}
spec:
  nodeName: node-1
  hostNetwork: true
  dnsPolicy: None
  dnsConfig: {nameservers: [192.0.2.53]}
  containers: [{name: c, image: i, ports: [{name: http, containerPort: 80}]}]
status: {phase: Running, startTime: "2026-11-20T09:00:01Z", podIPs: [{ip: 10.1.0.5}], hostIPs: [{ip: 192.0.2.1}]}
`
	objects, problems, err := Load(t.Context(), LoadOptions{Filenames: []string{"-"}, Stdin: strings.NewReader(text)})
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	whole := objects[0].DeepCopyObject().(*corev1.Pod)
	got := newReducer().object(objects[0].Object).(*corev1.Pod)
	whole.TypeMeta, whole.Status.ContainerStatuses = got.TypeMeta, got.Status.ContainerStatuses
	whole.Status.InitContainerStatuses, whole.Status.EphemeralContainerStatuses = got.Status.InitContainerStatuses, got.Status.EphemeralContainerStatuses
	if diff := cmp.Diff(whole, got); diff != "" {
		t.Error(diff)
	}
	old := &corev1.Pod{Status: corev1.PodStatus{PodIP: "10.1.0.6"}}
	if kept := (specs{}).reducePod(old).Status.PodIPs; len(kept) != 1 || kept[0].IP != "10.1.0.6" {
		t.Error(kept)
	}
}
