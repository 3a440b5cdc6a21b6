package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// fakeServer answers reads as an API server does; it exists for the faults put before it.
func fakeServer() http.Handler {
	mux := http.NewServeMux()
	answer := answers(mux)
	answer("/version", map[string]string{"gitVersion": "v1.36.3", "major": "1", "minor": "36"})
	answer("/api/v1/namespaces/kube-system/configmaps/kubelet-config", map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "kubelet-config", "namespace": "kube-system"},
		"data": map[string]string{"kubelet": "seccompDefault: true"},
	})
	answer("/api/v1/namespaces/shop", map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "shop"}})
	for _, k := range slices.Concat(builtinKinds(), supportKinds(), networkKinds(), []kind{nodeKind()}) {
		path := "/apis/" + k.gvr.Group + "/" + k.gvr.Version
		if k.gvr.Group == "" {
			path = "/api/v1"
		}
		if k.namespaced {
			path += "/namespaces/shop"
		}
		if k.gvk.Kind != "Pod" && k.gvk.Kind != "Deployment" {
			answer(path+"/"+k.gvr.Resource, listOf(k, nil, ""))
		}
	}
	answer("/apis/apps/v1/daemonsets", listOf(builtinKind("DaemonSet"), nil, ""))
	answer("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes", map[string]any{
		"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": map[string]any{"name": "kubernetes", "namespace": "default"},
	})
	for _, k := range accessKinds() {
		answer("/apis/"+k.gvr.Group+"/v1/"+k.gvr.Resource, listOf(k, nil, ""))
	}
	mux.HandleFunc("GET /api/v1/namespaces/shop/pods", pagedPods)
	answer("/apis/apps/v1/namespaces/shop/deployments/web", deploymentObject("web"))
	answer("/apis/apps/v1/namespaces/shop/deployments", listOf(builtinKind("Deployment"), []any{deploymentObject("web"), deploymentObject("api")}, ""))
	return mux
}

func listOf(k kind, items []any, next string) map[string]any {
	if items == nil {
		items = []any{}
	}
	return map[string]any{
		"apiVersion": k.gvk.GroupVersion().String(), "kind": k.gvk.Kind + "List",
		"metadata": map[string]any{"continue": next}, "items": items,
	}
}

func podTemplate() map[string]any {
	return map[string]any{
		"metadata": map[string]any{"labels": map[string]any{"app": "web"}},
		"spec":     map[string]any{"containers": []any{map[string]any{"name": "app", "image": "app:1"}}},
	}
}

func deploymentObject(name string) map[string]any {
	return map[string]any{
		"apiVersion": "apps/v1", "kind": "Deployment",
		"metadata": map[string]any{"name": name, "namespace": "shop", "labels": map[string]any{"app": name}},
		"spec":     map[string]any{"selector": map[string]any{"matchLabels": map[string]any{"app": "web"}}, "template": podTemplate()},
	}
}

// pagedPods has three pods, one a page when a limit is asked for.
func pagedPods(w http.ResponseWriter, r *http.Request) {
	var pods []any
	for i := range 3 {
		p := podTemplate()
		p["metadata"] = map[string]any{"name": fmt.Sprintf("bare-%d", i), "namespace": "shop"}
		pods = append(pods, p)
	}
	next := ""
	if r.URL.Query().Get("limit") != "" {
		i := len(r.URL.Query().Get("continue"))
		if pods = pods[i : i+1]; i < 2 {
			next = strings.Repeat("x", i+1)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(listOf(builtinKind("Pod"), pods, next))
}

func connectTo(proxy *testkit.FaultProxy) Connection {
	config := proxy.RESTConfig()
	config.Timeout = time.Minute
	if proxy.Waits() {
		config.Timeout = 2 * time.Second
	}
	return Connection{
		Config: config, Context: "test", ChunkSize: 500,
		Mapper: func() (meta.RESTMapper, error) {
			m := meta.NewDefaultRESTMapper([]schema.GroupVersion{{Version: "v1"}, networkKinds()[0].gvk.GroupVersion()})
			m.Add(networkKinds()[0].gvk, meta.RESTScopeNamespace)
			return m, nil
		},
	}
}

func collectAll(t *testing.T, proxy *testkit.FaultProxy) *Collected {
	t.Helper()
	got, err := Collect(t.Context(), connectTo(proxy), Query{Namespace: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func allPodsAndDeployments() []string {
	return []string{"Deployment/api()", "Deployment/web()", "Pod/bare-0(bare-0)", "Pod/bare-1(bare-1)", "Pod/bare-2(bare-2)"}
}

func TestCollectReadsPages(t *testing.T) {
	got := collectAll(t, testkit.NewFaultProxy(t, fakeServer()))
	if diff := cmp.Diff(allPodsAndDeployments(), describe(got.Workloads())); diff != "" {
		t.Error(diff)
	}
	if got.Server != "v1.36.3" || got.SeccompDefault != workload.FactYes || len(got.Unread) != 0 {
		t.Errorf("server %s, seccompDefault %v, unread %v", got.Server, got.SeccompDefault, got.Unread)
	}
}

func TestExpiredContinueTokenReadsAnew(t *testing.T) {
	proxy := testkit.NewFaultProxy(t, fakeServer())
	proxy.On(testkit.Match{Path: ".*/pods", Continue: true}, testkit.Status(410))
	got := collectAll(t, proxy)
	if diff := cmp.Diff(allPodsAndDeployments(), describe(got.Workloads())); diff != "" {
		t.Error(diff)
	}
}

// TestFaultsBecomeUnknown puts every fault before every read of a namespace: the read is
// noted with its reason, and all else stays.
func TestFaultsBecomeUnknown(t *testing.T) {
	reads := map[string]api.Unread{
		"/version": {What: "the server's version", Verb: "get", Resource: "/version"},
		".*/configmaps/kubelet-config": {
			What: "kubelet configuration", Verb: "get", Resource: "configmaps/kubelet-config", Namespace: "kube-system",
		},
		".*/shop/pods":        {What: "pods", Verb: "list", Resource: "pods", Namespace: "shop", Hides: true},
		".*/shop/deployments": {What: "deployments", Verb: "list", Group: "apps", Resource: "deployments", Namespace: "shop", Hides: true},
		".*/shop/replicasets": {What: "replicasets", Verb: "list", Group: "apps", Resource: "replicasets", Namespace: "shop", Hides: true},
		"/api/v1/nodes":       {What: "nodes", Verb: "list", Resource: "nodes"},
	}
	for path, want := range reads {
		for name, f := range readFaults() {
			t.Run(strings.Trim(path, "/.*")+" "+name, func(t *testing.T) {
				t.Parallel()
				proxy := testkit.NewFaultProxy(t, fakeServer())
				proxy.On(testkit.Match{Path: path}, f.fault)
				got := collectAll(t, proxy)
				expected := []api.Unread{want}
				expected[0].Reason = f.reason
				if name == "404" && strings.HasSuffix(path, "kubelet-config") {
					expected = nil
				}
				if diff := cmp.Diff(expected, got.Unread); diff != "" {
					t.Error(diff)
				}
				left := slices.DeleteFunc(allPodsAndDeployments(), func(w string) bool {
					return strings.HasSuffix(path, "pods") && strings.HasPrefix(w, "Pod/") || strings.HasSuffix(path, "deployments") && strings.HasPrefix(w, "Deployment/")
				})
				if diff := cmp.Diff(left, describe(got.Workloads())); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

func TestPagesReadBeforeAFaultAreUsed(t *testing.T) {
	proxy := testkit.NewFaultProxy(t, fakeServer())
	proxy.On(testkit.Match{Path: ".*/pods", Continue: true}, testkit.Status(500))
	got := collectAll(t, proxy)
	if workloads := describe(got.Workloads()); !slices.Contains(workloads, "Pod/bare-0(bare-0)") {
		t.Errorf("the first page was lost: %v", workloads)
	}
	if len(got.Unread) != 1 {
		t.Errorf("unread: %v", got.Unread)
	}
}

func TestServerThatAnswersNothing(t *testing.T) {
	tests := map[string]struct {
		proxy func(t *testing.T) *testkit.FaultProxy
		want  string
	}{
		"refused": {func(t *testing.T) *testkit.FaultProxy {
			p := testkit.NewFaultProxy(t, fakeServer())
			p.Close()
			return p
		}, "connection refused; try -f FILE --local"},
		"expired certificate": {func(t *testing.T) *testkit.FaultProxy {
			return testkit.NewExpiredProxy(t, fakeServer())
		}, "certificate has expired"},
		"unauthorized": {func(t *testing.T) *testkit.FaultProxy {
			p := testkit.NewFaultProxy(t, fakeServer())
			p.On(testkit.Match{}, testkit.Status(401))
			return p
		}, "the API server refused the credentials"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Collect(t.Context(), connectTo(test.proxy(t)), Query{Namespace: "shop"})
			if err == nil || !strings.HasPrefix(err.Error(), "context test: ") || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestTargets(t *testing.T) {
	tests := map[string]struct {
		target  Target
		want    []string
		problem string
	}{
		"by name":      {Target{"deploy", "web"}, []string{"Deployment/web()"}, ""},
		"by type":      {Target{"deployments.apps", ""}, []string{"Deployment/api()", "Deployment/web()"}, ""},
		"misspelt":     {Target{"deploy", "wep"}, nil, `deployments.apps "wep" not found in namespace shop; did you mean deploy/web?`},
		"unknown type": {Target{"thing", "x"}, nil, `the server has no resource type "thing"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Collect(t.Context(), connectTo(testkit.NewFaultProxy(t, fakeServer())), Query{Namespace: "shop", Targets: []Target{test.target}})
			if err != nil {
				t.Fatal(err)
			}
			var selected []string
			for _, w := range got.Workloads() {
				if slices.Contains(got.Selected, w.Ref) {
					selected = append(selected, describe([]*workload.Workload{w})...)
				}
			}
			if diff := cmp.Diff(test.want, selected); diff != "" {
				t.Error(diff)
			}
			if test.problem == "" != (len(got.Problems) == 0) || test.problem != "" && got.Problems[0].Error() != test.problem {
				t.Errorf("problems: %v", got.Problems)
			}
		})
	}
}

func TestForbiddenTargetNamesTheRight(t *testing.T) {
	proxy := testkit.NewFaultProxy(t, fakeServer())
	proxy.On(testkit.Match{Path: ".*/deployments/web"}, testkit.Status(403))
	got, err := Collect(t.Context(), connectTo(proxy), Query{Namespace: "shop", Targets: []Target{{"deploy", "web"}}})
	if err != nil {
		t.Fatal(err)
	}
	want := `deployments.apps "web" in namespace shop: forbidden; it needs the right to get deployments.apps`
	if len(got.Problems) != 1 || got.Problems[0].Error() != want {
		t.Errorf("problems: %v", got.Problems)
	}
}

func TestCollectOnlyReads(t *testing.T) {
	proxy := testkit.NewFaultProxy(t, fakeServer())
	collectAll(t, proxy)
	for _, r := range proxy.Requests() {
		if r.Method != http.MethodGet {
			t.Errorf("%s %s", r.Method, r.Path)
		}
		if strings.Contains(r.Path, "secrets") {
			t.Errorf("Secrets are read: %s", r.Path)
		}
	}
}

func TestInterruptedCollect(t *testing.T) {
	proxy := testkit.NewFaultProxy(t, fakeServer())
	proxy.On(testkit.Match{Path: ".*/pods"}, testkit.Stall())
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := Collect(ctx, connectTo(proxy), Query{Namespace: "shop"}); err == nil {
		t.Error("an interrupted collection gave an answer")
	}
}
