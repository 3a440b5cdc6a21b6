package cluster

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
)

// revisedServer is the fake server with a StatefulSet of three revisions, and a Deployment of two.
func revisedServer() http.Handler {
	mux := http.NewServeMux()
	answer := answers(mux)
	owned := func(kind, name, owner string) map[string]any {
		return map[string]any{"name": name, "namespace": "shop", "ownerReferences": []any{
			map[string]any{"apiVersion": "apps/v1", "kind": kind, "name": owner, "uid": owner, "controller": true},
		}}
	}
	workload := func(kind, name, image string) map[string]any {
		o := deploymentObject(name)
		o["kind"] = kind
		o["metadata"] = map[string]any{"name": name, "namespace": "shop", "uid": name}
		o["spec"] = map[string]any{"selector": map[string]any{"matchLabels": map[string]any{"app": "web"}}, "template": templateOf(image)}
		return o
	}
	var revisions, sets []any
	for i := range 3 {
		template := templateOf(fmt.Sprintf("app:%d", i+1))
		template["$patch"] = "replace"
		revisions = append(revisions, map[string]any{
			"apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": owned("StatefulSet", fmt.Sprintf("db-%d", i+1), "db"),
			"revision": i + 1, "data": map[string]any{"spec": map[string]any{"template": template}},
		})
	}
	for i, image := range []string{"app:1", "app:2"} {
		meta := owned("Deployment", "web-"+image[4:], "web")
		meta["annotations"] = map[string]any{revisionAnnotation: fmt.Sprint(5 + 2*i)}
		template := templateOf(image)
		template["metadata"] = map[string]any{"labels": map[string]any{"app": "web", "pod-template-hash": image[4:]}}
		sets = append(sets, map[string]any{"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": meta, "spec": map[string]any{"template": template}})
	}
	answer("/apis/apps/v1/namespaces/shop/deployments", listOf(builtinKind("Deployment"), []any{workload("Deployment", "web", "app:2")}, ""))
	answer("/apis/apps/v1/namespaces/shop/statefulsets", listOf(builtinKind("StatefulSet"), []any{workload("StatefulSet", "db", "app:3")}, ""))
	answer("/apis/apps/v1/namespaces/shop/replicasets", listOf(builtinKind("ReplicaSet"), sets, ""))
	answer("/apis/apps/v1/namespaces/shop/controllerrevisions", listOf(revisionKind(), revisions, ""))
	mux.Handle("/", fakeServer())
	return mux
}

func templateOf(image string) map[string]any {
	t := podTemplate()
	t["spec"] = map[string]any{"containers": []any{map[string]any{"name": "app", "image": image}}}
	return t
}

func shopRef(kind, name string) api.Ref {
	return api.Ref{APIVersion: "apps/v1", Kind: kind, Namespace: "shop", Name: name}
}

// imageAt is the image of a revision, or why there is none.
func imageAt(t *testing.T, proxy *testkit.FaultProxy, ref api.Ref, number int64) (string, *Collected) {
	t.Helper()
	query := Query{Namespace: "shop", Revisions: true}
	got, snapshot, err := Record(t.Context(), connectTo(proxy), query, SnapshotQuery{Namespace: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	answer := ""
	changed, err := snapshot.CollectChanged(t.Context(), nil, query, func(inv *Inventory) {
		if found, err := inv.Rewind(ref, number); err != nil {
			answer = err.Error()
		} else {
			answer = fmt.Sprintf("%d ", found)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range changed.Workloads() {
		if w.Ref == ref && strings.HasSuffix(answer, " ") {
			answer += w.Templates[0].Spec.Containers[0].Image
			if w.Templates[0].Meta.Labels["pod-template-hash"] != "" {
				t.Error("the hash of a ReplicaSet is left")
			}
		}
	}
	return answer, got
}

func TestRewind(t *testing.T) {
	proxy := testkit.NewFaultProxy(t, revisedServer())
	web, db := shopRef("Deployment", "web"), shopRef("StatefulSet", "db")
	for _, test := range []struct {
		ref    api.Ref
		number int64
		want   string
	}{
		{web, -1, "5 app:1"}, {web, 5, "5 app:1"}, {web, 7, "7 app:2"}, {web, 6, "it has no revision 6: its revisions are 5, 7"},
		{web, -2, "it does not go back that far: its revisions are 5, 7"}, {web, -1 << 63, "it does not go back that far: its revisions are 5, 7"},
		{db, -1, "2 app:2"}, {db, -2, "1 app:1"}, {db, 3, "3 app:3"}, {db, 1 << 62, "it has no revision 4611686018427387904: its revisions are 1, 2, 3"},
		{api.Ref{APIVersion: "v1", Kind: "Pod", Namespace: "shop", Name: "bare-0"}, -1, "a Pod keeps no revisions"},
		{shopRef("DaemonSet", "none"), -1, "it was read without a pod template"},
	} {
		if got, _ := imageAt(t, proxy, test.ref, test.number); got != test.want {
			t.Errorf("%s %d: %q, want %q", test.ref.Name, test.number, got, test.want)
		}
	}
}

// TestRevisionFaults puts every fault before the reads of revisions.
func TestRevisionFaults(t *testing.T) {
	for resource, ref := range map[string]api.Ref{"controllerrevisions": shopRef("StatefulSet", "db"), "replicasets": shopRef("Deployment", "web")} {
		for name, f := range readFaults() {
			t.Run(resource+" "+name, func(t *testing.T) {
				t.Parallel()
				proxy := testkit.NewFaultProxy(t, revisedServer())
				proxy.On(testkit.Match{Path: "/apis/apps/v1/namespaces/shop/" + resource}, f.fault)
				got, collected := imageAt(t, proxy, ref, -1)
				if want := "list " + resource + ".apps in namespace shop: " + f.reason; got != want {
					t.Errorf("%q, want %q", got, want)
				}
				at := slices.IndexFunc(collected.Unread, func(u api.Unread) bool { return u.Resource == resource })
				if at < 0 || collected.Unread[at].Reason != f.reason || collected.Unread[at].Hides != (resource == "replicasets") {
					t.Errorf("%+v", collected.Unread)
				}
			})
		}
	}
}

// TestRevisionPagesExpire reads a list anew whose continue token expired.
func TestRevisionPagesExpire(t *testing.T) {
	server := revisedServer()
	paged := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("limit") != "" && strings.HasSuffix(r.URL.Path, "/controllerrevisions") {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(listOf(revisionKind(), nil, "next"))
			return
		}
		server.ServeHTTP(w, r)
	})
	proxy := testkit.NewFaultProxy(t, paged)
	proxy.On(testkit.Match{Path: ".*/controllerrevisions", Continue: true}, testkit.Status(410))
	if got, _ := imageAt(t, proxy, shopRef("StatefulSet", "db"), -1); got != "2 app:2" {
		t.Error(got)
	}
}

// TestBehind asks the server for what the snapshot does not hold, and for nothing else.
func TestBehind(t *testing.T) {
	proxy := testkit.NewFaultProxy(t, revisedServer())
	conn := connectTo(proxy)
	query := Query{Namespace: "shop", Targets: []Target{{"deploy", "web"}}}
	_, snapshot, err := Record(t.Context(), conn, query, SnapshotQuery{Namespace: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	account := func(name string) Change {
		return func(inv *Inventory) {
			for _, w := range inv.Workloads() {
				w.Templates[0].Spec.ServiceAccountName = name
			}
		}
	}
	for _, test := range []struct {
		conn *Connection
		want string
	}{{nil, "get serviceaccounts/other: not in the snapshot"}, {&conn, ""}} {
		got, err := snapshot.CollectChanged(t.Context(), test.conn, query, account("other"))
		if err != nil {
			t.Fatal(err)
		}
		text := ""
		for _, u := range got.Unread {
			if strings.HasPrefix(u.Resource, "serviceaccounts") {
				text = u.Verb + " " + u.Resource + ": " + u.Reason
			}
		}
		if text != test.want {
			t.Errorf("%q, want %q", text, test.want)
		}
	}
}

// TestRevisionKeepsNoCredentials: what a revision holds is as bare as the objects of a snapshot.
func TestRevisionKeepsNoCredentials(t *testing.T) {
	const secret = "hunter2-0123456789abcdef"
	template := templateOf("app:1")
	template["$patch"] = "replace"
	template["spec"] = map[string]any{"containers": []any{map[string]any{
		"name": "app", "image": "app:1", "env": []any{map[string]any{"name": "DB_PASSWORD", "value": secret}},
	}}}
	raw, err := json.Marshal(map[string]any{"spec": map[string]any{"template": template}})
	if err != nil {
		t.Fatal(err)
	}
	r := revisionOf(raw)
	reduceRevision(r)
	if strings.Contains(string(r.Data.Raw), secret) || !strings.Contains(string(r.Data.Raw), "DB_PASSWORD") {
		t.Errorf("%s", r.Data.Raw)
	}
	if found, err := revisionTemplate(r); err != nil || found.Spec.Containers[0].Image != "app:1" {
		t.Error(found, err)
	}
}

// FuzzRevision wants no panic, and of what was reduced the same again.
func FuzzRevision(f *testing.F) {
	for _, seed := range []string{
		`{"spec":{"template":{"$patch":"replace","spec":{"containers":[{"name":"a","image":"b"}]}}}}`, `{"spec":{"template":{}}}`, `{"spec":null}`, `[]`, ``, `{"spec":{"template":{"$patch":"merge"}}}`,
		`{"spec":{"template":{"$patch":"replace","metadata":{"annotations":{"a":"b"}}}}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := revisionOf(slices.Clone(data))
		reduceRevision(r)
		once := string(r.Data.Raw)
		reduceRevision(r)
		if string(r.Data.Raw) != once {
			t.Errorf("%q, then %q", once, r.Data.Raw)
		}
		inv := NewInventory()
		inv.addRevision(r)
	})
}
