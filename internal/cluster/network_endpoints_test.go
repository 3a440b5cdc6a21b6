package cluster

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// byHandServer has n Services without a selector in front of the fake server, each with a slice
// of one address, and one slice that is none of theirs.
func byHandServer(t *testing.T, n int) *testkit.FaultProxy {
	t.Helper()
	var services, all []any
	mux := http.NewServeMux()
	mux.Handle("/", fakeServer())
	write := func(w http.ResponseWriter, k kind, items []any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(listOf(k, items, ""))
	}
	slice := func(service, address string) map[string]any {
		return map[string]any{
			"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
			"metadata":  map[string]any{"name": service + "-x", "namespace": "shop", "labels": map[string]any{"kubernetes.io/service-name": service}},
			"endpoints": []any{map[string]any{"addresses": []any{address}}}, "ports": []any{map[string]any{"port": 5432}},
		}
	}
	all = append(all, slice("other", "10.9.9.9"))
	for i := range n {
		name := fmt.Sprint("db-", i)
		services = append(services, map[string]any{
			"apiVersion": "v1", "kind": "Service", "metadata": map[string]any{"name": name, "namespace": "shop"},
			"spec": map[string]any{"ports": []any{map[string]any{"port": 5432}}},
		})
		all = append(all, slice(name, fmt.Sprint("10.1.1.", i)))
	}
	mux.HandleFunc("GET /api/v1/namespaces/shop/services", func(w http.ResponseWriter, _ *http.Request) { write(w, serviceKind(), services) })
	mux.HandleFunc("GET /apis/discovery.k8s.io/v1/namespaces/shop/endpointslices", func(w http.ResponseWriter, r *http.Request) {
		service, one := strings.CutPrefix(r.URL.Query().Get("labelSelector"), "kubernetes.io/service-name=")
		var items []any
		for _, item := range all {
			if m, ok := item.(map[string]any); ok && (!one || m["metadata"].(map[string]any)["name"] == service+"-x") {
				items = append(items, item)
			}
		}
		write(w, endpointsKind(), items)
	})
	return testkit.NewFaultProxy(t, mux)
}

// endpointsOf are the addresses behind a Service, and what is known of them.
func endpointsOf(inv *Inventory, service string) ([]string, workload.Fact) {
	var out []string
	found, fact := inv.Endpoints("shop", service)
	for _, s := range found {
		for _, e := range s.Endpoints {
			out = append(out, e.Addresses...)
		}
	}
	return out, fact
}

// TestEndpointsOfServicesWithoutSelector puts faults before the read; a snapshot answers alike.
func TestEndpointsOfServicesWithoutSelector(t *testing.T) {
	for name, fault := range map[string]testkit.Fault{
		"none": {}, "403": testkit.Status(403), "404": testkit.Status(404), "429": testkit.Status(429), "500": testkit.Status(500),
		"cut": testkit.CutBody(20), "stall": testkit.Stall(), "refused": testkit.Refuse(),
	} {
		for _, n := range []int{1, maxSliceLists + 1} {
			t.Run(fmt.Sprint(name, " ", n), func(t *testing.T) {
				t.Parallel()
				proxy := byHandServer(t, n)
				if name != "none" {
					proxy.On(testkit.Match{Path: ".*/shop/endpointslices"}, fault)
				}
				query := Query{Namespace: "shop", Traffic: true}
				live, taken, err := Record(t.Context(), connectTo(proxy), query, SnapshotQuery{Namespace: "shop"})
				if err != nil {
					t.Fatal(err)
				}
				replayed, err := readSnapshot(t, written(t, taken)).Collect(t.Context(), query)
				if err != nil {
					t.Fatal(err)
				}
				want, fact, failed := []string{"10.1.1.0"}, workload.FactYes, []api.Unread(nil)
				if name != "none" {
					want, fact = nil, workload.FactUnknown
					failed = []api.Unread{{What: "where Services without a selector lead", Verb: "list", Group: "discovery.k8s.io", Resource: "endpointslices", Namespace: "shop"}}
				}
				for from, got := range map[string]*Collected{"the server": live, "the snapshot": replayed} {
					addresses, known := endpointsOf(got.Inventory, "db-0")
					if diff := cmp.Diff(want, addresses); diff != "" || known != fact {
						t.Errorf("from %s: %v %s", from, known, diff)
					}
					if others, _ := endpointsOf(got.Inventory, "other"); others != nil {
						t.Errorf("from %s: %q of another Service", from, others)
					}
					var unread []api.Unread
					for _, u := range got.Unread {
						u.Reason = ""
						unread = append(unread, u)
					}
					if diff := cmp.Diff(failed, unread); diff != "" {
						t.Errorf("unread from %s: %s", from, diff)
					}
				}
			})
		}
	}
}

// TestNoEndpointsAreRead where every Service has a selector.
func TestNoEndpointsAreRead(t *testing.T) {
	proxy := byHandServer(t, 0)
	if _, err := Collect(t.Context(), connectTo(proxy), Query{Namespace: "shop"}); err != nil {
		t.Fatal(err)
	}
	for _, r := range proxy.Requests() {
		if strings.HasSuffix(r.Path, "/shop/endpointslices") {
			t.Errorf("%s is read", r.Path)
		}
	}
}

// TestEndpointsOfFiles takes EndpointSlices and the older Endpoints.
func TestEndpointsOfFiles(t *testing.T) {
	const text = `apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: db-1, namespace: shop, labels: {kubernetes.io/service-name: db}}
addressType: IPv4
endpoints: [{addresses: [192.0.2.7]}]
ports: [{port: 5432}]
---
apiVersion: v1
kind: Endpoints
metadata: {name: db, namespace: shop}
subsets: [{addresses: [{ip: 192.0.2.8}], notReadyAddresses: [{ip: 192.0.2.9}], ports: [{port: 5432}]}]
`
	objects, problems, err := Load(t.Context(), LoadOptions{Filenames: []string{"-"}, Stdin: strings.NewReader(text)})
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	inv := NewInventory()
	if problems := inv.AddAll(objects); len(problems) > 0 {
		t.Fatal(problems)
	}
	got, fact := endpointsOf(inv, "db")
	if diff := cmp.Diff([]string{"192.0.2.8", "192.0.2.9", "192.0.2.7"}, got); diff != "" || fact != workload.FactYes {
		t.Error(fact, diff)
	}
	if got, fact := endpointsOf(inv, "other"); got != nil || fact != workload.FactAbsent {
		t.Error(got, fact)
	}
}

// TestForbiddenPagesNameTheRight: what could not be listed is not missing.
func TestForbiddenPagesNameTheRight(t *testing.T) {
	for target, want := range map[Target]string{
		{"services", "x"}:        `services "x": list services in namespace shop: forbidden`,
		{"services", ""}:         "list services in namespace shop: forbidden",
		{"networkpolicies", "x"}: `networkpolicies.networking.k8s.io "x": list networkpolicies.networking.k8s.io in namespace shop: forbidden`,
	} {
		proxy := testkit.NewFaultProxy(t, fakeServer())
		proxy.On(testkit.Match{Path: ".*/shop/" + target.Type}, testkit.Status(403))
		got, err := Collect(t.Context(), connectTo(proxy), Query{Namespace: "shop", Targets: []Target{target}})
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Problems) != 1 || got.Problems[0].Error() != want {
			t.Errorf("%v: %v", target, got.Problems)
		}
	}
}

// TestRoutesLoseTheirKeys: the private key of an OpenShift Route is not kept.
func TestRoutesLoseTheirKeys(t *testing.T) {
	u := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "route.openshift.io/v1", "kind": "Route", "metadata": map[string]any{"name": "web", "namespace": "shop"},
		"spec": map[string]any{
			"host": "shop.example.com", "to": map[string]any{"kind": "Service", "name": "web"},
			"tls": map[string]any{"termination": "edge", "key": "pl4nted-key", "certificate": "pl4nted-certificate", "caCertificate": "pl4nted-ca"},
		},
	}}
	inv := NewInventory()
	if err := inv.Add(u, u.GroupVersionKind(), workload.Source{}); err != nil {
		t.Fatal(err)
	}
	kept := inv.Custom(u.GroupVersionKind().GroupKind())
	if text := fmt.Sprint(kept[0].Object, reduceCustom(u)); strings.Contains(text, "pl4nted") || !strings.Contains(text, "edge") {
		t.Error(text)
	}
}
