package netpol_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

const twoNumbers = `kind: Pod
metadata: {name: old, namespace: two, labels: {app: db}}
spec: {containers: [{name: c, ports: [{name: db, containerPort: 5432}]}]}
---
kind: Pod
metadata: {name: new, namespace: two, labels: {app: db}}
spec: {containers: [{name: c, ports: [{name: db, containerPort: 6432}]}]}
---
kind: Pod
metadata: {name: web, namespace: two, labels: {app: web}}
spec: {containers: [{name: c}]}
---
kind: NetworkPolicy
metadata: {name: db, namespace: two}
spec: {podSelector: {matchLabels: {app: db}}, ingress: [{ports: [{port: db}]}]}`

// TestReachAll asks about each target on its own ports, which is not the same as about all of
// them on the ports of any.
func TestReachAll(t *testing.T) {
	objects := world(t, twoNumbers)
	n := netpol.New(objects)
	web := netpol.Pods(podNamed(t, objects, "two/web"))
	older, newer := podNamed(t, objects, "two/old"), podNamed(t, objects, "two/new")
	each := []netpol.Target{{To: netpol.Pods(older), Ports: ports(t, "TCP 5432")}, {To: netpol.Pods(newer), Ports: ports(t, "TCP 6432")}}
	if a := n.ReachAll(web, each); a.Allowed != netpol.Yes || a.Parts != 2 || a.Ports.String() != "TCP 5432, 6432" {
		t.Errorf("each on its own: %+v", a)
	}
	united := each[0].Ports.Or(each[1].Ports)
	if a := n.Reach(web, netpol.Pods(older, newer), united); a.Allowed != netpol.Partly {
		t.Errorf("all on the ports of any: %+v", a)
	}
	if a := n.ReachAll(web, nil); a.Allowed != netpol.No || a.Parts != 0 {
		t.Errorf("nobody: %+v", a)
	}
	if got := n.Distinct([]*corev1.Pod{older, newer, older.DeepCopy()}); len(got) != 2 {
		t.Errorf("%d of two pods that ports tell apart", len(got))
	}
}

// TestRefusedForReasonsOutside: a policy that lost a field isolates nothing surely.
func TestRefusedForReasonsOutside(t *testing.T) {
	objects := world(t, strings.Replace(twoNumbers, ", ingress: [{ports: [{port: db}]}]", "", 1))
	objects.Refused = map[types.NamespacedName][]string{{Namespace: "two", Name: "db"}: {`unknown field "spec.ingres" (db.yaml:4)`}}
	n := netpol.New(objects)
	for line, want := range map[string]string{
		"two/web > two/old TCP 5432": "depends", "two/old > two/web TCP 80": "depends", "two/web > two/web TCP 80": "yes",
	} {
		if got, why := ask(t, n, objects, line); got != want {
			t.Errorf("%s: %s by %s", line, got, why)
		}
	}
	found := false
	for _, note := range n.Notes() {
		found = found || note.Kind == netpol.NoteRefused && note.Message == `unknown field "spec.ingres" (db.yaml:4)`
	}
	if !found {
		t.Errorf("%+v", n.Notes())
	}
}
