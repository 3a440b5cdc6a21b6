package apiserver_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

const clusterThingDefinition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: clusterthings.example.com}
spec:
  group: example.com
  scope: Cluster
  names: {plural: clusterthings, singular: clusterthing, kind: ClusterThing}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`

func privilegedPod(name, namespace, labels string) string {
	return fmt.Sprintf("apiVersion: v1\nkind: Pod\nmetadata: {name: %s, namespace: %s, labels: {%s}}\nspec: {containers: [{name: app, image: a, securityContext: {privileged: true}}]}\n", name, namespace, labels)
}

// adopt makes an object the controller of another.
func adopt(t *testing.T, control *testkit.ControlPlane, namespace, child, apiVersion, kind, parent string) {
	t.Helper()
	args := []string{"get", strings.ToLower(kind), parent, "-o", "jsonpath={.metadata.uid}"}
	uid := strings.TrimSpace(control.Kubectl(t, "", append(args, "-n", namespace)...))
	control.Kubectl(t, "", "patch", child, "-n", namespace, "--type=merge", "-p", fmt.Sprintf(
		`{"metadata":{"ownerReferences":[{"apiVersion":%q,"kind":%q,"name":%q,"uid":%q,"controller":true}]}}`, apiVersion, kind, parent, uid))
}

func TestCustomOwnersAboveOtherOwners(t *testing.T) {
	control := setUp(t, "above")
	control.Kubectl(t, rolloutDefinition, "apply", "-f", "-")
	control.Kubectl(t, "", "wait", "--for=condition=Established", "crd/rollouts.example.com")
	control.Kubectl(t, `{"apiVersion": "example.com/v1alpha1", "kind": "Rollout", "metadata": {"name": "parent", "namespace": "above"},
"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "app"}]}}}}`, "apply", "-f", "-")
	adopt(t, control, "above", "job/once", "example.com/v1alpha1", "Rollout", "parent")
	adopt(t, control, "above", "deployment/web", "example.com/v1alpha1", "Rollout", "parent")
	report := reportOf(t, explain(t, asAdmin(control), "rollout/parent", "-n", "above", "-o", "json"))
	if diff := cmp.Diff([]string{"Deployment/web", "Rollout/parent"}, names(report)); diff != "" {
		t.Error(diff)
	}
	for _, item := range report.Items {
		if item.Pods.Live != 1 {
			t.Errorf("%s has %d live pods", item.Ref.Name, item.Pods.Live)
		}
	}
}

func TestClusterScopedOwner(t *testing.T) {
	control := setUp(t, "scoped")
	control.Kubectl(t, clusterThingDefinition, "apply", "-f", "-")
	control.Kubectl(t, "", "wait", "--for=condition=Established", "crd/clusterthings.example.com")
	control.Kubectl(t, `{"apiVersion": "example.com/v1", "kind": "ClusterThing", "metadata": {"name": "thing"},
"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "app", "securityContext": {"privileged": true}}]}}}}`, "apply", "-f", "-")
	adopt(t, control, "scoped", "pod/bare", "example.com/v1", "ClusterThing", "thing")
	for _, args := range [][]string{{"pod/bare", "-n", "scoped"}, {"clusterthing/thing", "-n", "scoped"}} {
		result := explain(t, asAdmin(control), append(args, "-o", "json", "--fail-on", "critical")...)
		report := reportOf(t, result)
		if diff := cmp.Diff([]string{"ClusterThing/thing"}, names(report)); diff != "" || result.Code != 1 || report.Items[0].Pods.Live != 1 {
			t.Errorf("%v: exit %d, %s %+v", args, result.Code, diff, report.Items)
		}
	}
	all := explain(t, asAdmin(control), "-n", "scoped", "--fail-on", "critical", "-o", "json")
	report := reportOf(t, all)
	if all.Code != 1 || slices.Index(names(report), "ClusterThing/thing") < 0 || len(report.Unknown) != 0 {
		t.Errorf("exit %d: %v, unread %v", all.Code, names(report), report.Unknown)
	}
}

func TestOwnersOfOneSelector(t *testing.T) {
	control := setUp(t, "selectors")
	const template = `
  selector: {matchLabels: {x: same}}
  template:
    metadata: {labels: {x: same}}
    spec: {containers: [{name: app, image: a}]}
`
	control.Kubectl(t, "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: a, namespace: selectors}\nspec:"+template+
		"---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: b, namespace: selectors}\nspec:"+template, "apply", "-f", "-")
	testkit.WaitFor(t, "two pods", func() error {
		if pods := strings.Fields(control.Kubectl(t, "", "get", "pods", "-n", "selectors", "-l", "x=same", "-o", "name")); len(pods) != 2 {
			return fmt.Errorf("there are %q", pods)
		}
		return nil
	})
	for range 4 {
		report := reportOf(t, explain(t, asAdmin(control), "sts/a", "deploy/b", "-n", "selectors", "-o", "json"))
		for _, item := range report.Items {
			if item.Pods.Live != 1 {
				t.Fatalf("%s/%s has %d live pods", item.Ref.Kind, item.Ref.Name, item.Pods.Live)
			}
		}
	}
}

func TestFinishedJobThatIsNamed(t *testing.T) {
	control := setUp(t, "finished")
	control.Kubectl(t, "apiVersion: batch/v1\nkind: Job\nmetadata: {name: done, namespace: finished}\nspec: {suspend: true, template: {spec: {restartPolicy: Never, containers: [{name: app, image: a, securityContext: {privileged: true}}]}}}\n", "apply", "-f", "-")
	if r := explain(t, asAdmin(control), "job/done", "-n", "finished", "--fail-on", "critical"); r.Code != 1 {
		t.Errorf("%+v", r)
	}
}

// TestUnreadableIsNotAPass puts faults before the reads without which workloads may be missing.
func TestUnreadableIsNotAPass(t *testing.T) {
	control := setUp(t, "unreadable")
	control.Kubectl(t, privilegedPod("privileged", "unreadable", "app: other"), "apply", "-f", "-")
	tests := map[string]struct {
		path string
		args []string
	}{
		"no pods of a Deployment":      {".*/pods", []string{"deploy/web"}},
		"no ReplicaSet above a pod":    {".*/replicasets/.*", []string{"pod/" + podOf(t, control, "unreadable", "web")}},
		"no DaemonSets of a namespace": {".*/daemonsets", nil},
		"nothing at all":               {"/api.*", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			proxy := testkit.NewFaultProxy(t, testkit.Upstream(t, control.AdminKubeconfig))
			proxy.On(testkit.Match{Path: test.path}, testkit.Status(403))
			opts := asAdmin(control)
			opts.Kubeconfig = proxy.Kubeconfig
			gate := explain(t, opts, append(test.args, "-n", "unreadable", "--fail-on", "critical", "-o", "json")...)
			if gate.Code != 2 {
				t.Errorf("exit %d: %s", gate.Code, gate.Stderr)
			}
			if test.path == ".*/pods" {
				item := reportOf(t, gate).Items[0]
				if !item.Pods.Unknown || item.PodSecurity.Live != api.LevelUnknown {
					t.Errorf("pods that could not be read are counted: %+v %+v", item.Pods, item.PodSecurity)
				}
			}
		})
	}
	for _, args := range [][]string{{"-n", "nowhere"}, {"-n", "nowhere", "--fail-on", "low"}} {
		if r := explain(t, asAdmin(control), args...); r.Code != 2 || r.Stderr != "error: namespace \"nowhere\" not found\n" {
			t.Errorf("%v: %+v", args, r)
		}
	}
}
