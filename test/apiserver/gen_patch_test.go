package apiserver_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

const liftable = `apiVersion: v1
kind: Pod
metadata: {name: bare}
spec:
  hostPID: true
  containers: [{name: app, image: "registry.example/app:1", env: [{name: TZ, value: UTC}]}]
---
apiVersion: v1
kind: Pod
metadata: {name: secretive}
spec: {containers: [{name: app, image: "registry.example/app:1", env: [{name: DB_PASSWORD, value: pl4nted-s3cret-live}]}]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec:
  suspend: true
  template: {spec: {restartPolicy: Never, containers: [{name: app, image: "registry.example/app:1"}]}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: ports}
spec:
  selector: {matchLabels: {app: ports}}
  template:
    metadata: {labels: {app: ports}}
    spec:
      nodeSelector: {none: here}
      hostNetwork: true
      containers:
      - name: dns
        image: registry.example/dns:1
        ports: [{containerPort: 53, hostPort: 53, protocol: UDP}, {containerPort: 53, hostPort: 53, protocol: TCP}]
`

func genPatch(t *testing.T, opts testkit.RunOptions, args ...string) testkit.Result {
	t.Helper()
	return testkit.Run(t, opts, append([]string{"gen", "patch"}, args...)...)
}

// patched runs the command that a patch names, with the patch in its file.
func patched(t *testing.T, control *testkit.ControlPlane, r testkit.Result) {
	t.Helper()
	_, rest, found := strings.Cut(r.Stdout, "# apply: kubectl ")
	command, _, _ := strings.Cut(rest, "\n")
	if r.Code != 0 || !found {
		t.Fatalf("%+v", r)
	}
	file := written(t, "patch.yaml", r.Stdout)
	control.Kubectl(t, "", strings.Fields(strings.Replace(command, "patch.yaml", file, 1))...)
}

// TestGenPatch: what is printed is taken by the API server, lifts the object to the level, and
// changes nothing by itself.
func TestGenPatch(t *testing.T) {
	control := shared.Get(t)
	const namespace = "gen-patch"
	control.Kubectl(t, "", "create", "namespace", namespace)
	control.Kubectl(t, weak+"---\n"+liftable, "apply", "-n", namespace, "-f", "-")
	state := func(target string) string {
		return control.Kubectl(t, "", "get", target, "-n", namespace, "-o", "jsonpath={.metadata.uid} {.metadata.generation} {.spec}")
	}
	for _, target := range []string{"deployment/weak", "cronjob/weak", "daemonset/ports", "pod/bare", "job/once"} {
		for _, level := range []string{"baseline", "restricted"} {
			before := state(target)
			r := genPatch(t, asAdmin(control), target, "-n", namespace, "--to", level)
			if before != state(target) {
				t.Fatalf("%s changed:\n%s\n%s", target, before, state(target))
			}
			if strings.Contains(r.Stderr, "there is nothing to change") && r.Stdout == "" && r.Code == 0 {
				if level == "restricted" {
					t.Errorf("%s is at restricted before:\n%s", target, r.Stderr)
				}
				continue
			}
			if want := "server      takes it (dry run), and it is at "; !strings.Contains(r.Stderr, want) {
				t.Errorf("%s: stderr has no %q:\n%s", target, want, r.Stderr)
			}
			patched(t, control, r)
			again := genPatch(t, asAdmin(control), target, "-n", namespace, "--to", level)
			if again.Code != 0 || again.Stdout != "" || !strings.Contains(again.Stderr, "there is nothing to change") {
				t.Errorf("%s to %s, again: %+v", target, level, again)
			}
		}
	}
}

const patchedKind = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: rollouts.patch.example.com}
spec:
  group: patch.example.com
  scope: Namespaced
  names: {plural: rollouts, singular: rollout, kind: Rollout, listKind: RolloutList}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
`

const patchedRollout = `apiVersion: patch.example.com/v1
kind: Rollout
metadata: {name: x}
spec:
  groups:
  - name: none
  - template: {metadata: {labels: {a: b}}, spec: {hostNetwork: true, containers: [{name: app, image: "registry.example/app:1", securityContext: {privileged: true}}]}}
`

// TestGenPatchCustom: a custom kind gets a JSON Patch, which finds its template in a list.
func TestGenPatchCustom(t *testing.T) {
	control := shared.Get(t)
	const namespace = "gen-patch-custom"
	control.Kubectl(t, patchedKind, "apply", "-f", "-")
	defer control.Kubectl(t, "", "delete", "crd/rollouts.patch.example.com")
	control.Kubectl(t, "", "wait", "--for=condition=Established", "crd/rollouts.patch.example.com")
	control.Kubectl(t, "", "create", "namespace", namespace)
	control.Kubectl(t, patchedRollout, "apply", "-n", namespace, "-f", "-")
	target := []string{"rollouts.patch.example.com/x", "-n", namespace, "--to", "restricted"}
	r := genPatch(t, asAdmin(control), target...)
	if !strings.Contains(r.Stderr, "takes it (dry run), and it is at restricted") || !strings.Contains(r.Stdout, "- {op: test, ") {
		t.Errorf("%+v", r)
	}
	patched(t, control, r)
	if again := genPatch(t, asAdmin(control), target...); again.Code != 0 || again.Stdout != "" {
		t.Errorf("%+v", again)
	}
}

// TestGenPatchFile: the edited text of a file is tested by the API server as a new object, also of
// what is there already.
func TestGenPatchFile(t *testing.T) {
	control := shared.Get(t)
	const namespace = "gen-patch-file"
	control.Kubectl(t, "", "create", "namespace", namespace)
	control.Kubectl(t, liftable, "apply", "-n", namespace, "-f", "-")
	live := control.Kubectl(t, "", "get", "daemonset/ports", "-n", namespace, "-o", "yaml")
	file := written(t, "ds.yaml", live)
	r := genPatch(t, asAdmin(control), "-f", file, "-n", namespace, "--to", "restricted")
	if r.Code != 0 || !strings.Contains(r.Stderr, "takes it (dry run), and it is at restricted after admission") || strings.Contains(r.Stdout, "hostPort: 53") {
		t.Fatalf("%+v", r)
	}
	control.Kubectl(t, r.Stdout, "replace", "-f", "-")
	if r := genPatch(t, asAdmin(control), "ds/ports", "-n", namespace, "--to", "restricted"); r.Code != 0 || r.Stdout != "" {
		t.Errorf("%+v", r)
	}
}

// TestGenPatchOwner: a pod stands for its owner.
func TestGenPatchOwner(t *testing.T) {
	control := shared.Get(t)
	const namespace = "gen-patch-owner"
	control.Kubectl(t, "", "create", "namespace", namespace)
	control.Kubectl(t, strings.ReplaceAll(twoReplicas, "namespace: replicas", "namespace: "+namespace), "apply", "-f", "-")
	pod := podOf(t, control, namespace, "web")
	r := genPatch(t, asAdmin(control), "pod/"+pod, "-n", namespace, "--to", "restricted")
	if r.Code != 0 || !strings.Contains(r.Stdout, "kind: Deployment\n") || !strings.Contains(r.Stderr, "belongs to deploy/web, and would be made anew as it was") {
		t.Errorf("%+v", r)
	}
}

// TestGenPatchRefused: what the API server would refuse is not printed, nor is a credential, and
// without the right to patch the patch says that nobody tested it.
func TestGenPatchRefused(t *testing.T) {
	control := shared.Get(t)
	const namespace, user = "gen-patch-refused", "patch-reader"
	control.Kubectl(t, "", "create", "namespace", namespace)
	control.Kubectl(t, weak+"---\n"+liftable, "apply", "-n", namespace, "-f", "-")
	r := genPatch(t, asAdmin(control), "pod/secretive", "-n", namespace, "--to", "restricted")
	if r.Code != 2 || r.Stdout != "" || !strings.Contains(r.Stderr, "would show a credential: spec.containers[0].env[0].value holds what looks like a credential; use gen patch -f") {
		t.Errorf("a credential: %+v", r)
	}
	testkit.CheckNoSecrets(t, r.Stdout+r.Stderr)

	control.Kubectl(t, "", "label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted")
	r = genPatch(t, asAdmin(control), "pod/bare", "-n", namespace, "--to", "baseline")
	if r.Code != 2 || r.Stdout != "" || !strings.Contains(r.Stderr, "the API server would refuse the change, so nothing is printed: ") || !strings.Contains(r.Stderr, "violates PodSecurity") {
		t.Errorf("refused by admission: %+v", r)
	}

	command := "gen patch deploy/weak -n " + namespace + " --to restricted"
	control.Kubectl(t, generate(t, control, command, user), "apply", "-f", "-")
	opts := testkit.RunOptions{Kubeconfig: control.Kubeconfig(t, user)}
	testkit.WaitFor(t, "the authorizer", func() error {
		if r = testkit.Run(t, opts, strings.Fields(command)...); r.Code != 0 || strings.Contains(r.Stderr, "unknown") {
			return fmt.Errorf("%+v", r)
		}
		return nil
	})
	requests, result := runSelf(t, control, command, user)
	if result.Code != 0 || !strings.Contains(result.Stderr, "not checked by the server: patch deployments.apps: forbidden") {
		t.Errorf("without the right: %+v", result)
	}
	if len(requests) == 0 {
		t.Error("nothing was asked")
	}
	patches := 0
	for _, r := range requests {
		switch {
		case r.Verb == "patch" && strings.Contains(r.RequestURI, "dryRun=All"):
			patches++
		case r.Verb != "get" && r.Verb != "list":
			t.Errorf("asked besides: %s %s", r.Verb, r.RequestURI)
		}
	}
	if patches == 0 {
		t.Error("no dry run was tried")
	}
}
