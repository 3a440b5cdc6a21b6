package assess

import (
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// TestClaimsOfAStatefulSet: a volume of the claims that it makes is told where the claim
// template stands, which is no field of the pod template.
func TestClaimsOfAStatefulSet(t *testing.T) {
	report := assessed(t, Options{}, `
apiVersion: v1
kind: PersistentVolume
metadata: {name: pv}
spec: {local: {path: /etc/kubernetes}, claimRef: {namespace: shop, name: data-db-2}}
`, `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  template:
    spec: {containers: [{name: a, volumeMounts: [{name: data, mountPath: /d}]}]}
  volumeClaimTemplates:
  - metadata: {name: data}
`)
	var found []api.Finding
	for _, f := range report.Items[0].Findings {
		if f.Check == "hostpath-escape" {
			found = append(found, f)
		}
	}
	if len(found) != 1 || found[0].Path != "spec.volumeClaimTemplates[0]" || found[0].Severity != api.SeverityCritical || found[0].Origin != "" {
		t.Errorf("%+v", found)
	}
}
