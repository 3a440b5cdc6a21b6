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

// maxRequests is what one workload may cost, without discovery.
const maxRequests = 25

func TestExplainNamespace(t *testing.T) {
	control := setUp(t, "everything")
	result := explain(t, asAdmin(control), "-n", "everything", "-o", "json")
	report := reportOf(t, result)
	want := []string{
		"CronJob/nightly", "DaemonSet/agent", "Deployment/web", "Job/once", "Pod/bare",
		"ReplicaSet/set", "ReplicationController/old", "StatefulSet/db",
	}
	if diff := cmp.Diff(want, names(report)); diff != "" || result.Code != 0 {
		t.Errorf("exit %d %s\n%s", result.Code, result.Stderr, diff)
	}
	if report.Server != serverVersion || report.Items[0].PodSecurity.Version != "v1.36" {
		t.Errorf("server %s, policy %s", report.Server, report.Items[0].PodSecurity.Version)
	}
	if again := explain(t, asAdmin(control), "-n", "everything", "-o", "json"); again.Stdout != result.Stdout {
		t.Error("the same question has two answers")
	}
	if chunked := explain(t, asAdmin(control), "-n", "everything", "-o", "json", "--chunk-size", "1"); chunked.Stdout != result.Stdout {
		t.Error("the size of chunks changes the answer")
	}
	table := explain(t, asAdmin(control), "-n", "everything")
	if table.Code != 0 || strings.Count(table.Stdout, "\n") != len(want)+1 {
		t.Errorf("the table: %+v", table)
	}
	selected := reportOf(t, explain(t, asAdmin(control), "-n", "everything", "-l", "tier in (web,db)", "-o", "json"))
	if diff := cmp.Diff([]string{"Deployment/web", "StatefulSet/db"}, names(selected)); diff != "" {
		t.Error(diff)
	}
}

func TestExplainFindsTheTopOwner(t *testing.T) {
	control := setUp(t, "owners")
	opts := asAdmin(control)
	web := podOf(t, control, "owners", "web")
	set := strings.TrimSpace(control.Kubectl(t, "", "get", "replicasets", "-n", "owners", "-l", "app=web", "-o", "name"))
	for _, args := range [][]string{{"deploy/web"}, {"pod", web}, {"po/" + web}, {set}, {"deployments.v1.apps/web"}, {"Deployment", "web"}} {
		report := reportOf(t, explain(t, opts, append(args, "-n", "owners", "-o", "json")...))
		if diff := cmp.Diff([]string{"Deployment/web"}, names(report)); diff != "" {
			t.Errorf("%v: %s", args, diff)
			continue
		}
		if live := report.Items[0].Pods.Live; live != 1 {
			t.Errorf("%v: %d live pods", args, live)
		}
	}
	several := reportOf(t, explain(t, opts, "deploy,sts", "-n", "owners", "-o", "json"))
	if diff := cmp.Diff([]string{"Deployment/web", "StatefulSet/db"}, names(several)); diff != "" {
		t.Error(diff)
	}
}

// TestExplainLivePods gives a pod what only live pods have: a debug container, a container
// that admission would have injected, and the user that the runtime reports.
func TestExplainLivePods(t *testing.T) {
	control := setUp(t, "live")
	web := podOf(t, control, "live", "web")
	control.Kubectl(t, "", "patch", "pod", web, "-n", "live", "--subresource=ephemeralcontainers", "--type=strategic", "-p",
		`{"spec":{"ephemeralContainers":[{"name":"debugger","image":"busybox","securityContext":{"privileged":true}}]}}`)
	control.Kubectl(t, "", "patch", "pod", web, "-n", "live", "--subresource=status", "--type=merge", "-p",
		`{"status":{"containerStatuses":[{"name":"app","image":"app","imageID":"app","ready":true,"restartCount":0,"state":{},"lastState":{},"user":{"linux":{"uid":0,"gid":0}}}]}}`)
	report := reportOf(t, explain(t, asAdmin(control), "deploy/web", "-n", "live", "-o", "json"))
	item := report.Items[0]
	got := map[string]string{}
	for _, f := range item.Findings {
		got[f.Check+" "+f.Container] = f.Pods
	}
	for key, pods := range map[string]string{"privileged debugger": "1 of 1 pod", "ephemeral-present debugger": "1 of 1 pod", "run-as-root-observed app": ""} {
		if text, ok := got[key]; !ok || text != pods {
			t.Errorf("%s: %q, %t in %v", key, text, ok, got)
		}
	}
	if item.PodSecurity.Template != api.LevelBaseline || item.PodSecurity.Live != api.LevelPrivileged {
		t.Errorf("Pod Security: %+v", item.PodSecurity)
	}
	if user := item.Containers[0].Settings["runAsUser"]; user.Value != "0" || user.Origin != "image, observed in 1 pod" {
		t.Errorf("user: %+v", user)
	}
}

func TestExplainCountsItsRequests(t *testing.T) {
	control := setUp(t, "requests")
	for _, target := range []string{"deploy/web", "pod/" + podOf(t, control, "requests", "web"), "cj/nightly", "sts/db"} {
		user := "reader-" + strings.NewReplacer("/", "-").Replace(target)
		opts := asAdmin(control)
		opts.Kubeconfig = control.Kubeconfig(t, user, "system:masters")
		if result := explain(t, opts, target, "-n", "requests"); result.Code != 0 {
			t.Fatalf("%+v", result)
		}
		var reads []string
		for _, r := range control.AuditRequests(t, user) {
			if !slices.Contains([]string{"get", "list"}, r.Verb) || r.Resource == "secrets" {
				t.Errorf("%s: %s %s", target, r.Verb, r.RequestURI)
			}
			if r.Resource != "" || r.RequestURI == "/version" {
				reads = append(reads, r.RequestURI)
			}
			if !strings.HasPrefix(r.UserAgent, "kubectl-harden/") {
				t.Errorf("%s: user agent %s", target, r.UserAgent)
			}
		}
		t.Logf("%s: %d requests", target, len(reads))
		if len(reads) > maxRequests {
			t.Errorf("%s: %d requests\n%s", target, len(reads), strings.Join(reads, "\n"))
		}
	}
}

const partialRights = `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: partial, namespace: partial}
rules:
- {apiGroups: ["", apps], resources: [pods, deployments, replicasets], verbs: [get, list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: partial, namespace: partial}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: partial}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: partial}]
`

func TestExplainWithPartialRights(t *testing.T) {
	control := setUp(t, "partial")
	control.Kubectl(t, partialRights, "apply", "-f", "-")
	testkit.WaitFor(t, "the pod of the DaemonSet, by which alone it is known", func() error {
		if control.Kubectl(t, "", "get", "pods", "-n", "partial", "-l", "app=agent", "-o", "name") == "" {
			return fmt.Errorf("there is none")
		}
		return nil
	})
	opts := asAdmin(control)
	opts.Kubeconfig = control.Kubeconfig(t, "partial")
	result := explain(t, opts, "-n", "partial", "-o", "json")
	report := reportOf(t, result)
	if diff := cmp.Diff([]string{"DaemonSet/agent", "Deployment/web", "Job/once", "Pod/bare", "ReplicaSet/set", "ReplicationController/old", "StatefulSet/db"}, names(report)); diff != "" {
		t.Error(diff)
	}
	var unread []string
	for _, u := range report.Unknown {
		unread = append(unread, u.Verb+" "+u.Resource+" "+u.Reason)
	}
	for _, want := range []string{
		"list nodes forbidden", "get configmaps/kubelet-config forbidden", "list statefulsets forbidden",
		"list daemonsets forbidden", "list replicationcontrollers forbidden", "list jobs forbidden", "list cronjobs forbidden",
	} {
		if !slices.Contains(unread, want) {
			t.Errorf("%q is missing in %q", want, unread)
		}
	}
	status := map[string]api.Status{}
	for _, item := range report.Items {
		for _, f := range item.Findings {
			if f.Check == "seccomp-unset" {
				status[item.Ref.Name] = f.Status
			}
		}
	}
	if status["web"] != api.StatusUnknown {
		t.Errorf("seccomp-unset without the kubelet's configuration: %v", status)
	}
	text := explain(t, opts, "-n", "partial", "deploy/web")
	if text.Code != 0 || !strings.Contains(text.Stderr, "get configmaps/kubelet-config in kube-system") {
		t.Errorf("the page does not name the missing right: %+v", text)
	}
	for _, gate := range []struct {
		args []string
		code int
	}{
		{[]string{"deploy/web", "--fail-on", "critical"}, 2}, // what ClusterRoleBindings grant is not known
		{[]string{"deploy/web", "--fail-on", "critical", "--allow-unknown"}, 0},
		{[]string{"deploy/web", "--fail-on", "medium"}, 2},
		{[]string{"deploy/web", "--fail-on", "medium", "--allow-unknown"}, 1},
		{[]string{"--fail-on", "critical"}, 2},
		{[]string{"--fail-on", "critical", "--allow-unknown"}, 0},
	} {
		if got := explain(t, opts, append(gate.args, "-n", "partial")...); got.Code != gate.code {
			t.Errorf("%v: exit %d, want %d: %s", gate.args, got.Code, gate.code, got.Stderr)
		}
	}
}

const rolloutDefinition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: rollouts.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: rollouts, singular: rollout, kind: Rollout, shortNames: [ro]}
  versions:
  - name: v1alpha1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`

func TestExplainCustomKind(t *testing.T) {
	control := setUp(t, "custom")
	control.Kubectl(t, rolloutDefinition, "apply", "-f", "-")
	control.Kubectl(t, "", "wait", "--for=condition=Established", "crd/rollouts.example.com")
	control.Kubectl(t, `{"apiVersion": "example.com/v1alpha1", "kind": "Rollout", "metadata": {"name": "shop", "namespace": "custom"},
"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "app", "securityContext": {"privileged": true}}]}}}}`, "apply", "-f", "-")
	uid := strings.TrimSpace(control.Kubectl(t, "", "get", "rollout", "shop", "-n", "custom", "-o", "jsonpath={.metadata.uid}"))
	control.Kubectl(t, "", "patch", "pod", "bare", "-n", "custom", "--type=merge", "-p",
		`{"metadata":{"ownerReferences":[{"apiVersion":"example.com/v1alpha1","kind":"Rollout","name":"shop","uid":"`+uid+`","controller":true}]}}`)
	for _, args := range [][]string{{"rollout/shop"}, {"ro/shop"}, {"rollouts.example.com", "shop"}, {"pod/bare"}} {
		report := reportOf(t, explain(t, asAdmin(control), append(args, "-n", "custom", "-o", "json")...))
		if diff := cmp.Diff([]string{"Rollout/shop"}, names(report)); diff != "" {
			t.Errorf("%v: %s", args, diff)
			continue
		}
		item := report.Items[0]
		if item.Pods.Live != 1 || item.PodSecurity.Level != api.LevelPrivileged || item.Findings[0].Path != "spec.template.spec.containers[0].securityContext.privileged" {
			t.Errorf("%v: %+v", args, item)
		}
	}
	all := reportOf(t, explain(t, asAdmin(control), "-n", "custom", "-o", "json"))
	if !slices.Contains(names(all), "Rollout/shop") || slices.Contains(names(all), "Pod/bare") {
		t.Errorf("in the namespace: %v", names(all))
	}
}

func TestExplainErrors(t *testing.T) {
	control := setUp(t, "errors")
	expired := testkit.NewExpiredProxy(t, testkit.Upstream(t, control.AdminKubeconfig))
	gone := testkit.NewFaultProxy(t, testkit.Upstream(t, control.AdminKubeconfig))
	gone.Close()
	admin := control.AdminKubeconfig
	tests := map[string]struct {
		kubeconfig string
		args       []string
		want       string
	}{
		"not found":          {admin, []string{"deploy/wep", "-n", "errors"}, `error: deployments.apps "wep" not found in namespace errors; did you mean deploy/web?`},
		"unknown type":       {admin, []string{"thing/web", "-n", "errors"}, `error: the server has no resource type "thing"`},
		"not a workload":     {admin, []string{"configmap/kube-root-ca.crt", "-n", "errors"}, `error: configmaps "kube-root-ca.crt" has no pod template; explain takes workloads`},
		"no such account":    {admin, []string{"sa/defaut", "-n", "errors"}, `error: serviceaccounts "defaut" not found in namespace errors; did you mean sa/default?`},
		"unnamed secret":     {admin, []string{"secret", "-n", "errors"}, `error: name the Secret, as secret/NAME`},
		"unknown context":    {admin, []string{"--context", "nowhere"}, `error: context "nowhere" does not exist`},
		"unreachable server": {gone.Kubeconfig, nil, "connect: connection refused; try -f FILE --local"},
		"expired":            {expired.Kubeconfig, nil, "certificate has expired"},
		"forbidden":          {control.Kubeconfig(t, "nobody"), []string{"deploy/web", "-n", "errors"}, "forbidden; it needs the right to get deployments.apps"},
		"a name everywhere":  {admin, []string{"deploy/web", "-A"}, "error: a workload is not named across all namespaces"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			opts := testkit.RunOptions{Kubectl: control.KubectlPath, Kubeconfig: test.kubeconfig}
			result := explain(t, opts, test.args...)
			if result.Code != 2 || result.Stdout != "" || strings.Count(result.Stderr, "\n") != 1 || !strings.Contains(result.Stderr, test.want) {
				t.Errorf("%+v", result)
			}
		})
	}
}
