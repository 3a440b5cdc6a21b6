package assess

import (
	"strings"
	"testing"
)

// named are pods of one StatefulSet that give one name different numbers, and a policy that
// lets the name in.
const named = `
apiVersion: v1
kind: Pod
metadata: {name: db-0, namespace: shop, labels: {app: db}, ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: db, uid: "1", controller: true}]}
spec:
  initContainers:
  - {name: setup, image: a, ports: [{name: sql, containerPort: 1111}, {name: setup, containerPort: 1112}]}
  - {name: proxy, image: a, restartPolicy: Always, ports: [{name: admin, containerPort: 9000}]}
  containers: [{name: c, image: a, ports: [{name: sql, containerPort: 5432}]}]
---
apiVersion: v1
kind: Pod
metadata: {name: db-1, namespace: shop, labels: {app: db}, ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: db, uid: "1", controller: true}]}
spec: {containers: [{name: c, image: a, ports: [{name: sql, containerPort: 6432}]}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec: {template: {metadata: {labels: {app: db}}, spec: {containers: [{name: c, image: a}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: c, image: a}]}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {clusterIP: 10.96.0.7, selector: {app: db}, ports: [{name: sql, port: 80, targetPort: sql}, {name: admin, port: 81, targetPort: admin}, {name: setup, port: 82, targetPort: setup}]}
---
apiVersion: v1
kind: Service
metadata: {name: bare, namespace: shop}
spec: {clusterIP: None, selector: {app: db}, ports: [{name: sql, port: 80, targetPort: 5432}, {name: same, port: 6432}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec: {podSelector: {matchLabels: {app: db}}, ingress: [{ports: [{port: sql}]}]}
`

// TestPortsOfEachPod: a name is judged at each pod's own number, and ports of init containers
// that end are none of the pod.
func TestPortsOfEachPod(t *testing.T) {
	inv := inventory(t, decode(t, strings.Split(named, "\n---\n")...))
	const headlessNote = "Service bare is headless: it does not turn port 80 into 5432, "
	tests := map[string]struct{ want, ports, note, err string }{
		"pod/web sts/db:sql":        {"yes", "TCP 5432, 6432", "", ""},
		"pod/web svc/db:sql":        {"yes", "TCP 5432, 6432", "", ""},
		"pod/web svc/db:80":         {"yes", "TCP 5432, 6432", "", ""},
		"pod/web 10.96.0.7:80":      {"yes", "TCP 5432, 6432", "10.96.0.7 is the address of Service db", ""},
		"pod/web namespace/shop":    {"partly", "any port", "", ""},
		"pod/web ns/shop:sql":       {"yes", "TCP 5432, 6432", "no port named sql: 1 of 3 pods, not judged", ""},
		"pod/web sts/db:5432":       {"partly", "TCP 5432", "", ""},
		"pod/web sts/db:admin":      {"no", "TCP 9000", "no port named admin: 1 of 2 pods, not judged", ""},
		"pod/web sts/db:setup":      {err: `no container has a port named "setup" (TCP)`},
		"pod/web svc/db:setup":      {err: `service "db": no container has a port named "setup" (TCP)`},
		"pod/web svc/db":            {"partly", "TCP 5432, 6432, 9000", `service "db": no container has a port named "setup" (TCP)`, ""},
		"pod/web svc/bare:80":       {"no", "TCP 80", headlessNote + "and who dials 80 of its name gets port 80 of the pods, which is asked about", ""},
		"pod/web svc/bare:sql":      {"partly", "TCP 5432", headlessNote + "which is asked about; DNS gives it to those alone who look up the port's name (SRV)", ""},
		"pod/web svc/bare:same":     {"partly", "TCP 6432", "svc/bare leads to sts/db", ""},
		"pod/web svc/bare:9999":     {"no", "TCP 9999", "", ""},
		"pod/web svc/bare:53/UDP":   {"no", "UDP 53", "", ""},
		"pod/web svc/bare:gone":     {err: `service "bare" has no port "gone"`},
		"pod/web svc/db:80/UDP":     {err: `service "db" has no port "80/UDP"`},
		"pod/web 10.0.0.1:http":     {err: "names of ports are those of containers; write a number"},
		"pod/web internet:http":     {err: "names of ports are those of containers; write a number"},
		"pod/web 8.8.8.8:53/UDP":    {"yes", "UDP 53", "", ""},
		"pod/web [2600::1]:53/UDP":  {"yes", "UDP 53", "", ""},
		"pod/web 8.8.8.8:53/ICMP":   {err: "the protocol is none of TCP, UDP and SCTP"},
		"pod/web 8.8.8.0/24:53/UDP": {"yes", "UDP 53", "", ""},
	}
	for words, test := range tests {
		from, to := ends(t, words)
		answer, err := CanReach(Side{from, "shop", inv}, Side{to, "shop", inv})
		switch {
		case test.err != "":
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%s: error %v, want %q", words, err, test.err)
			}
		case err != nil:
			t.Errorf("%s: %v", words, err)
		case answer.Allowed != test.want || answer.Ports != test.ports || !strings.Contains(strings.Join(answer.Notes, "\n"), test.note):
			t.Errorf("%s: %s on %s, %q", words, answer.Allowed, answer.Ports, answer.Notes)
		}
	}
}

// TestNamespaceOfTemplates judges a namespace by what will be in it.
func TestNamespaceOfTemplates(t *testing.T) {
	const more = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: db, namespace: shop}
spec: {template: {metadata: {labels: {app: front}}, spec: {containers: [{name: c, image: a, ports: [{name: sql, containerPort: 1}]}]}}}
`
	const deny = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: all, namespace: alone}\nspec: {podSelector: {}}\n"
	const alone = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x, namespace: alone}\nspec: {template: {metadata: {labels: {app: x}}, spec: {containers: [{name: c, image: a}]}}}\n"
	inv := inventory(t, decode(t, append(strings.Split(twoTiers, "\n---\n"), more, deny, alone)...))
	for words, want := range map[string]string{
		"deploy/front namespace/shop:sql":   "yes", // a Deployment and a StatefulSet of one name are two
		"deploy/other namespace/shop:sql":   "no",
		"namespace/shop sts/db:5432":        "partly",
		"namespace/alone namespace/alone:1": "no", // two pods of one template
		"deploy/x deploy/front":             "",
	} {
		from, to := ends(t, words)
		answer, err := CanReach(Side{from, "shop", inv}, Side{to, "shop", inv})
		if want == "" {
			if err == nil || !strings.Contains(err.Error(), "deploy/x not found in namespace shop") {
				t.Errorf("%s: %v", words, err)
			}
			continue
		}
		if err != nil || answer.Allowed != want {
			t.Errorf("%s: %+v %v, want %s", words, answer, err, want)
		}
	}
	from, to := ends(t, "deploy/front namespace/shop:sql")
	answer, err := CanReach(Side{from, "shop", inv}, Side{to, "shop", inv})
	if err != nil || !strings.Contains(strings.Join(answer.Notes, "\n"), "has no live pods: judged by its template") {
		t.Errorf("%+v %v", answer, err)
	}
}
