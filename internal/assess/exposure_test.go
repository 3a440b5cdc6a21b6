package assess

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/exposure"
)

const exposedShop = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: app:1, ports: [{name: http, containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec:
  rules: [{host: shop.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]
  tls: [{hosts: [shop.example.com]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec: {parentRefs: [{name: edge}], rules: [{backendRefs: [{name: web, port: 80}]}]}
`

// TestExposureOfFiles follows a Service, an Ingress and a route in files to the pods.
func TestExposureOfFiles(t *testing.T) {
	objects, problems, err := cluster.Load(t.Context(), cluster.LoadOptions{Filenames: []string{"-"}, Stdin: strings.NewReader(exposedShop)})
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	inv := cluster.NewInventory()
	for _, o := range objects {
		if err := inv.Add(o.Object, o.GVK, o.Source); err != nil {
			t.Fatal(err)
		}
	}
	report := Report(inv, Options{})
	if len(report.Items) != 1 {
		t.Fatalf("%d items", len(report.Items))
	}
	n := report.Items[0].Network
	if len(n.Services) != 1 || n.Services[0].Target != "8080" {
		t.Errorf("%+v", n.Services)
	}
	var vias []string
	for _, e := range n.Exposed {
		vias = append(vias, e.Via+" TLS "+e.TLS)
	}
	if got := strings.Join(vias, ", "); got != "HTTPRoute web TLS unknown, Ingress web TLS yes" {
		t.Error(got)
	}
	exposed := 0
	for _, f := range report.Items[0].Findings {
		if f.Check == "exposed" && f.Status == api.StatusFail && f.Confidence == api.ConfidenceDerived {
			exposed++
		}
	}
	if exposed != 2 {
		t.Errorf("%d findings", exposed)
	}
}

// TestCustomKindsAreKept holds what is read to what is looked at.
func TestCustomKindsAreKept(t *testing.T) {
	for _, kind := range exposure.Kinds() {
		inv := cluster.NewInventory()
		u := &unstructured.Unstructured{}
		u.SetGroupVersionKind(kind.WithVersion("v1"))
		u.SetName("x")
		u.SetNamespace("shop")
		if err := inv.Add(u, u.GroupVersionKind(), (&cluster.Object{}).Source); err != nil {
			t.Fatal(err)
		}
		if len(inv.Custom(kind)) != 1 {
			t.Errorf("%s is not kept", kind)
		}
	}
}
