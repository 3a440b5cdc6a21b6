package cluster

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"
)

const misspelt = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: good, namespace: shop}
spec: {podSelector: {}}
status: {}
---
apiVersion: v1
kind: List
items:
- apiVersion: networking.k8s.io/v1
  kind: NetworkPolicy
  metadata:
    name: bad
  spec:
    podSelector: {}
    ingres:
    - from: []
    ingress:
    - from:
      - podSelctor: {}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {templat: {}, template: {spec: {containers: [{name: c, image: i, imag: x}]}}}
`

// TestMisspeltPolicies: fields that a NetworkPolicy does not have are kept with their lines; other
// kinds are read as before.
func TestMisspeltPolicies(t *testing.T) {
	objects, problems, err := Load(t.Context(), LoadOptions{Filenames: []string{"-"}, Stdin: strings.NewReader(misspelt)})
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	inv := NewInventory()
	inv.DefaultNamespace = "default"
	if problems := inv.AddAll(objects); len(problems) > 0 {
		t.Fatal(problems)
	}
	want := map[types.NamespacedName][]string{{Namespace: "default", Name: "bad"}: {
		`unknown field "spec.ingres" (-:16)`, `unknown field "spec.ingress[0].from[0].podSelctor" (-:20)`,
	}}
	if diff := cmp.Diff(want, inv.RefusedPolicies()); diff != "" {
		t.Error(diff)
	}
}

// TestMisspeltPoliciesInJSON is about hostile names of fields as well.
func TestMisspeltPoliciesInJSON(t *testing.T) {
	const text = `{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "a", "namespace": "b"},
"spec": {"podSelector": {}, "x": 1,
"egres\u001b[31m": []}}`
	objects, problems, err := Load(t.Context(), LoadOptions{Filenames: []string{"-"}, Stdin: strings.NewReader(text)})
	if err != nil || len(problems) > 0 || len(objects) != 1 {
		t.Fatal(problems, err)
	}
	got := strings.Join(objects[0].Refused, "\n")
	if !strings.Contains(got, `unknown field "spec.x" (-:2)`) || !strings.Contains(got, "egres") || strings.Contains(got, "\x1b") {
		t.Errorf("%q", got)
	}
}
