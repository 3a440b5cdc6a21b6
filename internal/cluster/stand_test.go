package cluster

import (
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

func revisionOf(raw []byte) *appsv1.ControllerRevision {
	return &appsv1.ControllerRevision{
		ObjectMeta: metav1.ObjectMeta{Name: "r", Namespace: "shop", OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "StatefulSet", Name: "db", Controller: new(true)}}},
		Data:       runtime.RawExtension{Raw: raw}, Revision: 1,
	}
}

func objectsOf(t *testing.T, text string) []Object {
	t.Helper()
	objects, problems, err := Load(t.Context(), LoadOptions{Filenames: []string{"-"}, Stdin: strings.NewReader(text)})
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	return objects
}

const liveService = `apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: LoadBalancer, clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1], selector: {app: web}, ports: [{port: 80, protocol: TCP, nodePort: 30080}]}
status: {loadBalancer: {ingress: [{ip: 203.0.113.7}]}}
`

// TestReplaceTakesOver: what a server fills in stays, what a file says holds.
func TestReplaceTakesOver(t *testing.T) {
	inv := NewInventory()
	inv.DefaultNamespace = "shop"
	inv.AddAll(objectsOf(t, liveService))
	file := objectsOf(t, "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {type: NodePort, selector: {app: other}, ports: [{port: 80}]}\n"+
		"---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")
	for range 2 { // the objects of the file stay as they are
		if problems := inv.Replace(file); len(problems) > 0 {
			t.Fatal(problems)
		}
	}
	if of, ok := file[0].Object.(*corev1.Service); !ok || of.Namespace != "" || of.Spec.ClusterIP != "" {
		t.Errorf("the file was changed: %+v", of)
	}
	got, _ := find[*corev1.Service](inv, ownerKey{"", "Service", "shop", "web"})
	if got.Spec.ClusterIP != "10.0.0.1" || got.Spec.Ports[0].NodePort != 30080 || got.Spec.Selector["app"] != "other" || len(got.Status.LoadBalancer.Ingress) != 1 {
		t.Errorf("%+v", got)
	}
	if ns := inv.Namespace("shop").Value; ns.Labels[corev1.LabelMetadataName] != "shop" {
		t.Errorf("%+v", ns.Labels)
	}
}

// TestReplaceMakesDefaultAccount: a namespace that the file brings has the account default; one that is
// there, or of which nothing is known, is left as it is.
func TestReplaceMakesDefaultAccount(t *testing.T) {
	const namespace, account = "apiVersion: v1\nkind: Namespace\nmetadata: {name: fresh}\n", "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default, namespace: fresh}\nautomountServiceAccountToken: false\n"
	for name, test := range map[string]struct {
		live, file           string
		listed, want, silent bool
	}{
		"new":             {"", namespace, true, true, false},
		"new, its own":    {"", namespace + account, true, true, true},
		"there":           {namespace, namespace, true, false, false},
		"nothing is read": {"", namespace, false, false, false},
	} {
		inv := NewInventory()
		if test.live != "" {
			inv.AddAll(objectsOf(t, test.live))
		}
		if test.listed {
			inv.support.absent[ownerKey{"", "Namespace", "", "fresh"}] = test.live == ""
			inv.support.listed[ownerKey{"", "ServiceAccount", "fresh", ""}] = true
		}
		if problems := inv.Replace(objectsOf(t, test.file)); len(problems) > 0 {
			t.Fatal(problems)
		}
		got := inv.Account("fresh", "default").Value
		if (got != nil) != test.want || test.silent != (got != nil && got.AutomountServiceAccountToken != nil) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestAggregateClusterRoles works on copies, and only where all were read.
func TestAggregateClusterRoles(t *testing.T) {
	for _, listed := range []bool{true, false} {
		inv := NewInventory()
		live := objectsOf(t, "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: view}\nrules: []\n")
		inv.AddAll(live)
		inv.support.listed[ownerKey{rbacv1.GroupName, "ClusterRole", "", ""}] = listed
		inv.AggregateClusterRoles(func(roles []rbacv1.ClusterRole) []rbacv1.ClusterRole {
			roles[0].Rules = []rbacv1.PolicyRule{{Verbs: []string{"get"}}}
			return roles
		})
		if got := len(inv.Access().ClusterRoles[0].Rules) == 1; got != listed {
			t.Errorf("listed %v: aggregated %v", listed, got)
		}
		if was, ok := live[0].Object.(*rbacv1.ClusterRole); !ok || len(was.Rules) > 0 {
			t.Errorf("what was read is changed: %+v", was)
		}
	}
}

const podsAndTemplates = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: app, image: app}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: web-1, namespace: shop, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: x, controller: true}]}
spec: {containers: [{name: app, image: app}, {name: injected, image: proxy}]}
status: {containerStatuses: [{name: app, image: app, imageID: app@sha256:1, ready: true, restartCount: 0}]}
---
apiVersion: v1
kind: Pod
metadata: {name: bare, namespace: shop}
spec: {containers: [{name: app, image: app}]}
status: {containerStatuses: [{name: app, image: app, imageID: app@sha256:1, ready: true, restartCount: 0}]}
`

func TestPodsAndTemplatesAlone(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Inventory)
		want   []string
	}{
		"both":      {func(*Inventory) {}, []string{"web 1 template, 1 pod, 1 status", "bare 0 template, 1 pod, 1 status"}},
		"templates": {func(inv *Inventory) { inv.WithoutPods(func(api.Ref) bool { return true }) }, []string{"web 1 template, 0 pod, 0 status", "bare 0 template, 1 pod, 0 status"}},
		"pods":      {func(inv *Inventory) { inv.PodsAlone(func(r api.Ref) bool { return r.Name == "web" }) }, []string{"web 0 template, 1 pod, 0 status", "bare 0 template, 1 pod, 1 status"}},
	} {
		inv := NewInventory()
		for _, o := range objectsOf(t, podsAndTemplates) {
			o.Source.File = "" // as from a server
			if err := inv.Add(o.Object, o.GVK, o.Source); err != nil {
				t.Fatal(err)
			}
		}
		test.change(inv)
		var got []string
		for _, w := range inv.Workloads() {
			statuses := 0
			for _, pod := range w.Pods {
				statuses += len(pod.Status.ContainerStatuses)
			}
			got = append(got, strings.Join([]string{w.Ref.Name, count(len(w.Templates), "template,"), count(len(w.Pods), "pod,"), count(statuses, "status")}, " "))
		}
		slices.Sort(got)
		slices.Sort(test.want)
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func count(n int, word string) string { return string(rune('0'+n)) + " " + word }

func TestPlaces(t *testing.T) {
	objects := objectsOf(t, "apiVersion: v1\nkind: Namespace\nmetadata: {name: b}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: x, namespace: a}\n"+
		"---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: x}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: x}\n"+
		"subjects: [{kind: ServiceAccount, name: x, namespace: c}, {kind: User, name: d, apiGroup: rbac.authorization.k8s.io}]\n")
	if got := Places(objects, []api.Ref{shopRef("Deployment", "x")}); !slices.Equal(got, []string{"a", "b", "c", "shop"}) {
		t.Errorf("%q", got)
	}
}
