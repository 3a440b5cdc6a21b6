package cluster

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

func TestKeysOfFiles(t *testing.T) {
	const configs = `---
{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: shop}, data: {a: pl4nted-s3cret-a}, binaryData: {b: cGw0bnRlZC1zM2NyZXQ=}}
---
{apiVersion: v1, kind: Secret, metadata: {name: s}, data: {a: cGw0bnRlZC1zM2NyZXQ=}, stringData: {b: pl4nted-s3cret-b}}
---
{apiVersion: v1, kind: Secret, metadata: {name: twice}, data: {a: ""}}
---
{apiVersion: v1, kind: Secret, metadata: {name: twice}, data: {b: ""}}
---
{apiVersion: v1, kind: Secret, metadata: {name: token}, type: kubernetes.io/service-account-token, data: {extra: ""}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: empty}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: elsewhere, namespace: other}, data: {a: b}}
`
	inv := loaded(t, deploymentWithClaim+configs)
	got := inv.Context(inv.Workloads()[0]).ConfigKeys
	want := map[workload.ConfigRef]map[string]bool{
		{Kind: "ConfigMap", Name: "c"}:  {"a": true, "b": true},
		{Kind: "Secret", Name: "s"}:     {"a": true, "b": true},
		{Kind: "Secret", Name: "twice"}: {"a": true, "b": true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	testkit.CheckNoSecrets(t, fmt.Sprintf("%+v", inv))
}

// TestWaitingIsReduced keeps what names a ConfigMap or Secret, and nothing else that a status says.
func TestWaitingIsReduced(t *testing.T) {
	state := func(reason, message string) corev1.ContainerState {
		return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
	}
	kept := state(workload.WaitingConfig, `secret "x" not found`)
	if diff := cmp.Diff(kept, reduceState(kept)); diff != "" {
		t.Error(diff)
	}
	for _, s := range []corev1.ContainerState{
		state("ContainerCreating", `secret "x" not found`), state(workload.WaitingConfig, "password pl4nted-s3cret"),
		{Running: &corev1.ContainerStateRunning{}}, {},
	} {
		if diff := cmp.Diff(corev1.ContainerState{}, reduceState(s)); diff != "" {
			t.Error(diff)
		}
	}
}

// TestSecretValuesAreNotKept: what is loaded has the keys alone.
func TestSecretValuesAreNotKept(t *testing.T) {
	const manifest = `{apiVersion: v1, kind: Secret, metadata: {name: s}, data: {a: cGw0bnRlZC1zM2NyZXQ=}, stringData: {b: pl4nted-s3cret-b}}`
	objects, problems, err := Load(t.Context(), LoadOptions{Filenames: []string{"-"}, Stdin: strings.NewReader(manifest)})
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	secret := objects[0].Object.(*corev1.Secret)
	if diff := cmp.Diff([]any{map[string][]byte{"a": nil}, map[string]string{"b": ""}}, []any{secret.Data, secret.StringData}); diff != "" {
		t.Error(diff)
	}
}
