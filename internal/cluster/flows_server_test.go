package cluster

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// kindsOfCallers are customCallers as a server has them.
func kindsOfCallers() []kind {
	var out []kind
	for _, k := range customCallers() {
		made := builtin(k.Group, k.Kind, k.resource, "")
		made.namespaced = k.Group == monitorGroup
		out = append(out, made)
	}
	return out
}

// flowItems are the objects of a server with the namespaces shop and infra.
func flowItems() map[string][]map[string]any {
	object := func(namespace, name string, spec map[string]any) map[string]any {
		return map[string]any{"metadata": map[string]any{"name": name, "namespace": namespace}, "spec": spec}
	}
	hook := func(name string) map[string]any {
		out := object("", name, nil)
		out["webhooks"] = []any{map[string]any{
			"name": "a.example.com", "admissionReviewVersions": []any{"v1"}, "sideEffects": "None",
			"clientConfig": map[string]any{"caBundle": "cGw0bnRlZA==", "service": map[string]any{"namespace": "infra", "name": "hook", "port": 9443}},
		}}
		return out
	}
	service := map[string]any{"namespace": "infra", "name": "hook"}
	schemas := map[string]any{"openAPIV3Schema": map[string]any{"description": strings.Repeat("pl4nted", 100)}}
	return map[string][]map[string]any{
		"Namespace":                      {object("", "infra", nil), object("", "shop", nil)},
		"Pod":                            {object("infra", "proxy", podTemplate()["spec"].(map[string]any)), object("shop", "web-0", podTemplate()["spec"].(map[string]any))},
		"Deployment":                     {deploymentObject("web")},
		"DaemonSet":                      {object("kube-system", "cilium", map[string]any{"template": podTemplate()})},
		"Service":                        {object("infra", "hook", map[string]any{"selector": map[string]any{"app": "hook"}}), object("shop", "web", map[string]any{"selector": map[string]any{"app": "web"}})},
		"Node":                           {object("", "node-1", nil)},
		"IngressClass":                   {object("", "nginx", map[string]any{"controller": "k8s.io/ingress-nginx"})},
		"ValidatingWebhookConfiguration": {hook("checks")},
		"MutatingWebhookConfiguration":   {hook("changes")},
		"APIService":                     {object("", "v1.metrics", map[string]any{"service": service, "caBundle": "pl4nted"})},
		"CustomResourceDefinition": {
			object("", "a.example.com", map[string]any{"versions": []any{map[string]any{"schema": schemas}}}),
			object("", "b.example.com", map[string]any{"conversion": map[string]any{"webhook": map[string]any{"clientConfig": map[string]any{"service": service}}}}),
		},
		"ServiceMonitor": {object("shop", "web", map[string]any{
			"selector": map[string]any{"matchLabels": map[string]any{"app": "web"}}, "namespaceSelector": map[string]any{"any": true},
			"endpoints": []any{map[string]any{"port": "http", "bearerTokenSecret": map[string]any{"name": "pl4nted"}}},
		})},
		"PodMonitor": {object("infra", "all", map[string]any{"podMetricsEndpoints": []any{map[string]any{"portNumber": 9090}}})},
	}
}

// paged answers a list, one item a page where a limit is asked for.
func paged(k kind, items []map[string]any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		left, next := []any{}, ""
		for _, item := range items {
			namespace, _ := item["metadata"].(map[string]any)["namespace"].(string)
			if !strings.Contains(r.URL.Path, "/namespaces/") || strings.Contains(r.URL.Path, "/namespaces/"+namespace+"/") {
				whole := maps.Clone(item)
				whole["apiVersion"], whole["kind"] = k.gvk.ToAPIVersionAndKind()
				left = append(left, whole)
			}
		}
		if r.URL.Query().Get("limit") != "" && len(left) > 1 {
			at := len(r.URL.Query().Get("continue"))
			if at+1 < len(left) {
				next = strings.Repeat("x", at+1)
			}
			left = left[at : at+1]
		}
		w.Header().Set("Content-Type", "application/json")
		body := listOf(k, left, next)
		if strings.Contains(r.Header.Get("Accept"), "PartialObjectMetadataList") {
			body["apiVersion"], body["kind"] = "meta.k8s.io/v1", "PartialObjectMetadataList"
		}
		_ = json.NewEncoder(w).Encode(body)
	}
}

func flowServer() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", fakeServer())
	items := flowItems()
	for _, k := range slices.Concat(flowKinds(), kindsOfCallers()) {
		path := "/apis/" + k.gvr.Group + "/" + k.gvr.Version
		if k.gvr.Group == "" {
			path = "/api/v1"
		}
		mux.HandleFunc("GET "+path+"/"+k.gvr.Resource, paged(k, items[k.gvk.Kind]))
		if k.namespaced {
			mux.HandleFunc("GET "+path+"/namespaces/shop/"+k.gvr.Resource, paged(k, items[k.gvk.Kind]))
		}
	}
	return mux
}

func connectToFlows(proxy *testkit.FaultProxy) Connection {
	conn := connectTo(proxy)
	conn.ChunkSize = 1
	conn.Mapper = func() (meta.RESTMapper, error) {
		versions := []schema.GroupVersion{networkKinds()[0].gvk.GroupVersion()}
		for _, k := range kindsOfCallers() {
			versions = append(versions, k.gvk.GroupVersion())
		}
		m := meta.NewDefaultRESTMapper(versions)
		m.Add(networkKinds()[0].gvk, meta.RESTScopeNamespace)
		for _, k := range kindsOfCallers() {
			var scope meta.RESTScope = meta.RESTScopeRoot
			if k.namespaced {
				scope = meta.RESTScopeNamespace
			}
			m.AddSpecific(k.gvk, k.gvr, k.gvr, scope)
		}
		return m, nil
	}
	return conn
}
