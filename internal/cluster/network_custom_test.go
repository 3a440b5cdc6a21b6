package cluster

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

func gatewayKind(kind string) schema.GroupKind {
	return schema.GroupKind{Group: "gateway.networking.k8s.io", Kind: kind}
}

// meshServer has HTTPRoutes and Gateways, and no other custom kind.
func meshServer(t *testing.T) (*testkit.FaultProxy, Connection) {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/", fakeServer())
	answer := func(path, kind, namespace string) {
		mux.HandleFunc("GET /apis/gateway.networking.k8s.io/v1"+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(map[string]any{
				"apiVersion": "gateway.networking.k8s.io/v1", "kind": kind + "List", "metadata": map[string]any{},
				"items": []any{map[string]any{
					"apiVersion": "gateway.networking.k8s.io/v1", "kind": kind,
					"metadata": map[string]any{"name": "edge", "namespace": namespace, "annotations": map[string]any{"example.com/token": "pl4nted-s3cret-a"}},
					"spec": map[string]any{"hostnames": []any{"shop.example.com"}, "rules": []any{map[string]any{
						"backendRefs": []any{map[string]any{"name": "web", "port": 80}},
						"filters":     []any{map[string]any{"requestHeaderModifier": map[string]any{"set": []any{map[string]any{"name": "Authorization", "value": "pl4nted-s3cret-b"}}}}},
					}}},
				}},
			})
		})
	}
	answer("/namespaces/shop/httproutes", "HTTPRoute", "shop")
	answer("/gateways", "Gateway", "infra")
	answer("/namespaces/shop/gateways", "Gateway", "shop")
	proxy := testkit.NewFaultProxy(t, mux)
	conn := connectTo(proxy)
	conn.Mapper = func() (meta.RESTMapper, error) {
		gateway := schema.GroupVersion{Group: gatewayKind("").Group, Version: "v1"}
		m := meta.NewDefaultRESTMapper([]schema.GroupVersion{{Group: networkingv1.GroupName, Version: "v1"}, gateway})
		m.Add(networkKinds()[0].gvk, meta.RESTScopeNamespace)
		m.Add(gateway.WithKind("HTTPRoute"), meta.RESTScopeNamespace)
		m.AddSpecific(gateway.WithKind("Gateway"), gateway.WithResource("gateways"), gateway.WithResource("gateway"), meta.RESTScopeNamespace)
		return m, nil
	}
	return proxy, conn
}

// customNames are "NAMESPACE/NAME" of the objects of a kind, and what is known of them.
func customNames(inv *Inventory, kind schema.GroupKind) ([]string, workload.Fact) {
	var out []string
	for _, o := range inv.Custom(kind) {
		out = append(out, o.GetNamespace()+"/"+o.GetName())
	}
	return out, inv.KindRead(kind)
}

func TestCustomKinds(t *testing.T) {
	httpRoute, edgeGateway := gatewayKind("HTTPRoute"), gatewayKind("Gateway")
	istioService := schema.GroupKind{Group: "networking.istio.io", Kind: "VirtualService"}
	type known struct {
		Names []string
		Fact  workload.Fact
	}
	broken := errors.New("discovery broke")
	tests := map[string]struct {
		path   string
		fault  testkit.Fault
		mapper func() (meta.RESTMapper, error)
		want   map[schema.GroupKind]known
		unread []string
	}{
		"all": {"/none", testkit.Status(500), nil, map[schema.GroupKind]known{
			httpRoute: {[]string{"shop/edge"}, workload.FactYes}, edgeGateway: {[]string{"infra/edge"}, workload.FactYes}, istioService: {nil, workload.FactYes},
		}, nil},
		"Gateways forbidden everywhere": {"/apis/gateway.networking.k8s.io/v1/gateways", testkit.Status(403), nil, map[schema.GroupKind]known{
			edgeGateway: {[]string{"shop/edge"}, workload.FactUnknown}, httpRoute: {[]string{"shop/edge"}, workload.FactYes},
		}, []string{"list gateways"}},
		"routes fail": {".*/httproutes", testkit.Status(500), nil, map[schema.GroupKind]known{
			httpRoute: {nil, workload.FactUnknown}, istioService: {nil, workload.FactYes},
		}, []string{"list httproutes"}},
		"routes cut": {".*/httproutes", testkit.CutBody(20), nil, map[schema.GroupKind]known{
			httpRoute: {nil, workload.FactUnknown},
		}, []string{"list httproutes"}},
		"routes gone since": {".*/httproutes", testkit.Status(404), nil, map[schema.GroupKind]known{
			httpRoute: {nil, workload.FactYes},
		}, nil},
		"no discovery": {"/none", testkit.Status(500), func() (meta.RESTMapper, error) { return nil, broken }, map[schema.GroupKind]known{
			httpRoute: {nil, workload.FactUnknown}, istioService: {nil, workload.FactUnknown},
		}, []string{"get /apis"}},
		"discovery in part": {"/none", testkit.Status(500), func() (meta.RESTMapper, error) { return meta.NewDefaultRESTMapper(nil), nil }, map[schema.GroupKind]known{
			httpRoute: {nil, workload.FactUnknown}, istioService: {nil, workload.FactUnknown},
		}, []string{"get /apis"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxy, conn := meshServer(t)
			proxy.On(testkit.Match{Path: test.path, Optional: true}, test.fault)
			if test.mapper != nil {
				conn.Mapper = test.mapper
			}
			query := Query{Namespace: "shop", Targets: []Target{{"deploy", "web"}}}
			live, taken, err := Record(t.Context(), conn, query, SnapshotQuery{Namespace: "shop"})
			if err != nil {
				t.Fatal(err)
			}
			text := written(t, taken)
			if strings.Contains(text, "pl4nted") {
				t.Error(text)
			}
			replayed, err := readSnapshot(t, text).Collect(t.Context(), query)
			if err != nil {
				t.Fatal(err)
			}
			for from, got := range map[string]*Collected{"the server": live, "the snapshot": replayed} {
				for kind, want := range test.want {
					names, fact := customNames(got.Inventory, kind)
					if diff := cmp.Diff(want, known{names, fact}); diff != "" {
						t.Errorf("%s from %s: %s", kind, from, diff)
					}
				}
				var unread []string
				for _, u := range got.Unread {
					unread = append(unread, u.Verb+" "+u.Resource)
				}
				if diff := cmp.Diff(test.unread, unread); diff != "" {
					t.Errorf("unread from %s: %s", from, diff)
				}
			}
		})
	}
}

// TestReduceCustomNetworkTwice reduces what has other shapes: twice is once.
func TestReduceCustomNetworkTwice(t *testing.T) {
	u := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": map[string]any{"name": "x"},
		"spec": map[string]any{
			"http": []any{"text", map[string]any{"route": map[string]any{"headers": 1, "port": []any{}}}}, "hosts": nil,
			"portLevelMtls": map[string]any{"8080": map[string]any{"mode": "STRICT", "other": 1}},
			"selector":      map[string]any{"matchLabels": map[string]any{"app": "web", "bad": map[string]any{}}},
		},
		"status": "text",
	}}
	once := reduceCustomNetwork(u)
	if diff := cmp.Diff(once, reduceCustomNetwork(once)); diff != "" {
		t.Error(diff)
	}
	want := map[string]any{
		"http": []any{"text", map[string]any{"route": map[string]any{"port": []any{}}}}, "hosts": nil,
		"portLevelMtls": map[string]any{"8080": map[string]any{"mode": "STRICT"}},
		"selector":      map[string]any{"matchLabels": map[string]any{"app": "web", "bad": map[string]any{}}},
	}
	if diff := cmp.Diff(want, once.Object["spec"]); diff != "" {
		t.Error(diff)
	}
}
