package exposure_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/exposure"
)

// FuzzOf puts an object of any shape beside what leads to a pod: nothing panics, the answer is
// the same twice, and what was found before is still found or doubted.
func FuzzOf(f *testing.F) {
	edge := gateway("{name: web, port: 80, protocol: HTTP, " + all + "}")
	route := httpRoute("rules: [{backendRefs: [{name: web, port: 80}]}]")
	for _, doc := range []string{
		edge, route, virtualService("http: [{route: [{destination: {host: web}}]}]"), istioGateway("{port: {number: 80}, hosts: ['*']}"),
		peers("a", "shop", "portLevelMtls: {x: 1}"), httpRoute("rules: [{backendRefs: {a: 1}}]"), "{spec: {listeners: [1, null, {}]}}",
		"{metadata: {name: [], namespace: 1, annotations: 3}, spec: {selector: {matchLabels: {a: 1}}, servers: [{port: 9999999999}]}}",
		"{spec: {parentRefs: [{name: 1.5, port: 1e400}], from: [{}], to: x}, status: {parents: [{parentRef: x}], conditions: 1}}",
		"{spec: {to: {kind: Service, name: web}, alternateBackends: [{name: 1}, x]}}",
		"{spec: {gateways: [''], hosts: [''], http: [{route: [{destination: {host: '..', port: {number: -1}}}]}]}}",
	} {
		data, err := yaml.YAMLToJSON([]byte(doc))
		if err != nil {
			continue
		}
		f.Add(string(data))
	}
	f.Fuzz(func(t *testing.T, text string) {
		var object map[string]any
		if json.Unmarshal([]byte(text), &object) != nil || object == nil {
			t.Skip()
		}
		for _, kind := range exposure.Kinds() {
			objects, shapes := world(t, strings.Join([]string{pod, svc, edge, route}, "\n---\n"))
			u := &unstructured.Unstructured{Object: object}
			u.SetGroupVersionKind(schema.GroupVersionKind{Group: kind.Group, Version: "v9", Kind: kind.Kind})
			if _, ok := object["metadata"].(map[string]any); !ok {
				object["metadata"] = map[string]any{"name": "x", "namespace": "shop"}
			}
			objects.Custom[kind] = append(objects.Custom[kind], u)
			got := told(exposure.New(objects).Of("shop", shapes))
			if again := told(exposure.New(objects).Of("shop", shapes)); !reflect.DeepEqual(got, again) {
				t.Errorf("%s: %q, then %q", kind, got, again)
			}
			if u.GetNamespace() == "infra" && u.GetName() == "edge" {
				continue // it takes the place of the Gateway
			}
			if !strings.Contains(strings.Join(got, "\n"), "HTTPRoute web: :80 TLS no to 8080") {
				t.Errorf("%s: %q", kind, got)
			}
		}
	})
}
