package cluster

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// TestControllerRoutesOfFiles: of the routes of controllers the Services that they name are kept, and
// nothing that may be a credential.
func TestControllerRoutesOfFiles(t *testing.T) {
	const manifests = `apiVersion: traefik.io/v1alpha1
kind: IngressRoute
metadata: {name: r, namespace: a}
spec: {tls: {secretName: s}, routes: [{match: "Header(X-Key, hunter2)", services: [{name: web, port: 80, sticky: {cookie: {name: hunter2}}}]}]}
---
apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {name: p, namespace: a}
spec: {routes: [{requestHeadersPolicy: {set: [{name: X, value: hunter2}]}, services: [{name: web, port: 80}]}], tcpproxy: {services: [{name: db}]}}
`
	objects, problems, err := Load(t.Context(), LoadOptions{Filenames: []string{"-"}, Stdin: strings.NewReader(manifests)})
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	inv := NewInventory()
	if problems := inv.AddAll(objects); len(problems) > 0 {
		t.Fatal(problems)
	}
	web := map[string]any{"name": "web", "port": int64(80)}
	for kind, want := range map[schema.GroupKind]map[string]any{
		{Group: traefikGroup, Kind: "IngressRoute"}: {"routes": []any{map[string]any{"services": []any{web}}}},
		{Group: contourGroup, Kind: "HTTPProxy"}: {
			"routes": []any{map[string]any{"services": []any{web}}}, "tcpproxy": map[string]any{"services": []any{map[string]any{"name": "db"}}},
		},
	} {
		found := inv.Custom(kind)
		if len(found) != 1 || ControllerRoutes()[kind] == "" {
			t.Fatal(kind, found)
		}
		if diff := cmp.Diff(want, found[0].Object["spec"]); diff != "" {
			t.Errorf("%s: %s", kind, diff)
		}
	}
}
