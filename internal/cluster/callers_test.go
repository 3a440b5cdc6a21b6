package cluster

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

const callerManifests = `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: checks}
webhooks: [{name: a.example.com, clientConfig: {service: {namespace: infra, name: hook}}}, {name: b.example.com, clientConfig: {url: "https://example.com"}}]
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1.metrics}
spec: {service: {namespace: infra, name: metrics, port: 8443}}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: odd}
spec: {service: [x], group: {a: b}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: b.example.com}
spec: {conversion: {strategy: Webhook, webhook: {clientConfig: {service: {namespace: infra, name: hook, port: 70000}}}}}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: web}
spec: {selector: {matchLabels: {app: web}}, endpoints: [{port: http}]}
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: k8s.io/ingress-nginx}
`

// TestCallersOfFiles takes the same kinds from manifests.
func TestCallersOfFiles(t *testing.T) {
	objects, problems, err := Load(t.Context(), LoadOptions{Filenames: []string{"-"}, Stdin: strings.NewReader(callerManifests)})
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	inv := NewInventory()
	inv.DefaultNamespace = "shop"
	if problems := inv.AddAll(objects); len(problems) > 0 {
		t.Fatal(problems)
	}
	got := flowAnswerOf(&Collected{Inventory: inv})
	want := []string{"APIService v1.metrics infra/metrics:8443", "CustomResourceDefinition b.example.com infra/hook:443", "ValidatingWebhookConfiguration checks infra/hook:443"}
	if diff := cmp.Diff(want, got.Callbacks); diff != "" || got.Classes != 1 || got.Monitors != fmt.Sprint(0, 1, workload.FactAbsent, workload.FactAbsent) || got.Whole {
		t.Error(diff, got)
	}
	if len(inv.Workloads()) > 0 {
		t.Error("they are no workloads")
	}
}
