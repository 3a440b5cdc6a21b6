package assess

import (
	"fmt"
	"net/http"
	"path"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// reachable reads a namespace from a server of which one read fails, and asks it.
func reachable(t *testing.T, failing, words string) (*api.Reachability, error) {
	t.Helper()
	inv := inventory(t, decode(t, strings.Split(twoTiers, "\n---\n")...))
	read, group, _ := strings.Cut(failing, ".")
	inv.Unread = append(inv.Unread, api.Unread{Verb: "list", Group: group, Resource: read, Namespace: "shop", Reason: "forbidden", Hides: read == "pods" || read == "deployments"})
	from, to := ends(t, words)
	return CanReach(Side{from, "shop", inv}, Side{to, "shop", inv})
}

// TestUnreadIsNotMissing: what could not be listed is said to be so, with verb and resource.
func TestUnreadIsNotMissing(t *testing.T) {
	for failing, test := range map[string]struct{ words, want string }{
		"pods":             {"deploy/front pod/x", `no live pod "x" in namespace shop, as far as could be read: list pods in namespace shop: forbidden`},
		"deployments.apps": {"deploy/x sts/db", "deploy/x not found in namespace shop, as far as could be read: list deployments.apps in namespace shop: forbidden"},
	} {
		if _, err := reachable(t, failing, test.words); err == nil || err.Error() != test.want {
			t.Errorf("%s: %v", failing, err)
		}
	}
	answer, err := reachable(t, "pods", "deploy/front sts/db:5432")
	if err != nil || answer.Allowed != "unknown" {
		t.Fatalf("%+v %v", answer, err)
	}
	const want = "whether deploy/front has live pods is not known: judged by its template (list pods in namespace shop: forbidden)"
	if notes := strings.Join(answer.Notes, "\n"); !strings.Contains(notes, want) || strings.Contains(notes, "has no live pods") {
		t.Errorf("%q", answer.Notes)
	}
}

// emptyServer has one pod in the namespace shop.
func emptyServer() http.Handler {
	kinds := map[string]string{
		"pods": "v1 Pod", "services": "v1 Service", "namespaces": "v1 Namespace", "replicationcontrollers": "v1 ReplicationController",
		"deployments": "apps/v1 Deployment", "statefulsets": "apps/v1 StatefulSet", "daemonsets": "apps/v1 DaemonSet", "replicasets": "apps/v1 ReplicaSet",
		"jobs": "batch/v1 Job", "cronjobs": "batch/v1 CronJob", "nodes": "v1 Node",
		"networkpolicies": "networking.k8s.io/v1 NetworkPolicy", "ingresses": "networking.k8s.io/v1 Ingress",
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		version, kind, found := strings.Cut(kinds[path.Base(r.URL.Path)], " ")
		w.Header().Set("Content-Type", "application/json")
		switch {
		case path.Base(r.URL.Path) == "version":
			_, _ = w.Write([]byte(`{"gitVersion":"v1.36.3"}`))
			return
		case !found:
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404}`))
			return
		case strings.Contains(r.Header.Get("Accept"), "PartialObjectMetadataList"):
			version, kind = "meta.k8s.io/v1", "PartialObjectMetadata"
		}
		items := ""
		if kind == "Pod" {
			items = `{"metadata":{"name":"a","namespace":"shop"},"spec":{"containers":[{"name":"c"}]}}`
		}
		_, _ = fmt.Fprintf(w, `{"kind":"%sList","apiVersion":%q,"metadata":{},"items":[%s]}`, kind, version, items)
	})
}

// noMapper knows NetworkPolicy alone.
func noMapper() (meta.RESTMapper, error) {
	gv := schema.GroupVersion{Group: "networking.k8s.io", Version: "v1"}
	m := meta.NewDefaultRESTMapper([]schema.GroupVersion{gv})
	m.Add(gv.WithKind("NetworkPolicy"), meta.RESTScopeNamespace)
	return m, nil
}

// TestServicePageWithoutPods says that they were not read.
func TestServicePageWithoutPods(t *testing.T) {
	inv := inventory(t, decode(t, strings.Split(twoTiers, "\n---\n")...))
	inv.Unread = append(inv.Unread, api.Unread{Verb: "list", Resource: "pods", Namespace: "shop", Reason: "forbidden", Hides: true})
	page := Report(inv, Options{Services: []api.Ref{{APIVersion: "v1", Kind: "Service", Namespace: "shop", Name: "db"}}}).Pages[0]
	if text := strings.Join(pageText(page), "\n"); !strings.Contains(text, "unknown | its pods | list pods in namespace shop: forbidden") {
		t.Error(text)
	}
}

// forbidden reads a namespace from a server that forbids one list.
func forbidden(t *testing.T, path string) *cluster.Inventory {
	t.Helper()
	proxy := testkit.NewFaultProxy(t, emptyServer())
	proxy.On(testkit.Match{Path: path, Optional: true}, testkit.Status(403))
	got, err := cluster.Collect(t.Context(), cluster.Connection{Config: proxy.RESTConfig(), Mapper: noMapper, Context: "test", ChunkSize: 500}, cluster.Query{Namespace: "shop", Traffic: true})
	if err != nil {
		t.Fatal(err)
	}
	return got.Inventory
}

// TestForbiddenServicesAndPolicies name the verb and the resource.
func TestForbiddenServicesAndPolicies(t *testing.T) {
	from, to := ends(t, "pod/a svc/db:80")
	inv := forbidden(t, ".*/shop/services")
	const services = "list services in namespace shop: forbidden"
	if _, err := CanReach(Side{from, "shop", inv}, Side{to, "shop", inv}); err == nil || err.Error() != `service "db": `+services {
		t.Errorf("a Service: %v", err)
	}
	from, to = ends(t, "pod/a 10.96.0.1:80")
	answer, err := CanReach(Side{from, "shop", inv}, Side{to, "shop", inv})
	if err != nil || answer.Allowed != "unknown" || !strings.Contains(strings.Join(answer.Unknown, "\n"), services) {
		t.Errorf("an address: %+v %v", answer, err)
	}
	inv = forbidden(t, ".*/shop/networkpolicies")
	from, to = ends(t, "pod/a pod/a")
	answer, err = CanReach(Side{from, "shop", inv}, Side{to, "shop", inv})
	if err != nil || answer.Allowed != "unknown" || answer.Unknown[0] != "list networkpolicies.networking.k8s.io in namespace shop: forbidden" {
		t.Errorf("policies: %+v %v", answer, err)
	}
}

// TestServiceWithoutSelector leads where its EndpointSlices say.
func TestServiceWithoutSelector(t *testing.T) {
	const slice = `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: bare-1, namespace: shop, labels: {kubernetes.io/service-name: bare}}
addressType: IPv4
endpoints: [{addresses: ["ADDRESS"]}]
ports: [{port: 5432}]
`
	const pod = `
apiVersion: v1
kind: Pod
metadata: {name: db-0, namespace: shop, labels: {app: db}}
spec: {containers: [{name: c, image: a, ports: [{name: sql, containerPort: 5432}]}]}
status: {podIPs: [{ip: 10.1.0.5}]}
`
	for name, test := range map[string]struct{ address, words, want, note string }{
		"a pod":             {"10.1.0.5", "deploy/front svc/bare:80", "yes", "svc/bare has no selector; its EndpointSlices lead to pod/db-0"},
		"another's pod":     {"10.1.0.5", "deploy/other svc/bare:80", "no", "lead to pod/db-0"},
		"denied at the pod": {"10.1.0.5", "internet svc/bare:80", "no", ""},
		"outside":           {"203.0.113.5", "deploy/front svc/bare:80", "yes", "lead to 203.0.113.5"},
		"no way out":        {"203.0.113.5", "deploy/other svc/bare:80", "no", ""},
		"inside, unknown":   {"10.1.0.6", "deploy/front svc/bare:80", "unknown", ""},
		"a name":            {"db.example.com", "deploy/front svc/bare:80", "", `leads to "db.example.com", which is no address`},
		"from a Service":    {"10.1.0.5", "svc/bare deploy/front", "", "opens no connections"},
	} {
		inv := inventory(t, decode(t, append(strings.Split(twoTiers, "\n---\n"), pod, strings.Replace(slice, "ADDRESS", test.address, 1))...))
		from, to := ends(t, test.words)
		answer, err := CanReach(Side{from, "shop", inv}, Side{to, "shop", inv})
		switch {
		case test.want == "":
			if err == nil || !strings.Contains(err.Error(), test.note) {
				t.Errorf("%s: %v", name, err)
			}
		case err != nil || answer.Allowed != test.want || !strings.Contains(strings.Join(answer.Notes, "\n"), test.note):
			t.Errorf("%s: %+v %v", name, answer, err)
		}
	}
}
