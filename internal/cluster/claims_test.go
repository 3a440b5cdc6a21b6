package cluster

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/testkit"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// loaded is the inventory of a manifest.
func loaded(t *testing.T, manifest string) *Inventory {
	t.Helper()
	objects, problems, err := Load(t.Context(), LoadOptions{Filenames: []string{"-"}, Stdin: strings.NewReader(manifest)})
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	inv := NewInventory()
	inv.DefaultNamespace = "shop"
	for _, o := range objects {
		if err := inv.Add(o.Object, o.GVK, o.Source); err != nil {
			t.Fatal(err)
		}
	}
	return inv
}

// claimsAround tells the claims around the workloads of a kind, as NAME claim=FACT
// volume=FACT:NAME users=N.
func claimsAround(inv *Inventory, kindName string) []string {
	facts := map[workload.Fact]string{workload.FactAbsent: "absent", workload.FactUnknown: "unknown", workload.FactNo: "no", workload.FactYes: "yes"}
	out := []string{}
	for _, w := range inv.Workloads() {
		if w.Ref.Kind != kindName {
			continue
		}
		ctx := inv.Context(w)
		for name, c := range ctx.Claims {
			volume := facts[c.Volume.Fact]
			if c.Volume.Value != nil {
				volume += ":" + c.Volume.Value.Name
			}
			out = append(out, fmt.Sprintf("%s claim=%s volume=%s users=%d", name, facts[c.Claim.Fact], volume, len(c.UsedBy)))
		}
		for name, v := range ctx.Volumes {
			out = append(out, fmt.Sprintf("asks %s %s", name, facts[v.Fact]))
		}
	}
	slices.Sort(out)
	return out
}

const statefulSet = `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  replicas: 0
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: app, image: "app:1"}]}
  volumeClaimTemplates:
  - {metadata: {name: data}, spec: {}}
`

const deploymentWithClaim = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: "app:1"}], volumes: [{name: v, persistentVolumeClaim: {claimName: c}}]}
`

func pvFor(name, ref string) string {
	return fmt.Sprintf("---\n{apiVersion: v1, kind: PersistentVolume, metadata: {name: %s}, spec: {hostPath: {path: /x}, claimRef: {%s}}}\n", name, ref)
}

func pvcOf(namespace, name, uid, volume string) string {
	return fmt.Sprintf("---\n{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: %s, namespace: %s, uid: %q}, spec: {volumeName: %q}}\n", name, namespace, uid, volume)
}

func TestClaimsOfFiles(t *testing.T) {
	tests := map[string]struct {
		manifest, kind string
		want           []string
	}{
		"bound by the claim":               {deploymentWithClaim + pvcOf("shop", "c", "", "pv") + pvFor("pv", "namespace: other, name: c"), "Deployment", []string{"c claim=yes volume=yes:pv users=1"}},
		"bound by claimRef alone":          {deploymentWithClaim + pvcOf("shop", "c", "", "") + pvFor("pv", "namespace: shop, name: c"), "Deployment", []string{"c claim=yes volume=yes:pv users=1"}},
		"claim not in the files":           {deploymentWithClaim + pvFor("pv", "namespace: shop, name: c"), "Deployment", []string{"c claim=absent volume=yes:pv users=1"}},
		"with the uid of the claim":        {deploymentWithClaim + pvcOf("shop", "c", "1", "") + pvFor("pv", "namespace: shop, name: c, uid: \"1\""), "Deployment", []string{"c claim=yes volume=yes:pv users=1"}},
		"with the uid of one that is gone": {deploymentWithClaim + pvcOf("shop", "c", "1", "") + pvFor("pv", "namespace: shop, name: c, uid: \"2\""), "Deployment", []string{"c claim=yes volume=absent users=1"}},
		"of another namespace":             {deploymentWithClaim + pvFor("pv", "namespace: other, name: c"), "Deployment", []string{"c claim=absent volume=absent users=1"}},
		"made, claims in the files":        {statefulSet + pvcOf("shop", "data-db-3", "", "pv") + pvcOf("other", "data-db-4", "", "pv") + pvcOf("shop", "data-db-x", "", "pv") + pvFor("pv", ""), "StatefulSet", []string{"data-db-3 claim=yes volume=yes:pv users=1"}},
		"made, volumes name them":          {statefulSet + pvFor("pv", "namespace: shop, name: data-db-0") + pvFor("pv1", "namespace: shop, name: data-db-1"), "StatefulSet", []string{"data-db-0 claim=absent volume=yes:pv users=1", "data-db-1 claim=absent volume=yes:pv1 users=1"}},
		"made, another uses one":           {statefulSet + strings.ReplaceAll("---"+deploymentWithClaim, "claimName: c", "claimName: data-db-0") + pvcOf("shop", "data-db-0", "", ""), "StatefulSet", []string{"data-db-0 claim=yes volume=absent users=2"}},
		"made, a volume asked for":         {strings.Replace(statefulSet, "spec: {}", "spec: {volumeName: pv}", 1) + pvFor("pv", ""), "StatefulSet", []string{"asks pv yes", "data-db-0 claim=absent volume=absent users=1"}},
		"made, nothing matches":            {statefulSet + pvcOf("shop", "data-db", "", "pv") + pvcOf("shop", "data-db2-0", "", "pv") + pvFor("pv", "namespace: shop, name: other-0"), "StatefulSet", []string{"data-db-0 claim=absent volume=absent users=1"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, claimsAround(loaded(t, test.manifest), test.kind)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// claimServer is the fake server with the objects of a manifest; pods it has none.
func claimServer(t *testing.T, manifest string) http.Handler {
	t.Helper()
	lists := map[string][]any{"pods": {}}
	single := map[string]any{}
	for doc := range strings.SplitSeq(manifest, "\n---\n") {
		var object map[string]any
		if err := yaml.Unmarshal([]byte(doc), &object); err != nil {
			t.Fatal(err)
		}
		resource := map[string]string{
			"StatefulSet": "statefulsets", "Deployment": "deployments", "PersistentVolumeClaim": "persistentvolumeclaims", "PersistentVolume": "persistentvolumes",
		}[object["kind"].(string)]
		lists[resource] = append(lists[resource], object)
		single[resource+"/"+object["metadata"].(map[string]any)["name"].(string)] = object
	}
	server := fakeServer()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		parts := strings.Split(r.URL.Path, "/")
		w.Header().Set("Content-Type", "application/json")
		if object, ok := single[strings.Join(parts[len(parts)-2:], "/")]; ok {
			_ = json.NewEncoder(w).Encode(object)
			return
		}
		if items, ok := lists[parts[len(parts)-1]]; ok {
			i := slices.IndexFunc(append(builtinKinds(), supportKinds()...), func(k kind) bool { return k.gvr.Resource == parts[len(parts)-1] })
			_ = json.NewEncoder(w).Encode(listOf(append(builtinKinds(), supportKinds()...)[i], items, ""))
			return
		}
		server.ServeHTTP(w, r)
	})
}

// TestClaimsOfServer: what is told of one workload is what is told of it among all, live and
// from a snapshot.
func TestClaimsOfServer(t *testing.T) {
	tests := map[string]struct {
		manifest, target, fault string
		want                    []string
		// lists is how many lists of claims and volumes the named workload takes.
		lists int
	}{
		"bound":                 {deploymentWithClaim + pvcOf("shop", "c", "1", "pv") + pvFor("pv", "namespace: shop, name: c, uid: \"1\""), "deploy/web", "", []string{"c claim=yes volume=yes:pv users=1"}, 0},
		"pending and kept":      {deploymentWithClaim + pvcOf("shop", "c", "1", "") + pvFor("pv", "namespace: shop, name: c"), "deploy/web", "", []string{"c claim=yes volume=yes:pv users=1"}, 1},
		"missing and kept":      {deploymentWithClaim + pvFor("pv", "namespace: shop, name: c"), "deploy/web", "", []string{"c claim=no volume=yes:pv users=1"}, 1},
		"missing and released":  {deploymentWithClaim + pvFor("pv", "namespace: shop, name: c, uid: \"1\""), "deploy/web", "", []string{"c claim=no volume=absent users=1"}, 1},
		"pending, volumes 403":  {deploymentWithClaim + pvcOf("shop", "c", "1", ""), "deploy/web", ".*/persistentvolumes", []string{"c claim=yes volume=unknown users=1"}, 1},
		"scaled down":           {statefulSet + pvcOf("shop", "data-db-0", "1", "pv") + pvcOf("shop", "data-db-7", "2", "pv7") + pvFor("pv", "namespace: shop, name: data-db-0") + pvFor("pv7", "namespace: shop, name: data-db-7"), "sts/db", "", []string{"data-db-0 claim=yes volume=yes:pv users=1", "data-db-7 claim=yes volume=yes:pv7 users=1"}, 1},
		"never scaled up":       {statefulSet + pvFor("pv", "namespace: shop, name: data-db-0"), "sts/db", "", []string{"data-db-0 claim=no volume=yes:pv users=1"}, 2},
		"claims 403":            {statefulSet + pvcOf("shop", "data-db-0", "1", "pv"), "sts/db", ".*/persistentvolumeclaims.*", []string{"data-db-0 claim=unknown volume=absent users=1"}, 1},
		"a volume is asked for": {strings.Replace(statefulSet, "spec: {}", "spec: {volumeName: pv}", 1) + pvcOf("shop", "data-db-0", "1", "pv") + pvFor("pv", ""), "sts/db", "", []string{"asks pv yes", "data-db-0 claim=yes volume=yes:pv users=1"}, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxy := testkit.NewFaultProxy(t, claimServer(t, test.manifest))
			if test.fault != "" {
				proxy.On(testkit.Match{Path: test.fault, Optional: true}, testkit.Status(403))
			}
			typeName, object, _ := strings.Cut(test.target, "/")
			kindName := map[string]string{"deploy": "Deployment", "sts": "StatefulSet"}[typeName]
			query := Query{Namespace: "shop", Targets: []Target{{typeName, object}}}
			named, taken, err := Record(t.Context(), connectTo(proxy), query, SnapshotQuery{Namespace: "shop"})
			if err != nil {
				t.Fatal(err)
			}
			lists := 0
			for _, r := range taken.Reads {
				if r.Verb == "list" && strings.HasPrefix(r.Resource, "persistentvolume") {
					lists++
				}
			}
			if lists != test.lists {
				t.Errorf("%d lists, not %d", lists, test.lists)
			}
			replayed, err := readSnapshot(t, written(t, taken)).Collect(t.Context(), query)
			if err != nil {
				t.Fatal(err)
			}
			everything, err := Collect(t.Context(), connectTo(proxy), Query{Namespace: "shop"})
			if err != nil {
				t.Fatal(err)
			}
			for how, got := range map[string]*Collected{"named": named, "replayed": replayed, "all": everything} {
				if diff := cmp.Diff(test.want, claimsAround(got.Inventory, kindName)); diff != "" {
					t.Errorf("%s: %s", how, diff)
				}
			}
		})
	}
}
